//! A record becomes an event: time, identity, hub fields.
//!
//! Takes a [`Record`]; gives an [`Event`]. The hub vocabulary is ECS plus the verbatim Windows names:
//! [`Event::ecs`] holds what winlogbeat's ingest pipelines leave (and nothing they remove),
//! [`Event::native`] holds every `EventData`/`UserData` value under its own name, whatever ECS did with it.

pub mod ecs;
pub mod field;
pub mod fields;
pub mod identity;
pub mod time;
pub mod value;

use std::sync::Arc;

use crate::decode::Record;

pub use field::FieldId;
pub use fields::Fields;
pub use identity::EventId;
pub use time::Time;
pub use value::Value;

/// One event, ready for rules.
#[derive(Debug, Clone)]
pub struct Event {
    /// Who this event is, the same from every file and format that carries it.
    pub id: EventId,
    /// When it happened: `@timestamp`.
    pub time: Time,
    /// `Channel`, verbatim; empty when the record names none.
    pub channel: Box<str>,
    /// Windows event id, or 0 when the record has none.
    pub code: u32,
    /// `EventRecordID`.
    pub record_id: Option<u64>,
    /// Host as the record names it.
    pub computer: Box<str>,
    /// ECS fields, equal to what winlogbeat ships after its ingest pipelines.
    pub ecs: Fields,
    /// Verbatim Windows names: `EventData` and `UserData` members, without any prefix.
    pub native: Fields,
    /// The exact bytes and their place.
    pub record: Arc<Record>,
}
