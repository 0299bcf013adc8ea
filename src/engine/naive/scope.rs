//! Where a condition finds its values: the event, and columns that a pipeline has set.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::OnceLock;

use crate::engine::Row;
use crate::event::{self, Event, FieldId, Time, Value};
use crate::lang::ir::AnyField;
use crate::schema::{self, Dataset, FieldRef, Vocabulary};

/// Where conditions and expressions find the values of fields: an event, or a row of a table.
pub trait Fields {
    /// Returns the value of `field`; an empty list is none.
    fn value(&self, field: FieldRef) -> Option<Cow<'_, Value>>;

    /// Tries every field whose name fits, and calls `see` with each that passes.
    fn any_field(&self, any: &AnyField, see: &mut dyn FnMut(FieldRef)) -> bool;

    /// Returns whether it is an event of the dataset.
    fn is_member(&self, dataset: Dataset) -> bool;
}

impl Fields for Scope<'_> {
    fn value(&self, field: FieldRef) -> Option<Cow<'_, Value>> {
        Scope::value(self, field)
    }

    fn any_field(&self, any: &AnyField, mut see: &mut dyn FnMut(FieldRef)) -> bool {
        super::any_field(any, self, &mut see)
    }

    fn is_member(&self, dataset: Dataset) -> bool {
        schema::is_member(self.event, dataset)
    }
}

/// A result row of an event: after grouping only the columns are left.
pub(super) struct OfRow<'a> {
    pub row: &'a Row,
    pub event: &'a Event,
}

impl Fields for OfRow<'_> {
    fn value(&self, field: FieldRef) -> Option<Cow<'_, Value>> {
        let name = field.name.name();
        let mut columns = self.row.columns.iter();
        let column = columns.find(|column| column.name == name)?;
        Some(Cow::Borrowed(&column.value))
    }

    fn any_field(&self, any: &AnyField, mut see: &mut dyn FnMut(FieldRef)) -> bool {
        super::any_field(any, &Scope::of(self.event), &mut see)
    }

    fn is_member(&self, dataset: Dataset) -> bool {
        schema::is_member(self.event, dataset)
    }
}

/// One object of a list: the values of its leaves, under their full names.
pub(super) struct Object(event::Fields);

impl Object {
    pub fn new(path: &str, object: &Value) -> Self {
        Self(event::Fields::leaves(path, object))
    }
}

impl Fields for Object {
    fn value(&self, field: FieldRef) -> Option<Cow<'_, Value>> {
        self.0.get(field.name).map(Cow::Borrowed)
    }

    fn any_field(&self, any: &AnyField, see: &mut dyn FnMut(FieldRef)) -> bool {
        let mut found = false;
        for (name, value) in self.0.iter() {
            let names = any.names.as_ref();
            if names.is_none_or(|names| names.fits(name.name())) && any.test.passes(Some(value)) {
                found = true;
                see(FieldRef {
                    vocabulary: Vocabulary::Ecs,
                    name,
                });
            }
        }
        found
    }

    fn is_member(&self, _dataset: Dataset) -> bool {
        false
    }
}

/// A place for each of some fields.
#[derive(Debug, Clone, Default)]
pub struct Places(HashMap<FieldRef, usize>);

impl Places {
    /// Gives each field a place.
    #[must_use]
    pub fn of(fields: impl IntoIterator<Item = FieldRef>) -> Self {
        let mut places = HashMap::new();
        for field in fields {
            let next = places.len();
            places.entry(field).or_insert(next);
        }
        Self(places)
    }
}

/// Values of one event that were looked up once, for many queries that read the same fields.
#[derive(Debug)]
pub struct Kept<'a> {
    places: &'a Places,
    values: Vec<OnceCell<Option<Value>>>,
}

impl<'a> Kept<'a> {
    /// Returns room for the fields that have a place.
    #[must_use]
    pub fn new(places: &'a Places) -> Self {
        let values = std::iter::repeat_with(OnceCell::new).take(places.0.len());
        Self {
            places,
            values: values.collect(),
        }
    }

    fn value(
        &self,
        field: FieldRef,
        look: impl FnOnce() -> Option<Value>,
    ) -> Option<Cow<'_, Value>> {
        match self
            .places
            .0
            .get(&field)
            .and_then(|at| self.values.get(*at))
        {
            Some(cell) => cell.get_or_init(look).as_ref().map(Cow::Borrowed),
            None => look().map(Cow::Owned),
        }
    }
}

/// The values that a condition sees.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    event: &'a Event,
    /// Columns by name, which hide the event's fields; null is a column that was removed.
    columns: Vec<(FieldId, Option<Value>)>,
    kept: Option<&'a Kept<'a>>,
}

impl<'a> Scope<'a> {
    /// Returns the scope of a plain event.
    #[must_use]
    pub const fn of(event: &'a Event) -> Self {
        Self {
            event,
            columns: Vec::new(),
            kept: None,
        }
    }

    /// Returns the scope of a plain event whose values are kept for other queries.
    #[must_use]
    pub const fn keeping(event: &'a Event, kept: &'a Kept<'a>) -> Self {
        Self {
            event,
            columns: Vec::new(),
            kept: Some(kept),
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
        match self.kept {
            // The hub's own values lie ready.
            Some(kept) if field.vocabulary != Vocabulary::Ecs => {
                kept.value(field, || look_up(self.event, field).map(Cow::into_owned))
            }
            _ => look_up(self.event, field),
        }
    }
}

fn look_up(event: &Event, field: FieldRef) -> Option<Cow<'_, Value>> {
    if is_time(field) {
        return Some(Cow::Owned(seconds(event)));
    }
    schema::value(event, field)
        .filter(|value| !matches!(&**value, Value::List(list) if list.is_empty()))
}

/// Returns whether a field is the event's time, as Splunk has it.
#[must_use]
pub fn is_time(field: FieldRef) -> bool {
    field.vocabulary != Vocabulary::Ecs && (field.name == time_field() || field.name == now())
}

/// Splunk's `_time`.
fn time_field() -> FieldId {
    static TIME: OnceLock<FieldId> = OnceLock::new();
    *TIME.get_or_init(|| FieldId::of("_time"))
}

/// Splunk's `now()`: a search of one event runs when the event comes.
fn now() -> FieldId {
    static NOW: OnceLock<FieldId> = OnceLock::new();
    *NOW.get_or_init(|| FieldId::of("now()"))
}

/// Returns the event's time in seconds since the epoch, with microseconds where it has them.
#[must_use]
pub fn seconds(event: &Event) -> Value {
    seconds_of(event.time)
}

/// Returns the same for a moment.
#[must_use]
pub fn seconds_of(time: Time) -> Value {
    let nanos = time.0;
    if nanos % 1_000_000_000 == 0 {
        Value::Int(nanos / 1_000_000_000)
    } else {
        Value::Float((nanos / 1_000) as f64 / 1e6)
    }
}
