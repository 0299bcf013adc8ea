//! Restarts, reloads and silence; what every operator finds live is held against a scan in [`operators`].

mod operators;
mod table;

use std::path::Path;

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

/// A detector that may be killed.
struct Detector {
    store: Store,
    memories: Memories,
    engine: Arc<Engine>,
    shared: Shared,
    /// Whether the caps of the rules hold.
    cap: bool,
}

impl Detector {
    fn start(state: &Path, rules: &[Arc<Rule>]) -> Self {
        Self {
            store: Store::open(state).unwrap(),
            memories: Memories::new(state.to_owned(), false),
            engine: Arc::new(Engine::new(rules.to_vec())),
            shared: Shared::default(),
            cap: false,
        }
    }

    /// Reads events, and commits what came of them unless it is killed before.
    fn read(&mut self, events: &[Arc<Event>], caught_up: bool, killed: bool) {
        let mut matches = Matches::default();
        self.memories.run(&self.engine, &mut matches, &self.shared);
        for event in events {
            self.memories.see(event.time, wall(), (self.memories.now)());
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
            cap: self.cap,
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

#[test]
fn a_rule_that_changes_starts_from_what_others_kept() {
    let state = tempfile::tempdir().unwrap();
    let mut detector = Detector::start(state.path(), &rules());
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
    let mut detector = Detector::start(state.path(), &rules());
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
    let mut detector = Detector::start(state.path(), &rules());
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
