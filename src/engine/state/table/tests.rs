//! Windows of events become alerts.

use std::sync::Arc;

use serde_json::json;

use crate::engine::Matches;
use crate::engine::state::States;
use crate::engine::state::testing::{event, found, rule, take};
use crate::event::{Event, Time, Value};
use crate::lang::spl::{self, Macros};
use crate::rule::{Language, Rule};

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;
const MORE_THAN_TWO: &str = "Kind=logon | stats count dc(Host) as hosts by User | where count > 2";

fn spl_rule(text: &str) -> Arc<Rule> {
    let query = spl::compile(text, &Macros::default()).unwrap();
    assert!(query.stateful.is_some(), "{text}");
    rule("rule", Language::Spl, text, query)
}

fn logon(number: u64, millis: i64, user: &str) -> Arc<Event> {
    let data = json!({"Kind": "logon", "User": user, "Host": format!("h{number}")});
    event(number, millis, "a", json!({"winlog": {"event_data": data}}))
}

/// Runs a rule over all events at once.
fn run(text: &str, events: &[Arc<Event>]) -> Matches {
    let rule = spl_rule(text);
    let mut states = States::new(&[Arc::clone(&rule)]);
    let mut matches = Matches::default();
    take(&mut states, &rule, events, &mut matches);
    states.finish(&mut matches.detections);
    matches
}

fn column<'m>(matches: &'m Matches, at: usize, name: &str) -> Option<&'m Value> {
    let row = matches.detections[at].row.as_ref()?;
    let mut columns = row.columns();
    let (_, value) = columns.find(|(column, _)| column.name == name)?;
    Some(value)
}

#[test]
fn a_threshold_counts_the_events_of_its_hour() {
    let events: Vec<_> = [
        (1, 10 * SECOND, "ann"),
        (2, 20 * SECOND, "ann"),
        (3, 30 * SECOND, "bob"),
        (4, 40 * SECOND, "ann"),
        // The next hour counts anew.
        (5, HOUR, "ann"),
        (6, HOUR + 1, "ann"),
    ]
    .map(|(n, at, user)| logon(n, at, user))
    .into();
    let matches = run(MORE_THAN_TWO, &events);
    assert_eq!(found(&matches), [[1, 2, 4]]);
    assert_eq!(column(&matches, 0, "count"), Some(&Value::Int(3)));
    assert_eq!(column(&matches, 0, "hosts"), Some(&Value::Int(3)));
    assert_eq!(column(&matches, 0, "User"), Some(&"ann".into()));
}

#[test]
fn what_can_only_grow_is_told_early_and_stays_the_same_alert() {
    let rule = spl_rule(MORE_THAN_TWO);
    let mut states = States::new(&[Arc::clone(&rule)]);
    let mut matches = Matches::default();
    let events: Vec<_> = (1..=3)
        .map(|n| logon(n, n as i64 * SECOND, "ann"))
        .collect();
    take(&mut states, &rule, &events, &mut matches);
    states.advance(Time(20 * SECOND * 1_000_000), &mut matches.detections);
    assert_eq!(found(&matches), [[1, 2, 3]]);
    let early = matches.detections[0].group;
    take(
        &mut states,
        &rule,
        &[logon(4, 30 * SECOND, "ann")],
        &mut matches,
    );
    states.finish(&mut matches.detections);
    assert_eq!(matches.detections.len(), 4, "only the new event is added");
    assert!(matches.detections.iter().all(|one| one.group == early));
    assert_eq!(column(&matches, 3, "count"), Some(&Value::Int(4)));
}

#[test]
fn what_may_still_change_waits_for_the_end_of_its_window() {
    let text = "Kind=logon | stats count by User | where count < 3";
    let rule = spl_rule(text);
    let mut states = States::new(&[Arc::clone(&rule)]);
    let mut matches = Matches::default();
    take(&mut states, &rule, &[logon(1, SECOND, "ann")], &mut matches);
    states.advance(Time((HOUR - 1) * 1_000_000), &mut matches.detections);
    assert!(matches.detections.is_empty());
    states.advance(Time(HOUR * 1_000_000), &mut matches.detections);
    assert_eq!(found(&matches), [[1]]);
}

#[test]
fn the_pieces_in_which_events_arrive_make_no_difference() {
    let users = ["ann", "bob", "ann", "cid", "ann", "bob", "bob", "ann"];
    let events: Vec<_> = (1..)
        .zip(users)
        .map(|(n, user)| logon(n, n as i64 * 600 * SECOND, user))
        .collect();
    let texts = [
        MORE_THAN_TWO,
        "Kind=logon | eventstats count as n by User | where n > 1",
        "Kind=logon User=ann | join User [search Kind=logon | stats count as n by User] | table User n",
        "Kind=logon | transaction User maxspan=30m | where eventcount > 1",
        "Kind=logon | dedup User | table User Host",
    ];
    for text in texts {
        let mut alerts: Vec<Vec<String>> = Vec::new();
        for size in [1, 3, events.len()] {
            let rule = spl_rule(text);
            let mut states = States::new(&[Arc::clone(&rule)]);
            let mut matches = Matches::default();
            for part in events.chunks(size) {
                take(&mut states, &rule, part, &mut matches);
                let last = part.last().unwrap();
                states.advance(last.time, &mut matches.detections);
            }
            states.finish(&mut matches.detections);
            let mut ids: Vec<String> = matches
                .detections
                .iter()
                .map(|one| format!("{:?} {:?}", one.group, one.event.id))
                .collect();
            ids.sort();
            alerts.push(ids);
        }
        assert!(!alerts[0].is_empty(), "{text}");
        assert!(alerts.iter().all(|one| *one == alerts[0]), "{text}");
    }
}

#[test]
fn an_alert_holds_the_events_of_both_sides_of_a_join() {
    let start = |n, at, pid: &str| {
        let data = json!({"Kind": "start", "Pid": pid, "Name": "x.exe"});
        event(n, at, "a", json!({"winlog": {"event_data": data}}))
    };
    let net = |n, at, pid: &str| {
        let data = json!({"Kind": "net", "Pid": pid, "Port": "445"});
        event(n, at, "a", json!({"winlog": {"event_data": data}}))
    };
    let events = [
        start(1, 1, "7"),
        net(2, 2, "7"),
        start(3, 3, "8"),
        net(4, 4, "9"),
    ];
    let text = "Kind=start | join Pid [search Kind=net | table Pid Port] | table Pid Name Port";
    let matches = run(text, &events);
    assert_eq!(found(&matches), [[1, 2]]);
    assert_eq!(column(&matches, 0, "Port"), Some(&"445".into()));
}

#[test]
fn a_longer_span_makes_a_longer_window() {
    let events = [logon(1, SECOND, "ann"), logon(2, 2 * HOUR, "ann")];
    let text = "Kind=logon | transaction User maxspan=3h | where eventcount=2";
    assert_eq!(found(&run(text, &events)), [[1, 2]]);
    let hourly = "Kind=logon | transaction User maxspan=10m | where eventcount=2";
    assert!(run(hourly, &events).detections.is_empty());
}

#[test]
fn what_is_given_up_is_counted_and_the_rest_goes_on() {
    let rule = spl_rule(MORE_THAN_TWO);
    let query = rule.query.stateful.clone().unwrap();
    let crate::lang::ir::Stateful::Table(table) = *query else {
        panic!("no table");
    };
    let mut tables = super::Tables::new(Arc::clone(&rule), table);
    let mut found = Vec::new();
    for n in 1..=8 {
        super::Operator::accept(&mut tables, &logon(n, n as i64, "ann"), &mut found);
    }
    let before = super::Operator::size(&tables);
    assert_eq!(super::Operator::evict(&mut tables), 4);
    assert!(super::Operator::size(&tables) < before);
    super::Operator::advance(&mut tables, Time(i64::MAX), &mut found);
    assert_eq!(found.len(), 4, "the newer half is counted");
    assert_eq!(super::Operator::needs_since(&tables), None);
}
