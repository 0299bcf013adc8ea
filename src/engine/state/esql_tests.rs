//! ES|QL rules on events of their own.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::States;
use super::testing::{event, rule, take};
use crate::engine::Matches;
use crate::event::Event;
use crate::lang::esql;
use crate::rule::{Language, Rule};

fn esql_rule(text: &str) -> Arc<Rule> {
    let compiled = esql::compile(text, 540).unwrap_or_else(|error| {
        let shown = error.diagnostics.iter().map(|one| one.render(text, false));
        panic!("{}", shown.collect::<Vec<_>>().join("\n"))
    });
    rule("rule", Language::Esql, text, compiled.query)
}

/// Numbers of the events for which a condition holds; each event is one set of fields.
fn kept(pipeline: &str, events: &[Json]) -> Vec<usize> {
    let rule = esql_rule(&format!("from logs-* metadata _id, _version | {pipeline}"));
    assert!(rule.query.stateful.is_none(), "{pipeline}");
    let mut matches = Matches::default();
    let engine = crate::engine::Engine::new(vec![rule]);
    let mut firing = Vec::new();
    for (n, fields) in events.iter().enumerate() {
        engine.observe(&event(n as u64, 0, "process", fields.clone()), &mut matches);
        if !matches.detections.is_empty() {
            firing.push(n);
        }
        matches.detections.clear();
    }
    firing
}

/// Result rows of a pipeline over events, each an alert: its columns as JSON.
fn rows(pipeline: &str, events: &[Arc<Event>]) -> Vec<Json> {
    alerts(
        &esql_rule(&format!("from logs-* | {pipeline}")),
        events,
        events.len(),
    )
}

/// Runs the events in pieces of `size`.
fn alerts(rule: &Arc<Rule>, events: &[Arc<Event>], size: usize) -> Vec<Json> {
    let mut states = States::new(&[Arc::clone(rule)]);
    let mut matches = Matches::default();
    for piece in events.chunks(size.max(1)) {
        take(&mut states, rule, piece, &mut matches);
        let last = piece.last().map(|event| event.time).unwrap_or_default();
        states.advance(last, &mut matches.detections);
    }
    states.finish(&mut matches.detections);
    let alerts = matches
        .detections
        .chunk_by(|a, b| a.group == b.group && a.group.is_some());
    let row = |alert: &[crate::engine::Detection]| {
        let columns = alert.last().and_then(|one| one.row.as_ref());
        let columns = columns.into_iter().flat_map(crate::engine::Share::columns);
        Json::Object(
            columns
                .map(|(column, value)| (column.name.clone(), value.to_json()))
                .collect(),
        )
    };
    alerts.map(row).collect()
}

#[test]
fn null_is_neither_true_nor_false() {
    let events = [
        json!({"a": "x"}),
        json!({"a": "y"}),
        json!({"b": "x"}),
        json!({"a": ["x"]}),
        json!({"a": ["x", "y"]}),
    ];
    let is = |condition: &str, wanted: &[usize]| {
        assert_eq!(
            kept(&format!("where {condition}"), &events),
            wanted,
            "{condition}"
        );
    };
    is("a == \"x\"", &[0, 3]);
    is("a != \"x\"", &[1]);
    is("not a == \"x\"", &[1]);
    is("not (a == \"x\" or a == \"z\")", &[1]);
    is("a in (\"x\", \"z\")", &[0, 3]);
    is("a not in (\"x\", \"z\")", &[1]);
    is("not a in (\"x\", null)", &[]);
    is("a is null", &[2]);
    is("a is not null", &[0, 1, 3, 4]);
    is("not a is null", &[0, 1, 3, 4]);
    is("a == \"x\" or b == \"x\"", &[0, 2, 3]);
    is("not a == \"x\" or a is null", &[1, 2]);
    is("a == null", &[]);
    is("case(a == \"x\", true, false)", &[0, 3]);
    is("not case(a == \"x\", true, false)", &[1, 2, 4]);
    is("coalesce(a, \"none\") == \"none\"", &[2]);
    is("mv_count(a) == 2", &[4]);
    is("mv_contains(a, \"y\")", &[1, 4]);
    is("true", &[0, 1, 2, 3, 4]);
    is("null", &[]);
}

#[test]
fn patterns_keep_case_and_cover_the_value() {
    let events = [
        json!({"p": "C:\\Temp\\A.exe"}),
        json!({"p": "c:\\temp\\a.exe"}),
        json!({"p": "a*b"}),
        json!({"q": 1}),
    ];
    let is = |condition: &str, wanted: &[usize]| {
        assert_eq!(
            kept(&format!("where {condition}"), &events),
            wanted,
            "{condition}"
        );
    };
    is(r#"p like "C:\\\\Temp\\\\*""#, &[0]);
    is(r#"p like """c:\\temp\\*.exe""""#, &[1]);
    is(r#"to_lower(p) like """c:\\*""""#, &[0, 1]);
    is(r#"p like ("a\\*b", "x")"#, &[2]);
    is(r#"p not like "?*b""#, &[0, 1]);
    is(r#"p rlike "[cC]:.*""#, &[0, 1]);
    is(r#"not p rlike ("a.b", "[cC].*")"#, &[]);
    is(r#"p rlike "emp""#, &[]);
}

#[test]
fn full_text_asks_the_index() {
    let events = [
        json!({"message": "The Quick fox", "user": {"name": ["Ann", "Bob"]}}),
        json!({"user": {"name": "ann"}}),
    ];
    let is = |condition: &str, wanted: &[usize]| {
        assert_eq!(
            kept(&format!("where {condition}"), &events),
            wanted,
            "{condition}"
        );
    };
    is("message : \"slow|quick\"", &[0]);
    is("not message : \"quick\"", &[1]);
    is("match(message::string, \"FOX\")", &[0]);
    is("user.name : \"Ann\"", &[0]);
    is("user.name == \"Ann\"", &[]);
    is("kql(\"user.name: (ann or Bob)\")", &[0, 1]);
    is("not kql(\"message: fox\") and user.name is not null", &[1]);
    is("kql(\"message: fox\") or user.name == \"ann\"", &[0, 1]);
}

#[test]
fn columns_are_computed_on_single_events() {
    let events = [
        json!({"line": "user=Ann id=7"}),
        json!({"line": "id=9"}),
        json!({"n": 5}),
    ];
    let is = |pipeline: &str, wanted: &[usize]| {
        assert_eq!(kept(pipeline, &events), wanted, "{pipeline}");
    };
    is("eval x = length(line) | where x > 5 | keep line, x", &[0]);
    is("eval line = to_upper(line) | where line like \"ID*\"", &[1]);
    is(
        "grok line \"user=%{WORD:u} id=%{NUMBER:i:int}\" | where u == \"Ann\" and i + 1 == 8",
        &[0],
    );
    is(
        "grok line \"(?<u>user)?.*id=%{INT:i}\" | where u is null and i is not null",
        &[1],
    );
    is("dissect line \"%{k}=%{v} %{}\" | where k == \"user\"", &[0]);
    is("rename line as l | where l is null", &[2]);
    is("where n / 2 == 2 and n::double / 2 == 2.5", &[2]);
    is("eval x = n, y = x * 2 | where y == 10 | drop y", &[2]);
    is("where _id is not null and _version == 1", &[0, 1, 2]);
    is(
        "where @timestamp <= now() and @timestamp > now() - 1 hour",
        &[0, 1, 2],
    );
    is(
        "where date_diff(\"second\", \"1969-12-31T23:59:00Z\", @timestamp) == 60",
        &[0, 1, 2],
    );
    is(
        "where cidr_match(to_ip(\"10.1.1.1\"), \"10.0.0.0/8\") | sort n desc | limit 1",
        &[0, 1, 2],
    );
}

fn logon(number: u64, second: i64, user: &str, host: &str) -> Arc<Event> {
    event(
        number,
        second * 1_000,
        "authentication",
        json!({"user": {"name": user}, "host": {"name": host}}),
    )
}

#[test]
fn groups_become_alerts_when_the_window_ends() {
    let events = [
        logon(1, 0, "ann", "a"),
        logon(2, 10, "ann", "b"),
        logon(3, 20, "bob", "a"),
        logon(4, 600, "ann", "a"),
    ];
    let found = rows(
        "where event.category == \"authentication\" \
         | stats n = count(*), hosts = values(host.name), first = min(@timestamp) by user.name \
         | where n >= 2 | eval host.name = mv_first(hosts) | keep user.name, host.name, n, first",
        &events,
    );
    assert_eq!(
        found,
        [
            json!({"user.name": "ann", "host.name": "a", "n": 2, "first": "1970-01-01T00:00:00.000Z"})
        ]
    );
}

#[test]
fn aggregates_may_stand_in_expressions_and_filters() {
    let events: Vec<_> = (0..6)
        .map(|n| {
            logon(
                n,
                i64::try_from(n).unwrap() * 10,
                if n % 3 == 0 { "ann" } else { "bob" },
                &format!("h{n}"),
            )
        })
        .collect();
    let is = |pipeline: &str, wanted: Json| {
        assert_eq!(Json::Array(rows(pipeline, &events)), wanted, "{pipeline}");
    };
    is("stats count(*)", json!([{"count(*)": 6}]));
    is(
        "stats ann = count(*) where user.name == \"ann\", all = count(user.name), d = count_distinct(user.name)",
        json!([{"ann": 2, "all": 6, "d": 2}]),
    );
    is(
        "stats share = round(count(*)::double / count_distinct(user.name), 1), f = mv_slice(mv_sort(values(host.name)), 0, 1)",
        json!([{"share": 3.0, "f": ["h0", "h1"]}]),
    );
    is(
        "stats l = last(host.name, @timestamp), f = first(host.name, @timestamp) by user.name | sort user.name desc | limit 1",
        json!([{"user.name": "bob", "l": "h5", "f": "h1"}]),
    );
    is(
        "stats c = count(*) by t = date_trunc(30 seconds, @timestamp), user.name | where c >= 2 and user.name == \"bob\" | keep t, c | sort t",
        json!([{"t": "1970-01-01T00:00:00.000Z", "c": 2}, {"t": "1970-01-01T00:00:30.000Z", "c": 2}]),
    );
    is(
        "inline stats c = count(*) by user.name | where c < 4 | stats h = values(host.name)",
        json!([{"h": ["h0", "h3"]}]),
    );
    is(
        "stats c = count(*) by user.name, host.name | stats m = max(c), n = count(*) by user.name | where n > 2",
        json!([{"user.name": "bob", "m": 1, "n": 4}]),
    );
    is(
        "eval v = split(\"a,b\", \",\") | mv_expand v | stats c = count(*) by v | sort v",
        json!([{"v": "a", "c": 6}, {"v": "b", "c": 6}]),
    );
    is(
        "stats a = avg(event.sequence), t = top(event.sequence, 2, \"desc\") | eval h = a / 2",
        json!([{"a": 2.5, "t": [5, 4], "h": 1.25}]),
    );
    is(
        "stats c = count(*) by user.id | where user.id is null",
        json!([{"c": 6}]),
    );
}

#[test]
fn a_pipeline_that_asks_for_the_time_runs_as_its_rule_is_scheduled() {
    let text = "from logs-* | stats first = min(@timestamp), n = count(*) by user.name \
                | eval age = date_diff(\"minute\", first, now()) | where age <= 5 | keep user.name, n";
    let rule = esql_rule(text);
    // Seen anew at ten seconds; by the end of the window that is nine minutes ago.
    let events: Vec<_> = (0..50)
        .map(|n| logon(n, 10 + 10 * i64::try_from(n).unwrap(), "ann", "a"))
        .collect();
    let whole = alerts(&rule, &events, events.len());
    assert_eq!(whole, [json!({"user.name": "ann", "n": 29})]);
    for size in [1, 7] {
        assert_eq!(alerts(&rule, &events, size), whole, "pieces of {size}");
    }
}
