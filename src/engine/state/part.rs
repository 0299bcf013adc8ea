//! What the operators over single events share: an event with its reasons, the keys that it joins by, its order.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use super::{order, weight_read};
use crate::engine::naive::{self, Scope};
use crate::engine::{Detection, Group};
use crate::event::{Event, Value};
use crate::lang::ir::limit::combine;
use crate::lang::ir::stateful::Stage;
use crate::lang::ir::test::with_text;
use crate::rule::Rule;
use crate::schema::FieldRef;

/// Most keys that one event joins by, when its key fields have several values.
const MAX_KEYS: usize = 256;

/// A digest of the values that events share.
pub type Key = [u8; 16];

/// An event at its place in a result.
#[derive(Debug, Clone)]
pub struct Part {
    pub event: Arc<Event>,
    /// The fields that made its condition true.
    pub because: Vec<FieldRef>,
}

impl Part {
    /// Returns `event` as an event of `stage`, or `None` when its condition does not hold.
    pub fn of(stage: &Stage, event: &Arc<Event>) -> Option<Self> {
        let because = naive::because(&stage.select, &Scope::of(event))?;
        Some(Self {
            event: Arc::clone(event),
            because,
        })
    }

    /// Returns whether it comes before `event`, strictly.
    pub fn is_before(&self, event: &Event) -> bool {
        order(&self.event).cmp(&order(event)) == Ordering::Less
    }

    /// Returns about how many bytes it takes.
    pub fn weight(&self) -> usize {
        weight_read(&self.event) + size_of::<Self>()
    }
}

/// Adds one detection an event, joined by the events in their order.
pub fn detect(rule: &Arc<Rule>, parts: Vec<Part>, found: &mut Vec<Detection>) {
    let group = Group::of(parts.iter().map(|part| part.event.id.0.as_slice()));
    found.extend(parts.into_iter().map(|part| Detection {
        rule: Arc::clone(rule),
        event: part.event,
        because: part.because,
        row: None,
        group: Some(group),
    }));
}

/// Returns every key under which `event` joins others at `stage`: one for each choice of the elements of its fields,
/// none when a field that is not optional has no value.
pub fn keys(stage: &Stage, event: &Event) -> HashSet<Key> {
    keys_by(&stage.by, event)
}

/// Returns the same for fields and whether each is optional.
pub fn keys_by(by: &[(FieldRef, bool)], event: &Event) -> HashSet<Key> {
    let scope = Scope::of(event);
    let mut keys = vec![blake3::Hasher::new()];
    for (field, optional) in by {
        let elements = match scope.value(*field).as_deref() {
            None if *optional => vec![None],
            None => return HashSet::new(),
            Some(Value::List(list)) => list.iter().map(|one| with_text(one, text)).collect(),
            Some(one) => vec![with_text(one, text)],
        };
        keys = combine(&keys, &elements, MAX_KEYS, |key, element| {
            add(key, element.as_deref())
        });
    }
    keys.iter().map(finish).collect()
}

// Numbers and texts that read the same join: formats differ in what they quote.
fn text(text: &str) -> Box<str> {
    text.into()
}

fn add(key: &blake3::Hasher, element: Option<&str>) -> blake3::Hasher {
    let mut key = key.clone();
    match element {
        None => key.update(&[0]),
        Some(text) => key
            .update(&[1])
            .update(&(text.len() as u64).to_be_bytes())
            .update(text.as_bytes()),
    };
    key
}

fn finish(key: &blake3::Hasher) -> Key {
    let mut digest = [0; 16];
    key.finalize_xof().fill(&mut digest);
    digest
}
