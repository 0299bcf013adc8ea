//! Rules load again when their files change, and a file that broke or is out of reach keeps its last good rules.
//!
//! The caller asks [`RuleSet::changed`] now and then (a second is plenty) and calls [`RuleSet::reload`] when it says so.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::files::{self, Listed};
use super::read::FileKind;
use super::set::{RuleFile, RuleSet};
use super::{Finding, Rule, RuleState};

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
    /// Returns whether any file under the paths, or of those above that they need, appeared, vanished or changed since
    /// this set was loaded, or what could not be looked at can be, or the other way round.
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
        let paths = &self.origins.rules;
        if paths.is_empty() {
            return false;
        }
        let mut near = Vec::new();
        let mut failed = BTreeMap::new();
        for path in paths {
            let listing = files::list(path);
            near.extend(listing.files);
            near.extend(files::companions(path));
            let why = listing.failed.into_iter();
            failed.extend(why.map(|(path, error)| (path, error.kind())));
        }
        failed != self.failed || self.differs_from(near)
    }

    /// Returns whether these files and those of the named indicators are others than were read.
    fn differs_from(&self, near: Vec<Listed>) -> bool {
        let own = self.files.iter();
        let mut known: HashMap<&Path, Stamp> = own
            .filter_map(|file| Some((file.path.as_path(), file.stamp?)))
            .collect();
        let outside = self.outside.iter();
        known.extend(outside.map(|file| (file.path.as_path(), file.stamp)));
        let mut seen: HashSet<&Path> = HashSet::new();
        for file in near.into_iter().chain(self.origins.indicators().files) {
            match known.get_key_value(file.path.as_path()) {
                Some((path, stamp)) if *stamp == file.stamp => seen.insert(path),
                _ => return true,
            };
        }
        seen.len() != known.len()
    }

    /// Loads the same paths again. A file that broke, whose query no longer compiles, or that is out of reach keeps the
    /// rules it last gave; [`RuleSet::kept`] names them and the findings say why. A file that was deleted takes its
    /// rules with it, unless the path that was given is gone as a whole: that is an accident more often than a wish.
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
        let nothing = self.files.iter().filter(|file| gave_nothing(file));
        let broken: HashSet<PathBuf> = nothing.map(|file| file.path.clone()).collect();
        let places: HashMap<String, usize> = (self.rules.iter().enumerate())
            .map(|(at, rule)| (rule.id.clone(), at))
            .collect();
        // How many rules each broken file, and each place out of reach, keeps.
        let mut counts: BTreeMap<PathBuf, usize> = BTreeMap::new();
        for old in last.rules.iter().filter(good) {
            match places.get(&old.id).map(|at| &mut self.rules[*at]) {
                Some(new) if new.path == old.path && spoilt(new) => {
                    // The new text's errors stay with the rule that runs in its old version.
                    let findings = new.findings.clone();
                    *new = Arc::new(Rule {
                        findings,
                        ..Rule::clone(old)
                    });
                }
                None if broken.contains(&old.path) => {
                    self.rules.push(Arc::clone(old));
                    *counts.entry(old.path.clone()).or_default() += 1;
                }
                None => {
                    let Some(place) = self.out_of_reach(&old.path).cloned() else {
                        continue;
                    };
                    self.rules.push(Arc::clone(old));
                    *counts.entry(place).or_default() += 1;
                }
                Some(_) => continue,
            }
            self.kept.push(old.id.clone());
        }
        self.keep_files(last, &broken);
        self.tell_kept(counts);
    }

    /// Returns the place that cannot be looked at and that `path` is or lies under.
    fn out_of_reach(&self, path: &Path) -> Option<&PathBuf> {
        let mut above = path.ancestors();
        above.find_map(|place| self.failed.get_key_value(place).map(|(place, _)| place))
    }

    /// A file that broke or is out of reach still has the rules that it last gave.
    fn keep_files(&mut self, last: &Self, broken: &HashSet<PathBuf>) {
        let known = |path: &Path| last.files.iter().find(|file| file.path == path);
        for file in &mut self.files {
            if broken.contains(&file.path) {
                let rules = known(&file.path).map(|file| file.rules.clone());
                file.rules = rules.unwrap_or_default();
            }
        }
        let there: HashSet<&Path> = self.files.iter().map(|file| &*file.path).collect();
        let gone = last
            .files
            .iter()
            .filter(|file| self.out_of_reach(&file.path).is_some() && !there.contains(&*file.path));
        let gone = gone.map(|file| RuleFile {
            stamp: None,
            ..file.clone()
        });
        let gone: Vec<_> = gone.collect();
        // What was wrong there still is, as far as anybody knows.
        let wrong = last.findings.iter().filter(|finding| {
            let path = finding.diagnostic.path.as_deref();
            path.is_some_and(|path| gone.iter().any(|file| file.path == path))
        });
        self.findings.extend(wrong.cloned());
        self.files.extend(gone);
    }

    /// Says with each finding about a place how many rules of it run on.
    fn tell_kept(&mut self, mut counts: BTreeMap<PathBuf, usize>) {
        let said = |count: usize| match count {
            1 => "its rule keeps running as it was last".to_owned(),
            count => format!("its {count} rules keep running as they were last"),
        };
        for finding in &mut self.findings {
            let path = finding.diagnostic.path.as_ref();
            if finding.is_error()
                && let Some(count) = path.and_then(|path| counts.remove(path))
            {
                finding.diagnostic.help = Some(said(count));
            }
        }
        // What is left can be read, and does not look like a rule.
        for (path, count) in counts {
            let text = "the file holds no rule any more";
            let finding = Finding::error("R103", text, 0..0, "", &path, &Arc::from(""));
            let help = format!("{}; delete the file to end them", said(count));
            self.findings.push(finding.help(help));
        }
    }
}

fn gave_nothing(file: &RuleFile) -> bool {
    file.rules.is_empty() && matches!(file.kind, FileKind::Broken | FileKind::Unknown)
}

/// A query that does not compile was spoilt by an edit; a rule of a type that watchglass does not run was meant so.
pub(super) fn spoilt(rule: &Rule) -> bool {
    matches!(rule.state, RuleState::NotRunnable(_)) && rule.findings.iter().any(Finding::is_error)
}

#[cfg(test)]
mod tests;
