//! What the screen hears from the pipeline: progress, rules, answers to pivots.

mod live;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::alert::{Alert, AlertId};
use crate::pipeline::Answer;
use crate::pipeline::live::Detecting;
use crate::rule::{Pivot, RuleSet};

pub use live::LiveFeed;

/// Where the numbers of the top line come from.
pub trait Feed: Send + Sync + fmt::Debug {
    /// Returns how far reading is; cheap, asked several times a second.
    fn progress(&self) -> Snapshot;

    /// Returns the rules that run; the same `Arc` until they change.
    fn rules(&self) -> Arc<RuleSet>;

    /// Answers a step's questions from the logs; may take its time.
    ///
    /// # Errors
    /// A sentence that says why none of them can be asked.
    fn pivot(&self, alert: &Alert, pivots: &[Pivot]) -> Result<Found, String> {
        let _ = (alert, pivots);
        Err("This process watches no logs to search.".to_owned())
    }
}

/// Who detects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Detector {
    /// This process.
    Here,
    /// Another one; this one shows what it finds and takes over when it ends.
    Elsewhere(Box<Detecting>),
    /// Not known yet: the watch has only begun.
    #[default]
    Starting,
    /// Nobody.
    Nobody,
}

/// How far reading is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// What is watched, as the user would name it: `collector-02:/var/log/winlogs`.
    pub watched: String,
    /// Formats recognised so far.
    pub formats: Vec<String>,
    pub detector: Detector,
    pub events: u64,
    pub events_per_second: f64,
    /// From the newest event's arrival in its file to its being through the rules.
    pub lag: Option<Duration>,
    /// Bytes on disk that are not read yet.
    pub behind: u64,
    /// Everything that is there has been read, and no event is on its way.
    pub caught_up: bool,
    pub hosts: u64,
    /// Records that could not be read.
    pub unreadable: u64,
    /// Events that came too late for rules over several events, and what those gave up for want of memory.
    pub late: u64,
    pub evicted: u64,
    /// Groups, rows and combinations past a cap, and searches of regular expressions that were given up.
    pub cut: u64,
    pub searches: u64,
    /// The backlog while it is read: bytes done and in all.
    pub backlog: Option<(u64, u64)>,
    pub seconds_left: Option<u64>,
    /// Whether steps' questions can be asked: events are kept to search.
    pub searchable: bool,
    /// Detection cannot go on now; the first of the problems says why.
    pub held_up: bool,
    /// What is wrong now, in sentences; shown until it is gone.
    pub problems: Vec<String>,
}

/// What the logs answer to a step.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub events: Vec<Answer>,
    /// Why some may be missing; a sentence.
    pub missing: Option<String>,
}

/// The answer to a step's question.
#[derive(Debug, Clone)]
pub struct PivotAnswer {
    pub alert: AlertId,
    pub step: String,
    /// The events, or a sentence that says why there is no answer.
    pub found: Result<Found, String>,
}
