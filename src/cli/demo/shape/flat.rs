//! NXLog's flat JSON: the header's and the data's names side by side.

use serde_json::{Map, Value, json};

use crate::cli::demo::entry::Entry;
use crate::event::Time;

/// How much later NXLog has an event in its hands, in nanoseconds.
const RECEIVED_AFTER: i64 = 740_000_000;

/// Writes one event.
pub fn event(entry: &Entry) -> Value {
    let kind = entry.kind;
    let (severity, kind_of_event) = match kind.channel.as_str() {
        "Security" => ("INFO", "AUDIT_SUCCESS"),
        _ => ("INFO", "INFO"),
    };
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("EventTime", stamp(entry.time).into());
    put("Hostname", entry.computer.as_str().into());
    put("Keywords", signed(&kind.keywords).into());
    put("EventType", kind_of_event.into());
    put("SeverityValue", json!(2));
    put("Severity", severity.into());
    put("EventID", kind.id.into());
    put("SourceName", kind.provider.as_str().into());
    if let Some(guid) = &kind.guid {
        put("ProviderGuid", guid.to_uppercase().into());
    }
    if let Some(version) = kind.version {
        put("Version", version.into());
    }
    put("Task", kind.task.into());
    put("OpcodeValue", kind.opcode.into());
    put("RecordNumber", entry.record.into());
    if !kind.nameless {
        put("ExecutionProcessID", entry.writer.0.into());
        put("ExecutionThreadID", entry.writer.1.into());
    }
    put("Channel", kind.channel.as_str().into());
    if let Some(account) = &entry.account {
        put("Domain", account.domain.as_str().into());
        put("AccountName", account.name.as_str().into());
        put("UserID", account.sid.as_str().into());
        put("AccountType", "User".into());
    }
    put("Message", entry.message("\r\n").into());
    if !kind.nameless {
        for (name, cell) in &entry.members {
            // Sysmon's own EventType takes NXLog's place.
            if put(name, cell.text().into()).is_some() {
                put("EventTypeOriginal", kind_of_event.into());
            }
        }
    }
    put(
        "EventReceivedTime",
        stamp(Time(entry.time.0 + RECEIVED_AFTER)).into(),
    );
    put("SourceModuleName", "eventlog".into());
    put("SourceModuleType", "im_msvistalog".into());
    Value::Object(object)
}

/// Writes a moment as NXLog does, in microseconds with an offset.
fn stamp(time: Time) -> String {
    let exact = super::windows_time(time);
    format!("{}+00:00", &exact[..exact.len().saturating_sub(2)])
}

/// Returns the 64 bits of the keywords as NXLog's signed number.
fn signed(keywords: &str) -> i64 {
    u64::from_str_radix(keywords.trim_start_matches("0x"), 16).unwrap_or_default() as i64
}
