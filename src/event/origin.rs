//! Where an event comes from: channel, number, computer and the system's time, read before any pipeline changes them.

use super::{EventId, Fields, Time, Value};
use crate::decode::{Body, Record, WindowsRecord};

/// What a record says of its own origin.
#[derive(Debug, Clone)]
pub struct Origin {
    pub channel: Box<str>,
    pub computer: Box<str>,
    pub code: u32,
    pub record_id: Option<u64>,
    /// When the system stamped it.
    pub time: Option<Time>,
}

impl Origin {
    /// Reads the origin of shipped or final `ecs` fields.
    pub fn of(ecs: &Fields) -> Self {
        let text = |names: &[&str]| -> Box<str> {
            names
                .iter()
                .find_map(|name| ecs.named(name))
                .map(|value| value.text().into())
                .unwrap_or_default()
        };
        let number = |names: &[&str]| names.iter().find_map(|name| ecs.named(name)?.as_int());
        Self {
            channel: text(&["winlog.channel"]),
            computer: text(&["winlog.computer_name", "host.name", "host.hostname"]),
            code: number(&["winlog.event_id", "event.code"])
                .and_then(|code| u32::try_from(code).ok())
                .unwrap_or_default(),
            record_id: number(&["winlog.record_id"]).and_then(|id| u64::try_from(id).ok()),
            time: system_time(ecs),
        }
    }

    /// Reads the origin of a Windows event, and the time that its `@timestamp` has in the end: what winlogbeat ships and its
    /// pipelines make of that, without running them.
    pub fn of_windows(windows: &WindowsRecord) -> (Self, Option<Time>) {
        let text = |text: &Option<String>| text.as_deref().unwrap_or_default().into();
        let origin = Self {
            channel: text(&windows.channel),
            computer: text(&windows.computer),
            code: windows.event_id,
            record_id: windows.record_id,
            time: windows.time_created.as_deref().and_then(Time::parse),
        };
        let mut members = windows.event_data.iter();
        let written = members.find(|(name, _)| name == "UtcTime");
        let own = written
            .filter(|_| is_sysmon(&origin.channel))
            .and_then(|(_, written)| sysmon_time(written));
        let time = own.or(origin.time);
        (origin, time)
    }

    /// Returns who the event of `record` is; `own_time` is what its `@timestamp` says in the end, `document` gives the fields
    /// of a document with an id of its own.
    ///
    /// Final documents of Sysmon keep its own time only, so that is the one which identifies its events everywhere.
    pub fn identity<'f>(
        &self,
        record: &Record,
        own_time: Option<Time>,
        document: impl FnOnce() -> Option<&'f Fields>,
    ) -> EventId {
        let stamp = if self.has_own_time(record) {
            own_time
        } else {
            self.system_stamp(record)
        };
        match (self.record_id, stamp) {
            (Some(number), Some(time)) if !self.computer.is_empty() && !self.channel.is_empty() => {
                EventId::of_windows(&self.computer, &self.channel, number, time)
            }
            _ => document().map_or_else(|| EventId::of_place(record), EventId::of_document),
        }
    }

    fn has_own_time(&self, record: &Record) -> bool {
        is_sysmon(&self.channel)
            && match record.body() {
                Body::Windows(windows) => {
                    let mut members = windows.event_data.iter();
                    members.any(|(name, value)| name == "UtcTime" && sysmon_time(value).is_some())
                }
                Body::Document(_) => true,
            }
    }

    /// Returns the system's time if it is known to the millisecond, which some flat JSON does not keep.
    fn system_stamp(&self, record: &Record) -> Option<Time> {
        match record.body() {
            Body::Windows(windows) => {
                let written = windows.time_created.as_deref()?;
                let exact =
                    written.contains('.') || written.bytes().all(|byte| byte.is_ascii_digit());
                // Every binary and XML stamp is exact, even one that ends on the second.
                let always = !matches!(record.format, crate::decode::Format::FlatJson);
                if exact || always { self.time } else { None }
            }
            Body::Document(_) => self.time,
        }
    }
}

/// The time that the system stamped: `event.created` where Sysmon's own time has replaced `@timestamp`.
fn system_time(ecs: &Fields) -> Option<Time> {
    let replaced = ecs.text("event.module") == Some("sysmon");
    let order: &[&str] = if replaced {
        &["winlog.time_created", "event.created", "@timestamp"]
    } else {
        &["winlog.time_created", "@timestamp", "event.created"]
    };
    order.iter().find_map(|name| moment(ecs.named(name)?))
}

fn is_sysmon(channel: &str) -> bool {
    channel.eq_ignore_ascii_case("Microsoft-Windows-Sysmon/Operational")
}

/// Reads Sysmon's own time: `yyyy-MM-dd HH:mm:ss.SSS` exactly; anything else is none.
pub fn sysmon_time(written: &str) -> Option<Time> {
    let exact = written.len() == 23 && written.as_bytes()[10] == b' ';
    exact.then(|| Time::parse(written)).flatten()
}

/// Returns the moment that a time field's value spells.
pub fn moment(value: &Value) -> Option<Time> {
    match value {
        Value::Str(text) => Time::parse(text),
        Value::Int(number) => Time::from_epoch(*number),
        Value::List(values) => values.iter().find_map(moment),
        _ => None,
    }
}
