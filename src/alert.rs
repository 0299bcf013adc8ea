//! Detections become alerts with triage state.
//!
//! Takes [`Detection`](crate::engine::Detection)s and [`Edit`]s; gives [`Alert`]s, kept in SQLite together with the
//! read positions. An alert's id is computed from its rule and its event (or its row's key), so reading the same logs
//! again changes nothing. Every edit is in an append-only history and has an inverse.

pub mod export;
pub mod identity;
pub mod indicator;
pub mod lock;
pub mod store;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::event::{EventId, Time};
use crate::rule::Severity;

pub use lock::DetectorLock;
pub use store::{Batch, Committed, Store, StoreError};

/// An alert's identity: a digest of the rule id and the event's identity, or of the row's key columns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertId(pub [u8; 16]);

impl AlertId {
    /// Returns the short id that an analyst says aloud: `WG-1A2B3C4D`.
    #[must_use]
    pub fn link(self) -> String {
        let digits: String = self.to_string().chars().take(8).collect();
        format!("WG-{}", digits.to_uppercase())
    }
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AlertId({self})")
    }
}

/// Why a text is not an alert's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an alert id is 32 hexadecimal digits")]
pub struct NotAnAlertId;

impl FromStr for AlertId {
    type Err = NotAnAlertId;

    fn from_str(text: &str) -> Result<Self, NotAnAlertId> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotAnAlertId);
        }
        u128::from_str_radix(text, 16)
            .map(|number| Self(number.to_be_bytes()))
            .map_err(|_| NotAnAlertId)
    }
}

/// Where an alert stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    #[default]
    Open,
    Acknowledged,
    Closed,
}

impl Status {
    /// Returns the word of the JSON contract: `open`, `acknowledged` or `closed`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Closed => "closed",
        }
    }
}

/// What a closed alert turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    TruePositive,
    BenignPositive,
    FalsePositive,
    Duplicate,
    Other,
}

impl Disposition {
    /// Returns the word of the JSON contract: `true_positive`, `benign_positive`, ...
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TruePositive => "true_positive",
            Self::BenignPositive => "benign_positive",
            Self::FalsePositive => "false_positive",
            Self::Duplicate => "duplicate",
            Self::Other => "other",
        }
    }
}

/// What became of a step of the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepMark {
    Done,
    NotApplicable,
}

/// One contributing event, as the alert remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRef {
    pub id: EventId,
    pub time: Time,
    pub computer: String,
    pub channel: String,
    pub event_id: u32,
    pub record_id: Option<u64>,
    /// The file it was read from.
    pub path: String,
    /// Its place in the file's decompressed content.
    pub offset: u64,
}

/// An alert, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    pub id: AlertId,
    pub rule_id: String,
    pub rule_name: String,
    /// `eql`, `kuery`, `spl`, `sigma`.
    pub language: String,
    pub severity: Severity,
    pub risk_score: u8,
    /// Time of the first contributing event.
    pub first: Time,
    /// Time of the last contributing event.
    pub last: Time,
    pub host: String,
    pub user: String,
    /// The rule's message, rendered; a token without a value reads `‹name: not in result›`.
    pub message: String,
    /// Distinct contributing events.
    pub count: u64,
    pub techniques: Vec<String>,
    /// Hidden by default in lists.
    pub building_block: bool,
    /// Names of the fields that made it fire, as the rule calls them.
    pub because: Vec<String>,
    /// Columns of the result row, in order; empty for a rule that fires on single events.
    pub row: Vec<(String, String)>,
    /// The first contributing events, at most [`Alert::EVENTS_SHOWN`]; `count` counts them all.
    pub events: Vec<EventRef>,
    /// The alert that counts what a rule's cap held back.
    pub overflow: bool,
    pub status: Status,
    pub disposition: Option<Disposition>,
    pub owner: Option<String>,
    /// (step id, mark).
    pub steps: Vec<(String, StepMark)>,
    pub notes: Vec<Note>,
}

impl Alert {
    /// How many contributing events an [`Alert`] carries.
    pub const EVENTS_SHOWN: usize = 1000;
}

/// What all alerts of one version of a rule share; kept with the alert, so it survives the rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RuleFacts {
    pub id: String,
    pub name: String,
    /// `eql`, `kuery`, `spl`, `sigma`.
    pub language: String,
    pub severity: Severity,
    pub risk_score: u8,
    pub techniques: Vec<String>,
    /// Hidden by default in lists.
    pub building_block: bool,
}

/// An alert as a list shows it: small, its repeated texts shared, so that a million fit in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRow {
    pub id: AlertId,
    /// Grows with every change of any alert; see [`Store::rows_since`].
    pub revision: u64,
    pub rule: Arc<RuleFacts>,
    /// Time of the first contributing event.
    pub first: Time,
    /// Time of the last contributing event.
    pub last: Time,
    pub host: Arc<str>,
    pub user: Arc<str>,
    /// Distinct contributing events.
    pub count: u64,
    pub status: Status,
    pub disposition: Option<Disposition>,
    pub owner: Option<Arc<str>>,
    /// Steps ticked or marked as not applicable.
    pub steps_done: u16,
    /// The alert that counts what a rule's cap held back.
    pub overflow: bool,
}

/// Who makes a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The analyst; undo, redo and the saved view belong to this name.
    pub name: String,
    /// The terminal or process, for the history: `pts/3 pid 812`.
    pub session: String,
}

impl Who {
    /// The name under which watchglass itself changes alerts (a closed alert that is hit again).
    pub const WATCHGLASS: &str = "watchglass";
}

impl HistoryEntry {
    /// Returns what a closed alert had been closed as, when this entry opened it again.
    #[must_use]
    pub const fn reopened(&self) -> Option<Disposition> {
        match (&self.before, &self.edit) {
            (
                _,
                Edit::SetStatus {
                    disposition: Some(_),
                    ..
                },
            ) => None,
            (Edit::SetStatus { disposition, .. }, Edit::SetStatus { .. }) => *disposition,
            _ => None,
        }
    }
}

/// A group of edits that was made, undone or redone as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub kind: ChangeKind,
    /// What was asked for, in order (of an undo: what was taken back).
    pub edits: Vec<Edit>,
    /// The alerts that changed; those already as asked are not among them.
    pub alerts: Vec<AlertId>,
}

/// What kind of change it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Edit,
    Undo,
    Redo,
    /// By watchglass itself.
    Automatic,
}

/// One line of an alert's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Number within the store, growing.
    pub seq: i64,
    pub time: Time,
    pub who: Who,
    pub kind: ChangeKind,
    /// What it was set to.
    pub edit: Edit,
    /// The edit that would set it back.
    pub before: Edit,
}

/// A note of an analyst, on the alert or on one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Number within the store.
    pub id: i64,
    /// Step id, or `None` for a note on the whole alert.
    pub step: Option<String>,
    pub text: String,
    pub author: String,
    /// Nanoseconds since the epoch.
    pub written: i64,
}

/// A change an analyst makes to one alert. Each has an inverse, which the store computes from the state before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "edit")]
pub enum Edit {
    SetStatus {
        status: Status,
        disposition: Option<Disposition>,
    },
    SetOwner {
        owner: Option<String>,
    },
    /// `None` undoes a tick.
    MarkStep {
        step: String,
        mark: Option<StepMark>,
    },
    /// An empty text removes the note; `note` `None` writes a new one.
    WriteNote {
        note: Option<i64>,
        step: Option<String>,
        text: String,
    },
}
