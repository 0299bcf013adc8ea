//! The opened alert and what its panes show of it.
//!
//! Takes an [`Opened`] alert from the store's thread; holds the panes' sheets and where the analyst is in them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tui_input::Input;

use super::feed::Found;
use super::message::Survey;
use super::sheet::{Sheet, Spot};
use crate::alert::export::fill;
use crate::alert::indicator::Indicator;
use crate::alert::{Alert, AlertId, HistoryEntry, StepMark};
use crate::engine::explain;
use crate::event::{Event, Value};
use crate::pipeline::Answer;
use crate::rule::{Language, Phase, Rule, Step};
use crate::schema::{self, Dataset, Vocabulary};

/// An alert with everything its panes need.
#[derive(Debug, Clone)]
pub struct Opened {
    pub alert: Alert,
    /// Which of the contributing events is shown.
    pub number: usize,
    /// The event; `Err` says in a sentence why it cannot be shown.
    pub event: Result<Arc<Event>, String>,
    pub indicators: Vec<Indicator>,
    pub history: Vec<HistoryEntry>,
}

/// A tab of the event pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    #[default]
    Highlights,
    Fields,
    /// The record as JSON or XML, indented.
    Document,
    Raw,
}

impl Tab {
    /// In the order of the tabs.
    pub const ALL: [Self; 4] = [Self::Highlights, Self::Fields, Self::Document, Self::Raw];
}

/// What stands in the event's place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Place {
    #[default]
    Event,
    /// The events that answer the step with this id.
    Answers(String),
    /// One of the events that answer the step: the step's id and the number of the event.
    Found(String, usize),
    /// Other alerts of the same host and user.
    Related,
    History,
}

/// A field with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub value: String,
    /// A leaf of the rule that was true looks at it.
    pub fired: bool,
    /// The texts in it that the rule looks for, in lower case.
    pub wanted: Vec<String>,
}

/// The panes beside the list.
#[derive(Debug, Default)]
pub struct Detail {
    pub opened: Option<Box<Opened>>,
    /// The rule of the opened alert, while it is loaded.
    pub rule: Option<Arc<Rule>>,
    pub tab: Tab,
    pub place: Place,
    pub hex: bool,
    /// The text that fields are narrowed to.
    pub search: Input,
    /// Whether keys go into the search.
    pub searching: bool,
    /// Values that were copied since the start.
    pub copied: HashSet<String>,
    pub event: Sheet,
    pub techniques: Sheet,
    pub guide: Sheet,
    /// What the items of the event's sheet are.
    pub fields: Vec<Field>,
    pub answers: HashMap<(AlertId, String), Result<Found, String>>,
    /// Where the analyst was in the places that were left, to come back to.
    pub spots: HashMap<Place, Spot>,
    /// Whether steps' questions can be asked of kept events.
    pub searchable: bool,
    pub survey: Survey,
    /// The texts that the rule looks for in the opened event, by field.
    wanted: HashMap<String, Vec<String>>,
}

/// Fields worth seeing when the rule names none.
const ALWAYS: &[&str] = &[
    "process.name",
    "process.command_line",
    "process.executable",
    "process.parent.name",
    "process.parent.command_line",
    "powershell.file.script_block_text",
    "file.path",
    "registry.path",
    "registry.data.strings",
    "source.ip",
    "destination.ip",
    "dns.question.name",
    "user.domain",
    "user.name",
    "host.name",
    "process.hash.sha256",
    "process.hash.md5",
];

/// Fields that only say which events a rule looks at: the same in each of its alerts, so they stand last of those that
/// made it fire.
const SCOPE: &[&str] = &[
    "event.category",
    "event.kind",
    "event.type",
    "event.module",
    "event.provider",
    "event.code",
    "host.os.type",
    "host.os.family",
    "EventCode",
    "EventID",
    "System_EventID",
    "Channel",
    "System_Channel",
    "source",
    "sourcetype",
    "eventtype",
];

impl Detail {
    /// Finds what the rule looks for in the opened event; asked when either is another.
    pub fn look_for(&mut self) {
        self.wanted.clear();
        let event = self.opened.as_ref().map(|opened| opened.event.as_ref());
        let (Some(rule), Some(Ok(event))) = (&self.rule, event) else {
            return;
        };
        let mut wanted: HashMap<String, Vec<String>> = HashMap::new();
        explain(&rule.query, event).holding(&mut |leaf| {
            for field in &leaf.fields {
                let texts = leaf.wanted.iter().map(|text| text.to_lowercase());
                wanted.entry(field.clone()).or_default().extend(texts);
            }
        });
        self.wanted = wanted;
    }

    fn wanted(&self, field: &str, fired: bool) -> Vec<String> {
        let known = self.wanted.get(field).filter(|_| fired);
        known.cloned().unwrap_or_default()
    }

    /// Returns the alert that is open.
    #[must_use]
    pub fn alert(&self) -> Option<&Alert> {
        self.opened.as_ref().map(|opened| &opened.alert)
    }

    /// Returns the event that is shown: one of a step's answers while one is open, else one of the alert's.
    #[must_use]
    pub fn shown(&self) -> Option<&Arc<Event>> {
        match &self.place {
            Place::Found(step, at) => self.found(step)?.get(*at)?.event.as_ref(),
            _ => self.opened.as_ref()?.event.as_ref().ok(),
        }
    }

    /// Shows no alert any more.
    pub fn close(&mut self) {
        self.opened = None;
        self.rule = None;
        self.place = Place::Event;
        self.fields.clear();
        self.spots.clear();
        self.survey = Survey::default();
        self.look_for();
    }

    /// Returns the events that answer a step of the opened alert.
    #[must_use]
    pub fn found(&self, step: &str) -> Option<&[Answer]> {
        let id = self.alert()?.id;
        let answers = self.answers.get(&(id, step.to_owned()))?;
        answers.as_ref().ok().map(|found| found.events.as_slice())
    }

    /// Returns whether an event stands in the event's place, the alert's own or a step's answer.
    #[must_use]
    pub const fn on_event(&self) -> bool {
        matches!(self.place, Place::Event | Place::Found(..))
    }

    /// Returns a step's text with the fields that it names (`‹dest›`) filled in from the alert's event.
    #[must_use]
    pub fn filled<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let own = self.opened.as_ref().map(|opened| opened.event.as_ref());
        let (Some(alert), Some(Ok(event))) = (self.alert(), own) else {
            return Cow::Borrowed(text);
        };
        let value = |name: &str| {
            let row = alert.row.iter().find(|(known, _)| known == name);
            row.map(|(_, value)| value.clone())
                .filter(|value| !value.is_empty())
                .or_else(|| lookup(event, &alert.language, name))
        };
        fill(text, value)
    }

    /// Returns the steps of the guide in the order of the pane.
    #[must_use]
    pub fn steps(&self) -> Vec<&Step> {
        let Some(rule) = &self.rule else {
            return Vec::new();
        };
        let mut steps: Vec<&Step> = rule.guide.steps.iter().collect();
        steps.sort_by_key(|step| step.phase);
        steps
    }

    /// Returns the step under the cursor.
    #[must_use]
    pub fn step(&self) -> Option<&Step> {
        self.steps().get(self.guide.cursor()?).copied()
    }

    /// Returns the step with this id and its number in its phase.
    #[must_use]
    pub fn numbered(&self, id: &str) -> Option<(usize, &Step)> {
        let steps = self.steps();
        let at = steps.iter().position(|step| step.id == id)?;
        let step = *steps.get(at)?;
        let before = steps.get(..at)?.iter();
        let number = 1 + before.filter(|other| other.phase == step.phase).count();
        Some((number, step))
    }

    /// Returns what became of the step.
    #[must_use]
    pub fn mark(&self, step: &str) -> Option<StepMark> {
        let steps = &self.alert()?.steps;
        steps
            .iter()
            .find(|(id, _)| id == step)
            .map(|(_, mark)| *mark)
    }

    /// Returns the field under the cursor of the event pane.
    #[must_use]
    pub fn field(&self) -> Option<&Field> {
        if !self.on_event() || !matches!(self.tab, Tab::Highlights | Tab::Fields) {
            return None;
        }
        self.fields.get(self.event.cursor()?)
    }

    /// Returns the fields of the highlights: those that made the rule fire, then those it wants seen, then the usual.
    #[must_use]
    pub fn highlights(&self) -> Vec<Field> {
        match self.shown() {
            // A step's answer did not make the rule fire.
            Some(event) => self.highlights_of(event, self.place == Place::Event),
            None => Vec::new(),
        }
    }

    /// Returns the highlights of the alert's own event.
    #[must_use]
    pub fn own_highlights(&self) -> Vec<Field> {
        let event = self.opened.as_ref().map(|opened| opened.event.as_ref());
        match event {
            Some(Ok(event)) => self.highlights_of(event, true),
            _ => Vec::new(),
        }
    }

    fn highlights_of(&self, event: &Event, fired: bool) -> Vec<Field> {
        let Some(alert) = self.alert() else {
            return Vec::new();
        };
        let mut fields: Vec<Field> = Vec::new();
        let mut add = |name: &str, fired: bool| {
            if fields.iter().any(|field| field.name == name) {
                return;
            }
            if let Some(value) = lookup(event, &alert.language, name) {
                fields.push(Field {
                    name: name.to_owned(),
                    value,
                    fired,
                    wanted: self.wanted(name, fired),
                });
            }
        };
        let (scope, telling): (Vec<&String>, Vec<&String>) = alert
            .because
            .iter()
            .partition(|name| SCOPE.contains(&name.as_str()));
        for name in telling.into_iter().chain(scope) {
            add(name, fired);
        }
        let highlighted = self.rule.iter().flat_map(|rule| &rule.highlighted);
        for name in highlighted
            .map(String::as_str)
            .chain(ALWAYS.iter().copied())
        {
            add(name, false);
        }
        fields
    }

    /// Returns every field of the event, ECS and then the verbatim Windows names, that holds the searched text.
    #[must_use]
    pub fn all_fields(&self) -> Vec<Field> {
        let (Some(alert), Some(event)) = (self.alert(), self.shown()) else {
            return Vec::new();
        };
        let wanted = self.search.value().to_lowercase();
        let fired = self.place == Place::Event;
        let mut fields = Vec::new();
        for (prefix, source) in [
            ("", event.ecs()),
            ("", event.extra()),
            ("winlog.event_data.", event.native()),
        ] {
            let mut part: Vec<Field> = source
                .iter()
                .map(|(id, value)| {
                    let name = format!("{prefix}{}", id.name());
                    let fired = fired && alert.because.contains(&name);
                    Field {
                        fired,
                        wanted: self.wanted(&name, fired),
                        name,
                        value: text_of(value),
                    }
                })
                .filter(|field| {
                    wanted.is_empty()
                        || field.name.to_lowercase().contains(&wanted)
                        || field.value.to_lowercase().contains(&wanted)
                })
                .collect();
            part.sort_by(|a, b| a.name.cmp(&b.name));
            fields.extend(part);
        }
        fields.dedup_by(|a, b| a.name == b.name);
        fields
    }

    /// Returns how many steps are settled, of how many, in one phase or (`None`) in all that can be ticked.
    #[must_use]
    pub fn progress(&self, phase: Option<Phase>) -> (usize, usize) {
        let steps = self.steps();
        let counted = steps
            .iter()
            .filter(|step| phase.map_or(step.phase.is_ticked(), |phase| step.phase == phase));
        counted.fold((0, 0), |(done, all), step| {
            (done + usize::from(self.mark(&step.id).is_some()), all + 1)
        })
    }
}

/// Returns a value as one text; lists are joined.
#[must_use]
pub fn text_of(value: &Value) -> String {
    match value {
        Value::List(values) => {
            let texts: Vec<String> = values.iter().map(text_of).collect();
            texts.join(", ")
        }
        Value::Object(_) => value.to_json().to_string(),
        single => single.text().into_owned(),
    }
}

/// Returns the value of a field that a rule of `language` calls `name`.
#[must_use]
pub fn lookup(event: &Event, language: &str, name: &str) -> Option<String> {
    let direct = event
        .ecs()
        .named(name)
        .or_else(|| event.extra().named(name))
        .or_else(|| {
            event
                .native()
                .named(name.strip_prefix("winlog.event_data.").unwrap_or(name))
        });
    if let Some(value) = direct {
        return Some(text_of(value));
    }
    if language != Language::Spl.as_str() {
        return held(event, Vocabulary::Windows, name);
    }
    // `Processes.dest` is the dataset's own, `dest` what any dataset that the event belongs to calls so.
    if let Some((head, short)) = name.rsplit_once('.')
        && let Some(dataset) = Dataset::ALL
            .into_iter()
            .find(|dataset| head.split('.').next() == Some(dataset.prefix()))
    {
        return held(event, Vocabulary::Cim(dataset), short);
    }
    Dataset::ALL
        .into_iter()
        .filter(|dataset| schema::is_member(event, *dataset))
        .find_map(|dataset| held(event, Vocabulary::Cim(dataset), name))
        .or_else(|| held(event, Vocabulary::SplunkAddon, name))
}

fn held(event: &Event, vocabulary: Vocabulary, name: &str) -> Option<String> {
    let value = schema::value(event, schema::resolve(vocabulary, name))?;
    Some(text_of(&value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Body, Format, Place, Record};

    #[test]
    fn names_of_another_model_are_not_cut_to_names_of_this_one() {
        let text = serde_json::json!({
            "@timestamp": "2019-03-25T09:09:14Z",
            "winlog": {"channel": "Security", "event_id": "1102", "record_id": "7", "computer_name": "DC1"},
            "host": {"name": "DC1"},
        });
        let record = Record {
            format: Format::EcsJson,
            place: Place {
                path: std::path::Path::new("a.ndjson").into(),
                offset: 0,
                length: 1,
                content: 0,
            },
            body: Body::Document(text.as_object().unwrap().clone()).into(),
            raw: text.to_string().into_bytes().into(),
        };
        let event = Event::from_record(record).unwrap();
        let spl = Language::Spl.as_str();
        let shown = |name: &str| lookup(&event, spl, name);
        assert!(shown("name").is_some(), "the add-on names the event");
        assert_eq!(shown("process.name"), None);
        assert_eq!(shown("dns.question.name"), None);
        assert_eq!(shown("host.name").as_deref(), Some("DC1"));
        assert_eq!(shown("dest").as_deref(), Some("DC1"));
        assert_eq!(shown("All_Changes.dest").as_deref(), Some("DC1"));
    }
}
