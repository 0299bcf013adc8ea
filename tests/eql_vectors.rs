//! The public EQL vectors: every query that Elasticsearch can express gives the expected events.
//!
//! The vectors are in the dialect of the older engine and are read as `support/eql_dialect.rs` says. What
//! Elasticsearch has not, or means otherwise, is named here with its reason and listed in `docs/eql.md`.
//! `cargo test --test eql_vectors -- --nocapture` prints the totals.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

mod eql_dialect;
mod support;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eql_dialect::{Mode, modern};
use serde_json::{Value, json};
use watchglass::engine::state::States;
use watchglass::engine::{Engine, Matches};
use watchglass::event::Event;
use watchglass::lang::eql;
use watchglass::pipeline::{Found, scan};
use watchglass::rule::{Guide, Language, Rule, RuleState, Schedule, Severity};
use watchglass::source::expand;

/// What a query uses that Elasticsearch's EQL has not, by a part of its text. Such a query does not compile.
const NOT_IN_ELASTICSEARCH: [(&str, &str); 12] = [
    ("descendant of", "process relationships"),
    ("child of", "process relationships"),
    ("event of", "process relationships"),
    ("join", "join"),
    ("fork=true", "fork"),
    ("arraySearch", "array functions"),
    ("arrayCount", "array functions"),
    ("arrayContains", "array functions"),
    ("safe(", "the function `safe`"),
    ("events[", "array elements"),
    ("list[", "array elements"),
    ("by unique_pid * 2", "joining by an expression"),
];

/// Queries that mean something else in Elasticsearch: a part of the text, and why.
const MEANS_OTHERWISE: [(&str, &str); 2] = [
    ("fake_field != \"*\"", NULL),
    ("not (fake_field == \"*\")", NULL),
];

/// Queries that Elasticsearch has with regard to case only.
const WITHOUT_CASE: [(&str, &str); 7] = [
    ("process_name <= parent_process_name", FIELDS),
    ("process_name == original_file_name", FIELDS),
    ("process_name != original_file_name", FIELDS),
    ("original_file_name == process_name", FIELDS),
    (">= \"system idle process\"", ORDER),
    (">= \"SYSTE\"", ORDER),
    (">= \"sysT\"", ORDER),
];

const FIELDS: &str = "comparing two fields without regard to case";
const ORDER: &str = "ordering texts without regard to case";
const NULL: &str = "a negated comparison of a missing field is true";

fn rule(query: &str) -> Option<Arc<Rule>> {
    let compiled = eql::compile(query).ok()?;
    Some(Arc::new(Rule {
        id: "vector".into(),
        name: String::new(),
        description: String::new(),
        language: Language::Eql,
        path: PathBuf::new(),
        authors: Vec::new(),
        license: None,
        source: None,
        version: None,
        references: Vec::new(),
        severity: Severity::Low,
        risk_score: 0,
        threat: Vec::new(),
        tags: Vec::new(),
        sources: Vec::new(),
        schedule: Schedule {
            // One run over all events.
            interval: u32::MAX,
            lookback: 0,
            max_alerts: None,
        },
        guide: Guide::default(),
        highlighted: Vec::new(),
        risk: None,
        annotations: Vec::new(),
        overrides: watchglass::rule::Overrides::default(),
        building_block: false,
        query_text: query.to_owned(),
        query: compiled,
        state: RuleState::Runs,
        findings: Vec::new(),
    }))
}

/// Events of documents, each with an `id` of its own.
fn events(documents: &[Value]) -> Vec<Arc<Event>> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("vectors.ndjson");
    let lines: Vec<_> = documents.iter().map(Value::to_string).collect();
    std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    let mut events = Vec::new();
    scan(expand(&[file]), &mut |found| {
        match found {
            Found::Event(event) => events.push(event),
            Found::Unreadable(what) => panic!("{what:?}"),
            Found::Failed(error) => panic!("{error}"),
            Found::Progress(_) => {}
        }
        ControlFlow::Continue(())
    });
    assert_eq!(events.len(), documents.len());
    events
}

fn id(event: &Event) -> i64 {
    let document = event.document();
    document["vector"]["id"].as_i64().unwrap()
}

/// Runs a query over events and returns the ids of each result, in order.
fn results(query: &str, events: &[Arc<Event>]) -> Option<Vec<Vec<i64>>> {
    let engine = Engine::new(vec![rule(query)?]);
    let mut states = States::new(engine.rules());
    let mut matches = Matches::default();
    for event in events {
        engine.observe(event, &mut matches);
    }
    states.take(matches.hits.drain(..), &mut matches.detections);
    states.finish(&mut matches.detections);
    let same = |a: &watchglass::engine::Detection, b: &watchglass::engine::Detection| {
        a.group.is_some() && a.group == b.group
    };
    let results = matches.detections.chunk_by(same);
    Some(
        results
            .map(|result| result.iter().map(|one| id(&one.event)).collect())
            .collect(),
    )
}

fn read(path: &Path) -> toml::Table {
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

fn reason(query: &str, mode: Mode) -> Option<&'static str> {
    let text = query.split_whitespace().collect::<Vec<_>>().join(" ");
    let cases: &[_] = if mode == Mode::Insensitive {
        &WITHOUT_CASE
    } else {
        &[]
    };
    let mut parts = NOT_IN_ELASTICSEARCH
        .iter()
        .chain(&MEANS_OTHERWISE)
        .chain(cases);
    parts
        .find(|(part, _)| text.contains(part))
        .map(|(_, why)| *why)
}

#[test]
fn queries_give_the_expected_events() {
    let Some(data) = support::data() else { return };
    let folder = data.join("eql-vectors");
    let text = std::fs::read_to_string(folder.join("test_data.json")).unwrap();
    let documents: Vec<Value> = serde_json::from_str(&text).unwrap();
    let documents: Vec<_> = documents.into_iter().map(document).collect();
    let events = events(&documents);
    let table = read(&folder.join("test_queries.toml"));
    let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut right, mut wrong) = (0, Vec::new());
    for case in table["queries"].as_array().unwrap() {
        let old = case["query"].as_str().unwrap().trim();
        let flag = |name: &str| {
            case.get(name)
                .is_some_and(|flag| flag.as_bool() == Some(true))
        };
        let mode = match (flag("case_sensitive"), flag("case_insensitive")) {
            (true, _) => Mode::Sensitive,
            (_, true) => Mode::Insensitive,
            _ => Mode::Either,
        };
        let expected: Vec<i64> = ids(&case["expected_event_ids"]);
        let query = modern(old, mode);
        let found = results(&query, &events);
        let equal = found.as_ref().is_some_and(|found| same(found, &expected));
        match reason(old, mode) {
            Some(_) if equal => wrong.push(format!("needs no reason: {old}")),
            Some(why) => *listed.entry(why).or_default() += 1,
            None if equal => right += 1,
            None => wrong.push(format!(
                "{old}\n  read as {query}\n  wanted {expected:?}\n  found {found:?}"
            )),
        }
    }
    eprintln!("{right} queries give the expected events; not in Elasticsearch: {listed:?}");
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(listed.values().sum::<usize>() + right, 241);
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/eql.md")).unwrap();
    for (why, count) in listed {
        let line = format!("| {why} | {count} |");
        assert!(page.contains(&line), "docs/eql.md lacks: {line}");
    }
}

fn ids(list: &toml::Value) -> Vec<i64> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_integer().unwrap())
        .collect()
}

/// Results are told by the order in which they end, or begin; a query that sorts has one event a result.
fn same(found: &[Vec<i64>], expected: &[i64]) -> bool {
    let size = found.first().map_or(1, Vec::len);
    if found.concat() == expected {
        return true;
    }
    let mut wanted: Vec<_> = expected.chunks(size).map(<[i64]>::to_vec).collect();
    let mut found = found.to_vec();
    wanted.sort();
    found.sort();
    size > 1 && found == wanted
}

/// An event of the vectors with the fields that every event has.
fn document(mut fields: Value) -> Value {
    let number = fields["serial_event_id"].as_i64().unwrap();
    let ticks = fields["timestamp"].as_i64().unwrap();
    // Windows counts 100 ns from 1601.
    let millis = (ticks - 116_444_736_000_000_000) / 10_000;
    let category = fields["event_type"].clone();
    let members = fields.as_object_mut().unwrap();
    members.insert("@timestamp".into(), json!(stamp(millis)));
    members.insert(
        "event".into(),
        json!({"category": category, "sequence": number}),
    );
    members.insert("vector".into(), json!({"id": number}));
    fields
}

fn stamp(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis)
        .unwrap()
        .to_string()
}

#[test]
fn absent_events_are_absent() {
    let Some(data) = support::data() else { return };
    let text = std::fs::read_to_string(data.join("eql-vectors/missing_events.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let mut documents = Vec::new();
    for (kind, rows) in vectors["events"].as_object().unwrap() {
        for row in rows.as_array().unwrap() {
            let time = row[0].as_str().unwrap();
            let time = match time.parse() {
                Ok(millis) => stamp(millis),
                Err(_) => format!("2022-05-04T{time}Z"),
            };
            documents.push(json!({
                "@timestamp": time,
                "event": {"category": kind, "sequence": row[2]},
                "tag": row[1],
                "vector": {"id": row[2]},
            }));
        }
    }
    let events = events(&documents);
    let mut checked = 0;
    for case in vectors["queries"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let expected = case
            .get("expect")
            .or(case.get("expect_upstream_file"))
            .unwrap();
        let expected: Vec<_> = expected
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_i64().unwrap())
            .filter(|id| *id > 0)
            .collect();
        let query = full(case["q"].as_str().unwrap());
        let found = results(&query, &events).unwrap_or_else(|| panic!("{name}: {query}"));
        assert!(
            same(&found, &expected),
            "{name}: {query}\n{found:?} instead of {expected:?}"
        );
        checked += 1;
    }
    eprintln!("{checked} sequences with absent events give the expected events");
    assert_eq!(checked, 10);
}

/// Some of the vectors are abbreviated: `...` and `[A]`.
fn full(query: &str) -> String {
    let start = "sequence with maxspan=1s ";
    let query = query.replace("... ", &format!("{start}[A] [B] ![M1] "));
    let mut text = if query.starts_with("sequence") {
        query
    } else {
        format!("{start}{query}")
    };
    for tag in ["A", "B", "C", "D", "M1", "M2", "M4", "none"] {
        text = text.replace(
            &format!("[{tag}]"),
            &format!("[test4 where tag == \"{tag}\"]"),
        );
    }
    text
}
