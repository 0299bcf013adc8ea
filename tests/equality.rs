//! The fast engine finds what trying each rule plainly finds, rule by rule and event by event.
//!
//! Here on a sample of each kind of event in the public corpora; `watchglass bench --verify` does the same on all of
//! them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

#[path = "bench/shapes.rs"]
mod shapes;
mod support;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use watchglass::decode::{Body, record_of_event, record_of_line};
use watchglass::engine::{Engine, Matches, Sieve, Verdict};
use watchglass::event::Event;
use watchglass::pipeline::{Found, scan};
use watchglass::rule::RuleSet;
use watchglass::source::expand;

/// Events of one kind that are tried, out of each corpus: the first, and then ever fewer.
const OF_A_KIND: [usize; 4] = [1, 2, 16, 128];

/// How many files of a corpus are read.
const FILES: usize = 8;

/// Returns some events of each kind in the corpus, which are spread over its files.
fn sample(corpus: &Path) -> Vec<Arc<Event>> {
    let mut listing = expand(&[corpus.to_path_buf()]);
    let step = listing.files.len().div_ceil(FILES).max(1);
    listing.files = listing.files.into_iter().step_by(step).collect();
    let mut kinds: HashMap<(Box<str>, u32), usize> = HashMap::new();
    let mut events = Vec::new();
    scan(listing, &mut |found| {
        if let Found::Event(event) = found {
            let seen = kinds
                .entry((event.channel.clone(), event.code))
                .or_default();
            *seen += 1;
            if OF_A_KIND.contains(seen) {
                events.push(event);
            }
        }
        ControlFlow::Continue(())
    });
    events
}

/// Returns the event as another log would have it: in XML, in `evtx_dump`'s JSON or as winlogbeat ships it, in turn.
fn reshaped(at: usize, event: &Event) -> Option<Arc<Event>> {
    let Body::Windows(windows) = event.record.body() else {
        return None;
    };
    let path = Path::new("reshaped").into();
    let record = match at % 3 {
        0 => record_of_event(&path, 0, 0, shapes::xml(windows).as_bytes()),
        1 => record_of_line(&path, 0, 0, shapes::dump(windows).as_bytes()),
        _ => record_of_line(&path, 0, 0, shapes::winlogbeat(windows).as_bytes()),
    };
    let event = Event::from_record(record.expect("a record in another shape"));
    Some(Arc::new(event.expect("an event in another shape")))
}

#[test]
fn the_fast_engine_equals_the_plain_one() {
    let Some(data) = support::data() else { return };
    let rules = ["elastic", "splunk", "sigma"].map(|vendor| data.join("rules").join(vendor));
    let engine = Engine::new(RuleSet::load(&rules).rules);
    assert!(engine.rules().len() > 500, "{}", engine.rules().len());
    let corpora: Vec<PathBuf> = [
        "security-datasets",
        "evtx-attack-samples",
        "sigma-regression",
        "seed-rule-samples",
        "ecs-goldens",
    ]
    .map(|name| data.join(name))
    .into();
    let mut tried = Tried::default();
    let mut reshapes = 0;
    for corpus in corpora {
        let mut events = sample(&corpus);
        assert!(!events.is_empty(), "{}", corpus.display());
        let others = events.iter().enumerate();
        let others: Vec<_> = others
            .filter_map(|(at, event)| reshaped(at, event))
            .collect();
        reshapes += others.len();
        events.extend(others);
        let half = events.len().div_ceil(2);
        let parts = std::thread::scope(|scope| {
            let parts: Vec<_> = events
                .chunks(half)
                .map(|events| scope.spawn(|| compare(&engine, events)))
                .collect();
            parts
                .into_iter()
                .map(|part| part.join().expect("the engines agree"))
                .collect::<Vec<_>>()
        });
        for part in parts {
            tried.events += part.events;
            tried.fired += part.fired;
            tried.sound += part.sound;
            tried.outlined += part.outlined;
        }
    }
    assert!(tried.events > 200 && tried.fired > 50, "{tried:?}");
    // All but what has its data elsewhere than Windows' own events is told from its text.
    assert!(reshapes > 150 && tried.sound > tried.events, "{tried:?}");
    assert!(tried.outlined > tried.events, "{tried:?}");
    eprintln!("{tried:?}");
}

#[derive(Debug, Default)]
struct Tried {
    events: usize,
    fired: usize,
    /// Events that were told from their lines.
    sound: usize,
    /// Events of which only the origin was read.
    outlined: usize,
}

/// Returns everything that an event says.
fn read(event: &Event) -> impl PartialEq + std::fmt::Debug {
    (
        (event.id, event.time, event.channel.clone(), event.code),
        (event.record_id, event.sequence, event.computer.clone()),
        (
            event.ecs().clone(),
            event.native().clone(),
            event.extra().clone(),
        ),
        (event.record.format, event.record.raw.clone()),
    )
}

/// Compares what the engines find in each event.
fn compare(engine: &Engine, events: &[Arc<Event>]) -> Tried {
    let mut tried = Tried::default();
    let mut sieve = Sieve::new(true);
    for event in events {
        let raw = String::from_utf8_lossy(&event.record.raw);
        let mut plain = Matches::default();
        engine.observe_plainly(event, &mut plain);
        let wanted = plain.said();
        // What waits for further events is read again.
        assert_eq!(read(&event.forgotten()), read(event), "{raw}");
        tried.events += 1;
        tried.fired += plain.detections.len();
        // Twice: the second time from memory.
        for _ in 0..2 {
            let mut fast = Matches::default();
            engine.observe(event, &mut fast);
            assert_eq!(fast.said(), wanted, "{raw}");
            if let Verdict::Sound(places) = engine.look(&mut sieve, &event.record.raw) {
                let places = places.to_vec();
                let mut sifted = Matches::default();
                engine.observe_at(event, &places, &mut sifted);
                assert_eq!(sifted.said(), wanted, "of the line: {raw}");
                tried.sound += 1;
                let outline = sieve.outline_of(&event.record);
                if let Some(outline) = outline {
                    assert!(!outline.is_read());
                    assert_eq!(read(&outline), read(event), "{raw}");
                    tried.outlined += 1;
                }
            }
        }
    }
    tried
}
