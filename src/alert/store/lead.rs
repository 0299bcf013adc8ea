//! The event that speaks for an alert: its first by time, whatever the order of arrival.
//!
//! Takes a detection; gives host, user, the fields that fired and what the message needs.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::engine::Detection;
use crate::event::{Event, FieldId, Value};
use crate::rule::Rule;
use crate::rule::message::{render, tokens};
use crate::schema::{self, FieldRef, Vocabulary};

use super::cells::Cell;

/// What an alert remembers of its first event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lead {
    time: i64,
    event: String,
    pub host: String,
    pub user: String,
    pub because: Vec<String>,
    /// What the message asked the event for, because the row lacks it: (name, value).
    values: Vec<(String, String)>,
    /// What it was about: a process, a file, a registry value.
    subject: Option<String>,
}

impl Lead {
    pub fn new(detection: &Detection) -> Self {
        let event = &detection.event;
        let mut because = Vec::new();
        for field in &detection.because {
            let name = field.name.name();
            if !because.iter().any(|known| known == name) {
                because.push(name.to_owned());
            }
        }
        Self {
            time: event.time.0,
            event: event.id.to_string(),
            host: host(event),
            user: user(event),
            because,
            values: fallbacks(&detection.rule, event),
            subject: first_of(
                event,
                &[
                    "process.name",
                    "file.path",
                    "registry.path",
                    "destination.ip",
                ],
            ),
        }
    }

    /// Returns whether `event` came before this one; the identity decides between equal times.
    pub fn is_after(&self, event: &Event) -> bool {
        match event.time.0.cmp(&self.time) {
            Ordering::Less => true,
            Ordering::Equal => event.id.to_string() < self.event,
            Ordering::Greater => false,
        }
    }

    /// Returns the message of an alert: the vendor's, filled from the row, else its key facts.
    pub fn message(&self, rule: &Rule, cells: &[Cell]) -> String {
        let Some(risk) = &rule.risk else {
            return self.key_facts(&rule.name);
        };
        let in_row = |name: &str| {
            let cell = cells.iter().find(|cell| cell.name == name)?;
            Some(cell.shown().replace('\n', ", "))
        };
        let in_event = |name: &str| {
            let (_, value) = self.values.iter().find(|(known, _)| known == name)?;
            Some(value.clone())
        };
        render(&risk.message, in_row, in_event).text
    }

    fn key_facts(&self, rule: &str) -> String {
        let mut text = rule.to_owned();
        let parts = [
            (": ", self.subject.as_deref().unwrap_or("")),
            (" on ", &self.host),
            (" as ", &self.user),
        ];
        for (word, value) in parts {
            if !value.is_empty() {
                text.push_str(word);
                text.push_str(value);
            }
        }
        text
    }
}

/// Returns the host of an alert: the row's `dest`, else the first event's.
pub(super) fn alert_host(lead: &Lead, cells: &[Cell]) -> String {
    from_row(cells, "dest").unwrap_or_else(|| lead.host.clone())
}

/// Returns the user of an alert: the row's `user`, else the first event's.
pub(super) fn alert_user(lead: &Lead, cells: &[Cell]) -> String {
    from_row(cells, "user").unwrap_or_else(|| lead.user.clone())
}

/// `unknown` is what CIM fills in where there is nothing: the event may know better.
fn from_row(cells: &[Cell], name: &str) -> Option<String> {
    let value = cells.iter().find(|cell| cell.name == name)?.shown();
    (!value.is_empty() && value != "unknown").then(|| value.replace('\n', ", "))
}

fn host(event: &Event) -> String {
    text_of(event, "host.name").unwrap_or_else(|| event.computer.to_string())
}

fn user(event: &Event) -> String {
    if let Some(name) = text_of(event, "user.name") {
        return match text_of(event, "user.domain") {
            Some(domain) => format!("{domain}\\{name}"),
            None => name,
        };
    }
    ["User", "SourceUser", "SubjectUserName", "TargetUserName"]
        .iter()
        .find_map(|name| event.native().named(name).and_then(text))
        .unwrap_or_default()
}

fn first_of(event: &Event, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| text_of(event, name))
}

fn text_of(event: &Event, name: &str) -> Option<String> {
    event.ecs().named(name).and_then(text)
}

/// Returns a value on one line; `-` is how Windows writes that there is none.
fn text(value: &Value) -> Option<String> {
    let shown = match value {
        Value::Str(text) => text.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::List(values) => {
            let texts: Vec<_> = values.iter().filter_map(text).collect();
            texts.join(", ")
        }
        Value::Object(_) => return None,
    };
    (!shown.is_empty() && shown != "-").then_some(shown)
}

/// Returns the event's value for each token that the message of `rule` names.
fn fallbacks(rule: &Rule, event: &Event) -> Vec<(String, String)> {
    let Some(risk) = &rule.risk else {
        return Vec::new();
    };
    tokens(&risk.message)
        .into_iter()
        .filter_map(|name| {
            let value = in_vocabularies(event, &name)?;
            Some((name, value))
        })
        .collect()
}

/// Looks a Splunk name up as the add-ons call it, then as Windows does (`Computer`), then as ECS.
fn in_vocabularies(event: &Event, name: &str) -> Option<String> {
    let id = FieldId::known(name)?;
    [
        Vocabulary::SplunkAddon,
        Vocabulary::Windows,
        Vocabulary::Ecs,
    ]
    .into_iter()
    .find_map(|vocabulary| {
        let field = FieldRef {
            vocabulary,
            name: id,
        };
        schema::value(event, field).as_deref().and_then(text)
    })
}
