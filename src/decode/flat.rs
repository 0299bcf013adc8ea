//! Flat JSON in the way of NXLog: `System` and `EventData` names side by side.
//!
//! Takes a JSON object; gives the record. A name is the system's only when its value can be the system's; else it
//! is event data, since Sysmon and others use some of the same names (`EventType`, `Version`).
//! Source of the names: NXLog's `im_msvistalog` fields, `Get-WinEvent` properties, Logstash and mordor exports.

use serde_json::{Map, Value};

use super::json::scalar;
use super::windows::number;
use super::{Body, WindowsRecord};

/// Where the event id stands.
const EVENT_ID: [&str; 2] = ["EventID", "EventId"];

/// One of these beside the event id makes an object a flat Windows event.
const WITNESSES: [&str; 6] = [
    "Channel",
    "SourceName",
    "ProviderGuid",
    "Provider_Name",
    "ProviderName",
    "LogName",
];

/// Where the event's time stands, best first: what the system wrote, then the shipper's UTC time stamp (seconds
/// late, but sub-second and zoned), then NXLog's local time in whole seconds.
const TIMES: [&str; 5] = [
    "TimeCreated",
    "SystemTime",
    "@timestamp",
    "EventTime",
    "UtcTime",
];

/// Where the computer's name stands, best first; `host` last, where Logstash puts the forwarder.
pub const COMPUTERS: [&str; 6] = [
    "Hostname",
    "Computer",
    "ComputerName",
    "MachineName",
    "computer_name",
    "host",
];

/// The values of NXLog's `EventType`; any other `EventType` is event data.
const NXLOG_EVENT_TYPES: [&str; 8] = [
    "CRITICAL",
    "ERROR",
    "WARNING",
    "INFO",
    "VERBOSE",
    "DEBUG",
    "AUDIT_SUCCESS",
    "AUDIT_FAILURE",
];

/// What the shipper adds; no part of the Windows event.
const SHIPPER: [&str; 14] = [
    "@timestamp",
    "@version",
    "Category",
    "ERROR_EVT_UNRESOLVED",
    "EventReceivedTime",
    "EventTime",
    "EventTypeOrignal",
    "EventTypeOriginal",
    "Opcode",
    "SeverityValue",
    "SourceModuleName",
    "SourceModuleType",
    "SystemTime",
    "TimeCreated",
];

/// The members of a record by their names.
pub trait ByName {
    /// Returns the value of the member with this name.
    fn named(&self, name: &str) -> Option<&Value>;

    /// Returns all members in their order, none twice.
    fn members(&self) -> impl Iterator<Item = (&str, &Value)>;
}

impl ByName for Map<String, Value> {
    fn named(&self, name: &str) -> Option<&Value> {
        self.get(name)
    }

    fn members(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// A few members are found without a table.
impl ByName for [(&str, Value)] {
    fn named(&self, name: &str) -> Option<&Value> {
        let mut members = self.members();
        members.find_map(|(known, value)| (known == name).then_some(value))
    }

    fn members(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.iter().map(|(name, value)| (*name, value))
    }
}

/// What part a member of a record has in the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The same for all records of a class: it tells the class.
    Class,
    /// No data of the event, whatever its value.
    Never,
    /// Data or not, as its value and the other members say.
    Unsure,
    /// A data member.
    Data,
}

/// Members that tell the class of a flat record.
const CLASS: [&str; 18] = [
    "EventID",
    "EventId",
    "Channel",
    "LogName",
    "SourceName",
    "Provider_Name",
    "ProviderName",
    "ProviderGuid",
    "Provider_Guid",
    "ProviderId",
    "Version",
    "Level",
    "LevelValue",
    "Task",
    "TaskValue",
    "OpcodeValue",
    "Keywords",
    "EventType",
];

/// Members that [`system`] takes or that count only beside others.
const UNSURE: [&str; 22] = [
    "AccountName",
    "AccountType",
    "ActivityID",
    "ActivityId",
    "Domain",
    "EventRecordID",
    "ExecutionProcessID",
    "ExecutionThreadID",
    "Execution_ProcessID",
    "Execution_ThreadID",
    "Message",
    "Qualifiers",
    "RecordId",
    "RecordNumber",
    "RelatedActivityID",
    "RelatedActivityId",
    "Security_UserID",
    "Severity",
    "ThreadID",
    "UserID",
    "port",
    "tags",
];

/// Returns whether a flat record's member called `name` may name its computer.
pub fn is_computer(name: &str) -> bool {
    COMPUTERS.contains(&name)
}

/// Returns whether a flat record's member called `name` tells which event it is, where it is from and when it happened.
pub fn tells_origin(name: &str) -> bool {
    let beside = [
        "Channel",
        "LogName",
        "RecordNumber",
        "EventRecordID",
        "RecordId",
    ];
    EVENT_ID.contains(&name)
        || TIMES.contains(&name)
        || COMPUTERS.contains(&name)
        || beside.contains(&name)
}

/// Returns the part that a flat record's member called `name` has.
pub fn role(name: &str) -> Role {
    if CLASS.contains(&name) {
        Role::Class
    } else if SHIPPER.contains(&name) || COMPUTERS.contains(&name) {
        // Some exports have a `host` that is data.
        if name == "host" {
            Role::Unsure
        } else {
            Role::Never
        }
    } else if UNSURE.contains(&name) {
        Role::Unsure
    } else {
        Role::Data
    }
}

/// Tells whether names make a flat Windows event.
pub fn is_flat_by(mut has: impl FnMut(&str) -> bool) -> bool {
    EVENT_ID.iter().any(|key| has(key)) && WITNESSES.iter().any(|key| has(key))
}

/// Tells whether `object` is a flat Windows event.
pub(super) fn is_flat(object: &Map<String, Value>) -> bool {
    is_flat_by(|key| object.contains_key(key))
}

/// Returns the body of a flat Windows event of which only these members are known, no name twice; `None` when the event id is
/// no number.
#[must_use]
pub fn body_of_few(members: &[(&str, Value)]) -> Option<Body> {
    Some(record(members).ok()?.into())
}

/// Reads a flat Windows event.
///
/// # Errors
/// When the event id is no number.
pub(super) fn record(object: &(impl ByName + ?Sized)) -> Result<WindowsRecord, String> {
    let mut record = WindowsRecord::default();
    let id = first(object, &EVENT_ID).and_then(|id| number(&id));
    record.event_id = id.ok_or("EventID is not a number")?;
    record.time_created = first(object, &TIMES);
    record.computer = first(object, &COMPUTERS);
    // Only with NXLog's own `AccountType` are these the user of `Security`; else they are event data.
    let has = |name| object.named(name).is_some();
    let nxlog_account = has("AccountType");
    let nxlog = has("SourceModuleName") || has("SeverityValue");
    for (key, value) in object.members() {
        let shipped = match key {
            "AccountName" | "AccountType" | "Domain" => nxlog_account,
            "Severity" | "host" | "port" | "tags" => nxlog || has("@timestamp"),
            key => SHIPPER.contains(&key) || COMPUTERS.contains(&key) || EVENT_ID.contains(&key),
        };
        if shipped || system(&mut record, key, value) {
            continue;
        }
        // NXLog leaves out what Windows leaves empty; null says the same.
        if let Some(text) = scalar(value) {
            record.event_data.push((key.to_owned(), text));
        }
    }
    Ok(record)
}

fn first(object: &(impl ByName + ?Sized), keys: &[&str]) -> Option<String> {
    let mut found = keys.iter().filter_map(|key| object.named(key));
    found.find_map(|value| match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// Takes a member of `System`; returns whether it was one.
fn system(record: &mut WindowsRecord, key: &str, value: &Value) -> bool {
    let text = || scalar(value).filter(|text| !text.is_empty());
    let small = || number(&scalar(value)?);
    match key {
        "SourceName" | "Provider_Name" | "ProviderName" => set(&mut record.provider_name, text()),
        "ProviderGuid" | "Provider_Guid" | "ProviderId" => set(&mut record.provider_guid, text()),
        "Channel" | "LogName" => set(&mut record.channel, text()),
        "Version" => set(&mut record.version, small()),
        "Level" | "LevelValue" => set(&mut record.level, small()),
        "Task" | "TaskValue" => set(&mut record.task, small()),
        "OpcodeValue" => set(&mut record.opcode, small()),
        "Qualifiers" => set(&mut record.qualifiers, small()),
        "Keywords" => set(&mut record.keywords, keywords(value)),
        "RecordNumber" | "EventRecordID" | "RecordId" => {
            let id = scalar(value).and_then(|id| id.trim().parse().ok());
            set(&mut record.record_id, id)
        }
        "ExecutionProcessID" | "Execution_ProcessID" => set(&mut record.process_id, small()),
        "ThreadID" | "ExecutionThreadID" | "Execution_ThreadID" => {
            set(&mut record.thread_id, small())
        }
        "ActivityID" | "ActivityId" => set(&mut record.activity_id, text()),
        "RelatedActivityID" | "RelatedActivityId" => set(&mut record.related_activity_id, text()),
        "UserID" | "Security_UserID" => set(
            &mut record.user_sid,
            text().filter(|sid| sid.starts_with("S-1-")),
        ),
        "Message" => set(&mut record.message, text()),
        "EventType" => text().is_some_and(|kind| NXLOG_EVENT_TYPES.contains(&kind.as_str())),
        _ => false,
    }
}

/// Sets a slot that is still free; returns whether the value was taken.
fn set<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    if slot.is_some() || value.is_none() {
        return false;
    }
    *slot = value;
    true
}

/// Writes `Keywords` as Windows does, `0x8020000000000000`; NXLog gives the same 64 bits as a signed number.
fn keywords(value: &Value) -> Option<String> {
    let bits = match value {
        Value::Number(number) => number.as_i64().map(|bits| bits as u64).or(number.as_u64()),
        Value::String(text) if !text.starts_with("0x") => {
            text.parse::<i64>().ok().map(|bits| bits as u64)
        }
        _ => None,
    };
    bits.map(|bits| format!("0x{bits:x}"))
        .or_else(|| scalar(value))
}
