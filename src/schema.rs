//! Vendor field names: where each value lies in an event.
//!
//! Takes a name in one of four vocabularies; gives the value out of an [`Event`]. Each vocabulary is a table in a
//! file of its own under `src/schema/tables/`, which an analyst can read and correct.

mod addon;
mod audited;
mod cim;
mod construct;
pub mod dataset;
pub mod depends;
mod ecs;
mod evaluate;
mod event_name;
mod expression;
pub mod index;
pub mod logsource;
mod metadata;
mod system;
mod table;
mod transform;
mod windows;

use std::borrow::Cow;

pub use dataset::Dataset;

use expression::Origin;

use crate::event::{Event, FieldId, Value};

/// Whose names a field is called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vocabulary {
    /// Elastic: ECS and `winlog.*`, as winlogbeat leaves them.
    Ecs,
    /// The verbatim Windows names, as Sigma writes them (`Image`, `EventID`, `Provider_Name`).
    Windows,
    /// What a raw Splunk search sees: the Windows add-ons' extractions (`EventCode`, `process_name`, `dest`, `source`).
    SplunkAddon,
    /// A dataset of Splunk's Common Information Model, its "unknown" defaults included.
    Cim(Dataset),
}

/// A field of one vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldRef {
    pub vocabulary: Vocabulary,
    /// The vendor's name; for CIM without the dataset's prefix.
    pub name: FieldId,
}

/// How Elasticsearch indexes an ECS field; decides how KQL and EQL compare it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// Compared whole, with case.
    Keyword,
    /// `wildcard` fields: as keyword for our purposes, kept apart for diagnostics.
    Wildcard,
    /// Analysed text: matched by tokens (`powershell.file.script_block_text`, `message`).
    Text,
    Ip,
    Number,
    Date,
    Boolean,
    /// A `.caseless` field of Elastic Defend: a keyword that is kept and asked for in lower case.
    Caseless,
}

/// Returns the value of `field` in `event`, or `None` when the event has none.
#[must_use]
pub fn value(event: &Event, field: FieldRef) -> Option<Cow<'_, Value>> {
    match field.vocabulary {
        Vocabulary::Ecs => ecs::value(event, field.name)
            .map(Cow::Borrowed)
            .or_else(|| metadata::value(event, field.name).map(Cow::Owned)),
        Vocabulary::Windows => windows::value(event, field.name),
        Vocabulary::SplunkAddon => addon::value(event, field.name),
        Vocabulary::Cim(dataset) => cim::value(event, dataset, field.name),
    }
}

/// Returns whether `event` belongs to `dataset` (the CIM tags and constraints of its event type).
#[must_use]
pub fn is_member(event: &Event, dataset: Dataset) -> bool {
    cim::is_member(event, dataset)
}

/// Returns whether events of the channel and event id of `event` may belong to `dataset`.
#[must_use]
pub fn is_of_kind(event: &Event, dataset: Dataset) -> bool {
    cim::is_of_kind(event, dataset)
}

/// Returns how Elasticsearch indexes the ECS field `name`; unknown fields are keywords.
#[must_use]
pub fn kind(name: FieldId) -> FieldKind {
    ecs::kind(name)
}

/// Returns whether any log source that watchglass reads can fill `field`.
#[must_use]
pub fn can_fill(field: FieldRef) -> bool {
    can_fill_in(field, None)
}

/// Returns whether any log source that watchglass reads can fill `field` in events of an ECS category.
///
/// The verbatim Windows names are open: any event log may be read, and each has data members of its own.
/// The same holds for a raw Splunk search, whose own extractions however are written in small letters and listed.
#[must_use]
pub fn can_fill_in(field: FieldRef, category: Option<&str>) -> bool {
    let name = field.name.name();
    match field.vocabulary {
        Vocabulary::Ecs => metadata::is_known(name) || ecs::can_fill(field.name, category),
        Vocabulary::Windows => true,
        Vocabulary::SplunkAddon => {
            matches!(name, "tag" | "eventtype")
                || name.starts_with(|first: char| first.is_ascii_uppercase())
                || name.starts_with("param")
                || addon::TABLE.names().binary_search(&name).is_ok()
        }
        Vocabulary::Cim(dataset) => cim::can_fill(dataset, field.name),
    }
}

/// Returns the source types that the Splunk add-ons give Windows events.
pub fn source_types() -> impl Iterator<Item = &'static Value> {
    let name = FieldId::of("sourcetype");
    let ways = addon::TABLE
        .scopes()
        .flat_map(move |scope| scope.ways(name));
    ways.filter_map(|way| match &way.origin {
        Origin::Constant(value) => Some(value),
        _ => None,
    })
}

/// Returns the event types that the Splunk add-ons give Windows events.
pub fn event_types() -> impl Iterator<Item = &'static str> {
    addon::TABLE
        .scopes()
        .flat_map(|scope| scope.event_types.iter().map(|kind| &**kind))
}

/// Returns the reference for `name` as a query writes it; a CIM name may carry its dataset's prefix.
///
/// Every name resolves: whether anything can fill it is [`can_fill`]'s question.
#[must_use]
pub fn resolve(vocabulary: Vocabulary, name: &str) -> FieldRef {
    let bare = match vocabulary {
        Vocabulary::Cim(dataset) => name
            .strip_prefix(dataset.prefix())
            .and_then(|rest| rest.strip_prefix('.'))
            .unwrap_or(name),
        _ => name,
    };
    FieldRef {
        vocabulary,
        name: FieldId::of(bare),
    }
}

/// Returns the names of `vocabulary` that something fills.
pub fn names(vocabulary: Vocabulary) -> Box<dyn Iterator<Item = &'static str>> {
    match vocabulary {
        Vocabulary::Ecs => Box::new(ecs::names().iter().copied()),
        Vocabulary::Windows => Box::new(windows::TABLE.names().iter().copied()),
        Vocabulary::SplunkAddon => Box::new(addon::TABLE.names().iter().copied()),
        Vocabulary::Cim(dataset) => Box::new(cim::names(dataset)),
    }
}

#[cfg(test)]
mod parity;
#[cfg(test)]
pub mod tests;
