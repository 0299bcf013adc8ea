//! The page about an alert: the workbench copies and writes the one that `alerts show` and `alerts export` give.
//!
//! Takes an alert and what is known around it; gives Markdown, or text for a terminal.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::detail::lookup;
use crate::alert::export::{Case, Highlight, names_in};
use crate::alert::indicator::Indicators;
use crate::alert::{Alert, HistoryEntry};
use crate::event::Event;
use crate::rule::Rule;

/// An alert and what is known around it.
#[derive(Debug)]
pub struct Known<'a> {
    pub alert: &'a Alert,
    /// The rule, while it is loaded.
    pub rule: Option<&'a Rule>,
    pub history: &'a [HistoryEntry],
    /// Contributing events that could be read again, the first one first.
    pub events: &'a [Arc<Event>],
    /// The zone of all times.
    pub zone: &'a TimeZone,
    pub defang: bool,
}

/// What the page is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Markdown,
    Text,
}

impl Known<'_> {
    /// Writes the page.
    #[must_use]
    pub fn page(&self, style: Style) -> String {
        let case = Case {
            alert: self.alert,
            rule: self.rule,
            history: self.history,
            highlights: &self.highlights(),
            fillings: &self.fillings(),
            indicators: &Indicators::of(self.events.iter().map(AsRef::as_ref)),
            zone: self.zone,
            defang: self.defang,
        };
        match style {
            Style::Markdown => case.markdown(),
            Style::Text => case.text(),
        }
    }

    /// Returns the fields that made the rule fire, then those that it wants seen.
    fn highlights(&self) -> Vec<Highlight> {
        let Some(event) = self.events.first() else {
            return Vec::new();
        };
        let wanted = self.rule.iter().flat_map(|rule| &rule.highlighted);
        let fired = self.alert.because.iter().map(|name| (name, true));
        let mut found: Vec<Highlight> = Vec::new();
        for (name, fired) in fired.chain(wanted.map(|name| (name, false))) {
            if found.iter().any(|known| known.name == *name) {
                continue;
            }
            let value = lookup(event, &self.alert.language, name);
            found.extend(value.map(|value| Highlight {
                name: name.clone(),
                value,
                fired,
            }));
        }
        found
    }

    /// Returns the values of the fields that the guide's steps name.
    fn fillings(&self) -> Vec<(String, String)> {
        let steps = self.rule.iter().flat_map(|rule| &rule.guide.steps);
        let mut found: Vec<(String, String)> = Vec::new();
        for name in steps.flat_map(|step| names_in(&step.text)) {
            if found.iter().any(|(known, _)| known == name) {
                continue;
            }
            found.extend(self.value(name).map(|value| (name.to_owned(), value)));
        }
        found
    }

    /// Returns the value of a field: the result row's, else the first event's.
    fn value(&self, name: &str) -> Option<String> {
        let row = self.alert.row.iter().find(|(known, _)| known == name);
        let row = row.map(|(_, value)| value.clone());
        row.filter(|value| !value.is_empty())
            .or_else(|| lookup(self.events.first()?, &self.alert.language, name))
    }
}
