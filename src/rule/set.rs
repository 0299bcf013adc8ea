//! Files and directories become the set of rules that run.
//!
//! Takes paths; gives a [`RuleSet`]: rules, what each file was, and every finding with the text it points into.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Rule;
use super::reload::Stamp;
use crate::lang::Diagnostic;

/// A diagnostic and the text that its spans point into (the file, or the query when that cannot be placed in it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub diagnostic: Diagnostic,
    pub source: Arc<str>,
}

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
    /// Sigma rule: recognised, not loaded yet.
    Sigma,
    /// Could be read but is no rule that watchglass knows.
    Unknown,
    /// Could not be read or parsed.
    Broken,
}

/// One file and what it gave.
#[derive(Debug, Clone)]
pub struct RuleFile {
    pub path: PathBuf,
    pub kind: FileKind,
    /// Ids of the rules it gave.
    pub rules: Vec<String>,
    pub stamp: Stamp,
}

/// The rules that were loaded, and what happened to every file.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    pub rules: Vec<Arc<Rule>>,
    /// Findings that belong to no loaded rule: broken files, duplicates, unreadable directories.
    pub findings: Vec<Finding>,
    pub files: Vec<RuleFile>,
    /// Ids of rules that run in their last good version because their file broke.
    pub kept: Vec<String>,
    /// What was asked for; empty for the built-in rules.
    pub paths: Vec<PathBuf>,
}

impl RuleSet {
    /// Loads every rule under `paths`: files, or directories with all below them. A bad file is a finding.
    #[must_use]
    pub fn load(paths: &[PathBuf]) -> Self {
        Self {
            paths: paths.to_vec(),
            ..Self::default()
        }
    }

    /// Returns the four detections that watchglass carries.
    #[must_use]
    pub fn builtin() -> Self {
        Self::default()
    }

    /// Returns the rule with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Rule>> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Returns the rules that came from `path`.
    pub fn of_file<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a Arc<Rule>> {
        self.rules.iter().filter(move |rule| rule.path == path)
    }
}
