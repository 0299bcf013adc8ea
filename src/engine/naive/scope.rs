//! Where a condition finds its values: the event, and columns that a pipeline has set.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::event::{Event, FieldId, Value};
use crate::schema::{self, FieldRef, Vocabulary};

/// The values that a condition sees.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    event: &'a Event,
    /// Columns by name, which hide the event's fields; null is a column that was removed.
    columns: Vec<(FieldId, Option<Value>)>,
    /// After grouping only the columns are left.
    grouped: bool,
}

impl<'a> Scope<'a> {
    /// Returns the scope of a plain event.
    #[must_use]
    pub const fn of(event: &'a Event) -> Self {
        Self {
            event,
            columns: Vec::new(),
            grouped: false,
        }
    }

    /// Returns the scope of a result row.
    #[must_use]
    pub fn of_row(event: &'a Event, columns: impl IntoIterator<Item = (FieldId, Value)>) -> Self {
        let columns = columns.into_iter().map(|(name, value)| (name, Some(value)));
        Self {
            event,
            columns: columns.collect(),
            grouped: true,
        }
    }

    /// Returns the event.
    #[must_use]
    pub const fn event(&self) -> &'a Event {
        self.event
    }

    /// Sets a column; null hides what the event has.
    pub fn set(&mut self, name: FieldId, value: Option<Value>) {
        match self.columns.iter_mut().find(|(known, _)| *known == name) {
            Some(column) => column.1 = value,
            None => self.columns.push((name, value)),
        }
    }

    /// Returns the value of `field`; an empty list is none.
    #[must_use]
    pub fn value(&self, field: FieldRef) -> Option<Cow<'_, Value>> {
        if let Some((_, value)) = self.columns.iter().find(|(name, _)| *name == field.name) {
            return value.as_ref().map(Cow::Borrowed);
        }
        if self.grouped {
            return None;
        }
        if field.vocabulary != Vocabulary::Ecs && field.name == time_field() {
            return Some(Cow::Owned(seconds(self.event)));
        }
        schema::value(self.event, field)
            .filter(|value| !matches!(&**value, Value::List(list) if list.is_empty()))
    }
}

/// Splunk's `_time`.
fn time_field() -> FieldId {
    static TIME: OnceLock<FieldId> = OnceLock::new();
    *TIME.get_or_init(|| FieldId::of("_time"))
}

/// The event's time in seconds since the epoch, with microseconds where it has them.
fn seconds(event: &Event) -> Value {
    let nanos = event.time.0;
    if nanos % 1_000_000_000 == 0 {
        Value::Int(nanos / 1_000_000_000)
    } else {
        Value::Float((nanos / 1_000) as f64 / 1e6)
    }
}
