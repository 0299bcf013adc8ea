//! Events and rules for the tests of operators.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::States;
use crate::decode::{Budget, Decoder, Item};
use crate::engine::{Engine, Matches};
use crate::event::{Event, Time};
use crate::lang::{Query, eql};
use crate::rule::{Guide, Language, Rule, RuleState, Schedule, Severity};
use crate::source::Content;

struct Bytes(Vec<u8>);

impl Content for Bytes {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        let rest = self.0.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn is_complete(&self) -> bool {
        true
    }
}

/// Returns an event so many milliseconds after the epoch, with a category, fields of its own and a `sequence` number,
/// which names it in [`found`].
pub fn event(number: u64, millis: i64, category: &str, mut fields: Json) -> Arc<Event> {
    let members = fields.as_object_mut().unwrap();
    let time = Time(millis * 1_000_000).to_rfc3339_millis();
    members.insert("@timestamp".into(), json!(time));
    let own = json!({"category": category, "sequence": number, "id": number.to_string()});
    members.insert("event".into(), own);
    let mut found = None;
    let budget = Budget {
        records: 2,
        bytes: u64::MAX,
    };
    let mut content = Bytes(format!("{fields}\n").into_bytes());
    Decoder::new(Path::new("log.ndjson").into(), None)
        .read(&mut content, 0, budget, &mut |item| match item {
            Item::Record(record) => found = Some(Event::from_record(*record).unwrap()),
            Item::Unreadable(unreadable) => panic!("{unreadable:?}"),
        })
        .unwrap();
    Arc::new(found.unwrap())
}

/// Returns a rule with this query, run each five minutes over nine.
pub fn rule(id: &str, language: Language, query_text: &str, query: Query) -> Arc<Rule> {
    Arc::new(Rule {
        id: id.into(),
        name: id.into(),
        description: String::new(),
        language,
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
            interval: 300,
            lookback: 540,
            max_alerts: None,
        },
        guide: Guide::default(),
        highlighted: Vec::new(),
        risk: None,
        annotations: Vec::new(),
        overrides: crate::rule::Overrides::default(),
        building_block: false,
        query_text: query_text.into(),
        query,
        state: RuleState::Runs,
        findings: Vec::new(),
    })
}

/// Returns an EQL rule.
pub fn eql_rule(id: &str, text: &str) -> Arc<Rule> {
    rule(id, Language::Eql, text, eql::compile(text).unwrap())
}

/// Hands events to one rule as hits.
pub fn take(states: &mut States, rule: &Arc<Rule>, events: &[Arc<Event>], matches: &mut Matches) {
    let engine = Engine::new(vec![Arc::clone(rule)]);
    for event in events {
        engine.observe(event, matches);
    }
    states.take(matches.hits.drain(..), &mut matches.detections);
}

/// Returns the numbers of the events of each alert, in the order in which they were found.
pub fn found(matches: &Matches) -> Vec<Vec<u64>> {
    let number = |event: &Event| match event.ecs().named("event.sequence") {
        Some(crate::event::Value::Int(number)) => *number as u64,
        other => panic!("{other:?}"),
    };
    let alerts = matches
        .detections
        .chunk_by(|a, b| a.group == b.group && a.group.is_some());
    alerts
        .map(|alert| alert.iter().map(|one| number(&one.event)).collect())
        .collect()
}

/// Runs one EQL rule over events to their end.
pub fn run(text: &str, events: &[Arc<Event>]) -> Vec<Vec<u64>> {
    let rule = eql_rule("rule", text);
    let mut states = States::new(&[Arc::clone(&rule)]);
    let mut matches = Matches::default();
    take(&mut states, &rule, events, &mut matches);
    states.finish(&mut matches.detections);
    found(&matches)
}
