//! The JSON of `evtx_dump`.

use serde_json::{Map, Value, json};

use super::windows_time;
use crate::cli::demo::entry::Entry;

/// Writes one event.
pub fn event(entry: &Entry) -> Value {
    let kind = entry.kind;
    let mut provider = json!({ "Name": kind.provider });
    if let Some(guid) = &kind.guid {
        provider["Guid"] = guid.as_str().into();
    }
    let mut system = json!({
        "Provider": { "#attributes": provider },
        "EventID": kind.id,
        "Version": kind.version.unwrap_or_default(),
        "Level": kind.level,
        "Task": kind.task,
        "Opcode": kind.opcode,
        "Keywords": kind.keywords,
        "TimeCreated": { "#attributes": { "SystemTime": windows_time(entry.time) } },
        "EventRecordID": entry.record,
        "Correlation": null,
    });
    if !kind.nameless {
        let (process, thread) = entry.writer;
        system["Execution"] =
            json!({ "#attributes": { "ProcessID": process, "ThreadID": thread } });
    }
    system["Channel"] = kind.channel.as_str().into();
    system["Computer"] = entry.computer.as_str().into();
    system["Security"] = entry.account.as_ref().map_or(
        Value::Null,
        |account| json!({ "#attributes": { "UserID": account.sid } }),
    );
    json!({ "Event": {
        "#attributes": { "xmlns": "http://schemas.microsoft.com/win/2004/08/events/event" },
        "System": system,
        "EventData": data(entry),
    } })
}

fn data(entry: &Entry) -> Value {
    if entry.kind.nameless {
        let texts: Vec<String> = entry.members.iter().map(|(_, cell)| cell.text()).collect();
        return json!({ "Data": { "#text": texts } });
    }
    let members = entry.members.iter();
    let data: Map<String, Value> = members
        .map(|(name, cell)| ((*name).to_owned(), super::json(cell)))
        .collect();
    Value::Object(data)
}
