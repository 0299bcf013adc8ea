//! One file becomes rules.
//!
//! Takes a file's text; tells what it is from its content; gives its rules and what is wrong with it.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::document::{self, Fault, Syntax};
use super::indicators::Indicators;
use super::{Finding, Rule, bytes, elastic, lines, sigma, slips, splunk};
use crate::lang::spl::{Macro, Macros};

/// What a file under the rule paths turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    /// `elastic/detection-rules` TOML.
    ElasticToml,
    /// Rules exported from Kibana, one JSON object a line.
    KibanaNdjson,
    /// Splunk `security_content` detection.
    SplunkDetection,
    /// Splunk macro: text for searches, no rule.
    SplunkMacro,
    /// A story, lookup, investigation, deployment or other companion of rules.
    Companion,
    /// Sigma rules and correlations.
    Sigma,
    /// Sigma filters or placeholders: they change rules and are none.
    SigmaCompanion,
    /// Could be read but is no rule that watchglass knows.
    Unknown,
    /// Could not be read or parsed.
    Broken,
}

/// A file's content, told apart but not yet compiled: macros of the whole tree must be known first.
#[derive(Debug)]
pub struct Content {
    pub kind: FileKind,
    pub text: Arc<str>,
    documents: Vec<Value>,
    sigma: Vec<Arc<sigma::Document>>,
    /// Exceptions that the file carries beside its rules.
    companions: Vec<Value>,
    pub findings: Vec<Finding>,
}

/// How much of a file that is too long to be read is looked at, to tell a log from rules.
const PEEK: u64 = 64 << 10;

/// Reads a file and tells what it is; what cannot be read becomes a finding.
#[must_use]
pub fn file(path: &Path) -> Content {
    let lines = super::ends_as(path, &LINES);
    let most = if lines {
        bytes::MAX_LINES
    } else {
        bytes::MAX_TREE
    };
    match bytes::read(path, most) {
        Ok(read) => match bytes::decode(read) {
            Ok(text) => parse(path, &text),
            // A log is no rule whatever it is written in.
            Err(_) if lines => Content::of(FileKind::Unknown, "".into()),
            Err(reason) => unreadable(path, &reason),
        },
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            let start = bytes::read_start(path, PEEK).unwrap_or_default();
            if lines && !lines::is_telling(&String::from_utf8_lossy(&start)) {
                return Content::of(FileKind::Unknown, "".into());
            }
            unreadable(path, &format!("{error}, which is no rule file"))
        }
        Err(error) => unreadable(path, &error.to_string()),
    }
}

/// How exports end, and logs.
const LINES: [&str; 3] = ["ndjson", "json", "jsonl"];

/// Parses a file and tells what it is.
#[must_use]
pub fn parse(path: &Path, text: &str) -> Content {
    let text: Arc<str> = Arc::from(text.strip_prefix('\u{feff}').unwrap_or(text));
    let syntax = match document::syntax(&text) {
        _ if super::ends_as(path, &LINES) => Syntax::JsonLines,
        // JSON is YAML, too.
        Syntax::JsonLines if super::ends_as(path, &["yml", "yaml"]) => Syntax::Yaml,
        syntax => syntax,
    };
    let parsed = match syntax {
        Syntax::JsonLines => return parse_lines(path, text),
        Syntax::Toml => document::from_toml(&text).map(|document| vec![document]),
        Syntax::Yaml => document::from_yaml(&text),
    };
    let mut content = match parsed {
        Ok(documents) => recognise(path, Arc::clone(&text), documents),
        // Templates and the like lie beside rules and are none.
        Err(_) if !slips::resembles(&text) => Content::of(FileKind::Unknown, text),
        Err(fault) => Content {
            findings: vec![broken(&fault, path, &text)],
            ..Content::of(FileKind::Broken, text)
        },
    };
    content.find_slips(path, syntax);
    content
}

/// Returns the content of a file that could not be read.
#[must_use]
pub fn unreadable(path: &Path, reason: &str) -> Content {
    let text: Arc<str> = Arc::from("");
    let finding = Finding::error(
        "R101",
        format!("cannot be read: {reason}"),
        0..0,
        "",
        path,
        &text,
    );
    Content {
        findings: vec![finding],
        ..Content::of(FileKind::Broken, text)
    }
}

impl Content {
    /// Returns a file of this kind that gave nothing yet.
    fn of(kind: FileKind, text: Arc<str>) -> Self {
        Self {
            kind,
            text,
            documents: Vec::new(),
            sigma: Vec::new(),
            companions: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// Adds a finding for each slip in the name of a member.
    fn find_slips(&mut self, path: &Path, syntax: Syntax) {
        let text = Arc::clone(&self.text);
        let slips = match self.kind {
            FileKind::Unknown => slips::of_unknown(&text, &self.documents, syntax),
            FileKind::Sigma => {
                let trees = self.sigma.iter().map(|document| &document.value);
                slips::of_rules(&text, self.kind, trees)
            }
            _ => slips::of_rules(&text, self.kind, self.documents.iter()),
        };
        self.findings.extend(slips.into_iter().map(|slip| {
            Finding::warning("R108", slip.message, slip.span, &slip.label, path, &text)
                .help(slip.help)
        }));
    }

    /// Returns the macros that the file defines.
    pub fn macros(&self) -> impl Iterator<Item = (String, Macro)> + '_ {
        let holds = self.kind == FileKind::SplunkMacro;
        self.documents
            .iter()
            .filter(move |_| holds)
            .filter_map(splunk::as_macro)
    }

    /// Returns the stories that the file tells, by name.
    pub fn stories(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let holds = self.kind == FileKind::Companion;
        self.documents
            .iter()
            .filter(move |_| holds)
            .filter_map(splunk::stories::story)
    }

    /// Returns the lookup tables that the file defines.
    pub fn lookups(&self, path: &Path) -> Vec<splunk::lookups::Definition> {
        if self.kind != FileKind::Companion {
            return Vec::new();
        }
        let documents = self.documents.iter();
        documents
            .filter_map(|document| splunk::lookups::definition(document, path))
            .collect()
    }

    /// Adds what the file's Sigma rules, filters and placeholders mean to those of other files.
    pub fn share(&self, library: &mut sigma::Library) {
        library.add(&self.sigma);
    }

    /// Returns what is wrong with the file's filters.
    #[must_use]
    pub fn filter_findings(&self, library: &sigma::Library) -> Vec<Finding> {
        sigma::filter_findings(&self.sigma, library)
    }

    /// Compiles the file's rules.
    #[must_use]
    pub fn rules(
        &self,
        path: &Path,
        macros: &Macros,
        library: &sigma::Library,
        indicators: &Arc<Indicators>,
    ) -> Vec<Rule> {
        let companions = elastic::Companions {
            lists: elastic::Lists::of(&self.companions),
            indicators: Arc::clone(indicators),
        };
        let mut rules: Vec<Rule> = match self.kind {
            FileKind::ElasticToml => self
                .documents
                .iter()
                .map(|one| elastic::from_toml(one, path, &self.text, &companions))
                .collect(),
            FileKind::KibanaNdjson => self
                .documents
                .iter()
                .map(|one| elastic::from_export(one, path, &self.text, &companions))
                .collect(),
            FileKind::SplunkDetection => {
                let detections = self
                    .documents
                    .iter()
                    .filter(|one| splunk::is_detection(one));
                detections
                    .map(|one| splunk::read(one, path, &self.text, macros))
                    .collect()
            }
            FileKind::Sigma => self.sigma_rules(library),
            _ => Vec::new(),
        };
        for finding in rules.iter_mut().flat_map(|rule| &mut rule.findings) {
            finding.diagnostic.path = Some(path.to_owned());
        }
        rules
    }

    fn sigma_rules(&self, library: &sigma::Library) -> Vec<Rule> {
        let rules = self.sigma.iter().filter(|one| {
            matches!(
                sigma::kind(&one.value),
                Some(sigma::Kind::Rule | sigma::Kind::Correlation)
            )
        });
        let mut rules: Vec<Rule> = rules.map(|one| sigma::read(one, library)).collect();
        number_ids(&mut rules);
        rules
    }
}

/// Gives each rule of a file an id of its own: documents that share one by `action: global` are numbered.
fn number_ids(rules: &mut [Rule]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for rule in rules {
        let count = seen.entry(rule.id.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            rule.id = format!("{}-{count}", rule.id);
        }
    }
}

/// Reads an export; lines that are no rules (the export's summary, exceptions, logs) are passed over.
fn parse_lines(path: &Path, text: Arc<str>) -> Content {
    let found = lines::read(&text);
    let kind = match (found.rules.is_empty(), found.faults.is_empty()) {
        (false, _) => FileKind::KibanaNdjson,
        (true, false) => FileKind::Broken,
        (true, true) => FileKind::Unknown,
    };
    let faults = found.faults.iter();
    let mut content = Content {
        findings: faults.map(|fault| broken(fault, path, &text)).collect(),
        documents: found.rules,
        companions: found.companions,
        ..Content::of(kind, text)
    };
    if kind == FileKind::Unknown {
        content.documents = found.others;
    }
    content.find_slips(path, Syntax::JsonLines);
    content
}

fn recognise(path: &Path, text: Arc<str>, documents: Vec<Value>) -> Content {
    let any = |is: &dyn Fn(&Value) -> bool| documents.iter().any(is);
    let is_toml = any(&elastic::is_toml_rule);
    if !is_toml && any(&sigma::is_sigma) {
        return of_sigma(path, text, &documents);
    }
    let kind = if is_toml {
        FileKind::ElasticToml
    } else if any(&splunk::is_detection) {
        FileKind::SplunkDetection
    } else if any(&|one| splunk::as_macro(one).is_some()) {
        FileKind::SplunkMacro
    } else if any(&splunk::is_companion) {
        FileKind::Companion
    } else {
        FileKind::Unknown
    };
    Content {
        documents,
        ..Content::of(kind, text)
    }
}

fn of_sigma(path: &Path, text: Arc<str>, trees: &[Value]) -> Content {
    let documents = sigma::of_file(path, &text, trees);
    // A condition that is silently dropped is a detection that is missed.
    let twice = document::duplicate(&text).map(|fault| {
        let message = format!("{}, and only the last counts", fault.message);
        let span = fault.span.start.min(text.len())..fault.span.end.min(text.len());
        Finding::warning("R105", message, span, "again", path, &text)
            .help("join the two, or rename one")
    });
    let fires = |one: &Arc<sigma::Document>| {
        matches!(
            sigma::kind(&one.value),
            Some(sigma::Kind::Rule | sigma::Kind::Correlation)
        )
    };
    let kind = if documents.iter().any(fires) {
        FileKind::Sigma
    } else {
        FileKind::SigmaCompanion
    };
    Content {
        sigma: documents,
        findings: twice.into_iter().collect(),
        ..Content::of(kind, text)
    }
}

fn broken(fault: &Fault, path: &Path, text: &Arc<str>) -> Finding {
    let span = fault.span.start.min(text.len())..fault.span.end.min(text.len());
    Finding::error("R102", fault.message.clone(), span, "here", path, text)
        .help("mend the file; its other rules and the other files are not affected")
}
