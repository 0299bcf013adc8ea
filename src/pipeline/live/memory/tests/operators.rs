//! Every operator: what it finds live is what a scan finds, whatever the arrival, the pieces, the kills and reloads.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::*;
use crate::event::EventId;

/// What one rule found: for each alert all that an analyst sees of it.
type Found = BTreeMap<String, BTreeSet<String>>;

/// What a scan of the events finds.
fn scanned(rules: &[Arc<Rule>], events: &[Arc<Event>]) -> Found {
    let engine = Engine::new(rules.to_vec());
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
    found(&store)
}

fn found(store: &Store) -> Found {
    let mut found = Found::new();
    for row in store.rows_since(0).unwrap() {
        let alert = store.alert(row.id).unwrap().unwrap();
        let events: BTreeSet<EventId> = alert.events.iter().map(|event| event.id).collect();
        let shown = format!(
            "{} {}x {:?}..{:?} {:?} {} {events:?}",
            alert.id, alert.count, alert.first, alert.last, alert.row, alert.message
        );
        found.entry(alert.rule_name).or_default().insert(shown);
    }
    found
}

/// Fails with what only one of them has.
fn same(live: &Found, scan: &Found) -> Result<(), TestCaseError> {
    let only = |one: &Found, other: &Found| {
        let alerts = one.iter().flat_map(|(rule, alerts)| {
            let others = other.get(rule);
            let only = alerts
                .iter()
                .filter(move |alert| !others.is_some_and(|others| others.contains(*alert)));
            only.map(move |alert| format!("{rule}: {alert}\n"))
        });
        alerts.collect::<String>()
    };
    let (more, fewer) = (only(live, scan), only(scan, live));
    let equal = more.is_empty() && fewer.is_empty();
    prop_assert!(equal, "live only:\n{}scan only:\n{}", more, fewer);
    Ok(())
}

/// Events at most 25 s out of order, fewer than the lateness, some of them at one moment; near the end of an hour.
fn events() -> impl Strategy<Value = Events> {
    let gap = prop_oneof![1 => Just(0), 3 => 0..6_000_i64, 1 => 0..20_000_i64];
    let one = (0..4_usize, 0..3_i64, 0..9_i64, gap, 0..25_000_i64);
    prop::collection::vec(one, 1..60).prop_map(|drawn| {
        let mut time = 3_480_000;
        let mut arrivals = Vec::new();
        for (n, (kind, key, number, gap, delay)) in drawn.into_iter().enumerate() {
            time += gap;
            let kind = ["a", "b", "c", "m"][kind];
            let event = one_event(n as u64 + 1, time, kind, key, number);
            arrivals.push((time + delay, event));
        }
        arrivals.sort_by_key(|(arrival, _)| *arrival);
        Events(arrivals.into_iter().map(|(_, event)| event).collect())
    })
}

/// An event that each language can ask for its kind, its key and its number.
fn one_event(number: u64, millis: i64, kind: &str, key: i64, n: i64) -> Arc<Event> {
    let other = (key + n) % 3;
    let data = json!({
        "Kind": kind, "Key": key.to_string(), "Number": n.to_string(), "Other": other.to_string(),
        "Image": format!("C:\\{kind}.exe"), "CommandLine": format!("{kind}.exe {n}"),
    });
    let winlog = json!({
        "channel": "Microsoft-Windows-Sysmon/Operational", "provider_name": "Microsoft-Windows-Sysmon",
        "event_id": "1", "computer_name": "ws", "record_id": number, "event_data": data,
    });
    event(
        number,
        millis,
        kind,
        json!({"k": key.to_string(), "other": other.to_string(), "n": n, "winlog": winlog, "host": {"name": "ws"}}),
    )
}

/// Events, shown by what tells them apart.
#[derive(Clone)]
struct Events(Vec<Arc<Event>>);

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.0.iter().map(|event| {
            let named = |name| {
                event
                    .ecs()
                    .named(name)
                    .map(|value| value.text().into_owned())
            };
            let [kind, key, n] =
                ["event.category", "k", "n"].map(|name| named(name).unwrap_or_default());
            format!("{} {kind} k={key} n={n}", event.time.0 / 1_000_000)
        });
        f.debug_list().entries(shown).finish()
    }
}

/// What happens at a piece of the events: how many there are, whether nothing more is there, and what befalls.
type Step = (usize, bool, Fate);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Killed before what was found is committed.
    Killed,
    /// Started anew after it.
    Restarted,
    /// The rules are loaded again.
    Reloaded,
    /// Its events are read again.
    Repeated,
    Calm,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fate = prop_oneof![
        Just(Fate::Killed),
        Just(Fate::Restarted),
        Just(Fate::Reloaded),
        Just(Fate::Repeated),
        Just(Fate::Calm),
    ];
    prop::collection::vec((1..12_usize, any::<bool>(), fate), 0..60)
}

/// A time that stands still.
fn still() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// Lets a detector live through it all; returns it when all windows have ended.
fn lived(
    state: &Path,
    rules: &[Arc<Rule>],
    events: &[Arc<Event>],
    steps: &[Step],
    cap: bool,
) -> Detector {
    let start = || {
        let mut detector = Detector::start(state, rules);
        detector.cap = cap;
        // A slow machine must not make events late.
        detector.memories.now = still;
        detector
    };
    let mut detector = start();
    let mut committed = 0;
    let mut since = 0;
    let mut steps = steps.iter().copied();
    while committed < events.len() {
        let (length, caught_up, fate) = steps.next().unwrap_or((60, true, Fate::Calm));
        let end = (committed + length).min(events.len());
        let killed = fate == Fate::Killed;
        detector.read(&events[committed..end], caught_up, killed);
        if !killed {
            committed = end;
        }
        match fate {
            Fate::Killed | Fate::Restarted => {
                drop(detector);
                detector = start();
                since = committed;
            }
            Fate::Reloaded => detector.engine = Arc::new(Engine::new(rules.to_vec())),
            Fate::Repeated => detector.read(
                &events[(committed - length.min(committed)).max(since)..committed],
                caught_up,
                false,
            ),
            Fate::Calm => {}
        }
    }
    detector.finish();
    detector
}

/// Runs a property often enough, and fails at a rule of `rules` that never fired.
fn holds<S: Strategy>(
    rules: &[Arc<Rule>],
    inputs: &S,
    property: impl Fn(S::Value) -> Result<Found, TestCaseError>,
) {
    let fired = RefCell::new(BTreeMap::<String, u32>::new());
    let more = std::env::var("PROPTEST_CASES").ok();
    let more: Option<u32> = more.and_then(|cases| cases.parse().ok());
    let config = ProptestConfig {
        cases: more.unwrap_or(32),
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    // The gate tries the same inputs each time; PROPTEST_CASES=400 goes and looks for others.
    let mut runner = match more {
        None => {
            let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
            TestRunner::new_with_rng(config, rng)
        }
        Some(_) => TestRunner::new(config),
    };
    let ran = runner.run(inputs, |input| {
        for name in property(input)?.into_keys() {
            *fired.borrow_mut().entry(name).or_default() += 1;
        }
        Ok(())
    });
    if let Err(error) = ran {
        panic!("{error}");
    }
    let fired = fired.into_inner();
    for rule in rules {
        assert!(fired.contains_key(&rule.name), "{} never fired", rule.name);
    }
}

#[test]
fn pieces_kills_and_reloads_change_nothing() {
    let rules = table::rules();
    holds(&rules, &(events(), steps()), |(Events(events), steps)| {
        let state = tempfile::tempdir().unwrap();
        let detector = lived(state.path(), &rules, &events, &steps, false);
        let scan = scanned(&rules, &events);
        same(&found(&detector.store), &scan)?;
        prop_assert_eq!(detector.memories.health().late, 0);
        Ok(scan)
    });
}

/// The events of all alerts of each rule.
fn events_of(store: &Store) -> BTreeMap<String, BTreeSet<EventId>> {
    let mut events: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for row in store.rows_since(0).unwrap() {
        let alert = store.alert(row.id).unwrap().unwrap();
        let ids = alert.events.iter().map(|event| event.id);
        events.entry(alert.rule_id).or_default().extend(ids);
    }
    events
}

#[test]
fn a_cap_holds_back_the_same_in_all_pieces_and_loses_no_event() {
    let rules = table::capped();
    holds(&rules, &(events(), steps()), |(Events(events), steps)| {
        let states = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let run = |n: usize, steps: &[Step], cap| {
            lived(states[n].path(), &rules, &events, steps, cap).store
        };
        let (pieces, whole) = (run(0, &steps, true), run(1, &[], true));
        same(&found(&pieces), &found(&whole))?;
        let uncapped = run(2, &[], false);
        prop_assert_eq!(events_of(&pieces), events_of(&uncapped));
        Ok(found(&whole))
    });
}
