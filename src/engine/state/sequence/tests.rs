use serde_json::json;

use crate::engine::Matches;
use crate::engine::state::States;
use crate::engine::state::testing::{eql_rule, event, found, run, take};
use crate::event::Time;

const SECOND: i64 = 1_000;

#[test]
fn an_event_never_follows_itself_and_the_latest_wins() {
    let events: Vec<_> = (1..=4).map(|n| event(n, 0, "a", json!({}))).collect();
    let pairs = run("sequence [a where true] [a where true]", &events);
    assert_eq!(
        pairs,
        [[1, 2], [2, 3], [3, 4]],
        "one moment, ordered by number"
    );
    let kinds = ["a", "a", "b", "b"];
    let events: Vec<_> = (1..)
        .zip(kinds)
        .map(|(n, kind)| event(n, n as i64, kind, json!({})))
        .collect();
    assert_eq!(
        run("sequence [a where true] [b where true]", &events),
        [[2, 3]]
    );
}

#[test]
fn maxspan_includes_its_end() {
    let pair = |gap| [event(1, 0, "a", json!({})), event(2, gap, "b", json!({}))];
    let text = "sequence with maxspan=1m [a where true] [b where true]";
    assert_eq!(run(text, &pair(60 * SECOND)), [[1, 2]]);
    assert!(run(text, &pair(60 * SECOND + 1)).is_empty());
}

#[test]
fn keys_join_whatever_the_type_and_each_element() {
    let text = "sequence by k [a where true] [b where true]";
    let pair = |a, b| {
        [
            event(1, 1, "a", json!({"k": a})),
            event(2, 2, "b", json!({"k": b})),
        ]
    };
    assert_eq!(run(text, &pair(json!(5), json!("5"))), [[1, 2]]);
    assert_eq!(
        run(text, &pair(json!(["x", "y"]), json!(["y", "z"]))),
        [[1, 2]]
    );
    assert!(run(text, &pair(json!("x"), json!("X"))).is_empty());
    assert!(run(text, &pair(json!(null), json!(null))).is_empty());
    let optional = "sequence by ?k [a where true] [b where true]";
    assert_eq!(run(optional, &pair(json!(null), json!(null))), [[1, 2]]);
}

#[test]
fn until_ends_what_is_pending_only() {
    let text = "sequence by k [a where true] [b where true] until [u where true]";
    let at = |n, kind, key| event(n, n as i64, kind, json!({"k": key}));
    let events = [
        at(1, "a", 1),
        at(2, "u", 2),
        at(3, "b", 1),
        at(4, "a", 1),
        at(5, "u", 1),
        at(6, "b", 1),
    ];
    assert_eq!(run(text, &events), [[1, 3]]);
}

#[test]
fn an_absent_event_at_the_end_is_waited_for() {
    let rule = eql_rule(
        "rule",
        "sequence by k with maxspan=10s [a where true] ![b where true]",
    );
    let mut states = States::new(std::slice::from_ref(&rule));
    let mut matches = Matches::default();
    let events = [
        event(1, 0, "a", json!({"k": 1})),
        event(2, SECOND, "a", json!({"k": 2})),
        event(3, 10 * SECOND, "b", json!({"k": 1})),
    ];
    take(&mut states, &rule, &events, &mut matches);
    let second = 1_000_000_000;
    states.advance(Time(11 * second), &mut matches.detections);
    assert!(found(&matches).is_empty(), "its end is part of the window");
    assert_eq!(states.needs_since()[0].1, Some(Time(second)));
    states.advance(Time(11 * second + 1), &mut matches.detections);
    assert_eq!(found(&matches), [[2]]);
    assert_eq!(states.needs_since()[0].1, None);
    assert_eq!(states.health().bytes, 0);
}

#[test]
fn an_absent_event_in_front_lies_within_the_window() {
    let text = "sequence with maxspan=10s ![m where true] [a where true] [b where true]";
    let at = |absent, first, last| {
        [
            event(1, absent, "m", json!({})),
            event(2, first, "a", json!({})),
            event(3, last, "b", json!({})),
        ]
    };
    assert!(run(text, &at(0, SECOND, 10 * SECOND)).is_empty());
    assert_eq!(run(text, &at(0, SECOND, 10 * SECOND + 1)), [[2, 3]]);
    assert_eq!(
        run(text, &at(SECOND, SECOND, 2 * SECOND)),
        [[2, 3]],
        "not before its time"
    );
}

#[test]
fn an_absent_event_between_lies_strictly_between() {
    let text = "sequence with maxspan=10s [a where true] ![m where true] [b where true]";
    let at = |millis| {
        [
            event(1, 0, "a", json!({})),
            event(2, millis, "m", json!({})),
            event(3, 5, "b", json!({})),
        ]
    };
    assert!(run(text, &at(3)).is_empty());
    assert_eq!(run(text, &at(5)), [[1, 3]]);
    assert_eq!(run(text, &at(0)), [[1, 3]]);
}

#[test]
fn what_expired_is_forgotten_and_what_is_evicted_counted() {
    let rule = eql_rule(
        "rule",
        "sequence by k with maxspan=10s [a where true] [b where true]",
    );
    let mut states = States::new(std::slice::from_ref(&rule));
    let mut matches = Matches::default();
    let events: Vec<_> = (0..100)
        .map(|n| event(n, n as i64, "a", json!({"k": n})))
        .collect();
    take(&mut states, &rule, &events, &mut matches);
    states.advance(Time(1_000_000_000), &mut matches.detections);
    let (_, operator) = states.rules.get_mut("rule").unwrap();
    let before = operator.size();
    assert_eq!(operator.evict(), 51);
    assert!(operator.size() < before);
    states.advance(Time(i64::MAX), &mut matches.detections);
    assert_eq!(states.health().bytes, 0);
}

#[test]
fn a_sample_takes_different_events_in_any_order_once_a_key() {
    let text = "sample by k [any where x > 0] [any where y > 0]";
    let at = |n, millis, x, y| event(n, millis, "a", json!({"k": 1, "x": x, "y": y}));
    assert!(run(text, &[at(1, 0, 1, 1)]).is_empty());
    let events = [
        at(1, 0, 0, 1),
        at(2, 1, 1, 1),
        at(3, 2, 1, 1),
        at(4, 600 * SECOND, 1, 1),
        at(5, 601 * SECOND, 1, 1),
    ];
    assert_eq!(run(text, &events), [[2, 1], [4, 5]]);
    let apart = [at(1, 0, 1, 0), at(2, 541 * SECOND, 0, 1)];
    assert!(
        run(text, &apart).is_empty(),
        "further apart than a run looks back"
    );
}

#[test]
fn pipes_run_over_the_results_of_one_interval() {
    let at = |n, millis| event(n, millis, "a", json!({"k": n % 2}));
    let events = [
        at(1, 0),
        at(2, 1),
        at(3, 2),
        at(4, 300 * SECOND),
        at(5, 301 * SECOND),
    ];
    assert_eq!(run("a where true | tail 1", &events), [[3], [5]]);
    assert_eq!(
        run("a where true | unique k", &events),
        [[1], [2], [4], [5]]
    );
    assert_eq!(
        run("a where true | count k | filter count > 1", &events),
        [[1, 3]]
    );
}

#[test]
fn an_event_that_is_read_twice_counts_once() {
    let first = event(1, 0, "a", json!({}));
    let second = event(2, 1, "a", json!({}));
    let again = [first.clone(), second.clone(), first.clone(), second, first];
    assert_eq!(run("sequence [a where true] with runs=2", &again), [[1, 2]]);
}

#[test]
fn absent_events_on_both_sides_need_one_window_without_them() {
    let minute = 60 * SECOND;
    let events = [
        event(1, 0, "m", json!({})),
        event(2, 10 * minute, "a", json!({})),
        event(3, 20 * minute, "m", json!({})),
    ];
    let text = |span| {
        format!("sequence with maxspan={span}m ![m where true] [a where true] ![m where true]")
    };
    assert_eq!(
        run(&text(19), &events),
        [[2]],
        "begins after the first, ends before the last"
    );
    assert!(
        run(&text(20), &events).is_empty(),
        "its ends are part of a window"
    );
    assert!(run(&text(21), &events).is_empty());
    assert_eq!(run(&text(21), &events[1..]), [[2]], "nothing came before");
    assert_eq!(run(&text(21), &events[..2]), [[2]], "nothing came behind");
}
