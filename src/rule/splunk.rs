//! Splunk's detections: `security_content` YAML, of the `observable` years (2021 to 2024) and of the `rba` years since.
//!
//! Takes one detection as a tree of values and the macros of its tree; gives a [`Rule`]. The checklist that Splunk's
//! files don't have is made in [`checklist`] from what they do have.

mod checklist;
mod columns;
mod fields;
pub mod lookups;
pub mod stories;
mod telemetry;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::compile::compile;
use super::document::{list, number, objects, text};
use super::guide::with_references;
use super::{Finding, Language, RiskMessage, RiskObject, Rule, Schedule, Severity, attack};
use crate::lang::spl::{Macro, Macros};

/// Splunk's own deployments run each detection hourly over the hour that ended ten minutes ago.
const SCHEDULE: Schedule = Schedule {
    interval: 3600,
    lookback: 4200,
    max_alerts: None,
};

/// Returns whether a YAML tree is a detection.
#[must_use]
pub fn is_detection(document: &Value) -> bool {
    let companion = matches!(
        text(document, "type").as_deref(),
        Some("Investigation" | "Baseline")
    );
    document.get("search").is_some() && document.get("name").is_some() && !companion
}

/// Reads a macro; `None` when the tree is something else. A macro without a definition is empty.
#[must_use]
pub fn as_macro(document: &Value) -> Option<(String, Macro)> {
    if document.get("search").is_some() || document.get("definition").is_none() {
        return None;
    }
    let definition = match document.get("definition") {
        Some(Value::String(definition)) => definition.trim().to_owned(),
        Some(_) => text(document, "definition").unwrap_or_default(),
        None => return None,
    };
    Some((
        text(document, "name")?,
        Macro {
            arguments: list(document, "arguments"),
            definition,
        },
    ))
}

/// Returns whether a tree is a story, lookup, investigation, deployment or the like.
#[must_use]
pub fn is_companion(document: &Value) -> bool {
    let kinds = [
        "narrative",
        "filename",
        "collection",
        "search",
        "scheduling",
        "playbook",
        "dashboard",
    ];
    document.get("name").is_some() && kinds.iter().any(|kind| document.get(kind).is_some())
}

/// Reads a detection.
#[must_use]
pub fn read(document: &Value, path: &Path, file: &Arc<str>, macros: &Macros) -> Rule {
    let none = Value::Null;
    let tags = document.get("tags").unwrap_or(&none);
    let name = text(document, "name").unwrap_or_default();
    let query_text = text(document, "search").unwrap_or_default();
    let mut compiled = compile(Language::Spl, &query_text, macros, file);
    let risk = risk(document, tags);
    if let Some(risk) = &risk {
        compiled
            .findings
            .extend(lint_message(risk, columns::of(&compiled.query), path, file));
    }
    let risk_score = risk_score(tags, risk.as_ref());
    Rule {
        id: text(document, "id").unwrap_or_else(|| super::digest(path, &name)),
        description: text(document, "description").unwrap_or_default(),
        language: Language::Spl,
        path: path.to_owned(),
        authors: text(document, "author").into_iter().collect(),
        license: text(document, "license"),
        source: text(document, "source"),
        version: text(document, "version"),
        references: list(document, "references"),
        severity: severity(risk_score),
        risk_score,
        threat: attack::catalogue().by_tactic(&list(tags, "mitre_attack_id")),
        tags: tag_words(document, tags),
        sources: sources(document),
        schedule: SCHEDULE,
        guide: with_references(
            checklist::derive(document, risk.as_ref()),
            &list(document, "references"),
        ),
        highlighted: risk.as_ref().map_or_else(Vec::new, |risk| {
            risk.objects
                .iter()
                .map(|object| object.field.clone())
                .collect()
        }),
        risk,
        annotations: annotations(document, tags),
        overrides: crate::rule::Overrides::default(),
        building_block: text(document, "type").is_some_and(|kind| kind == "Hunting"),
        query_text,
        query: compiled.query,
        state: compiled.state,
        findings: compiled.findings,
        name,
    }
}

/// Reads the risk message and its objects, of either era.
fn risk(document: &Value, tags: &Value) -> Option<RiskMessage> {
    if let Some(rba) = document.get("rba").filter(|rba| rba.is_object()) {
        let mut found: Vec<_> = objects(rba, "risk_objects")
            .into_iter()
            .filter_map(|object| {
                scored(object, "field", Some(super::score(number(object, "score"))))
            })
            .collect();
        found.extend(
            objects(rba, "threat_objects")
                .into_iter()
                .filter_map(|object| scored(object, "field", None)),
        );
        return Some(RiskMessage {
            message: text(rba, "message").unwrap_or_default(),
            objects: found,
        });
    }
    let message = text(tags, "message")?;
    let score = super::score(number(tags, "risk_score").or_else(|| product(tags)));
    let found = objects(tags, "observable")
        .into_iter()
        .filter_map(|object| {
            let victim = list(object, "role")
                .iter()
                .any(|role| role.eq_ignore_ascii_case("victim"));
            scored(object, "name", victim.then_some(score))
        });
    Some(RiskMessage {
        message,
        objects: found.collect(),
    })
}

fn scored(object: &Value, key: &str, score: Option<u8>) -> Option<RiskObject> {
    let kind = text(object, "type").unwrap_or_default().to_lowercase();
    Some(RiskObject {
        field: text(object, key)?,
        kind,
        score,
    })
}

/// Returns impact times confidence in percent, as Splunk computes the score.
fn product(tags: &Value) -> Option<f64> {
    Some(number(tags, "impact")? * number(tags, "confidence")? / 100.0)
}

fn risk_score(tags: &Value, risk: Option<&RiskMessage>) -> u8 {
    let stated = number(tags, "risk_score").or_else(|| product(tags));
    let highest =
        || risk.and_then(|risk| risk.objects.iter().filter_map(|object| object.score).max());
    stated.map_or_else(|| highest().unwrap_or(0), |score| super::score(Some(score)))
}

/// Splunk's content tool grades a score in steps of twenty.
const fn severity(score: u8) -> Severity {
    match score {
        0..=20 => Severity::Info,
        21..=40 => Severity::Low,
        41..=60 => Severity::Medium,
        61..=80 => Severity::High,
        _ => Severity::Critical,
    }
}

fn tag_words(document: &Value, tags: &Value) -> Vec<String> {
    let mut words: Vec<_> = text(document, "type").into_iter().collect();
    for key in ["asset_type", "security_domain", "product"] {
        words.extend(list(tags, key));
    }
    words
}

fn sources(document: &Value) -> Vec<String> {
    let mut sources = list(document, "data_source");
    for name in objects(document, "data_source")
        .into_iter()
        .filter_map(|source| text(source, "name"))
    {
        sources.push(name);
    }
    if sources.is_empty() {
        list(document, "datamodel")
    } else {
        sources
    }
}

fn annotations(document: &Value, tags: &Value) -> Vec<(String, Vec<String>)> {
    let kinds = [
        (stories::ANNOTATION, list(tags, "analytic_story")),
        ("Kill chain", list(tags, "kill_chain_phases")),
        ("NIST", list(tags, "nist")),
        ("CIS controls", list(tags, "cis20")),
        ("CVE", list(tags, "cve")),
        ("Data models", list(document, "datamodel")),
        ("Required fields", list(tags, "required_fields")),
        ("Atomic tests", list(tags, "atomic_guid")),
    ];
    kinds
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(kind, values)| (kind.to_owned(), values))
        .collect()
}

/// Warns of each token of the message that the search's result does not have.
fn lint_message(
    risk: &RiskMessage,
    columns: Option<BTreeSet<String>>,
    path: &Path,
    file: &Arc<str>,
) -> Vec<Finding> {
    let Some(columns) = columns else {
        return Vec::new();
    };
    let missing = super::message::tokens(&risk.message)
        .into_iter()
        .filter(|token| !columns.contains(token.as_str()));
    missing
        .map(|token| {
            let marked = format!("${token}$");
            let from = file.find(risk.message.get(..12).unwrap_or(&risk.message)).unwrap_or(0);
            let at = file[from..].find(&marked).map_or(0, |at| from + at);
            Finding::warning(
                "R210",
                format!("token ${token}$ is not in the result of the search"),
                at..at + marked.len().min(file.len() - at),
                "no column of this name",
                path,
                file,
            )
            .help(format!("the alert shows the contributing event's value, marked; group by `{token}` to keep it"))
        })
        .collect()
}

#[cfg(test)]
mod tests;
