//! Which rules an event of a kind can fire at all.
//!
//! Takes rules and an event; gives the places of the rules that its channel and event id do not rule out. What a
//! Splunk search says of `source`, `sourcetype`, `EventCode` and the like or a Sigma rule of its log source, and which
//! CIM datasets an event is in, is the same for all events of a kind: it is asked once, and the rules that it excludes
//! are not tried again.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use super::naive::{Scope, holds};
use crate::event::{Event, FieldId};
use crate::lang::ir::Pred;
use crate::rule::Rule;
use crate::schema::{Dataset, FieldRef, Vocabulary};

/// Most kinds of events that are remembered; events of further kinds are tried with every rule.
pub const MAX_KINDS: usize = 4096;

/// Places of rules in the engine's list.
type Places = Arc<[usize]>;
/// By channel, then by event id.
type Kinds = HashMap<Box<str>, HashMap<u32, Places>>;

/// The memory of what each kind of event can fire.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    kinds: Arc<RwLock<Kinds>>,
}

/// Fields that depend on nothing but the channel and the event id.
static FIXED: LazyLock<[FieldId; 10]> = LazyLock::new(|| {
    [
        "source",
        "sourcetype",
        "Channel",
        "System_Channel",
        "System_EventID",
        "EventCode",
        "EventID",
        "signature_id",
        "eventtype",
        "tag",
    ]
    .map(FieldId::of)
});

/// Those of them that Sigma's rules and log sources ask for.
static WINDOWS: LazyLock<[FieldId; 4]> =
    LazyLock::new(|| ["Channel", "EventID", "System_Channel", "System_EventID"].map(FieldId::of));

impl Gate {
    /// Returns the rules that `event` can fire; `None` for all of them.
    pub fn open(&self, rules: &[Arc<Rule>], event: &Event) -> Option<Places> {
        // A document without a channel is told by its fields, and a member called `Channel` hides the record's own.
        if event.channel.is_empty() || FIXED.iter().any(|name| event.native.get(*name).is_some()) {
            return None;
        }
        if let Some(known) = self.known(event) {
            return Some(known);
        }
        let scope = Scope::of(event);
        let places: Places = rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| decided(&rule.query.select, &scope) != Some(false))
            .map(|(place, _)| place)
            .collect();
        let mut kinds = self.kinds.write().unwrap_or_else(PoisonError::into_inner);
        if kinds.values().map(HashMap::len).sum::<usize>() < MAX_KINDS {
            let of_channel = kinds.entry(event.channel.clone()).or_default();
            of_channel.insert(event.code, Arc::clone(&places));
        }
        Some(places)
    }

    fn known(&self, event: &Event) -> Option<Places> {
        let kinds = self.kinds.read().unwrap_or_else(PoisonError::into_inner);
        kinds.get(&event.channel)?.get(&event.code).cloned()
    }
}

/// Returns how the condition comes out for every event of this kind; `None` when that depends on the event.
fn decided(pred: &Pred, scope: &Scope<'_>) -> Option<bool> {
    let mut unsure = false;
    match pred {
        Pred::Const(value) => Some(*value),
        Pred::Not(inner) => decided(inner, scope).map(|value| !value),
        Pred::And(parts) => {
            for part in parts {
                match decided(part, scope) {
                    Some(false) => return Some(false),
                    Some(true) => {}
                    None => unsure = true,
                }
            }
            (!unsure).then_some(true)
        }
        Pred::Or(parts) => {
            for part in parts {
                match decided(part, scope) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => unsure = true,
                }
            }
            (!unsure).then_some(false)
        }
        Pred::Leaf(leaf, _) => is_fixed(leaf.field).then(|| holds(pred, scope)),
        // Of two logons of one kind, one may be a computer account's, which `Authentication` leaves out.
        Pred::Member(Dataset::Authentication, _)
        | Pred::AnyField(..)
        | Pred::Nested(..)
        | Pred::Truth(..) => None,
        Pred::Member(..) => Some(holds(pred, scope)),
    }
}

fn is_fixed(field: FieldRef) -> bool {
    match field.vocabulary {
        Vocabulary::SplunkAddon => FIXED.contains(&field.name),
        // Members may be called `source` or `tag`.
        Vocabulary::Windows => WINDOWS.contains(&field.name),
        Vocabulary::Ecs | Vocabulary::Cim(_) => false,
    }
}
