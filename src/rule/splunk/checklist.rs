//! A checklist for a Splunk detection.
//!
//! Takes a detection; gives a [`Guide`]. Splunk ships no guide, so the steps are made of what it does ship: what the
//! description tells the analyst to check, the risk message, a look around each risk and threat object, the
//! drilldowns, known false positives, and what must be in place for the search to see anything.

use serde_json::Value;

use super::{fields, telemetry};
use crate::rule::document::{objects, text};
use crate::rule::guide::step;
use crate::rule::pivot::duration;
use crate::rule::{Guide, Phase, Pivot, RiskMessage, RiskObject, Step, message};

/// Seconds around the alert in which a host's other activity is looked at.
const AROUND_HOST: u32 = 15 * 60;
/// Seconds around the alert in which other activity of a user or other object is looked at.
const AROUND_OBJECT: u32 = 48 * 3600;
/// Seconds that a drilldown looks back when it names only the window of the search.
const SEARCH_WINDOW: u32 = 4200;

/// Stands where a rule names no false positives: that they are not known does not say that there are none.
const NONE_KNOWN: &str = "The rule's authors name no false positives, which does not mean that there are none: rule out \
     that an administrator, an installer or a security tool did the same.";

/// Makes the guide.
#[must_use]
pub fn derive(document: &Value, risk: Option<&RiskMessage>) -> Guide {
    let description = text(document, "description").unwrap_or_default();
    let (overview, checks) = split_description(&description);
    let mut steps: Vec<Step> = checks
        .into_iter()
        .map(|check| step(Phase::Investigate, check, Vec::new()))
        .collect();
    if let Some(risk) = risk {
        let messages = std::iter::once(&risk.message).chain(&risk.others);
        steps.extend(messages.filter_map(|message| message_step(message)));
        steps.extend(risk.objects.iter().map(object_step));
    }
    steps.extend(
        objects(document, "drilldown_searches")
            .into_iter()
            .filter_map(drilldown),
    );
    let positives = text(document, "known_false_positives").unwrap_or_default();
    let known: Vec<Step> = sentences(&positives)
        .into_iter()
        .filter(|sentence| !says_none(sentence))
        .map(|sentence| {
            let text = format!("Rule out: {sentence}");
            step(Phase::FalsePositives, text, Vec::new())
        })
        .collect();
    if known.is_empty() {
        steps.push(step(Phase::FalsePositives, NONE_KNOWN, Vec::new()));
    }
    steps.extend(known);
    let setup = text(document, "how_to_implement").unwrap_or_default();
    steps.extend(
        sentences(&setup)
            .into_iter()
            .map(|sentence| step(Phase::Setup, sentence, Vec::new())),
    );
    steps.extend(telemetry::steps(document));
    let mut seen = std::collections::HashSet::new();
    steps.retain(|step| seen.insert(step.id.clone()));
    Guide { overview, steps }
}

/// Parts the sentences that tell the analyst to do something from those that explain. Once a sentence says "during
/// triage", the ones after it are triage too.
fn split_description(description: &str) -> (String, Vec<String>) {
    let mut prose = Vec::new();
    let mut checks = Vec::new();
    let mut triage = false;
    for sentence in sentences(description) {
        let lower = sentence.to_lowercase();
        triage |= lower.contains("during triage") || lower.contains("upon triage");
        if triage || is_order(&lower) {
            checks.push(sentence);
        } else {
            prose.push(sentence);
        }
    }
    (prose.join(" "), checks)
}

fn is_order(lower: &str) -> bool {
    const ORDERS: [&str; 14] = [
        "confirm",
        "review",
        "identify",
        "investigate",
        "examine",
        "verify",
        "check",
        "validate",
        "inspect",
        "determine",
        "analyze",
        "correlate",
        "look for",
        "analysts should",
    ];
    ORDERS.iter().any(|order| {
        lower
            .strip_prefix(order)
            .is_some_and(|rest| rest.starts_with([' ', ',']))
    })
}

fn says_none(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    let lower = lower.trim_end_matches('.').trim();
    lower.len() < 4
        || ["none", "unknown", "n/a", "no known", "no false positives"]
            .iter()
            .any(|start| lower.starts_with(start))
            && lower.split_whitespace().count() <= 8
}

/// Asks whether the message is true; names of tokens stand for their values.
fn message_step(template: &str) -> Option<Step> {
    let named = message::render(template, |name| Some(format!("‹{name}›")), |_| None);
    (!named.text.is_empty()).then(|| {
        step(
            Phase::Investigate,
            format!("Does the event bear this out? {}", named.text),
            Vec::new(),
        )
    })
}

fn object_step(object: &RiskObject) -> Step {
    let field = &object.field;
    let kind = if object.kind.is_empty() {
        "value"
    } else {
        &object.kind
    };
    // The value comes first: folded to a line, steps that begin alike could not be told apart.
    let text = match object.score {
        Some(score) => format!("‹{field}› (at risk, +{score}): what else happened to this {kind}?"),
        None => format!("‹{field}› (threat): where else was this {kind} seen?"),
    };
    let pivots = fields::ecs(field).map(|ecs| {
        let reach = if ecs == "host.name" {
            AROUND_HOST
        } else {
            AROUND_OBJECT
        };
        Pivot {
            label: format!("Events with the same {kind}"),
            any: vec![vec![equal(ecs)]],
            before: reach,
            after: reach,
        }
    });
    step(Phase::Investigate, text, pivots.into_iter().collect())
}

fn equal(ecs: &str) -> (String, String) {
    (ecs.to_owned(), format!("{{{{{ecs}}}}}"))
}

/// Makes a drilldown a step; what its search asks of the row's fields becomes a pivot over the kept events.
fn drilldown(drilldown: &Value) -> Option<Step> {
    let name = text(drilldown, "name")?;
    let label = message::render(&name, |token| Some(format!("‹{token}›")), |_| None).text;
    let search = text(drilldown, "search").unwrap_or_default();
    let mut asked: Vec<_> = message::tokens(&search)
        .iter()
        .filter_map(|token| fields::ecs(token))
        .map(equal)
        .collect();
    asked.dedup();
    let pivot = (!asked.is_empty()).then(|| Pivot {
        label: label.clone(),
        any: if search.contains(" IN (") {
            asked.into_iter().map(|one| vec![one]).collect()
        } else {
            vec![asked]
        },
        before: reach(drilldown, "earliest_offset").unwrap_or_else(|| stated_hours(&search)),
        after: reach(drilldown, "latest_offset").unwrap_or(0),
    });
    Some(step(Phase::Investigate, label, pivot.into_iter().collect()))
}

fn reach(drilldown: &Value, key: &str) -> Option<u32> {
    duration(text(drilldown, key)?.trim_start_matches(['-', '+']))
}

/// Reads `starthoursago=168`, which the risk drilldowns carry.
fn stated_hours(search: &str) -> u32 {
    let digits = search
        .split_once("starthoursago=")
        .map_or("", |(_, rest)| rest);
    let digits = digits
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap_or("");
    digits
        .parse::<u32>()
        .ok()
        .and_then(|hours| hours.checked_mul(3600))
        .unwrap_or(SEARCH_WINDOW)
}

/// Splits prose at full stops that end sentences: followed by a space and what can begin one.
fn sentences(text: &str) -> Vec<String> {
    let text = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace("\\ ", " ");
    let mut found = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(['.', '!', '?']) {
        let rest = &text[at + 1..];
        let begins = rest.strip_prefix(' ').and_then(|rest| rest.chars().next());
        let ends =
            begins.is_none_or(|c| !c.is_lowercase()) && (rest.is_empty() || rest.starts_with(' '));
        let abbreviated = [" e.g", " i.e", " etc", " vs"]
            .iter()
            .any(|short| text[..at].ends_with(short));
        if ends && (!abbreviated || rest.is_empty()) {
            found.push(text[start..=at].trim().to_owned());
            start = at + 1;
        }
    }
    found.push(text[start..].trim().to_owned());
    found.retain(|sentence| sentence.chars().any(char::is_alphanumeric));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_readers_end_them() {
        assert_eq!(
            sentences("Use procdump.exe, e.g. -ma. Then\n look at C:\\x.dmp! Done"),
            [
                "Use procdump.exe, e.g. -ma.",
                "Then look at C:\\x.dmp!",
                "Done"
            ]
        );
        assert!(sentences(" \n ").is_empty());
    }

    #[test]
    fn orders_in_a_description_are_steps_and_the_rest_is_prose() {
        let (overview, checks) = split_description(
            "Finds dumps. Review the parent. It is rare. During triage, confirm the tool. It may be signed.",
        );
        assert_eq!(overview, "Finds dumps. It is rare.");
        assert_eq!(
            checks,
            [
                "Review the parent.",
                "During triage, confirm the tool.",
                "It may be signed."
            ]
        );
    }

    #[test]
    fn none_identified_is_not_a_reason_to_rule_out() {
        for none in [
            "None identified.",
            "none",
            "Unknown",
            "UPDATE",
            "No known false positives at this time",
        ] {
            assert_eq!(says_none(none), none != "UPDATE", "{none}");
        }
        assert!(!says_none(
            "None of the usual suspects apply here, but backup software and debuggers might"
        ));
    }

    #[test]
    fn drilldowns_become_pivots_over_ecs_fields() {
        let step = drilldown(&serde_json::json!({
            "name": "Risk events of $user$ and $dest$",
            "search": "| from datamodel Risk | search normalized_risk_object IN ($user$, $dest$) starthoursago=168",
            "earliest_offset": "$info_min_time$"
        }))
        .unwrap();
        assert_eq!(step.text, "Risk events of ‹user› and ‹dest›");
        assert_eq!(step.pivots[0].any.len(), 2);
        assert_eq!(step.pivots[0].before, 604_800);
    }
}
