//! Vendor rule files become rules.
//!
//! Takes a file or a directory; gives [`Rule`]s, each with its query compiled and its guide in steps, and
//! diagnostics for what could not be read. A file that fails never stops the others.

pub mod attack;
mod builtin;
mod bytes;
mod compile;
pub mod coverage;
mod document;
mod elastic;
mod files;
pub mod finding;
pub mod guide;
pub mod import;
mod indicators;
mod lines;
pub mod message;
pub mod news;
mod origins;
pub mod overrides;
pub mod pivot;
mod place;
mod read;
pub mod reload;
pub mod set;
mod sigma;
mod slips;
mod splunk;
mod spread;
pub mod suite;
#[cfg(test)]
mod testing;
pub mod totals;

use std::path::{Path, PathBuf};

use crate::lang::Query;
use crate::lang::spl::ABSENT_LOOKUP;

pub use files::ENDINGS;
pub use finding::Finding;
pub use indicators::{ENDINGS as INDICATOR_ENDINGS, has_ending as may_hold_indicators};
pub use origins::Origins;
pub use overrides::Overrides;
pub use read::FileKind;
pub use set::{RuleFile, RuleSet};

/// Which language and vendor a rule comes from; `as_str` is the `language` of the JSON contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    Eql,
    Kuery,
    Spl,
    Sigma,
    Esql,
    Lucene,
    /// Elastic's machine learning jobs have no query text: loaded and shown, not run.
    MachineLearning,
}

impl Language {
    /// Returns `eql`, `kuery`, `spl`, `sigma`, `esql`, `lucene` or `machine_learning`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eql => "eql",
            Self::Kuery => "kuery",
            Self::Spl => "spl",
            Self::Sigma => "sigma",
            Self::Esql => "esql",
            Self::Lucene => "lucene",
            Self::MachineLearning => "machine_learning",
        }
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// Returns the word of the JSON contract: `info`, `low`, `medium`, `high` or `critical`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// A rule that was read from a file.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The vendor's id (a UUID), or a digest of the path and name when the file has none.
    pub id: String,
    pub name: String,
    pub description: String,
    pub language: Language,
    pub path: PathBuf,
    pub authors: Vec<String>,
    /// Licence of the original, as the file states it.
    pub license: Option<String>,
    /// Link to the original, where the file names one.
    pub source: Option<String>,
    pub version: Option<String>,
    pub references: Vec<String>,
    pub severity: Severity,
    /// 0 to 100.
    pub risk_score: u8,
    pub threat: Vec<Threat>,
    pub tags: Vec<String>,
    /// Index patterns (Elastic) or data sources (Splunk).
    pub sources: Vec<String>,
    pub schedule: Schedule,
    pub guide: Guide,
    /// Fields to show first (`investigation_fields`).
    pub highlighted: Vec<String>,
    /// Splunk's message and objects.
    pub risk: Option<RiskMessage>,
    /// Analytic stories, kill chain phases, NIST and CIS controls: (kind, values), shown as they are.
    pub annotations: Vec<(String, Vec<String>)>,
    /// Elastic's building blocks and Splunk's hunting searches: their alerts are kept but hidden by default.
    pub building_block: bool,
    /// What its events may say instead of severity, risk score and name.
    pub overrides: Overrides,
    /// Text of the query, verbatim.
    pub query_text: String,
    pub query: Query,
    pub state: RuleState,
    /// What was found wrong with this rule, errors of the query first.
    pub findings: Vec<Finding>,
}

impl Rule {
    /// Returns what the rule lacks though it runs: a lookup table in which it finds nothing.
    #[must_use]
    pub fn lacks(&self) -> Option<&str> {
        let lacking = |finding: &&Finding| finding.diagnostic.code == ABSENT_LOOKUP;
        let finding = self.findings.iter().find(lacking)?;
        Some(&finding.diagnostic.message)
    }
}

/// What becomes of a loaded rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleState {
    Runs,
    /// Runs, but no source can fill a field it needs: the reason names the field.
    NeverFires(String),
    /// Cannot run: the reason names the construct.
    NotRunnable(String),
}

/// One tactic and the techniques under it, as the rule maps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threat {
    /// `TA0006`; `None` when the vendor names only techniques.
    pub tactic: Option<String>,
    /// `T1003`, `T1003.001`, ...
    pub techniques: Vec<String>,
}

/// When the vendor would run it. Streaming does not wait; only the cap is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Seconds between runs.
    pub interval: u32,
    /// Seconds that a run looks back.
    pub lookback: u32,
    /// Most alerts an interval; `None` for vendors without a cap.
    pub max_alerts: Option<u32>,
}

/// The investigation and response guide.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guide {
    /// Prose before the steps.
    pub overview: String,
    pub steps: Vec<Step>,
}

/// A part of the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    Investigate,
    FalsePositives,
    Respond,
    Setup,
    /// What to read about it.
    References,
}

impl Phase {
    /// Returns whether its steps are ticked for each alert; logging is set up once, and a page is just read.
    #[must_use]
    pub const fn is_ticked(self) -> bool {
        !matches!(self, Self::Setup | Self::References)
    }
}

/// One thing to do or to rule out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Stable across reloads that do not change the text: a digest of phase and text.
    pub id: String,
    pub phase: Phase,
    pub text: String,
    /// Searches over the kept events that answer the step, as the rule carries them.
    pub pivots: Vec<Pivot>,
}

/// A ready-made question to the logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pivot {
    pub label: String,
    /// Any of these groups; within a group all conditions: ECS field, value or `{{field}}` of the alert.
    pub any: Vec<Vec<(String, String)>>,
    /// Seconds before and after the alert.
    pub before: u32,
    pub after: u32,
}

/// Splunk's risk-based alerting: a message with `$token$`s and the objects it scores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskMessage {
    pub message: String,
    /// What is said of single objects besides.
    pub others: Vec<String>,
    pub objects: Vec<RiskObject>,
}

/// A field whose value gains risk or names the threat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskObject {
    pub field: String,
    /// `user`, `system`, `process`, ... as the vendor types it.
    pub kind: String,
    /// `None` for a threat object.
    pub score: Option<u8>,
}

/// Returns an id for a rule whose file has none: a digest of its path and name.
fn digest(path: &Path, name: &str) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(path.as_os_str().as_encoded_bytes());
    hash.update(&[0]);
    hash.update(name.as_bytes());
    hash.finalize().to_hex()[..32].to_owned()
}

/// Returns whether a file ends so, in letters of any case.
fn ends_as(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| endings.iter().any(|one| ending.eq_ignore_ascii_case(one)))
}

/// Returns a score as 0 to 100; none is 0.
fn score(stated: Option<f64>) -> u8 {
    stated.map_or(0, |score| score.round().clamp(0.0, 100.0) as u8)
}
