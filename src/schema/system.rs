//! Values that lie beside an event's data: the `System` element, the record's bytes and time.
//!
//! Takes an [`Event`]; gives one value. A document in ECS names answers out of its `winlog.*` fields.

use crate::decode::{Body, WindowsRecord};
use crate::event::{Event, Value};

/// A value of the `System` element or of the record itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    EventId,
    Channel,
    Computer,
    RecordId,
    ProviderName,
    ProviderGuid,
    Level,
    Task,
    Opcode,
    Keywords,
    Version,
    Qualifiers,
    ProcessId,
    ThreadId,
    UserSid,
    ActivityId,
    TimeCreated,
    Message,
    /// Seconds since the epoch, with microseconds.
    EpochSeconds,
    /// The event's time the way Sysmon writes `UtcTime`: `2026-11-24 00:10:04.123`.
    UtcTime,
    /// The record's bytes as text.
    Raw,
}

impl System {
    /// Reads the name that mapping tables use.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "event_id" => Self::EventId,
            "channel" => Self::Channel,
            "computer" => Self::Computer,
            "record_id" => Self::RecordId,
            "provider_name" => Self::ProviderName,
            "provider_guid" => Self::ProviderGuid,
            "level" => Self::Level,
            "task" => Self::Task,
            "opcode" => Self::Opcode,
            "keywords" => Self::Keywords,
            "version" => Self::Version,
            "qualifiers" => Self::Qualifiers,
            "process_id" => Self::ProcessId,
            "thread_id" => Self::ThreadId,
            "user_sid" => Self::UserSid,
            "activity_id" => Self::ActivityId,
            "time_created" => Self::TimeCreated,
            "message" => Self::Message,
            "epoch_seconds" => Self::EpochSeconds,
            "utc_time" => Self::UtcTime,
            "raw" => Self::Raw,
            _ => return None,
        })
    }

    /// Returns the value, or `None` when the event has none.
    #[must_use]
    pub fn value(self, event: &Event) -> Option<Value> {
        match self {
            Self::EventId => (event.code != 0).then(|| Value::Int(event.code.into())),
            Self::Channel => text(&event.channel),
            Self::Computer => text(&event.computer),
            Self::RecordId => event
                .record_id
                .and_then(|id| i64::try_from(id).ok())
                .map(Value::Int),
            Self::EpochSeconds => Some(Value::Float((event.time.0 / 1000) as f64 / 1e6)),
            Self::UtcTime => Some(Value::from(event.time.to_sysmon())),
            Self::Raw => text(&String::from_utf8_lossy(&event.record.raw)),
            _ => match event.record.body() {
                Body::Windows(record) => self.of_record(record),
                Body::Document(_) => self.of_document(event),
            },
        }
    }

    fn of_record(self, record: &WindowsRecord) -> Option<Value> {
        let number = |value: Option<u32>| value.map(|number| Value::Int(number.into()));
        let words = |value: &Option<String>| value.as_deref().and_then(text);
        match self {
            Self::ProviderName => words(&record.provider_name),
            Self::ProviderGuid => words(&record.provider_guid),
            Self::Level => number(record.level),
            Self::Task => number(record.task),
            Self::Opcode => number(record.opcode),
            Self::Keywords => words(&record.keywords),
            Self::Version => number(record.version),
            Self::Qualifiers => number(record.qualifiers),
            Self::ProcessId => number(record.process_id),
            Self::ThreadId => number(record.thread_id),
            Self::UserSid => words(&record.user_sid),
            Self::ActivityId => words(&record.activity_id),
            Self::TimeCreated => words(&record.time_created),
            Self::Message => words(&record.message),
            _ => None,
        }
    }

    fn of_document(self, event: &Event) -> Option<Value> {
        let name = match self {
            Self::ProviderName => "winlog.provider_name",
            Self::ProviderGuid => "winlog.provider_guid",
            Self::Version => "winlog.version",
            Self::ProcessId => "winlog.process.pid",
            Self::ThreadId => "winlog.process.thread.id",
            Self::UserSid => "winlog.user.identifier",
            Self::ActivityId => "winlog.activity_id",
            Self::TimeCreated => "event.created",
            Self::Message => "message",
            _ => return None,
        };
        event.ecs().named(name).cloned()
    }
}

fn text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| Value::from(text))
}
