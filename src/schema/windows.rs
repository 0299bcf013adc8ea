//! The verbatim Windows names: `Image`, `TargetObject`, `EventID`, `Provider_Name`.
//!
//! Takes a name; gives the value as the event log holds it, or the same value out of the ECS field it went to.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::evaluate;
use super::table::Table;
use crate::event::{Event, FieldId, Value};

/// The table. Part of the program: a test holds that it compiles, so the default is never seen.
pub static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::parse(include_str!("tables/windows.toml")).unwrap_or_default());

/// Returns the value of `name`: what the table says, else the data member of that name.
#[must_use]
pub fn value(event: &Event, name: FieldId) -> Option<Cow<'_, Value>> {
    if let Some(verbatim) = event.native().get(name) {
        return Some(Cow::Borrowed(verbatim));
    }
    evaluate::value(event, TABLE.scope(event), name)
        .or_else(|| spaced(event, name).map(Cow::Borrowed))
}

/// Sigma writes `Threat Name` as `ThreatName`. Channels that the table describes have no such names.
fn spaced(event: &Event, name: FieldId) -> Option<&Value> {
    if TABLE.describes(event) {
        return None;
    }
    let wanted = name.name();
    let mut members = event.native().iter();
    let found = members.find(|(member, _)| {
        let member = member.name();
        member.len() > wanted.len()
            && member
                .chars()
                .filter(|char| *char != ' ')
                .eq(wanted.chars())
    });
    found.map(|(_, value)| value)
}

/// Returns the value of the field called `name` as text, when it is a text that is not empty.
#[must_use]
pub fn text<'e>(event: &'e Event, name: &str) -> Option<Cow<'e, str>> {
    let text = match value(event, FieldId::known(name)?)? {
        Cow::Borrowed(value) => Cow::Borrowed(value.as_str()?),
        Cow::Owned(Value::Str(text)) => Cow::Owned(text.into_string()),
        Cow::Owned(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}
