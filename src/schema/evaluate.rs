//! A field's value by its ways.
//!
//! Takes an event, its [`Scope`] and a name; gives the value of the first way that leads to one.

use std::borrow::Cow;

use super::expression::{Expression, Origin};
use super::table::Scope;
use super::transform::Transform;
use super::windows;
use crate::event::{Event, FieldId, Value};

/// How many fields of one table may lead to each other; a test holds that no table comes near it.
const MAX_STEPS: u8 = 4;

/// Returns the value of `name`; an empty text is no value.
#[must_use]
pub fn value<'e>(event: &'e Event, scope: &'e Scope, name: FieldId) -> Option<Cow<'e, Value>> {
    step(event, scope, name, MAX_STEPS)
}

fn step<'e>(
    event: &'e Event,
    scope: &'e Scope,
    name: FieldId,
    steps: u8,
) -> Option<Cow<'e, Value>> {
    scope.ways(name).iter().find_map(|way| {
        let found = origin(event, scope, way, steps)?;
        changed(&way.changes, found)
    })
}

fn origin<'e>(
    event: &'e Event,
    scope: &'e Scope,
    way: &'e Expression,
    steps: u8,
) -> Option<Cow<'e, Value>> {
    match &way.origin {
        Origin::Data(name) => event.native().get(*name).map(Cow::Borrowed),
        Origin::Ecs(name) => event.ecs().get(*name).map(Cow::Borrowed),
        Origin::System(system) => system.value(event).map(Cow::Owned),
        Origin::Windows(name) => windows::value(event, *name),
        Origin::Field(name) => step(event, scope, *name, steps.checked_sub(1)?),
        Origin::Constant(value) => Some(Cow::Borrowed(value)),
        Origin::Construct(construct) => construct.value(event).map(Cow::Owned),
    }
}

/// Returns what is left of a value after `changes`.
pub fn changed<'e>(changes: &[Transform], found: Cow<'e, Value>) -> Option<Cow<'e, Value>> {
    if changes.is_empty() {
        return (!is_empty(&found)).then_some(found);
    }
    let mut texts: Vec<String> = found.elements().filter_map(text).collect();
    for change in changes {
        texts = texts.iter().flat_map(|text| change.apply(text)).collect();
    }
    let last = texts.pop()?;
    if texts.is_empty() {
        return Some(Cow::Owned(Value::from(last)));
    }
    texts.push(last);
    Some(Cow::Owned(Value::List(
        texts.into_iter().map(Value::from).collect(),
    )))
}

/// Returns a single value as text.
#[must_use]
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::Str(text) => Some(text.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::List(_) | Value::Object(_) => None,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.is_empty(),
        Value::List(values) => values.is_empty(),
        _ => false,
    }
}
