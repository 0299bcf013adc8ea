//! Files and directories become the set of rules that run.
//!
//! Takes paths; gives a [`RuleSet`]: rules, what each file was, and every finding with the text it points into.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::{self, Listed};
use super::indicators::{self, Indicators};
pub use super::read::FileKind;
use super::read::{self, Content};
use super::reload::Stamp;
use super::sigma::Library;
use super::splunk::stories::{self, Stories};
use super::{Finding, Origins, Rule, builtin, spread};
use crate::lang::spl::Macros;

/// One file and what it gave.
#[derive(Debug, Clone)]
pub struct RuleFile {
    pub path: PathBuf,
    pub kind: FileKind,
    /// Ids of the rules it gave.
    pub rules: Vec<String>,
    /// None for a file that is out of reach and whose rules were kept.
    pub stamp: Option<Stamp>,
}

/// The rules that were loaded, and what happened to every file.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    /// In the order of the paths, then of the files; each id once.
    pub rules: Vec<Arc<Rule>>,
    /// Findings that belong to no loaded rule: broken files, duplicates, unreadable directories.
    pub findings: Vec<Finding>,
    pub files: Vec<RuleFile>,
    /// Ids of rules that run in their last good version because their file broke or is out of reach.
    pub kept: Vec<String>,
    /// What was asked for; no paths of rules for the built-in ones.
    pub origins: Origins,
    /// Nothing was read yet: [`RuleSet::reload`] does.
    pub(super) pending: bool,
    /// Files of macros, lookups, stories and indicators above the paths, watched like the others.
    pub(super) outside: Vec<Listed>,
    /// The CSV files that lookups name, as they were read; one that is not there has no stamp.
    pub(super) tables: BTreeMap<PathBuf, Option<Stamp>>,
    /// What could not be looked at under the paths, and why.
    pub(super) failed: BTreeMap<PathBuf, std::io::ErrorKind>,
}

impl RuleSet {
    /// Loads every rule under `paths`: files, or directories with all below them. A bad file is a finding and stops
    /// no other. A search sees the macros under its own path, then those of the nearest `macros` directory above it,
    /// then the built-in ones.
    #[must_use]
    pub fn load(paths: &[PathBuf]) -> Self {
        Self::load_from(Origins::of(paths))
    }

    /// Loads what `origins` names, as [`RuleSet::load`] does.
    #[must_use]
    pub fn load_from(origins: Origins) -> Self {
        let paths = origins.rules.clone();
        let mut set = Self {
            origins,
            ..Self::default()
        };
        let mut indicators = Indicators::default();
        set.read_named(&mut indicators);
        let folders: Vec<_> = paths
            .iter()
            .map(|path| set.read_path(path, &mut indicators))
            .collect();
        set.findings.append(&mut indicators.findings);
        let indicators = Arc::new(indicators);
        // Sigma's correlations and filters may lie apart from their rules.
        let mut library = Library::default();
        for (_, content) in folders.iter().flatten() {
            content.share(&mut library);
        }
        let stories = set.stories(&folders);
        // What a file held is let go when its rules are compiled.
        for (path, contents) in paths.iter().zip(folders) {
            set.add_contents(path, contents, &library, &indicators);
        }
        set.drop_duplicates();
        stories::link(&mut set.rules, &stories);
        set
    }

    /// Returns a set that only knows what it is to load; it has no rules until it is reloaded.
    #[must_use]
    pub fn pending(origins: Origins) -> Self {
        Self {
            origins,
            pending: true,
            ..Self::default()
        }
    }

    /// Returns whether nothing was read yet.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.pending
    }

    /// Says that none of the files is a rule and why is not known; `None` when one is, or the findings say why.
    #[must_use]
    pub fn lacks_rules(&self) -> Option<String> {
        let lacks = !self.pending && self.rules.is_empty() && self.findings.is_empty();
        lacks.then(|| {
            format!(
                "{}: none of the {} files there is a rule that watchglass knows: Elastic's TOML or export of Kibana, \
                 Splunk's YAML, Sigma's YAML",
                self.origins.named(),
                self.files.len()
            )
        })
    }

    /// Reads the indicators that were named, wherever they lie.
    fn read_named(&mut self, indicators: &mut Indicators) {
        let listing = self.origins.indicators();
        for (path, error) in &listing.failed {
            indicators.missing(path, error);
        }
        for file in &listing.files {
            indicators.read(file);
        }
        self.outside.extend(listing.files);
    }

    /// Reads the stories: those above the paths, then their own.
    fn stories(&mut self, folders: &[Vec<(Listed, Content)>]) -> Stories {
        let mut stories: Stories = BTreeMap::new();
        for path in &self.origins.rules.clone() {
            for (_, content) in self.read_above(path, files::STORIES) {
                stories.extend(content.stories());
            }
        }
        let own = folders.iter().flatten();
        stories.extend(own.flat_map(|(_, content)| content.stories()));
        stories
    }

    /// Reads the files of the nearest directory called `name` above `path`, which are watched from now on.
    fn read_above(&mut self, path: &Path, name: &str) -> Vec<(Listed, Content)> {
        let files = files::above(path, name).map(|folder| files::list(&folder).files);
        let files = files.unwrap_or_default();
        self.outside.extend(files.iter().cloned());
        read_all(files)
    }

    /// Returns the four detections that watchglass carries.
    #[must_use]
    pub fn builtin() -> Self {
        let mut set = Self::default();
        let macros = builtin::macros();
        for (path, text) in builtin::DETECTIONS {
            let path = Path::new(path);
            let content = read::parse(path, text);
            let file = Listed {
                path: path.to_owned(),
                stamp: Stamp::default(),
            };
            set.add(Given::of(
                file,
                &content,
                &macros,
                &Library::default(),
                &Arc::default(),
            ));
        }
        set
    }

    /// Loads the rules in `text`, which lies or would lie at `path`: with the macros above it and the built-in ones.
    #[must_use]
    pub fn of_text(path: &Path, text: &str) -> Self {
        let mut set = Self::default();
        let file = Listed {
            path: path.to_owned(),
            stamp: Stamp::default(),
        };
        let contents = vec![(file, read::parse(path, text))];
        set.add_contents(path, contents, &Library::default(), &Arc::default());
        set
    }

    /// Loads `paths`, or the built-in rules when there are none.
    #[must_use]
    pub fn load_or_builtin(paths: &[PathBuf]) -> Self {
        if paths.is_empty() {
            Self::builtin()
        } else {
            Self::load(paths)
        }
    }

    /// Returns the rule with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Rule>> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Returns all findings: those of no rule first, then each rule's.
    pub fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .chain(self.rules.iter().flat_map(|rule| &rule.findings))
    }

    /// Returns what is wrong with files, and with rules that run in their last good version.
    pub fn problems(&self) -> impl Iterator<Item = &Finding> {
        let kept: HashSet<&str> = self.kept.iter().map(String::as_str).collect();
        let rules = self.rules.iter();
        let rules = rules.filter(move |rule| kept.contains(&*rule.id));
        let errors = rules.flat_map(|rule| rule.findings.iter().filter(|found| found.is_error()));
        self.findings.iter().chain(errors)
    }

    fn read_path(&mut self, path: &Path, indicators: &mut Indicators) -> Vec<(Listed, Content)> {
        let listing = files::list(path);
        for (place, error) in listing.failed {
            let known = self.failed.insert(place.clone(), error.kind());
            if known.is_none() {
                self.findings
                    .extend(read::unreadable(&place, &error.to_string()).findings);
            }
        }
        let above = files::indicators_above(path);
        for file in above.iter().flat_map(|folder| files::list(folder).files) {
            if !self.outside.contains(&file) {
                indicators.read(&file);
                self.outside.push(file);
            }
        }
        let read: HashSet<&Path> = self.outside.iter().map(|file| &*file.path).collect();
        let is_read = |file: &Listed| {
            let absolute = std::path::absolute(&file.path);
            indicators::has_ending(&file.path) && absolute.is_ok_and(|path| read.contains(&*path))
        };
        let (own, files): (Vec<_>, Vec<_>) = listing
            .files
            .into_iter()
            .partition(|file| indicators::is_indicator_file(&file.path) || is_read(file));
        for file in own {
            if !is_read(&file) {
                indicators.read(&file);
            }
            self.files.push(RuleFile {
                path: file.path,
                kind: FileKind::Companion,
                rules: Vec::new(),
                stamp: Some(file.stamp),
            });
        }
        read_all(files)
    }

    fn add_contents(
        &mut self,
        path: &Path,
        contents: Vec<(Listed, Content)>,
        library: &Library,
        indicators: &Arc<Indicators>,
    ) {
        let mut macros = builtin::macros();
        for (_, content) in self.read_above(path, files::MACROS) {
            for (name, definition) in content.macros() {
                macros.insert(name, definition);
            }
        }
        for (name, definition) in contents.iter().flat_map(|(_, content)| content.macros()) {
            macros.insert(name, definition);
        }
        for (file, content) in self.read_above(path, files::LOOKUPS) {
            self.add_lookups(&file.path, &content, &mut macros);
        }
        for (file, content) in &contents {
            self.add_lookups(&file.path, content, &mut macros);
        }
        let given = spread::each(contents, |(file, content)| {
            Given::of(file, &content, &macros, library, indicators)
        });
        for given in given {
            self.add(given);
        }
    }

    /// Reads the lookup tables that a file defines.
    fn add_lookups(&mut self, path: &Path, content: &Content, macros: &mut Macros) {
        for definition in content.lookups(path) {
            if let Some(table) = definition.table() {
                let stamp = files::stamp(&table);
                self.tables.insert(table, stamp);
            }
            let (file, lookup, findings) = definition.load();
            self.findings.extend(findings);
            macros.insert_lookup(file.as_deref(), lookup);
        }
    }

    fn add(&mut self, given: Given) {
        self.findings.extend(given.findings);
        self.files.push(given.file);
        self.rules.extend(given.rules.into_iter().map(Arc::new));
    }

    /// Keeps the first rule of each id and warns of the others.
    pub(super) fn drop_duplicates(&mut self) {
        let mut first: HashMap<String, PathBuf> = HashMap::new();
        let mut warnings = Vec::new();
        self.rules.retain(|rule| match first.get(&rule.id) {
            None => {
                first.insert(rule.id.clone(), rule.path.clone());
                true
            }
            Some(known) => {
                warnings.push(duplicate(rule, known));
                false
            }
        });
        self.findings.extend(warnings);
    }
}

/// What one file gave.
struct Given {
    file: RuleFile,
    rules: Vec<Rule>,
    findings: Vec<Finding>,
}

impl Given {
    fn of(
        file: Listed,
        content: &Content,
        macros: &Macros,
        library: &Library,
        indicators: &Arc<Indicators>,
    ) -> Self {
        let rules = content.rules(&file.path, macros, library, indicators);
        let mut findings = content.findings.clone();
        findings.extend(content.filter_findings(library));
        Self {
            file: RuleFile {
                path: file.path,
                kind: content.kind,
                rules: rules.iter().map(|rule| rule.id.clone()).collect(),
                stamp: Some(file.stamp),
            },
            rules,
            findings,
        }
    }
}

fn duplicate(rule: &Rule, known: &Path) -> Finding {
    let message = format!(
        "the id {} of \"{}\" is taken by {}",
        rule.id,
        rule.name,
        known.display()
    );
    Finding::warning("R104", message, 0..0, "", &rule.path, &Arc::from("")).help(
        "the first rule runs, this one does not: give it an id of its own, or load one of the two",
    )
}

/// Reads and parses listed files.
fn read_all(files: Vec<Listed>) -> Vec<(Listed, Content)> {
    spread::each(files, |file| {
        let content = read::file(&file.path);
        (file, content)
    })
}

#[cfg(test)]
mod tests;
