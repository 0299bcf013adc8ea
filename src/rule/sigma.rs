//! Sigma's rules, correlations and filters: YAML of SigmaHQ/sigma and of Sigma 1.
//!
//! Takes one document and the [`Library`] of all that are loaded with it; gives a [`Rule`]. What a Sigma file has
//! beside its query becomes the rule's guide: false positives to rule out, related rules, the telemetry that the log
//! source wants.

mod documents;
mod filter;
mod library;
mod link;
mod notes;
mod sections;
mod tags;

use std::sync::Arc;

use serde_json::Value;

use super::compile::{self, Compiled};
use super::document::{list, text};
use super::guide::with_references;
use super::{Finding, Language, Rule, RuleState, Schedule, Severity};
use crate::lang::ir::Pred;
use crate::lang::sigma::{self, Source};
use crate::lang::{CompileError, Diagnostic, Query};
use crate::schema::logsource::Logsource;

pub use documents::{Document, Kind, is_sigma, kind, of_file};
use filter::Filter;
pub use library::Library;
use sections::Sections;

/// Sigma rules have no schedule: an event is looked at as it comes.
const SCHEDULE: Schedule = Schedule {
    interval: 0,
    lookback: 0,
    max_alerts: None,
};

/// Returns what a document says of its log source.
fn logsource(document: &Value) -> Logsource {
    let none = Value::Null;
    let section = document.get("logsource").unwrap_or(&none);
    Logsource {
        product: text(section, "product"),
        category: text(section, "category"),
        service: text(section, "service"),
    }
}

/// Reads a rule or a correlation.
#[must_use]
pub fn read(document: &Document, library: &Library) -> Rule {
    let value = &document.value;
    let name = text(value, "title").unwrap_or_default();
    let (sections, mut compiled) = match kind(value) {
        Some(Kind::Correlation) => {
            let sections = Sections::of(document, &["correlation"]);
            let compiled = compiled(
                link::query(document, &sections, library),
                &sections,
                document,
            );
            (sections, compiled)
        }
        _ => of_detection(document, library),
    };
    if let Some(correlation) = library.part_of(value) {
        alone(&mut compiled, &correlation);
    }
    let tags = tags::read(&list(value, "tags"));
    let level = text(value, "level").unwrap_or_default().to_lowercase();
    let (severity, risk_score) = grade(&level);
    let filters: Vec<String> = library
        .filters
        .iter()
        .filter(|filter| filter.applies(value))
        .map(|filter| filter.title.clone())
        .collect();
    Rule {
        id: text(value, "id").unwrap_or_else(|| digest(document, &name)),
        description: text(value, "description").unwrap_or_default(),
        language: Language::Sigma,
        path: document.path.clone(),
        authors: notes::authors(value),
        license: text(value, "license"),
        source: None,
        version: text(value, "modified").or_else(|| text(value, "date")),
        references: list(value, "references"),
        severity,
        risk_score,
        threat: tags.threat.clone(),
        tags: tags.other.clone(),
        sources: notes::sources(value),
        schedule: SCHEDULE,
        guide: with_references(notes::guide(value, library), &list(value, "references")),
        highlighted: list(value, "fields"),
        risk: None,
        annotations: notes::annotations(value, &tags, filters),
        // "No case or alerting should be triggered by such rules" (Sigma rules specification, "Level").
        overrides: crate::rule::Overrides::default(),
        building_block: level == "informational",
        query_text: sections.text,
        query: compiled.query,
        state: compiled.state,
        findings: compiled.findings,
        name,
    }
}

/// Returns an id for a document without one: a digest of its path, title and place in the file.
fn digest(document: &Document, name: &str) -> String {
    super::digest(&document.path, &format!("{name}\n{}", document.number))
}

/// Levels as they are, and as the score that Elastic gives the like.
fn grade(level: &str) -> (Severity, u8) {
    match level {
        "critical" => (Severity::Critical, 99),
        "high" => (Severity::High, 73),
        "low" => (Severity::Low, 21),
        "informational" => (Severity::Info, 1),
        // The level is optional; a rule without one is a rule to look at.
        _ => (Severity::Medium, 47),
    }
}

fn of_detection(document: &Document, library: &Library) -> (Sections, Compiled) {
    let sections = Sections::of(document, &["logsource", "detection"]);
    let compiled = compiled(query(document, &sections, library), &sections, document);
    (sections, compiled)
}

fn compiled(
    query: Result<Query, CompileError>,
    sections: &Sections,
    document: &Document,
) -> Compiled {
    match query {
        Ok(mut query) => {
            let warnings = std::mem::take(&mut query.warnings);
            Compiled {
                state: compile::state(&query),
                query,
                findings: in_file(warnings, sections, document),
            }
        }
        Err(error) => failed(&error, sections, document),
    }
}

/// Compiles the query of a rule, the filters that apply to it included.
fn query(
    document: &Document,
    sections: &Sections,
    library: &Library,
) -> Result<Query, CompileError> {
    let source = Source {
        logsource: &logsource(&document.value),
        detection: document.value.get("detection").unwrap_or(&Value::Null),
        text: sections.section("detection"),
        placeholders: &library.placeholders,
    };
    let mut query = sigma::compile(&source)?;
    let applying = library
        .filters
        .iter()
        .filter(|filter| filter.applies(&document.value));
    // A filter that is wrong is reported at its own place; the rule then runs without it.
    let filters = applying.filter_map(|filter| filter.compile(&library.placeholders).ok());
    let filters = filters.map(|searches| Filter::placeless(searches.pred));
    let own = std::mem::take(&mut query.select);
    query.select = Pred::all(std::iter::once(own).chain(filters));
    Ok(query)
}

/// Takes the query from a rule that is only a part of a correlation.
fn alone(compiled: &mut Compiled, correlation: &str) {
    if !matches!(compiled.state, RuleState::NotRunnable(_)) {
        let reason = format!(
            "gives no alerts of its own: it is a part of \"{correlation}\", which has no `generate: true`"
        );
        compiled.state = RuleState::NeverFires(reason);
        compiled.query = Query::default();
    }
}

fn failed(error: &CompileError, sections: &Sections, document: &Document) -> Compiled {
    Compiled {
        findings: in_file(error.diagnostics.clone(), sections, document),
        ..Compiled::not_runnable(error.reason())
    }
}

fn in_file(diagnostics: Vec<Diagnostic>, sections: &Sections, document: &Document) -> Vec<Finding> {
    let finding = |diagnostic| Finding {
        diagnostic: sections.to_file(diagnostic).in_file(&document.path),
        source: Arc::clone(&document.file),
    };
    diagnostics.into_iter().map(finding).collect()
}

/// Returns what is wrong with the filters among `documents`, and which of them apply to no rule.
#[must_use]
pub fn filter_findings(documents: &[Arc<Document>], library: &Library) -> Vec<Finding> {
    let mut findings = Vec::new();
    for document in documents
        .iter()
        .filter(|one| kind(&one.value) == Some(Kind::Filter))
    {
        let filter = Filter::read(document);
        let sections = filter.sections();
        match filter.compile(&library.placeholders) {
            Ok(searches) => findings.extend(in_file(searches.warnings, &sections, document)),
            Err(error) => findings.extend(in_file(error.diagnostics, &sections, document)),
        }
        let idle = library.idle_filters();
        if idle
            .iter()
            .any(|one| one.document.path == document.path && one.document.number == document.number)
        {
            let warning = Finding::warning(
                "R220",
                format!(
                    "the filter \"{}\" applies to no rule that is loaded with it",
                    filter.title
                ),
                document.range.clone(),
                "",
                &document.path,
                &document.file,
            );
            findings.push(warning.help(
                "load it together with its rules, and see that `logsource` and `rules` fit them",
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests;
