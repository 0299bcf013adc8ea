//! Questions to the logs: which events answer a step of the guide.
//!
//! Takes a rule's [`Pivot`] and the alert it is asked for; gives a [`Question`] that says of each event whether it
//! answers. Reading the logs is the pipeline's work.

use crate::alert::EventRef;
use crate::event::{Event, Time};
use crate::rule::Pivot;
use crate::schema::{self, FieldRef, Vocabulary};

/// A question, its placeholders filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    any: Vec<Vec<Condition>>,
    pub from: Time,
    pub to: Time,
}

/// A field has a value, letter case aside: Windows does not tell cases apart, and hosts report both.
#[derive(Debug, Clone, PartialEq)]
struct Condition {
    field: FieldRef,
    value: String,
}

/// Why a question cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the alert's event has no {0}, which this question asks about")]
pub struct Unaskable(pub String);

impl Question {
    /// Fills the placeholders of `pivot` (`{{process.name}}`) from `event`, and its span of time around the alert's
    /// `first` and `last` event. A group of conditions with a placeholder that stays empty is left out, as Kibana
    /// does ("Investigation guides", Elastic's documentation).
    ///
    /// # Errors
    /// No group is left: names the first field that is missing.
    pub fn new(
        pivot: &Pivot,
        event: Option<&Event>,
        first: Time,
        last: Time,
    ) -> Result<Self, Unaskable> {
        let mut missing = None;
        let mut any = Vec::new();
        for group in &pivot.any {
            match group.iter().map(|pair| condition(pair, event)).collect() {
                Ok(conditions) => any.push(conditions),
                Err(Unaskable(field)) => {
                    missing.get_or_insert(field);
                }
            }
        }
        if any.is_empty() {
            return Err(Unaskable(missing.unwrap_or_else(|| "field".to_owned())));
        }
        let seconds = |count: u32| i64::from(count) * 1_000_000_000;
        Ok(Self {
            any,
            from: Time(first.0.saturating_sub(seconds(pivot.before))),
            to: Time(last.0.saturating_add(seconds(pivot.after))),
        })
    }

    /// Returns whether `event` answers.
    #[must_use]
    pub fn is_answered_by(&self, event: &Event) -> bool {
        (self.from..=self.to).contains(&event.time)
            && self
                .any
                .iter()
                .any(|group| group.iter().all(|condition| condition.holds(event)))
    }
}

impl Condition {
    fn holds(&self, event: &Event) -> bool {
        schema::value(event, self.field).is_some_and(|value| {
            value
                .elements()
                .any(|element| equal(&element.text(), &self.value))
        })
    }
}

fn equal(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || one.to_lowercase() == other.to_lowercase()
}

fn condition(
    (field, value): &(String, String),
    event: Option<&Event>,
) -> Result<Condition, Unaskable> {
    Ok(Condition {
        field: schema::resolve(Vocabulary::Ecs, field),
        value: filled(value, event)?,
    })
}

/// Fills `{{field}}`; other text stays as it is.
fn filled(value: &str, event: Option<&Event>) -> Result<String, Unaskable> {
    let name = value
        .trim()
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"))
        .map(str::trim);
    let Some(name) = name else {
        return Ok(value.to_owned());
    };
    let field = schema::resolve(Vocabulary::Ecs, name);
    event
        .and_then(|event| schema::value(event, field))
        .and_then(|value| {
            value
                .elements()
                .next()
                .map(|first| first.text().into_owned())
        })
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Unaskable(name.to_owned()))
}

/// Returns how an answer refers to `event`.
#[must_use]
pub fn reference(event: &Event) -> EventRef {
    let place = &event.record.place;
    EventRef {
        id: event.id,
        time: event.time,
        computer: event.computer.to_string(),
        channel: event.channel.to_string(),
        event_id: event.code,
        record_id: event.record_id,
        path: place.path.display().to_string(),
        offset: place.offset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Body, Format, Place, Record};

    fn event(minute: u32, host: &str, process: &str) -> Event {
        let text = format!(
            r#"{{"@timestamp":"2026-03-01T10:{minute:02}:00.000Z","host":{{"name":"{host}"}},"process":{{"name":"{process}"}},"event":{{"code":"1"}},"winlog":{{"channel":"Security","computer_name":"{host}","event_id":"1"}}}}"#
        );
        let record = Record {
            format: Format::EcsJson,
            place: Place {
                path: std::path::Path::new("a.json").into(),
                offset: 0,
                length: text.len() as u64,
                content: 0,
            },
            body: Body::Document(serde_json::from_str(&text).unwrap()).into(),
            raw: text.into_bytes().into(),
        };
        Event::from_record(record).unwrap()
    }

    fn pivot(conditions: &[&[(&str, &str)]]) -> Pivot {
        let any = conditions.iter().map(|group| {
            let own = |(field, value): &(&str, &str)| ((*field).to_owned(), (*value).to_owned());
            group.iter().map(own).collect()
        });
        Pivot {
            label: "related".into(),
            any: any.collect(),
            before: 600,
            after: 60,
        }
    }

    #[test]
    fn a_question_takes_its_values_from_the_alert() {
        let alert = event(20, "WS-1", "a.exe");
        let asked = pivot(&[&[("host.name", "{{host.name}}"), ("process.name", "b.exe")]]);
        let question = Question::new(&asked, Some(&alert), alert.time, alert.time).unwrap();
        assert!(question.is_answered_by(&event(20, "ws-1", "B.EXE")));
        assert!(question.is_answered_by(&event(10, "WS-1", "b.exe")));
        assert!(!question.is_answered_by(&event(20, "WS-2", "b.exe")));
        assert!(!question.is_answered_by(&event(20, "WS-1", "a.exe")));
        assert!(
            !question.is_answered_by(&event(9, "WS-1", "b.exe")),
            "ahead of the span"
        );
        assert!(question.is_answered_by(&event(21, "WS-1", "b.exe")));
        assert!(
            !question.is_answered_by(&event(22, "WS-1", "b.exe")),
            "after the span"
        );
    }

    #[test]
    fn a_group_without_its_value_is_left_out_and_none_left_is_said() {
        let alert = event(20, "WS-1", "a.exe");
        let groups: &[&[(&str, &str)]] =
            &[&[("user.id", "{{user.id}}")], &[("process.name", "a.exe")]];
        let question = Question::new(&pivot(groups), Some(&alert), alert.time, alert.time).unwrap();
        assert_eq!(question.any.len(), 1);
        let refused = Question::new(&pivot(&groups[..1]), Some(&alert), alert.time, alert.time);
        assert_eq!(refused, Err(Unaskable("user.id".into())));
    }
}
