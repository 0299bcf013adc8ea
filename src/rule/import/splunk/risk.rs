//! The risk of a page: score, message and objects, in the form of either era.

use serde_json::{Map, Value, json};

use super::super::Draft;
use super::super::label::{Label, plain};
use super::super::section::Section;
use super::parts::Parts;
use crate::rule::message;

/// Adds the risk: with objects as `rba`, with impact and confidence as tags.
pub fn add(parts: &Parts<'_>, draft: &mut Draft, tags: &mut Map<String, Value>) {
    let lines = [Label::RiskBased, Label::RiskMessage]
        .into_iter()
        .filter_map(|label| parts.get(label));
    let rows: Vec<Row> = lines
        .flat_map(|section| section.lines.iter())
        .filter_map(|line| Row::of(&line.text))
        .collect();
    let message = parts.get(Label::RiskMessage).map(Section::value);
    let message = message.filter(|message| !message.is_empty()).or_else(|| {
        let labelled = parts.get(Label::RiskBased)?.lines.iter();
        labelled.map(|line| plain(&line.text)).find_map(|text| {
            let (label, message) = text.split_once(':')?;
            label
                .to_lowercase()
                .ends_with("message")
                .then(|| message.trim().to_owned())
        })
    });
    let scored = rows.iter().find_map(|row| match row {
        Row::Score {
            score,
            impact,
            confidence,
            message,
        } => Some((*score, *impact, *confidence, message.clone())),
        _ => None,
    });
    if let Some((score, impact, confidence, message)) = scored {
        tags.insert("impact".to_owned(), impact.into());
        tags.insert("confidence".to_owned(), confidence.into());
        tags.insert("risk_score".to_owned(), score.into());
        let objects = observables(&message);
        if !objects.is_empty() {
            draft.lack(
                "tags.observable",
                parts.line(Label::RiskBased),
                "made from the tokens of the risk message",
            );
        }
        tags.insert("message".to_owned(), message.into());
        tags.insert("observable".to_owned(), objects.into());
        return;
    }
    let mut objects = Vec::new();
    let mut threats = Vec::new();
    for row in rows {
        match row {
            Row::Object { field, kind, score } => {
                objects.push(json!({"field": field, "type": kind, "score": score}));
            }
            Row::Threat { field, kind } => threats.push(json!({"field": field, "type": kind})),
            Row::Score { .. } => {}
        }
    }
    if message.is_none() && objects.is_empty() {
        draft.lack(
            "risk",
            parts.line(Label::RiskBased),
            "no score and no message",
        );
        return;
    }
    let mut rba = Map::new();
    if let Some(message) = message {
        rba.insert("message".to_owned(), message.into());
    } else {
        draft.lack("rba.message", parts.line(Label::RiskBased), "left out");
    }
    if objects.is_empty() {
        draft.lack("rba.risk_objects", parts.line(Label::RiskBased), "no score");
    }
    rba.insert("risk_objects".to_owned(), objects.into());
    rba.insert("threat_objects".to_owned(), threats.into());
    draft.add("rba", Value::Object(rba));
}

/// A row of a table of risks.
enum Row {
    Score {
        score: u64,
        impact: u64,
        confidence: u64,
        message: String,
    },
    Object {
        field: String,
        kind: String,
        score: u64,
    },
    Threat {
        field: String,
        kind: String,
    },
}

impl Row {
    /// Reads a row with or without the bars of its table.
    fn of(text: &str) -> Option<Self> {
        let plain = plain(text);
        let cells: Vec<&str> = if plain.contains('|') {
            plain.trim_matches('|').split('|').map(str::trim).collect()
        } else {
            plain
                .splitn(4, char::is_whitespace)
                .map(str::trim)
                .collect()
        };
        let number = |text: &str| {
            text.parse::<f64>()
                .ok()
                .filter(|n| (0.0..=100.0).contains(n))
                .map(|n| n.round() as u64)
        };
        let name = |text: &str| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|char| char.is_alphanumeric() || "_.- ".contains(char))
        };
        match cells.as_slice() {
            [score, impact, confidence, message] => Some(Self::Score {
                score: number(score)?,
                impact: number(impact)?,
                confidence: number(confidence)?,
                message: (*message).to_owned(),
            }),
            [field, kind, score] if name(field) && name(kind) => Some(Self::Object {
                field: (*field).to_owned(),
                kind: kind.to_lowercase(),
                score: number(score)?,
            }),
            [field, kind]
                if name(field) && name(kind) && !field.contains(' ') && plain.contains('|') =>
            {
                Some(Self::Threat {
                    field: (*field).to_owned(),
                    kind: kind.to_lowercase(),
                })
            }
            _ => None,
        }
    }
}

/// Makes the observables of a message: users and hosts gain risk, everything else is what threatens them.
fn observables(text: &str) -> Vec<Value> {
    let mut seen: Vec<String> = Vec::new();
    let mut objects = Vec::new();
    for token in message::tokens(text) {
        if seen.contains(&token) {
            continue;
        }
        let lower = token.to_lowercase();
        let (kind, role) = if lower.contains("user") || lower == "account" {
            ("User", "Victim")
        } else if [
            "dest",
            "computer",
            "host",
            "dvc",
            "src_host",
            "computername",
        ]
        .contains(&lower.as_str())
        {
            ("Hostname", "Victim")
        } else if lower.contains("process") || lower.contains("image") {
            ("Process", "Attacker")
        } else if lower.contains("file") {
            ("File Name", "Attacker")
        } else {
            ("Other", "Attacker")
        };
        objects.push(json!({"name": token, "type": kind, "role": [role]}));
        seen.push(token);
    }
    objects
}
