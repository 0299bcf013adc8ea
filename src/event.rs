//! A record becomes an event: time, identity, hub fields.
//!
//! Takes a [`Record`]; gives an [`Event`]. The hub vocabulary is ECS plus the verbatim Windows names:
//! [`Event::ecs`] holds what winlogbeat's ingest pipelines leave (and nothing they remove),
//! [`Event::native`] holds every `EventData`/`UserData` value under its own name, whatever ECS did with it, and
//! [`Event::extra`] holds what an agent on the host would have added (`host.id`, `host.os.type`) and the record lacks.

pub mod ecs;
pub mod field;
pub mod fields;
pub mod identity;
mod origin;
mod outline;
pub mod time;
pub mod value;

use std::sync::Arc;

use crate::decode::{Body, Record, Unreadable};

pub use field::FieldId;
pub use fields::Fields;
pub use identity::EventId;
pub use outline::Outline;
pub use time::Time;
pub use value::Value;

/// One event, ready for rules.
#[derive(Debug, Clone)]
pub struct Event {
    /// Who this event is, the same from every file and format that carries it.
    pub id: EventId,
    /// When it happened: `@timestamp`; the epoch when the record names no time.
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
    /// ECS fields that the record lacks and rules rely on; rules see them through [`Event::hub`].
    pub extra: Fields,
    /// The exact bytes and their place.
    pub record: Arc<Record>,
}

impl Event {
    /// Builds the event of `record`: what winlogbeat ships of it, run through its ingest pipelines.
    ///
    /// # Errors
    /// Never for today's bodies; a record that holds nothing an event needs is still an event. The type leaves
    /// room for formats whose structure can be sound and yet no event.
    pub fn from_record(record: Record) -> Result<Self, Unreadable> {
        let (mut ecs, mut native) = match &record.body {
            Body::Windows(windows) => ecs::ship(windows),
            Body::Document(document) => (Fields::flatten(document.clone()), Fields::default()),
        };
        let shipped = origin::Origin::of(&ecs);
        if let Body::Document(_) = &record.body {
            native = ecs::native::of_document(&ecs);
        }
        let ingested_before = !ecs::ingest(&mut ecs);
        if ingested_before && let Body::Document(_) = &record.body {
            ecs::native::fill_back(&ecs, &mut native, shipped.code);
        }
        let id = shipped.identity(&record, &ecs);
        let time = ecs
            .named("@timestamp")
            .and_then(origin::moment)
            .or(shipped.time)
            .unwrap_or_default();
        let extra = ecs::extra::of(&ecs, &shipped);
        Ok(Self {
            id,
            time,
            channel: shipped.channel,
            code: shipped.code,
            record_id: shipped.record_id,
            computer: shipped.computer,
            ecs,
            native,
            extra,
            record: Arc::new(record),
        })
    }

    /// Returns the value of the ECS field `field`: the record's own, else the one an agent would have added.
    #[must_use]
    pub fn hub(&self, field: FieldId) -> Option<&Value> {
        self.ecs.get(field).or_else(|| self.extra.get(field))
    }

    /// Returns the nested ECS document, equal to what winlogbeat's pipelines leave; without [`Event::extra`].
    #[must_use]
    pub fn document(&self) -> serde_json::Value {
        serde_json::Value::Object(self.ecs.document())
    }
}
