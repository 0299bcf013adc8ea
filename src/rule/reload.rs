//! Rules load again when their files change, and a file that broke keeps its last good rules.
//!
//! The caller asks [`RuleSet::changed`] now and then (a second is plenty) and calls [`RuleSet::reload`] when it says so.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use super::files;
use super::read::FileKind;
use super::set::{RuleFile, RuleSet};
use super::{Rule, RuleState};

/// Cheap sign that a file changed: its length and time of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    pub bytes: u64,
    pub modified: Option<SystemTime>,
}

impl Stamp {
    /// Returns the stamp of a file.
    #[must_use]
    pub fn of(found: &std::fs::Metadata) -> Self {
        Self {
            bytes: found.len(),
            modified: found.modified().ok(),
        }
    }
}

impl RuleSet {
    /// Returns whether any file under the paths, or of those above that they need, appeared, vanished or changed since this set was loaded.
    /// Costs a directory walk and one `stat` a file; reads nothing.
    #[must_use]
    pub fn changed(&self) -> bool {
        if self.pending {
            return true;
        }
        let mut tables = self.tables.iter();
        if tables.any(|(path, stamp)| files::stamp(path) != *stamp) {
            return true;
        }
        let mut known: HashMap<&Path, Stamp> = HashMap::new();
        known.extend(
            self.files
                .iter()
                .map(|file| (file.path.as_path(), file.stamp)),
        );
        known.extend(
            self.outside
                .iter()
                .map(|file| (file.path.as_path(), file.stamp)),
        );
        let mut seen: HashSet<&Path> = HashSet::new();
        let paths = &self.origins.rules;
        if paths.is_empty() {
            return false;
        }
        let near = paths.iter().flat_map(|path| {
            let mut listed = files::list(path).files;
            listed.extend(files::companions(path));
            listed
        });
        for file in near.chain(self.origins.indicators().files) {
            match known.get_key_value(file.path.as_path()) {
                Some((path, stamp)) if *stamp == file.stamp => seen.insert(path),
                _ => return true,
            };
        }
        seen.len() != known.len()
    }

    /// Loads the same paths again. A file that broke, or whose query no longer compiles, keeps the rules it last gave;
    /// [`RuleSet::kept`] names them and the findings say why. A file that is gone takes its rules with it.
    #[must_use]
    pub fn reload(&self) -> Self {
        if self.origins.rules.is_empty() {
            return self.clone();
        }
        let mut fresh = Self::load_from(self.origins.clone());
        fresh.keep_last_good(self);
        fresh
    }

    fn keep_last_good(&mut self, last: &Self) {
        let good = |rule: &&Arc<Rule>| !matches!(rule.state, RuleState::NotRunnable(_));
        let broken: HashSet<_> = self
            .files
            .iter()
            .filter(|file| gave_nothing(file))
            .map(|file| file.path.clone())
            .collect();
        let mut kept = Vec::new();
        for old in last.rules.iter().filter(good) {
            let now = self.rules.iter().position(|rule| rule.id == old.id);
            match now {
                Some(at) if self.rules[at].path == old.path && spoilt(&self.rules[at]) => {
                    // The new text's errors stay with the rule that runs in its old version.
                    let findings = self.rules[at].findings.clone();
                    self.rules[at] = Arc::new(Rule {
                        findings,
                        ..Rule::clone(old)
                    });
                    kept.push(old.id.clone());
                }
                None if broken.contains(&old.path) => {
                    self.rules.push(Arc::clone(old));
                    kept.push(old.id.clone());
                }
                _ => {}
            }
        }
        for file in &mut self.files {
            if broken.contains(&file.path) {
                let ids = last
                    .files
                    .iter()
                    .find(|known| known.path == file.path)
                    .map(|known| known.rules.clone());
                file.rules = ids.unwrap_or_default();
            }
        }
        self.kept = kept;
    }
}

fn gave_nothing(file: &RuleFile) -> bool {
    file.rules.is_empty() && matches!(file.kind, FileKind::Broken | FileKind::Unknown)
}

/// A query that does not compile was spoilt by an edit; a rule of a type that watchglass does not run was meant so.
fn spoilt(rule: &Rule) -> bool {
    matches!(rule.state, RuleState::NotRunnable(_))
        && rule.findings.iter().any(super::Finding::is_error)
}
