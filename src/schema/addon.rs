//! What a raw Splunk search sees: the fields that Splunk's Windows and Sysmon add-ons extract.
//!
//! Takes a name; gives the add-on's value, else the data member of that name.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::table::{Scope, Table};
use super::{evaluate, windows};
use crate::event::{Event, FieldId, Value};

/// The table. Part of the program: a test holds that it compiles, so the default is never seen.
pub static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::parse(include_str!("tables/splunk-addon.toml")).unwrap_or_default());

/// Names that hold what kind of event it is; known before any event is read.
static TAG: LazyLock<FieldId> = LazyLock::new(|| FieldId::of("tag"));
static EVENT_TYPE: LazyLock<FieldId> = LazyLock::new(|| FieldId::of("eventtype"));

/// Returns the value of `name`.
#[must_use]
pub fn value(event: &Event, name: FieldId) -> Option<Cow<'_, Value>> {
    let scope = TABLE.scope(event);
    if scope.has(name) {
        return evaluate::value(event, scope, name);
    }
    if name == *TAG {
        return list(&scope.tags);
    }
    if name == *EVENT_TYPE {
        return list(&scope.event_types);
    }
    // An empty element gives a search no field.
    windows::value(event, name).filter(|value| value.as_str() != Some(""))
}

/// Returns what the add-on says of this kind of event.
#[must_use]
pub fn scope(event: &Event) -> &'static Scope {
    TABLE.scope(event)
}

fn list(texts: &[Box<str>]) -> Option<Cow<'static, Value>> {
    let values: Vec<Value> = texts.iter().map(|text| Value::from(&**text)).collect();
    (!values.is_empty()).then_some(Cow::Owned(Value::List(values)))
}
