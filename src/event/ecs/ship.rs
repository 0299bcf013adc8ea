//! What winlogbeat sends of a Windows record.

use crate::decode::WindowsRecord;
use crate::event::{FieldId, Fields, Time, Value};

/// Returns the fields that winlogbeat sends of `record`, and the verbatim `EventData`/`UserData` members.
pub fn ship(record: &WindowsRecord) -> (Fields, Fields) {
    let mut ecs = Fields::default();
    let mut native = Fields::default();
    let code = record.event_id.to_string();
    ecs.put("event.code", code.as_str());
    ecs.put("event.kind", "event");
    ecs.put("winlog.event_id", code);
    ecs.put("winlog.api", "wineventlog");
    put_texts(&mut ecs, record);
    put_numbers(&mut ecs, record);
    if let Some(time) = &record.time_created {
        let written = Time::parse(time).map_or_else(|| time.clone(), Time::to_rfc3339);
        ecs.put("@timestamp", written);
    }
    let mut path = String::with_capacity(64);
    for (prefix, members) in [
        ("winlog.event_data.", &record.event_data),
        ("winlog.user_data.", &record.user_data),
    ] {
        for (name, value) in members {
            native.set(FieldId::of(name), Value::from(value.as_str()));
            path.clear();
            path.push_str(prefix);
            path.push_str(name);
            ecs.set(FieldId::of(&path), Value::from(value.as_str()));
        }
    }
    (ecs, native)
}

fn put_texts(ecs: &mut Fields, record: &WindowsRecord) {
    let provider = record.provider_name.as_deref();
    for (name, value) in [
        ("event.provider", provider),
        ("winlog.provider_name", provider),
        ("winlog.channel", record.channel.as_deref()),
        ("winlog.computer_name", record.computer.as_deref()),
        ("host.name", record.computer.as_deref()),
        ("winlog.user.identifier", record.user_sid.as_deref()),
        (
            "winlog.user_data.xml_name",
            record.user_data_name.as_deref(),
        ),
        ("message", record.message.as_deref()),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            ecs.put(name, value);
        }
    }
    for (name, guid) in [
        ("winlog.provider_guid", &record.provider_guid),
        ("winlog.activity_id", &record.activity_id),
        ("winlog.related_activity_id", &record.related_activity_id),
    ] {
        if let Some(guid) = guid.as_deref().filter(|guid| !guid.is_empty()) {
            ecs.put(name, braced(guid));
        }
    }
}

fn put_numbers(ecs: &mut Fields, record: &WindowsRecord) {
    for (name, value) in [
        ("winlog.process.pid", record.process_id.map(i64::from)),
        ("winlog.process.thread.id", record.thread_id.map(i64::from)),
        // The system's version 0 is Go's zero value, which winlogbeat leaves out.
        (
            "winlog.version",
            record.version.filter(|v| *v != 0).map(i64::from),
        ),
        ("winlog.record_id", record.record_id.map(|id| id as i64)),
    ] {
        if let Some(value) = value {
            ecs.put(name, value);
        }
    }
}

/// Writes a GUID as winlogbeat does: braces, lower case.
fn braced(guid: &str) -> String {
    let bare = guid.trim_start_matches('{').trim_end_matches('}');
    format!("{{{}}}", bare.to_ascii_lowercase())
}
