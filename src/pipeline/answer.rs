//! Answers a question from the logs: one pass over the files that can hold an answer.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::scan::{Found, scan};
use crate::alert::EventRef;
use crate::search::{Question, reference};
use crate::source::expand;

/// Most events that one question is answered with.
pub const ANSWERS: usize = 1000;

/// How much older than the question a file may be and still be read: clocks differ, and copies keep odd times.
const MARGIN: Duration = Duration::from_secs(86_400);

/// Returns the events under `root` that answer `question`, the oldest first, at most [`ANSWERS`].
/// Files that cannot be read are left out. `stop` is asked between events.
#[must_use]
pub fn answer(root: &PathBuf, question: &Question, stop: &dyn Fn() -> bool) -> Vec<EventRef> {
    let mut listing = expand(std::slice::from_ref(root));
    listing.files.retain(|file| {
        let changed = std::fs::metadata(&file.path).and_then(|metadata| metadata.modified());
        changed.map_or(true, |changed| changed + MARGIN >= time(question.from.0))
    });
    let mut answers = Vec::new();
    scan(listing, &mut |found| {
        if let Found::Event(event) = found
            && question.is_answered_by(&event)
            // The same event in two files (a copy, a rotation) is one answer.
            && answers.iter().all(|known: &EventRef| known.id != event.id)
        {
            answers.push(reference(&event));
        }
        if answers.len() >= ANSWERS || stop() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    answers.sort_by_key(|answer| answer.time);
    answers
}

fn time(nanos: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanos.max(0).unsigned_abs())
}
