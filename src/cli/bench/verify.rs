//! Whether the fast engine finds what trying each rule plainly finds, on every event of a corpus.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::cli::output::Output;
use crate::cli::{CliError, Done};
use crate::engine::{Engine, Matches, Sieve, Verdict};
use crate::event::Event;
use crate::pipeline::{Found, scan};
use crate::source::Listing;
use crate::text::plain;

/// Differences that are told before the comparison ends.
const MOST: usize = 20;

/// What several threads count.
#[derive(Debug, Default)]
struct Tally {
    next: AtomicUsize,
    events: AtomicUsize,
    lines: AtomicUsize,
    found: AtomicUsize,
    ended: AtomicBool,
    differences: Mutex<Vec<String>>,
}

/// Compares the engines on every event; differences are an error.
pub fn run(
    engine: &Engine,
    listing: &Listing,
    threads: usize,
    output: &mut Output,
) -> Result<Done, CliError> {
    let tally = Tally::default();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut sieve = Sieve::new(true);
                loop {
                    let next = tally.next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = listing.files.get(next) else {
                        return;
                    };
                    let one = Listing {
                        files: vec![file.clone()],
                        ..Listing::default()
                    };
                    scan(one, &mut |found| {
                        if let Found::Event(event) = found {
                            compare(engine, &mut sieve, &event, &tally);
                        }
                        if tally.ended.load(Ordering::Relaxed) {
                            ControlFlow::Break(())
                        } else {
                            ControlFlow::Continue(())
                        }
                    });
                }
            });
        }
    });
    let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    output.line(&format!(
        "{} rules on {} events, {} of them from lines: {} detections",
        engine.rules().len(),
        count(&tally.events),
        count(&tally.lines),
        count(&tally.found),
    ))?;
    let differences = tally
        .differences
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    for difference in &differences {
        output.line(&plain(difference))?;
    }
    if differences.is_empty() {
        output.line("the fast engine and the plain one agree on each of them")?;
        Ok(Done::Well)
    } else {
        Err(CliError::failed("verify", "the engines differ"))
    }
}

fn compare(engine: &Engine, sieve: &mut Sieve, event: &Arc<Event>, tally: &Tally) {
    tally.events.fetch_add(1, Ordering::Relaxed);
    let (mut plainly, mut fast) = (Matches::default(), Matches::default());
    engine.observe_plainly(event, &mut plainly);
    engine.observe(event, &mut fast);
    let wanted = plainly.said();
    tally.found.fetch_add(wanted.len(), Ordering::Relaxed);
    differ(&wanted, &fast.said(), "of the event", event, tally);
    if let Verdict::Sound(places) = engine.look(sieve, &event.record.raw) {
        tally.lines.fetch_add(1, Ordering::Relaxed);
        let places = places.to_vec();
        let mut sifted = Matches::default();
        engine.observe_at(event, &places, &mut sifted);
        differ(&wanted, &sifted.said(), "of the line", event, tally);
        let outline = sieve.outline_of(&event.record);
        if let Some(outline) = outline {
            let (whole, outline) = (origin(event), origin(&outline));
            differ(&[whole], &[outline], "of the origin", event, tally);
        }
    }
}

/// Who the event is and what it says, in words that differ when anything does.
fn origin(event: &Event) -> String {
    let Event {
        id,
        time,
        channel,
        code,
        record_id,
        sequence,
        computer,
        ..
    } = event;
    let fields = (event.ecs(), event.native(), event.extra());
    let record = &event.record;
    let lies = (record.format, &record.place, &record.raw);
    format!(
        "{id} {time:?} {channel} {code} {record_id:?} {sequence:?} {computer} {fields:?} {lies:?}"
    )
}

fn differ(wanted: &[String], found: &[String], whose: &str, event: &Event, tally: &Tally) {
    if wanted == found {
        return;
    }
    let mut differences = tally
        .differences
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let place = &event.record.place;
    let missing: Vec<_> = wanted.iter().filter(|one| !found.contains(one)).collect();
    let added: Vec<_> = found.iter().filter(|one| !wanted.contains(one)).collect();
    differences.push(format!(
        "{} at {}: {whose} are missing {missing:?}, too many {added:?}",
        place.path.display(),
        place.offset,
    ));
    if differences.len() >= MOST {
        tally.ended.store(true, Ordering::Relaxed);
    }
}
