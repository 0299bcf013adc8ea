//! What goes out of the screen's state and what comes back.
//!
//! The state asks for [`Effect`]s and never waits; the driver performs them and answers with [`Message`]s.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::detail::Opened;
use super::feed::{PivotAnswer, Snapshot};
use super::list::{Arranged, Request, Rows};
use crate::alert::{AlertId, AlertRow, Change, Edit};
use crate::decode::Unreadable;
use crate::event::Time;
use crate::rule::RuleSet;

/// Something that only the driver can do.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Order the list anew.
    Arrange(Box<Request>),
    /// Load an alert and its event of this number; only the latest matters.
    Open {
        id: AlertId,
        event: usize,
    },
    /// Count how often the techniques and the host of an alert were seen.
    Survey(Box<SurveyRequest>),
    /// Make these edits as one change, which one undo takes back.
    Edit {
        ids: Vec<AlertId>,
        edits: Vec<Edit>,
    },
    Undo,
    Redo,
    /// Copy `text`; `label` says what it is.
    Copy {
        text: String,
        label: String,
    },
    /// Write `text` into a file that is called like this.
    WriteFile {
        name: String,
        text: String,
    },
    /// Ask the logs the question of a step.
    Pivot {
        alert: AlertId,
        step: String,
    },
    /// Keep where the analyst is.
    SaveView(Value),
    /// Ask which records could not be read.
    Unreadable,
    Mouse(bool),
    Repaint,
    Suspend,
    Quit,
}

/// What happened meanwhile.
#[derive(Debug)]
pub enum Message {
    /// Alerts that are new or have changed.
    Rows(Vec<AlertRow>),
    /// All alerts that the store holds were handed over.
    Loaded,
    Arranged(Arranged),
    Opened(Box<Opened>),
    Survey(Survey),
    /// A change was made; `None` when there was nothing to undo or redo.
    Changed(Option<Change>),
    /// How many changes wait until they can be written.
    Waiting(usize),
    /// The newest change that waited is given up, since it was taken back.
    GivenUp,
    /// The newest records that could not be read, and how many there were.
    Unreadable(Vec<Unreadable>, u64),
    /// Something asked for did not happen; a sentence.
    Failed(String),
    /// What became of a copy; a sentence. `kept` comes back when it should be written to a file instead.
    Copied {
        label: String,
        sentence: String,
        kept: Option<String>,
    },
    Wrote {
        path: PathBuf,
        bytes: usize,
    },
    Progress(Box<Snapshot>),
    Rules(Arc<RuleSet>),
    Pivot(PivotAnswer),
    /// Where the analyst was the last time.
    View(Value),
    /// The time, once a second.
    Tick(Time),
}

/// A question over all rows.
#[derive(Debug, Clone)]
pub struct SurveyRequest {
    pub id: AlertId,
    pub rows: Rows,
    pub now: Time,
}

/// How an alert stands among the others.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    pub id: Option<AlertId>,
    /// Technique, alerts and hosts over the last 24 hours.
    pub techniques: Vec<(String, usize, usize)>,
    /// Other alerts of the same host or user, the newest first.
    pub related: Vec<AlertId>,
}
