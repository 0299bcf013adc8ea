//! Thresholds, new terms and suppression, on rules as their vendor writes them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::decode::{Body, Format, Place, Record};
use crate::engine::{Engine, Matches, Share};
use crate::rule::{RuleSet, RuleState};

/// An event `at` seconds after the epoch's year 2026.
fn event(at: i64, fields: &serde_json::Value) -> Arc<Event> {
    let mut document = fields.clone();
    let time = Time((1_767_225_600 + at) * 1_000_000_000);
    document["@timestamp"] = time.to_rfc3339().into();
    let raw = document.to_string().into_bytes();
    let serde_json::Value::Object(map) = document else {
        panic!("a document is an object")
    };
    let path: Arc<Path> = Path::new("x").into();
    let record = Record {
        format: Format::EcsJson,
        place: Place {
            path,
            offset: at as u64,
            length: 1,
            content: 0,
        },
        raw: raw.into(),
        body: Body::Document(map).into(),
    };
    Arc::new(Event::from_record(record).unwrap())
}

fn engine(rule: &str) -> Engine {
    let home = tempfile::tempdir().unwrap();
    let text = format!("[rule]\nname = 'r'\nrule_id = 'r'\nlanguage = 'kuery'\n{rule}\n");
    std::fs::write(home.path().join("r.toml"), text).unwrap();
    let set = RuleSet::load(&[home.path().to_owned()]);
    assert_eq!(set.rules[0].state, RuleState::Runs, "{rule}");
    Engine::new(set.rules)
}

/// What is found: alert, event time in seconds, columns.
type Found = BTreeSet<(String, i64, String)>;

fn shown(detections: &[Detection]) -> Found {
    detections
        .iter()
        .map(|detection| {
            let columns = detection.row.iter().flat_map(Share::columns);
            let columns: Vec<_> = columns
                .map(|(column, value)| format!("{}={}", column.name, value.text()))
                .collect();
            let alert = match detection.group {
                Some(group) => format!("{group:?}"),
                None => detection.event.id.to_string(),
            };
            (
                alert,
                detection.event.time.seconds() - 1_767_225_600,
                columns.join(" "),
            )
        })
        .collect()
}

fn hits(engine: &Engine, events: &[Arc<Event>]) -> Vec<Hit> {
    let mut matches = Matches::default();
    for event in events {
        engine.observe(event, &mut matches);
    }
    assert!(matches.detections.is_empty());
    matches.hits
}

fn run(engine: &Engine, events: &[Arc<Event>]) -> Vec<Detection> {
    let mut states = States::new(engine.rules());
    let mut found = Vec::new();
    states.take(hits(engine, events), &mut found);
    states.finish(&mut found);
    found
}

/// Event times by alert, the alerts in the order of their first event.
fn alerts(found: &[Detection]) -> Vec<Vec<i64>> {
    let mut alerts: Vec<(String, Vec<i64>)> = Vec::new();
    for (id, time, _) in shown(found) {
        match alerts.iter_mut().find(|(known, _)| *known == id) {
            Some((_, times)) => times.push(time),
            None => alerts.push((id, vec![time])),
        }
    }
    let mut times: Vec<_> = alerts.into_iter().map(|(_, times)| times).collect();
    times.sort();
    times
}

fn user(at: i64, name: &str) -> Arc<Event> {
    event(
        at,
        &serde_json::json!({"user": {"name": name}, "event": {"code": "1"}}),
    )
}

const THRESHOLD: &str = "type = 'threshold'\nquery = 'event.code:1'\ninterval = '1m'\nfrom = 'now-1m'\n\
    [rule.threshold]\nfield = ['user.name']\nvalue = 3\n";

#[test]
fn a_storm_is_one_alert_and_begins_anew_after_its_window() {
    let engine = engine(THRESHOLD);
    let times = [0, 10, 61, 62, 100, 121, 122, 130, 140];
    let events: Vec<_> = times.iter().map(|at| user(*at, "ann")).collect();
    // Those at 0 and 10 are too old when the third of a minute comes; the window of the alert ends at 121.
    assert_eq!(
        alerts(&run(&engine, &events)),
        [vec![10, 61, 62], vec![100, 121, 122, 130, 140]]
            .map(|times| times)
            .to_vec()
    );
}

#[test]
fn groups_are_apart_and_an_event_without_the_field_is_in_none() {
    let engine = engine(THRESHOLD);
    let mut events: Vec<_> = [0, 1, 2].iter().map(|at| user(*at, "ann")).collect();
    events.extend([3, 4].iter().map(|at| user(*at, "bob")));
    for at in 5..9 {
        events.push(event(at, &serde_json::json!({"event": {"code": "1"}})));
    }
    events.push(event(
        9,
        &serde_json::json!({"event": {"code": "1"}, "user": {"name": ["bob", "eve"]}}),
    ));
    let found = run(&engine, &events);
    assert_eq!(alerts(&found), [vec![0, 1, 2], vec![3, 4, 9]]);
    assert!(
        shown(&found)
            .iter()
            .any(|(_, at, columns)| *at == 9 && columns == "user.name=bob")
    );
}

#[test]
fn distinct_values_count_beside_the_events() {
    let engine = engine(
        "type = 'threshold'\nquery = 'event.code:1'\n[rule.threshold]\nfield = []\nvalue = 1\n\
         [[rule.threshold.cardinality]]\nfield = 'user.name'\nvalue = 3\n",
    );
    let events: Vec<_> = ["a", "a", "b", "b", "c", "a"]
        .iter()
        .zip(0..)
        .map(|(name, at)| user(at, name))
        .collect();
    assert_eq!(alerts(&run(&engine, &events[..4])), Vec::<Vec<i64>>::new());
    assert_eq!(alerts(&run(&engine, &events)), [[0, 1, 2, 3, 4, 5]]);
}

#[test]
fn a_term_is_new_once_within_its_window() {
    let engine = engine(
        "type = 'new_terms'\nquery = 'event.code:1'\n[rule.new_terms]\nfield = 'new_terms_fields'\n\
         value = ['user.name']\n[[rule.new_terms.history_window_start]]\nfield = 'history_window_start'\nvalue = 'now-1h'\n",
    );
    let hour = 3600;
    let events = [
        user(0, "ann"),
        user(10, "ann"),
        user(20, "bob"),
        user(10 + hour, "ann"),
        user(21 + 2 * hour, "ann"),
    ];
    let found = run(&engine, &events);
    assert_eq!(alerts(&found), [vec![0], vec![20], vec![21 + 2 * hour]]);
    let columns: Vec<_> = shown(&found)
        .into_iter()
        .map(|(_, at, text)| (at, text))
        .collect();
    assert!(columns.contains(&(20, "user.name=bob history so far=20 s of 60 min".to_owned())));
    assert!(columns.contains(&(21 + 2 * hour, "user.name=ann".to_owned())));
}

#[test]
fn a_history_that_was_kept_goes_on() {
    let engine = engine(
        "type = 'new_terms'\nquery = 'event.code:1'\nnew_terms_fields = ['user.name']\nhistory_window_start = 'now-1h'\n",
    );
    let operator = || {
        let rule = &engine.rules()[0];
        operator(rule, rule.query.stateful.as_deref().unwrap())
    };
    let (mut before, mut after, mut found) = (operator(), operator(), Vec::new());
    before.accept(&user(0, "ann"), &mut found);
    after.restore(before.changes());
    assert!(before.changes().is_empty());
    found.clear();
    after.accept(&user(60, "ann"), &mut found);
    after.accept(&user(120, "bob"), &mut found);
    let columns: Vec<_> = shown(&found)
        .into_iter()
        .map(|(_, at, text)| (at, text))
        .collect();
    assert_eq!(
        columns,
        [(
            120,
            "user.name=bob history so far=2 min of 60 min".to_owned()
        )]
    );
}

const SUPPRESSED: &str = "type = 'query'\nquery = 'event.code:1'\n[rule.alert_suppression]\n\
    group_by = ['user.name']\nduration = { value = 1, unit = 'm' }\n";

#[test]
fn suppression_joins_what_follows_within_its_duration() {
    let events = [
        user(0, "ann"),
        user(60, "ann"),
        user(61, "ann"),
        user(62, "bob"),
        event(63, &serde_json::json!({"event": {"code": "1"}})),
        event(64, &serde_json::json!({"event": {"code": "1"}})),
    ];
    let strict = format!("{SUPPRESSED}missing_fields_strategy = 'doNotSuppress'\n");
    let joined = [vec![0, 60], vec![61], vec![62]];
    let mut expected = joined.to_vec();
    expected.push(vec![63, 64]);
    assert_eq!(alerts(&run(&engine(SUPPRESSED), &events)), expected);
    expected.pop();
    expected.extend([vec![63], vec![64]]);
    assert_eq!(alerts(&run(&engine(&strict), &events)), expected);
}

#[test]
fn a_suppressed_threshold_joins_whole_alerts() {
    let rule =
        THRESHOLD.to_owned() + "[rule.alert_suppression]\nduration = { value = 5, unit = 'm' }\n";
    let times = [0, 1, 2, 100, 101, 102, 400, 401, 402];
    let events: Vec<_> = times.iter().map(|at| user(*at, "ann")).collect();
    assert_eq!(
        alerts(&run(&engine(&rule), &events)),
        [vec![0, 1, 2, 100, 101, 102], vec![400, 401, 402]]
    );
}

proptest! {
    /// Any order of arrival within the allowance, any cuts: the same alerts. A restart at any moment, which replays from
    /// where the rule asks for, adds nothing else.
    #[test]
    fn arrival_and_restarts_change_nothing(
        steps in proptest::collection::vec((0i64..40, 0usize..3), 1..60),
        cut in 0usize..60,
        which in 0usize..3,
    ) {
        let rule = match which {
            0 => THRESHOLD.to_owned(),
            1 => SUPPRESSED.to_owned(),
            _ => THRESHOLD.to_owned() + "[rule.alert_suppression]\nduration = { value = 2, unit = 'm' }\n",
        };
        let engine = engine(&rule);
        let mut at = 0;
        let events: Vec<_> = steps.iter().map(|(step, name)| {
            at += step;
            user(at, ["ann", "bob", "eve"][*name])
        }).collect();
        let whole = shown(&run(&engine, &events));

        let mut backwards = events.clone();
        backwards.reverse();
        prop_assert_eq!(&shown(&run(&engine, &backwards)), &whole);

        let cut = cut.min(events.len());
        let mut states = States::new(engine.rules());
        let mut found = Vec::new();
        for event in &events[..cut] {
            states.take(hits(&engine, std::slice::from_ref(event)), &mut found);
            states.advance(event.time, &mut found);
        }
        let since = states.needs_since()[0].1;
        let from = since.map_or(cut, |since| events.partition_point(|event| event.time < since).min(cut));
        let mut states = States::new(engine.rules());
        states.take(hits(&engine, &events[from..]), &mut found);
        states.finish(&mut found);
        prop_assert_eq!(&shown(&found), &whole);
    }
}
