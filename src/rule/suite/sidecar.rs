//! `NAME.test.toml`: a suite in our own format.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::{Case, EventName, Expect, Suite};
use crate::lang::{Diagnostic, Span};
use crate::rule::Finding;
use crate::text::similar;

/// Where the format is described.
const HELP: &str = "a file of tests has [[case]] tables with samples, and hits, alerts or events; see docs/rules.md";

/// Most names of a directory that are compared with one that is not there.
const MAX_NAMES: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rules: Option<Spanned<OneOrMany>>,
    #[serde(default, rename = "case")]
    cases: Vec<Spanned<Table>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    name: String,
    rule: Option<Spanned<String>>,
    samples: Spanned<OneOrMany>,
    hits: Option<Spanned<u64>>,
    alerts: Option<Spanned<u64>>,
    #[serde(default)]
    events: Vec<Spanned<EventName>>,
}

/// A path as it is, or a list of paths.
struct OneOrMany(Vec<String>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Paths;
        impl<'de> serde::de::Visitor<'de> for Paths {
            type Value = OneOrMany;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a path in quotes, or a list of paths")
            }

            fn visit_str<E>(self, path: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany(vec![path.to_owned()]))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut paths: A,
            ) -> Result<OneOrMany, A::Error> {
                let mut all = Vec::new();
                while let Some(path) = paths.next_element()? {
                    all.push(path);
                }
                Ok(OneOrMany(all))
            }
        }
        deserializer.deserialize_any(Paths)
    }
}

/// Reads `text`; paths are relative to where `path` lies. A case with a mistake is left out and told among the findings.
///
/// # Errors
/// No case is left, or a mistake is not one case's alone.
pub fn parse(path: &Path, text: &Arc<str>) -> Result<Suite, Vec<Finding>> {
    let file: File = toml::from_str(text).map_err(|error| {
        vec![Finding {
            diagnostic: Diagnostic::of_toml(&error, "R302", path, HELP),
            source: Arc::clone(text),
        }]
    })?;
    let mut reader = Reader {
        path,
        text,
        findings: Vec::new(),
    };
    if file.cases.is_empty() {
        reader.wrong("there is no case here", 0..0, "").help(HELP);
    }
    let rules = file.rules.map_or_else(Vec::new, |rules| {
        reader.paths(&rules, "rule file or directory")
    });
    let concerns_all = !reader.findings.is_empty();
    let mut cases = Vec::new();
    for table in file.cases {
        let before = reader.findings.len();
        let case = reader.case(table);
        // The others can be run.
        if reader.findings.len() == before {
            cases.push(case);
        }
    }
    if concerns_all || cases.is_empty() {
        return Err(reader.findings);
    }
    Ok(Suite {
        path: path.to_owned(),
        text: Arc::clone(text),
        rules,
        cases,
        findings: reader.findings,
    })
}

struct Reader<'r> {
    path: &'r Path,
    text: &'r Arc<str>,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    /// Notes a mistake; returns its diagnostic for help to be added.
    fn wrong(&mut self, message: impl Into<String>, span: Span, label: &str) -> Noted<'_> {
        self.findings.push(Finding::error(
            "R303", message, span, label, self.path, self.text,
        ));
        Noted(self.findings.last_mut())
    }

    fn case(&mut self, table: Spanned<Table>) -> Case {
        let span = header(self.text, &table.span());
        let table = table.into_inner();
        if table.samples.get_ref().0.is_empty() {
            self.wrong("a case without samples shows nothing", span.clone(), "")
                .help("samples = \"events.ndjson\": a file that `watchglass scan` reads");
        }
        self.check_numbers(table.hits.as_ref(), table.alerts.as_ref(), &table.events);
        for event in &table.events {
            if *event.get_ref() == EventName::default() {
                self.wrong("this names no event", event.span(), "")
                    .help("name computer, channel, event_id or record_id");
            }
        }
        let rule = table.rule.map(|rule| {
            let span = rule.span();
            (rule.into_inner(), span)
        });
        Case {
            name: table.name,
            rule,
            samples: self.paths(&table.samples, "sample"),
            expect: Expect {
                hits: table.hits.map(Spanned::into_inner),
                alerts: table.alerts.map(Spanned::into_inner),
                events: table.events.into_iter().map(Spanned::into_inner).collect(),
            },
            span,
        }
    }

    /// Finds numbers that cannot be met together.
    fn check_numbers(
        &mut self,
        hits: Option<&Spanned<u64>>,
        alerts: Option<&Spanned<u64>>,
        events: &[Spanned<EventName>],
    ) {
        let value = |number: Option<&Spanned<u64>>| number.map(|number| *number.get_ref());
        if let Some(none) = hits.or(alerts).filter(|number| *number.get_ref() == 0)
            && !events.is_empty()
        {
            self.wrong(
                "events are named that must be hits, and none may be",
                none.span(),
                "",
            )
            .help("leave out the number, or the events");
        } else if let (Some(0), Some(1..), Some(number)) | (Some(1..), Some(0), Some(number)) =
            (value(hits), value(alerts), alerts)
        {
            self.wrong(
                "there are hits if and only if there are alerts",
                number.span(),
                "",
            )
            .help("give one of the two numbers");
        }
    }

    /// Resolves paths; one that is not there is a mistake.
    fn paths(&mut self, named: &Spanned<OneOrMany>, what: &str) -> Vec<(PathBuf, Span)> {
        let folder = self.path.parent().unwrap_or(Path::new("")).to_owned();
        let mut at = named.span().start;
        let mut resolve = |stated: &String| {
            let path = folder.join(stated);
            let span = self.find(stated, at..named.span().end);
            at = span.end;
            if let Err(error) = std::fs::metadata(&path) {
                let noted = self.wrong(format!("no such {what}: {error}"), span.clone(), "");
                noted.help(match neighbour(&path) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "paths are relative to the directory of this file".to_owned(),
                });
            }
            (path, span)
        };
        named.get_ref().0.iter().map(&mut resolve).collect()
    }

    /// Returns where a text stands within `span`; all of it where the text is written with escapes.
    fn find(&self, text: &str, span: Span) -> Span {
        let found = self.text.get(span.clone()).and_then(|part| part.find(text));
        found.map_or(span.clone(), |at| {
            let start = span.start + at;
            start..start + text.len()
        })
    }
}

struct Noted<'n>(Option<&'n mut Finding>);

impl Noted<'_> {
    fn help(self, help: impl Into<String>) {
        if let Some(finding) = self.0 {
            finding.diagnostic.help = Some(help.into());
        }
    }
}

/// Returns the place of a table's first line; its span may cover all of it.
fn header(text: &str, span: &Span) -> Span {
    let start = span.start.min(text.len());
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    start..end.min(span.end.max(start))
}

/// Returns the name of a file that lies where `path` was looked for and is called nearly like it.
fn neighbour(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let entries = std::fs::read_dir(path.parent()?).ok()?;
    let names: Vec<String> = entries
        .take(MAX_NAMES)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    similar::nearest(wanted, names.iter().map(String::as_str)).map(str::to_owned)
}
