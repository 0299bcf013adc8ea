//! A record becomes an event: time, identity, hub fields.
//!
//! Takes a [`Record`]; gives an [`Event`]. The hub vocabulary is ECS plus the verbatim Windows names:
//! [`Contents::ecs`] holds what winlogbeat's ingest pipelines leave (and nothing they remove),
//! [`Contents::native`] holds every `EventData`/`UserData` value under its own name, whatever ECS did with it, and
//! [`Contents::extra`] holds what an agent on the host would have added (`host.id`, `host.os.type`) and the record lacks.

pub mod ecs;
pub mod field;
pub mod fields;
pub mod identity;
mod origin;
mod outline;
pub mod time;
pub mod value;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

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
    /// `event.sequence`, by which a source that has it numbers its events.
    pub sequence: Option<u64>,
    /// Host as the record names it.
    pub computer: Box<str>,
    /// The exact bytes and their place.
    pub record: Arc<Record>,
    pub(crate) contents: OnceLock<Box<Contents>>,
}

/// The fields of an event.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// ECS fields, equal to what winlogbeat ships after its ingest pipelines.
    pub ecs: Fields,
    /// Verbatim Windows names: `EventData` and `UserData` members, without any prefix.
    pub native: Fields,
    /// ECS fields that the record lacks and rules rely on; rules see them through [`Event::hub`].
    pub extra: Fields,
}

impl Event {
    /// Builds the event of `record`: what winlogbeat ships of it, run through its ingest pipelines.
    ///
    /// # Errors
    /// Never for today's bodies; a record that holds nothing an event needs is still an event. The type leaves
    /// room for formats whose structure can be sound and yet no event.
    pub fn from_record(record: Record) -> Result<Self, Unreadable> {
        let (shipped, contents) = Contents::of(record.body());
        let ecs = &contents.ecs;
        let own_time = ecs.named("@timestamp").and_then(origin::moment);
        let time = own_time.or(shipped.time).unwrap_or_default();
        let sequence = match ecs.named("event.sequence") {
            Some(Value::Int(number)) => u64::try_from(*number).ok(),
            _ => None,
        };
        Ok(Self {
            id: shipped.identity(&record, own_time, || ecs.named("event.id").map(|_| ecs)),
            time,
            channel: shipped.channel,
            code: shipped.code,
            record_id: shipped.record_id,
            sequence,
            computer: shipped.computer,
            record: Arc::new(record),
            contents: OnceLock::from(Box::new(contents)),
        })
    }

    /// Returns the event of a record of which nothing is read but who it is and when it happened. The record's body needs to
    /// have only those members that tell: it is forgotten, and what the bytes say is read when it is asked for. `None` for
    /// events whose order hangs on more than that.
    #[must_use]
    pub fn unread(record: Record) -> Option<Self> {
        let (shipped, own_time) = match record.body() {
            Body::Windows(windows) => origin::Origin::of_windows(windows),
            Body::Document(_) => {
                let event = Self::from_record(record).ok()?;
                let record = Arc::unwrap_or_clone(event.record);
                return (!ecs::is_powershell(&event.channel)).then(|| Self {
                    record: Arc::new(record.forgotten()),
                    contents: OnceLock::new(),
                    ..event
                });
            }
        };
        (!ecs::is_powershell(&shipped.channel)).then(|| Self {
            id: shipped.identity(&record, own_time, || None),
            time: own_time.or(shipped.time).unwrap_or_default(),
            channel: shipped.channel,
            code: shipped.code,
            record_id: shipped.record_id,
            sequence: None,
            computer: shipped.computer,
            record: Arc::new(record.forgotten()),
            contents: OnceLock::new(),
        })
    }

    /// Returns an event like this one of which nothing is read, so that it takes little room where it waits. Its fields are read
    /// again when something asks for them.
    #[must_use]
    pub fn forgotten(&self) -> Self {
        let record = &self.record;
        Self {
            id: self.id,
            time: self.time,
            channel: self.channel.clone(),
            code: self.code,
            record_id: self.record_id,
            sequence: self.sequence,
            computer: self.computer.clone(),
            record: Arc::new(Record {
                format: record.format,
                place: record.place.clone(),
                raw: record.raw.clone(),
                body: OnceLock::new(),
            }),
            contents: OnceLock::new(),
        }
    }

    /// Returns whether the fields lie ready.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.contents.get().is_some()
    }

    /// Returns this event, or one like it that is read for this once: what reads many events that wait need not keep them
    /// all in full.
    #[must_use]
    pub fn read_once(&self) -> Cow<'_, Self> {
        if self.is_read() {
            Cow::Borrowed(self)
        } else {
            Cow::Owned(self.forgotten())
        }
    }

    /// Returns the ECS fields.
    #[must_use]
    pub fn ecs(&self) -> &Fields {
        &self.contents().ecs
    }

    /// Returns the verbatim Windows fields.
    #[must_use]
    pub fn native(&self) -> &Fields {
        &self.contents().native
    }

    /// Returns the ECS fields that the record lacks.
    #[must_use]
    pub fn extra(&self) -> &Fields {
        &self.contents().extra
    }

    fn contents(&self) -> &Contents {
        self.contents
            .get_or_init(|| Box::new(Contents::of(self.record.body()).1))
    }

    /// Returns the value of the ECS field `field`: the record's own, else the one an agent would have added.
    #[must_use]
    pub fn hub(&self, field: FieldId) -> Option<&Value> {
        self.ecs().get(field).or_else(|| self.extra().get(field))
    }

    /// Returns the nested ECS document, equal to what winlogbeat's pipelines leave; without [`Contents::extra`].
    #[must_use]
    pub fn document(&self) -> serde_json::Value {
        serde_json::Value::Object(self.ecs().document())
    }
}

impl Contents {
    /// Reads the fields, and what the record says of its origin before any pipeline changes it.
    fn of(body: &Body) -> (origin::Origin, Self) {
        let (mut ecs, mut native) = match body {
            Body::Windows(windows) => ecs::ship(windows),
            Body::Document(document) => (Fields::flatten(document.clone()), Fields::default()),
        };
        let shipped = origin::Origin::of(&ecs);
        if let Body::Document(_) = body {
            native = ecs::native::of_document(&ecs);
        }
        let ingested_before = !ecs::ingest(&mut ecs);
        if ingested_before && let Body::Document(_) = body {
            ecs::native::fill_back(&ecs, &mut native, shipped.code);
        }
        let extra = ecs::extra::of(&ecs, &shipped);
        let contents = Self { ecs, native, extra };
        (shipped, contents)
    }
}
