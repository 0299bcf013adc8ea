//! Answers a question from the logs: one pass over the files that can hold an answer.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::scan::{Found, scan};
use crate::alert::EventRef;
use crate::event::{Event, EventId};
use crate::search::{Question, reference};
use crate::source::expand;

/// Most events that one question is answered with.
pub const ANSWERS: usize = 1000;

/// Most bytes of records that one question's answers are kept with; later answers are only referred to.
pub const KEPT_BYTES: usize = 16 << 20;

/// What the logs answer.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// The oldest first, at most [`ANSWERS`].
    pub events: Vec<Answer>,
    /// Whether the event that was asked around was come across; `None` when reading ended before the end of the logs.
    pub own_seen: Option<bool>,
    /// Files that can hold an answer.
    pub files: usize,
}

/// One event that answers a question.
#[derive(Debug, Clone)]
pub struct Answer {
    pub reference: EventRef,
    /// The event itself; `None` once the answers before it fill [`KEPT_BYTES`].
    pub event: Option<Arc<Event>>,
}

/// How much older than the question a file may be and still be read: clocks differ, and copies keep odd times.
const MARGIN: Duration = Duration::from_secs(86_400);

/// Returns the events under `root` that answer any of `questions`, which are asked around the event `own`.
/// Files that cannot be read are left out. `stop` is asked between events.
#[must_use]
pub fn answer(
    root: &PathBuf,
    questions: &[Question],
    own: Option<EventId>,
    stop: &dyn Fn() -> bool,
) -> Answers {
    let from = questions.iter().map(|question| question.from.0).min();
    let Some(from) = from else {
        return Answers::default();
    };
    let mut listing = expand(std::slice::from_ref(root));
    listing.files.retain(|file| {
        let changed = std::fs::metadata(&file.path).and_then(|metadata| metadata.modified());
        changed.map_or(true, |changed| changed + MARGIN >= time(from))
    });
    let files = listing.files.len();
    let mut answers: Vec<Answer> = Vec::new();
    let (mut seen, mut complete) = (false, true);
    let mut known = HashSet::new();
    let mut bytes = 0usize;
    scan(listing, &mut |found| {
        if let Found::Event(event) = &found {
            seen |= own == Some(event.id);
        }
        if let Found::Event(event) = found
            && questions.iter().any(|question| question.is_answered_by(&event))
            // The same event in two files (a copy, a rotation) is one answer.
            && known.insert(event.id)
        {
            let reference = reference(&event);
            bytes = bytes.saturating_add(event.record.raw.len());
            let event = (bytes <= KEPT_BYTES).then_some(event);
            answers.push(Answer { reference, event });
        }
        if answers.len() >= ANSWERS || stop() {
            complete = false;
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    answers.sort_by_key(|answer| answer.reference.time);
    Answers {
        events: answers,
        own_seen: (seen || complete).then_some(seen),
        files,
    }
}

fn time(nanos: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanos.max(0).unsigned_abs())
}
