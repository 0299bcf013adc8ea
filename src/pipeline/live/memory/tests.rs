use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::alert::Batch;
use crate::engine::state::testing::{eql_rule, event};
use crate::event::Event;

const RULES: [&str; 8] = [
    "sequence by k with maxspan=20s [a where true] [b where true]",
    "sequence by k [a where true] [b where true] [c where true] until [m where true]",
    "sequence by k with maxspan=15s [a where true] with runs=3",
    "sequence by k with maxspan=10s [a where true] ![m where true]",
    "sequence with maxspan=10s ![m where true] [a where true] [b where true]",
    "sequence by k with maxspan=10s ![c where true] [a where true] ![m where true] [b where true] ![c where true]",
    "sample by k [a where true] [b where true] [c where true]",
    "sequence by k [any where true] [c where true] | tail 2",
];

fn rules() -> Vec<Arc<Rule>> {
    let rules = RULES.iter().enumerate();
    rules
        .map(|(n, text)| eql_rule(&n.to_string(), text))
        .collect()
}

/// What a scan of the events finds.
fn scanned(events: &[Arc<Event>]) -> BTreeSet<String> {
    let engine = Engine::new(rules());
    let mut states = States::new(engine.rules());
    let mut matches = Matches::default();
    for event in events {
        engine.observe(event, &mut matches);
    }
    states.take(matches.hits.drain(..), &mut matches.detections);
    states.finish(&mut matches.detections);
    let mut store = Store::in_memory().unwrap();
    let batch = Batch {
        detections: matches.detections,
        ..Batch::default()
    };
    store.commit(&batch).unwrap();
    alerts(&store)
}

fn alerts(store: &Store) -> BTreeSet<String> {
    let rows = store.rows_since(0).unwrap();
    let shown = rows
        .iter()
        .map(|row| format!("{} {} {}", row.rule.name, row.id, row.count));
    shown.collect()
}

/// A detector that may be killed.
struct Detector {
    store: Store,
    memories: Memories,
    engine: Arc<Engine>,
    shared: Shared,
}

impl Detector {
    fn start(state: &Path) -> Self {
        Self {
            store: Store::open(state).unwrap(),
            memories: Memories::new(state.to_owned(), false),
            engine: Arc::new(Engine::new(rules())),
            shared: Shared::default(),
        }
    }

    /// Reads events, and commits what came of them unless it is killed before.
    fn read(&mut self, events: &[Arc<Event>], caught_up: bool, killed: bool) {
        let mut matches = Matches::default();
        self.memories.run(&self.engine, &mut matches, &self.shared);
        for event in events {
            self.memories.see(event.time, wall(), Instant::now());
            self.engine.observe(event, &mut matches);
        }
        self.memories.take(&mut matches);
        if caught_up {
            self.memories.caught_up(true, &mut matches);
        }
        if !killed {
            self.commit(matches);
        }
    }

    fn commit(&mut self, matches: Matches) {
        let batch = Batch {
            detections: matches.detections,
            journal: self.memories.journal(),
            ..Batch::default()
        };
        self.store.commit(&batch).unwrap();
    }

    /// Lets all windows end.
    fn finish(&mut self) {
        let mut matches = Matches::default();
        self.memories.run(&self.engine, &mut matches, &self.shared);
        self.memories.states.finish(&mut matches.detections);
        self.commit(matches);
    }
}

/// Events at most 25 s out of order, fewer than the lateness.
fn events() -> impl Strategy<Value = Vec<Arc<Event>>> {
    let one = (0..4_usize, 0..3_i64, 0..6_000_i64, 0..25_000_i64);
    prop::collection::vec(one, 1..60).prop_map(|drawn| {
        let mut time = 1_000_000;
        let mut arrivals = Vec::new();
        for (n, (kind, key, gap, delay)) in drawn.into_iter().enumerate() {
            time += gap;
            let kind = ["a", "b", "c", "m"][kind];
            let event = event(n as u64 + 1, time, kind, json!({"k": key}));
            arrivals.push((time + delay, event));
        }
        arrivals.sort_by_key(|(arrival, _)| *arrival);
        arrivals.into_iter().map(|(_, event)| event).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn chunks_and_kills_change_nothing(
        events in events(),
        steps in prop::collection::vec((1..12_usize, any::<bool>(), 0..4_u8), 60),
    ) {
        let state = tempfile::tempdir().unwrap();
        let mut detector = Detector::start(state.path());
        let mut committed = 0;
        let mut steps = steps.into_iter();
        while committed < events.len() {
            let (length, caught_up, fate) = steps.next().unwrap_or((60, true, 3));
            let end = (committed + length).min(events.len());
            let killed = fate == 0;
            detector.read(&events[committed..end], caught_up, killed);
            if !killed {
                committed = end;
            }
            if fate <= 1 {
                drop(detector);
                detector = Detector::start(state.path());
            }
        }
        detector.finish();
        prop_assert_eq!(alerts(&detector.store), scanned(&events));
        prop_assert_eq!(detector.memories.health().late, 0);
    }
}

#[test]
fn a_rule_that_changes_starts_from_what_others_kept() {
    let state = tempfile::tempdir().unwrap();
    let mut detector = Detector::start(state.path());
    let first = event(1, 1_000, "a", json!({"k": 1}));
    detector.read(&[first], true, false);
    let changed = "sequence by k with maxspan=21s [a where true] [b where true]";
    detector.engine = Arc::new(Engine::new(vec![eql_rule("0", changed)]));
    let second = event(2, 2_000, "b", json!({"k": 1}));
    detector.read(&[second], true, false);
    detector.finish();
    let rows = detector.store.rows_since(0).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].count, 2);
    let recalled = detector.store.recall().unwrap();
    let known = recalled.known.len();
    assert_eq!(
        known,
        RULES.len(),
        "the others may come back; the old version is gone"
    );
}

#[test]
fn what_no_rule_needs_is_not_kept() {
    let state = tempfile::tempdir().unwrap();
    let mut detector = Detector::start(state.path());
    detector.engine = Arc::new(Engine::new(rules()[..7].to_vec()));
    let pair = [
        event(1, 1_000, "m", json!({"k": 1})),
        event(2, 2_000, "b", json!({"k": 1})),
    ];
    detector.read(&pair, false, false);
    let recalled = detector.store.recall().unwrap();
    assert_eq!((recalled.lost, recalled.events.len()), (0, 2), "they wait");
    detector.finish();
    assert!(detector.store.recall().unwrap().events.is_empty());
}

#[test]
fn a_window_that_ends_in_silence_ends_also_in_old_logs() {
    let state = tempfile::tempdir().unwrap();
    let mut detector = Detector::start(state.path());
    let rule = eql_rule(
        "0",
        "sequence with maxspan=10s [a where true] ![m where true]",
    );
    detector.engine = Arc::new(Engine::new(vec![rule]));
    let mut matches = Matches::default();
    detector
        .memories
        .run(&detector.engine, &mut matches, &detector.shared);
    // An event of 1970 that came some seconds ago.
    let came = |seconds| {
        Instant::now()
            .checked_sub(std::time::Duration::from_secs(seconds))
            .unwrap()
    };
    let first = event(1, 1_000, "a", json!({}));
    detector.memories.see(first.time, wall(), came(35));
    detector.engine.observe(&first, &mut matches);
    detector.memories.take(&mut matches);
    detector.memories.caught_up(true, &mut matches);
    assert!(
        matches.detections.is_empty(),
        "neither the window nor the allowance is over"
    );
    assert_eq!(detector.memories.health().waiting, 0);
    detector.memories.clock = Clock::default();
    detector.memories.see(first.time, wall(), came(41));
    detector.memories.caught_up(true, &mut matches);
    assert_eq!(matches.detections.len(), 1);
}
