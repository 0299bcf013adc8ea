//! Pages of Elastic's prebuilt rule reference.
//!
//! Source: elastic.co/guide and elastic.co/docs, the prebuilt rules of 7.x to 9.x. The pages leave out the rule's id and,
//! for thresholds, new terms and indicators, what makes the type.

mod guide;
mod parts;
mod query;
mod threat;

use serde_json::{Map, Value, json};

use super::label::{self, ELASTIC, Label, labels};
use super::page::Page;
use super::section::Section;
use super::{Draft, made_id};
use parts::Parts;
use query::{is_eql, is_esql};

/// Returns how much of a page of Elastic's it has.
pub fn marks(page: &Page) -> usize {
    let tell = [
        Label::Type,
        Label::Indices,
        Label::Interval,
        Label::From,
        Label::MaxAlerts,
        Label::Query,
        Label::License,
        Label::Risk,
    ];
    let found = labels(page, ELASTIC);
    let rule = tell.iter().filter(|label| found.contains(label)).count();
    let threat = found.contains(&Label::Threat) || found.contains(&Label::Severity);
    rule + usize::from(threat && rule > 0)
}

/// Reads a page.
pub fn read(page: &Page) -> Draft {
    let parts = Parts::of(page);
    let mut draft = Draft::default();
    let mut rule = Draft::default();
    let (name, description) = parts.named(page);
    let (query, lines) = parts.query().unzip();
    let name = name.unwrap_or_else(|| {
        rule.lack("name", None, "called \"imported rule\"");
        "imported rule".to_owned()
    });
    rule.add("name", name.clone());
    if description.is_empty() {
        rule.lack("description", None, "left out");
    }
    rule.add("description", description);
    rule.add("rule_id", made_id(&name));
    rule.lack("rule_id", None, "made from the name: pages do not say it");
    let kind = kind(&parts, query.as_deref(), &mut rule);
    for (label, member) in [
        (Label::Authors, "author"),
        (Label::License, "license"),
        (Label::Indices, "index"),
    ] {
        match (parts.get(label), member) {
            (Some(section), "license") => rule.add(member, section.value()),
            (Some(section), "index") => rule.add(member, indices(section)),
            (Some(section), _) => rule.add(member, section.items()),
            (None, "index") if kind == "machine_learning" || kind == "esql" => {}
            (None, _) => rule.lack(member, None, "left out"),
        }
        if !rule.members.contains_key(member) && parts.get(label).is_some() && kind != "esql" {
            let at = parts.get(label).map(|section| section.number);
            rule.lack(member, at, "left out");
        }
    }
    graded(&parts, &mut rule);
    scheduled(&parts, &mut rule);
    let listed = |label: Label| parts.get(label).map(Section::items).unwrap_or_default();
    rule.add("tags", listed(Label::Tags));
    rule.add("references", parts.references());
    rule.add("false_positives", parts.false_positives());
    let (note, setup) = guide::of(&parts, &lines.unwrap_or_default());
    if note.is_empty() {
        let at = parts.line(Label::Guide);
        rule.lack("note", at, "no investigation guide");
    }
    rule.add("note", note);
    rule.add("setup", setup);
    match query {
        Some(query) => rule.add("query", query),
        None if kind == "machine_learning" => {}
        None => {
            let at = parts.line(Label::Query);
            rule.lack("query", at, "the rule cannot run without");
        }
    }
    let threat = threat::of(&parts.all(Label::Threat));
    if threat.is_empty() {
        rule.lack("threat", parts.line(Label::Threat), "left out");
    }
    rule.add("threat", threat);
    draft.lacks = rule.lacks;
    let metadata = json!({"maturity": "production"});
    draft.add("metadata", metadata);
    draft.add("rule", Value::Object(rule.members));
    draft
}

/// Adds type and language, from the page or from the query.
fn kind(parts: &Parts, query: Option<&str>, rule: &mut Draft) -> &'static str {
    let stated = parts
        .get(Label::Type)
        .map(|section| section.value().to_lowercase());
    let has = |words: &[&str]| {
        let stated = stated.as_deref().unwrap_or_default();
        words.iter().any(|word| stated.contains(word))
    };
    let guessed = || match query {
        Some(query) if is_eql(query) => "eql",
        Some(query) if is_esql(query) => "esql",
        _ => "query",
    };
    let kind = if has(&["esql", "es|ql"]) {
        "esql"
    } else if has(&["eql", "event correlation"]) {
        "eql"
    } else if has(&["threshold"]) {
        "threshold"
    } else if has(&["new_terms", "new terms"]) {
        "new_terms"
    } else if has(&["threat_match", "indicator match", "threat match"]) {
        "threat_match"
    } else if has(&["machine_learning", "machine learning"]) {
        "machine_learning"
    } else if has(&["query"]) {
        guessed()
    } else {
        let at = parts.line(Label::Type);
        rule.lack("type", at, format!("taken for {} by its query", guessed()));
        guessed()
    };
    let language = match kind {
        "machine_learning" => None,
        "eql" | "esql" => Some(kind),
        _ => Some("kuery"),
    };
    rule.add("type", kind);
    rule.add("language", language);
    let missing = match kind {
        "threshold" => Some(("threshold", "add [rule.threshold] with field and value")),
        "new_terms" => Some((
            "new_terms",
            "add [rule.new_terms] with value and history_window_start",
        )),
        "threat_match" => Some(("threat_mapping", "add threat_mapping and threat_query")),
        _ => None,
    };
    if let Some((member, why)) = missing {
        let at = parts.line(Label::Type);
        rule.lack(member, at, why);
    }
    kind
}

/// Adds severity and score.
fn graded(parts: &Parts, rule: &mut Draft) {
    let severity = parts
        .get(Label::Severity)
        .map(Section::value)
        .unwrap_or_default();
    let known = ["low", "medium", "high", "critical"];
    let word = severity.to_lowercase();
    if let Some(known) = known.iter().find(|known| word.starts_with(**known)) {
        rule.add("severity", *known);
    } else {
        rule.lack("severity", parts.line(Label::Severity), "taken for low");
        rule.add("severity", "low");
    }
    let stated = parts
        .get(Label::Risk)
        .and_then(|section| number(&section.value()));
    if let Some(score) = stated.filter(|score| *score <= 100) {
        rule.add("risk_score", score);
    } else {
        let at = parts.line(Label::Risk);
        // Elastic's own scores by severity.
        let usual = match word.get(..3) {
            Some("cri") => 99,
            Some("hig") => 73,
            Some("med") => 47,
            _ => 21,
        };
        rule.lack(
            "risk_score",
            at,
            format!("{usual}, which is usual for its severity"),
        );
        rule.add("risk_score", usual);
    }
    let version = parts
        .get(Label::Version)
        .and_then(|section| number(&section.value()));
    rule.add("version", version);
}

/// Adds interval, look-back and cap.
fn scheduled(parts: &Parts, rule: &mut Draft) {
    let value = |label| parts.get(label).map(Section::value);
    if let Some(interval) = value(Label::Interval).as_deref().and_then(duration) {
        rule.add("interval", interval);
    } else {
        let at = parts.line(Label::Interval);
        rule.lack("interval", at, "5m, Kibana's own");
    }
    let from = value(Label::From).and_then(|text| {
        let word = text
            .split_whitespace()
            .next()?
            .trim_matches(['`', '(', ')'])
            .to_owned();
        word.starts_with("now-").then_some(word)
    });
    if let Some(from) = from {
        rule.add("from", from);
    } else {
        let at = parts.line(Label::From);
        rule.lack("from", at, "now-6m, Kibana's own");
    }
    let cap = value(Label::MaxAlerts).and_then(|text| number(&text));
    match cap {
        Some(cap) => rule.add("max_signals", cap),
        None => rule.lack("max_signals", None, "100, Kibana's own"),
    }
}

fn indices(section: &Section) -> Vec<String> {
    let mut items = section.items();
    items.retain(|item| !item.contains(' ') && !item.eq_ignore_ascii_case("none"));
    for item in &mut items {
        *item = item.trim_matches('`').replace("\\*", "*");
    }
    items
}

fn number(text: &str) -> Option<u64> {
    let digits: String = text
        .chars()
        .skip_while(|char| !char.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

/// Reads `5m`, `5 minutes`, `1 hour`.
fn duration(text: &str) -> Option<String> {
    let count = number(text)?;
    let start = text.find(|char: char| char.is_ascii_digit())?;
    let unit = text
        .get(start..)?
        .trim_start_matches(|char: char| char.is_ascii_digit())
        .trim_start();
    let unit = unit.chars().next().filter(|unit| "smhd".contains(*unit))?;
    Some(format!("{count}{unit}"))
}

/// Returns the members of an object.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Takes the link off a value.
fn unlinked(text: &str) -> String {
    label::unlinked(text.trim()).to_owned()
}
