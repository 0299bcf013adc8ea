//! Splunk's detections: `security_content` YAML, of the `observable` years (2021 to 2024), of the `rba` years after them and
//! of the `finding` years since 2026.
//!
//! Takes one detection as a tree of values and the macros of its tree; gives a [`Rule`]. The checklist that Splunk's
//! files don't have is made in [`checklist`] from what they do have.

mod checklist;
mod columns;
mod fields;
pub mod lookups;
mod risk;
pub mod stories;
mod telemetry;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::compile::compile;
use super::document::{list, objects, text};
use super::guide::with_references;
use super::{Finding, Language, Rule, Schedule, Severity, attack};
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
        "lookup_type",
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
    let tags = risk::tags(document);
    let name = text(document, "name").unwrap_or_default();
    let query_text = text(document, "search").unwrap_or_default();
    let mut compiled = compile(Language::Spl, &query_text, macros, file);
    let risk = risk::read(document);
    let risk_score = risk::total(document, risk.as_ref());
    if let (Some(risk), Some(columns)) = (&risk, columns::of(&compiled.query)) {
        for message in std::iter::once(&risk.message).chain(&risk.others) {
            let lints = lint_message(message, &columns, path, file);
            compiled.findings.extend(lints);
        }
    }
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
    message: &str,
    columns: &BTreeSet<String>,
    path: &Path,
    file: &Arc<str>,
) -> Vec<Finding> {
    let missing = super::message::tokens(message)
        .into_iter()
        .filter(|token| !columns.contains(token.as_str()));
    missing
        .map(|token| {
            let marked = format!("${token}$");
            let from = file.find(message.get(..12).unwrap_or(message)).unwrap_or(0);
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
