//! Whose risk a detection raises, by how much, and what it says of them.
//!
//! Takes a detection of any era; gives its [`RiskMessage`]. Until 2024 message and `observable`s stand among the tags, then
//! below `rba`; since 2026 the notable's own entity is the `finding`, each entity below `intermediate_findings` has a
//! message and a score, and `threat_objects` and all tags stand at the top
//! (splunk/security_content, `detections/endpoint/*.yml` of those years).

use serde_json::Value;

use crate::rule::document::{list, number, objects, text};
use crate::rule::{RiskMessage, RiskObject, score};

/// Returns where the detection's tags stand.
pub fn tags(document: &Value) -> &Value {
    let tags = document.get("tags").filter(|tags| tags.is_object());
    tags.unwrap_or(document)
}

/// Reads message and objects.
pub fn read(document: &Value) -> Option<RiskMessage> {
    if let Some(rba) = document.get("rba").filter(|rba| rba.is_object()) {
        return Some(of_rba(rba));
    }
    of_findings(document).or_else(|| of_tags(tags(document)))
}

fn of_rba(rba: &Value) -> RiskMessage {
    let mut found: Vec<_> = objects(rba, "risk_objects")
        .into_iter()
        .filter_map(risky)
        .collect();
    found.extend(threats(rba));
    RiskMessage {
        message: text(rba, "message").unwrap_or_default(),
        others: Vec::new(),
        objects: found,
    }
}

fn of_findings(document: &Value) -> Option<RiskMessage> {
    let finding = document.get("finding");
    // The finding's own message comes first, then those of the entities, each once.
    let title = finding.and_then(|finding| text(finding, "title"));
    let mut messages: Vec<String> = title.into_iter().collect();
    for entity in entities(document) {
        if let Some(message) = text(entity, "message").filter(|new| !messages.contains(new)) {
            messages.push(message);
        }
    }
    let mut found: Vec<RiskObject> = Vec::new();
    let own = finding.and_then(|finding| finding.get("entity"));
    for object in own.into_iter().chain(entities(document)).filter_map(risky) {
        match found.iter_mut().find(|known| known.field == object.field) {
            Some(known) => known.score = known.score.max(object.score),
            None => found.push(object),
        }
    }
    found.extend(threats(document));
    if messages.is_empty() && found.is_empty() {
        return None;
    }
    let mut messages = messages.into_iter();
    Some(RiskMessage {
        message: messages.next().unwrap_or_default(),
        others: messages.collect(),
        objects: found,
    })
}

fn of_tags(tags: &Value) -> Option<RiskMessage> {
    let message = text(tags, "message")?;
    let stated = score(number(tags, "risk_score").or_else(|| product(tags)));
    let found = objects(tags, "observable")
        .into_iter()
        .filter_map(|object| {
            let victim = list(object, "role")
                .iter()
                .any(|role| role.eq_ignore_ascii_case("victim"));
            scored(object, "name", victim.then_some(stated))
        });
    Some(RiskMessage {
        message,
        others: Vec::new(),
        objects: found.collect(),
    })
}

fn entities(document: &Value) -> Vec<&Value> {
    let findings = document.get("intermediate_findings");
    findings.map_or_else(Vec::new, |findings| objects(findings, "entities"))
}

fn threats(holder: &Value) -> impl Iterator<Item = RiskObject> {
    let objects = objects(holder, "threat_objects").into_iter();
    objects.filter_map(|object| scored(object, "field", None))
}

fn risky(object: &Value) -> Option<RiskObject> {
    scored(object, "field", Some(score(number(object, "score"))))
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

/// Returns the detection's score: the stated one, else the highest of its objects.
pub fn total(document: &Value, risk: Option<&RiskMessage>) -> u8 {
    let tags = tags(document);
    let stated = number(tags, "risk_score").or_else(|| product(tags));
    let highest =
        || risk.and_then(|risk| risk.objects.iter().filter_map(|object| object.score).max());
    stated.map_or_else(|| highest().unwrap_or(0), |stated| score(Some(stated)))
}
