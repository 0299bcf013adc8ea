//! What a Sigma file says to people: guide, annotations, authors.

use serde_json::Value;

use super::library::Library;
use super::tags::Tags;
use crate::rule::document::{list, objects, text};
use crate::rule::guide::step;
use crate::rule::{Guide, Phase};

/// Answers that are no false positives to rule out.
const NONE: [&str; 5] = ["unknown", "unlikely", "none", "n/a", "rare"];

/// Returns the guide: related rules to look for, false positives to rule out, and what the log source wants.
#[must_use]
pub fn guide(document: &Value, library: &Library) -> Guide {
    let mut steps = Vec::new();
    for related in objects(document, "related") {
        let Some(id) = text(related, "id") else {
            continue;
        };
        let title = library
            .find(&id)
            .and_then(|found| text(&found.value, "title"));
        let kind = text(related, "type").unwrap_or_else(|| "related".to_owned());
        // What it replaced does not fire beside it.
        if matches!(
            kind.as_str(),
            "obsolete" | "obsoletes" | "renamed" | "merged"
        ) && title.is_none()
        {
            continue;
        }
        let name = title.unwrap_or(id);
        steps.push(step(
            Phase::Investigate,
            format!("Did a related rule fire? {name} ({kind})"),
            Vec::new(),
        ));
    }
    for text in list(document, "falsepositives") {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let bare = text.trim_end_matches('.').to_lowercase();
        if !NONE.contains(&bare.as_str()) {
            steps.push(step(
                Phase::FalsePositives,
                format!("Rule out: {text}"),
                Vec::new(),
            ));
        }
    }
    if let Some(definition) = document
        .get("logsource")
        .and_then(|section| text(section, "definition"))
    {
        steps.push(step(Phase::Setup, definition, Vec::new()));
    }
    let mut seen = std::collections::HashSet::new();
    steps.retain(|step| seen.insert(step.id.clone()));
    Guide {
        overview: text(document, "description").unwrap_or_default(),
        steps,
    }
}

/// Returns the log source in words.
#[must_use]
pub fn sources(document: &Value) -> Vec<String> {
    let Some(section) = document.get("logsource") else {
        return Vec::new();
    };
    let parts = ["product", "category", "service"].iter();
    let named = parts.filter_map(|key| Some(format!("{key}: {}", text(section, key)?)));
    named.collect()
}

/// Returns the authors, whom Sigma writes in one text.
#[must_use]
pub fn authors(document: &Value) -> Vec<String> {
    let listed = list(document, "author");
    let names = listed.iter().flat_map(|text| text.split(','));
    names
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Returns what is shown as it is.
#[must_use]
pub fn annotations(
    document: &Value,
    tags: &Tags,
    filters: Vec<String>,
) -> Vec<(String, Vec<String>)> {
    let one = |key: &str| text(document, key).into_iter().collect();
    let atomics = objects(document, "simulation")
        .into_iter()
        .filter_map(|test| {
            let guid = text(test, "atomic_guid")?;
            Some(match text(test, "name") {
                Some(name) => format!("{name} ({guid})"),
                None => guid,
            })
        });
    let related = objects(document, "related")
        .into_iter()
        .filter_map(|related| {
            let id = text(related, "id")?;
            Some(format!(
                "{id} ({})",
                text(related, "type").unwrap_or_default()
            ))
        });
    let kinds: [(&str, Vec<String>); 10] = [
        ("Status", one("status")),
        ("Date", one("date")),
        ("Modified", one("modified")),
        ("Taxonomy", one("taxonomy")),
        ("Scope", list(document, "scope")),
        ("CVE", tags.cves.clone()),
        ("ATT&CK groups and software", tags.groups.clone()),
        ("Related rules", related.collect()),
        ("Atomic tests", atomics.collect()),
        ("Filtered by", filters),
    ];
    kinds
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(kind, values)| (kind.to_owned(), values))
        .collect()
}
