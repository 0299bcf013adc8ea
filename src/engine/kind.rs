//! What is the same for all events of a kind.
//!
//! Takes an event; gives its [`Kind`], and how a condition comes out for every event of that kind. What a Splunk search
//! says of `source`, `sourcetype`, `EventCode` and the like or a Sigma rule of its log source depends on the channel and
//! the event id alone, and so does which CIM datasets an event is in.

mod reduced;

use std::sync::LazyLock;

use super::naive::{Scope, holds};
use crate::event::{Event, FieldId};
use crate::lang::ir::{Leaf, Pred};
use crate::schema::{self, Dataset, FieldRef, Vocabulary};

pub use reduced::Conditions;

/// A channel and an event id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Kind {
    pub channel: Box<str>,
    pub code: u32,
}

impl Kind {
    /// Returns the kind of `event`; `None` when it has none that tells anything.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        // A document without a channel is told by its fields, and a member called `Channel` hides the record's own.
        let odd = event.channel.is_empty()
            || FIXED.iter().any(|name| event.native().get(*name).is_some());
        (!odd).then(|| Self {
            channel: event.channel.clone(),
            code: event.code,
        })
    }
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

/// Returns whether a data member of this name hides what is the same for the event's kind.
#[must_use]
pub fn hides(name: &str) -> bool {
    FIXED.iter().any(|fixed| fixed.name() == name)
}

/// Those of them that Sigma's rules and log sources ask for.
static WINDOWS: LazyLock<[FieldId; 4]> =
    LazyLock::new(|| ["Channel", "EventID", "System_Channel", "System_EventID"].map(FieldId::of));

/// Returns how a condition other than a group comes out for every event of the kind that `scope` is of; `None` when
/// that depends on the event.
#[must_use]
pub fn decided(pred: &Pred, scope: &Scope<'_>) -> Option<bool> {
    match pred {
        Pred::Leaf(leaf, _) => passes(leaf, scope),
        // Of two logons of one kind, one may be a computer account's, which `Authentication` leaves out.
        Pred::Member(dataset @ Dataset::Authentication, _) => {
            (!schema::is_of_kind(scope.event(), *dataset)).then_some(false)
        }
        Pred::Member(..) => Some(holds(pred, scope)),
        _ => None,
    }
}

/// Returns whether a test passes on every event of the kind that `scope` is of; `None` when that depends on the event.
#[must_use]
pub fn passes(leaf: &Leaf, scope: &Scope<'_>) -> Option<bool> {
    is_fixed(leaf.field).then(|| leaf.test.passes(scope.value(leaf.field).as_deref()))
}

/// Returns whether the field depends on nothing but the kind.
pub fn is_fixed(field: FieldRef) -> bool {
    match field.vocabulary {
        Vocabulary::SplunkAddon => FIXED.contains(&field.name),
        // Members may be called `source` or `tag`.
        Vocabulary::Windows => WINDOWS.contains(&field.name),
        Vocabulary::Ecs | Vocabulary::Cim(_) => false,
    }
}
