//! Vendor field names: where each value lies in an event.
//!
//! Takes a name in one of four vocabularies; gives the value out of an [`Event`]. Each vocabulary is a table in a
//! file of its own under `src/schema/tables/`, which an analyst can read and correct.

pub mod dataset;

use std::borrow::Cow;

pub use dataset::Dataset;

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
}

/// Returns the value of `field` in `event`, or `None` when the event has none.
#[must_use]
pub fn value(event: &Event, field: FieldRef) -> Option<Cow<'_, Value>> {
    match field.vocabulary {
        Vocabulary::Ecs => event.ecs.get(field.name).map(Cow::Borrowed),
        Vocabulary::Windows | Vocabulary::SplunkAddon | Vocabulary::Cim(_) => None,
    }
}

/// Returns whether `event` belongs to `dataset` (the CIM tags and constraints of its event type).
#[must_use]
pub fn is_member(event: &Event, dataset: Dataset) -> bool {
    let _ = (event, dataset);
    false
}

/// Returns how Elasticsearch indexes the ECS field `name`; unknown fields are keywords.
#[must_use]
pub fn kind(name: FieldId) -> FieldKind {
    let _ = name;
    FieldKind::Keyword
}

/// Returns whether any log source that watchglass reads can fill `field`.
#[must_use]
pub fn can_fill(field: FieldRef) -> bool {
    let _ = field;
    true
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

/// Returns the name of `vocabulary` that `name` was probably meant to be.
#[must_use]
pub fn suggest(vocabulary: Vocabulary, name: &str) -> Option<&'static str> {
    let _ = (vocabulary, name);
    None
}
