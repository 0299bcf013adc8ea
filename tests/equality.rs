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

mod support;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use watchglass::engine::{Engine, Matches, Sieve, Verdict};
use watchglass::event::Event;
use watchglass::pipeline::{Found, scan};
use watchglass::rule::RuleSet;
use watchglass::source::expand;

/// Events of one kind that are tried, out of each corpus.
const OF_A_KIND: usize = 6;

/// How many files of a corpus are read.
const FILES: usize = 24;

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
            // The first, and then ever fewer.
            if seen.is_power_of_two() || (*seen < OF_A_KIND) {
                events.push(event);
            }
        }
        ControlFlow::Continue(())
    });
    events
}

/// What fired, in words that differ when anything does.
fn said(matches: &Matches) -> Vec<String> {
    let mut said: Vec<String> = matches
        .detections
        .iter()
        .map(|found| format!("{} {:?} {:?}", found.rule.name, found.because, found.row))
        .collect();
    said.extend(
        matches
            .hits
            .iter()
            .map(|hit| format!("hit {}", hit.rule.name)),
    );
    said
}

#[test]
fn the_fast_engine_equals_the_plain_one() {
    let Some(data) = support::data() else { return };
    let rules = ["elastic", "splunk", "sigma"].map(|vendor| data.join("rules").join(vendor));
    let engine = Engine::new(RuleSet::load(&rules).rules);
    assert!(engine.rules().len() > 500, "{}", engine.rules().len());
    let corpora: Vec<PathBuf> = [
        "seed-rule-samples",
        "ecs-goldens",
        "sigma-regression",
        "evtx-attack-samples",
        "security-datasets",
    ]
    .map(|name| data.join(name))
    .into();
    let (mut tried, mut fired, mut sound) = (0, 0, 0);
    let mut sieve = Sieve::new(true);
    for corpus in corpora {
        let events = sample(&corpus);
        assert!(events.len() > 9, "{}: {}", corpus.display(), events.len());
        // Twice: the second time from memory.
        for event in events.iter().chain(&events) {
            let (mut fast, mut plain) = (Matches::default(), Matches::default());
            engine.observe(event, &mut fast);
            engine.observe_plainly(event, &mut plain);
            assert_eq!(
                said(&fast),
                said(&plain),
                "{}",
                String::from_utf8_lossy(&event.record.raw)
            );
            if let Verdict::Sound(places) = engine.look(&mut sieve, &event.record.raw) {
                sound += 1;
                let mut sifted = Matches::default();
                let places = places.to_vec();
                engine.observe_at(event, &places, &mut sifted);
                assert_eq!(
                    said(&sifted),
                    said(&plain),
                    "before its event was built: {}",
                    String::from_utf8_lossy(&event.record.raw)
                );
            }
            tried += 1;
            fired += plain.detections.len();
        }
    }
    assert!(tried > 1000 && fired > 200, "{fired} in {tried} events");
    assert!(sound > 500, "{sound} lines were told from their members");
    eprintln!("{fired} detections in {tried} events, {sound} of them from lines");
}
