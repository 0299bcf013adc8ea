//! Elastic's rules: `elastic/detection-rules` TOML and Kibana's NDJSON export.
//!
//! Takes one rule as a tree of values; gives a [`Rule`]. The two forms differ in where the tables stand; guide,
//! schedule and query are read alike.

mod exceptions;
mod filters;
mod operators;
mod threat;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::compile::{Compiled, compile, compile_esql};
use super::document::{list, number, objects, text};
use super::pivot::{duration, relative};
pub use exceptions::Lists;

use super::indicators::Indicators;
use super::overrides::Overrides;
use super::{Guide, Language, Phase, Rule, Schedule, Severity, Threat, guide};
use crate::lang::spl::Macros;
use crate::schema::{Vocabulary, resolve};

/// Seconds between runs when the rule says nothing (Kibana's default).
const INTERVAL: u32 = 300;
/// Seconds that a run looks back when the rule says nothing (`now-6m`).
const LOOKBACK: u32 = 360;
/// Most alerts a run when the rule says nothing.
const MAX_ALERTS: u32 = 100;

/// Returns whether a TOML tree is a rule of Elastic's.
#[must_use]
pub fn is_toml_rule(document: &Value) -> bool {
    document.get("rule").is_some_and(is_rule)
}

/// Returns whether an object of an export is a rule.
#[must_use]
pub fn is_rule(value: &Value) -> bool {
    value.get("name").is_some()
        && (value.get("rule_id").is_some() || value.get("risk_score").is_some())
}

/// What stands beside a rule: the exceptions of its file, the indicators of all paths.
#[derive(Debug, Default)]
pub struct Companions {
    pub lists: Lists,
    pub indicators: Arc<Indicators>,
}

/// Reads a rule from a TOML file.
#[must_use]
pub fn from_toml(document: &Value, path: &Path, file: &Arc<str>, companions: &Companions) -> Rule {
    let fields = document.get("rule").unwrap_or(&Value::Null);
    let extended = document
        .pointer("/metadata/extended")
        .unwrap_or(&Value::Null);
    let mut rule = read(fields, document, path, file, companions);
    rule.source = text(extended, "source");
    rule.version = rule.version.or_else(|| text(extended, "version"));
    rule
}

/// Reads a rule from a line of an export.
#[must_use]
pub fn from_export(value: &Value, path: &Path, file: &Arc<str>, companions: &Companions) -> Rule {
    read(value, value, path, file, companions)
}

fn read(
    fields: &Value,
    document: &Value,
    path: &Path,
    file: &Arc<str>,
    companions: &Companions,
) -> Rule {
    let name = text(fields, "name").unwrap_or_default();
    let language = language(fields);
    let query_text = fields
        .get("query")
        .and_then(Value::as_str)
        .unwrap_or("")
        .to_owned();
    let schedule = schedule(fields);
    let mut sources = list(fields, "index");
    let mut compiled = if language == Language::Esql {
        let (compiled, read) = compile_esql(&query_text, schedule.lookback, file);
        sources = read;
        compiled
    } else {
        run(fields, language, &query_text, file)
    };
    if text(fields, "type").as_deref() == Some("threat_match") {
        threat::apply(fields, &companions.indicators, &mut compiled);
    }
    exceptions::apply(fields, &companions.lists, path, file, &mut compiled);
    operators::apply(fields, schedule, &mut compiled);
    Rule {
        id: text(fields, "rule_id").unwrap_or_else(|| super::digest(path, &name)),
        description: prose(fields, "description"),
        language,
        path: path.to_owned(),
        authors: list(fields, "author"),
        license: text(fields, "license"),
        source: None,
        version: text(fields, "version"),
        references: list(fields, "references"),
        severity: severity(&text(fields, "severity").unwrap_or_default()),
        risk_score: super::score(number(fields, "risk_score")),
        threat: threat(fields),
        tags: list(fields, "tags"),
        sources,
        schedule,
        guide: guide::with_references(read_guide(fields, document), &list(fields, "references")),
        highlighted: fields
            .get("investigation_fields")
            .map_or_else(Vec::new, |table| list(table, "field_names")),
        risk: None,
        annotations: annotations(fields, &companions.lists),
        building_block: fields
            .get("building_block_type")
            .is_some_and(|kind| !kind.is_null()),
        overrides: overrides(fields),
        query_text,
        query: compiled.query,
        state: compiled.state,
        findings: compiled.findings,
        name,
    }
}

fn language(fields: &Value) -> Language {
    let kind = text(fields, "type").unwrap_or_default();
    match (text(fields, "language").as_deref(), kind.as_str()) {
        (_, "machine_learning") => Language::MachineLearning,
        (Some("eql"), _) | (None, "eql") => Language::Eql,
        (Some("esql"), _) | (None, "esql") => Language::Esql,
        (Some("lucene"), _) => Language::Lucene,
        _ => Language::Kuery,
    }
}

/// Compiles the query of a rule and adds what its type, filters, exceptions and suppression make of it.
fn run(fields: &Value, language: Language, query: &str, file: &Arc<str>) -> Compiled {
    let kind = text(fields, "type").unwrap_or_default();
    match kind.as_str() {
        "eql" | "query" | "esql" | "threshold" | "new_terms" | "threat_match" => {}
        // What was saved elsewhere is not there; an export may carry it.
        "saved_query" if !query.trim().is_empty() => {}
        "" => return Compiled::not_runnable("a rule without a type"),
        other => return Compiled::not_runnable(other),
    }
    let mut compiled = compile(language, query, &Macros::default(), file);
    filters::apply(fields, &mut compiled);
    compiled
}

fn severity(word: &str) -> Severity {
    match word.to_lowercase().as_str() {
        "critical" => Severity::Critical,
        "high" => Severity::High,
        "medium" => Severity::Medium,
        "low" => Severity::Low,
        _ => Severity::Info,
    }
}

/// Reads the ATT&CK mapping; a technique stands ahead of its sub-techniques.
fn threat(fields: &Value) -> Vec<Threat> {
    objects(fields, "threat")
        .into_iter()
        .map(|entry| {
            let mut techniques = Vec::new();
            for technique in objects(entry, "technique") {
                techniques.extend(text(technique, "id"));
                techniques.extend(
                    objects(technique, "subtechnique")
                        .into_iter()
                        .filter_map(|sub| text(sub, "id")),
                );
            }
            Threat {
                tactic: entry.get("tactic").and_then(|tactic| text(tactic, "id")),
                techniques,
            }
        })
        .filter(|threat| threat.tactic.is_some() || !threat.techniques.is_empty())
        .collect()
}

fn overrides(fields: &Value) -> Overrides {
    let ecs = |name: String| resolve(Vocabulary::Ecs, &name);
    let severity = objects(fields, "severity_mapping").into_iter();
    let severity = severity.filter_map(|entry| {
        let level = severity_of(entry)?;
        Some((ecs(text(entry, "field")?), text(entry, "value")?, level))
    });
    let risk = objects(fields, "risk_score_mapping").into_iter();
    Overrides {
        severity: severity.collect(),
        risk: risk
            .filter_map(|entry| text(entry, "field").map(ecs))
            .collect(),
        name: text(fields, "rule_name_override").map(ecs),
    }
}

fn severity_of(entry: &Value) -> Option<Severity> {
    text(entry, "severity").map(|word| severity(&word))
}

fn schedule(fields: &Value) -> Schedule {
    let interval = text(fields, "interval")
        .and_then(|text| duration(&text))
        .unwrap_or(INTERVAL);
    let from = text(fields, "from").and_then(|text| relative(&text));
    let cap = number(fields, "max_signals")
        .filter(|cap| *cap >= 1.0)
        .map_or(MAX_ALERTS, |cap| cap as u32);
    Schedule {
        interval,
        lookback: from.map_or(LOOKBACK, i32::unsigned_abs),
        max_alerts: Some(cap),
    }
}

fn read_guide(fields: &Value, document: &Value) -> Guide {
    let transforms = guide::transforms(document);
    let mut read = guide::from_markdown(&prose(fields, "note"), &transforms);
    for text in list(fields, "false_positives") {
        let step = guide::step(
            Phase::FalsePositives,
            text.split_whitespace().collect::<Vec<_>>().join(" "),
            Vec::new(),
        );
        if !read.steps.iter().any(|known| known.id == step.id) {
            read.steps.push(step);
        }
    }
    guide::add_whole(
        &mut read,
        Phase::Setup,
        &prose(fields, "setup"),
        &transforms,
    );
    read.steps.sort_by_key(|step| step.phase);
    read
}

fn prose(fields: &Value, key: &str) -> String {
    text(fields, key).unwrap_or_default()
}

/// What is shown as it is: the type, when it says more than the language, and how alerts are suppressed.
fn annotations(fields: &Value, lists: &Lists) -> Vec<(String, Vec<String>)> {
    let mut shown = Vec::new();
    shown.extend(text(fields, "type").map(|kind| ("Type".to_owned(), vec![kind])));
    let grouped = fields
        .get("alert_suppression")
        .map_or_else(Vec::new, |table| list(table, "group_by"));
    if !grouped.is_empty() {
        shown.push(("Suppressed by".to_owned(), grouped));
    }
    let named = exceptions::named(fields, lists);
    if !named.is_empty() {
        shown.push(("Exceptions".to_owned(), named));
    }
    let absent = exceptions::absent(fields, lists);
    if !absent.is_empty() {
        shown.push(("Exceptions that are elsewhere".to_owned(), absent));
    }
    shown
}

#[cfg(test)]
mod tests;
