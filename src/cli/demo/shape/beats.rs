//! ECS documents: Windows events as winlogbeat ships them, and Elastic Defend's own.

use serde_json::{Map, Value, json};

use crate::cli::demo::entry::Entry;
use crate::event::Time;

/// How much later winlogbeat has read an event, in nanoseconds.
const READ_AFTER: i64 = 1_310_000_000;

/// Writes a Windows event as winlogbeat ships it: header and data under `winlog`, before any ingest pipeline.
pub fn shipped(entry: &Entry) -> Value {
    let kind = entry.kind;
    let members = entry.members.iter();
    let data: Map<String, Value> = members
        .map(|(name, cell)| ((*name).to_owned(), cell.text().into()))
        // Winlogbeat ships no empty member.
        .filter(|(_, value)| value != "")
        .collect();
    let mut winlog = json!({
        "channel": kind.channel,
        "provider_name": kind.provider,
        "computer_name": entry.computer,
        "event_id": kind.id.to_string(),
        "record_id": entry.record,
        "api": "wineventlog",
        "opcode": "Info",
        "event_data": data,
    });
    if let Some(guid) = &kind.guid {
        winlog["provider_guid"] = guid.to_uppercase().into();
    }
    if let Some(version) = kind.version.filter(|version| *version != 0) {
        winlog["version"] = version.into();
    }
    if !kind.nameless {
        let (process, thread) = entry.writer;
        winlog["process"] = json!({ "pid": process, "thread": { "id": thread } });
    }
    if let Some(account) = &entry.account {
        winlog["user"] = json!({
            "identifier": account.sid,
            "domain": account.domain,
            "name": account.name,
        });
    }
    if kind.channel == "Security" {
        winlog["keywords"] = json!(["Audit Success"]);
    }
    let mut event = json!({
        "kind": "event",
        "code": kind.id.to_string(),
        "provider": kind.provider,
        "created": Time(entry.time.0 + READ_AFTER).to_rfc3339_millis(),
    });
    if kind.channel == "Security" {
        event["outcome"] = "success".into();
    }
    json!({
        "@timestamp": entry.time.to_rfc3339_millis(),
        "winlog": winlog,
        "event": event,
        "log": { "level": if kind.level == 5 { "verbose" } else { "information" } },
        "message": entry.message("\n"),
        "host": { "name": entry.computer },
        "ecs": { "version": "8.0.0" },
        "agent": { "type": "winlogbeat", "version": "8.17.4" },
    })
}

/// Writes a document whose members are ECS fields with dotted names.
pub fn document(entry: &Entry) -> Value {
    let mut root = Map::new();
    for (name, cell) in &entry.members {
        insert(&mut root, name, super::json(cell));
    }
    Value::Object(root)
}

fn insert(object: &mut Map<String, Value>, path: &str, value: Value) {
    let Some((head, rest)) = path.split_once('.') else {
        object.insert(path.to_owned(), value);
        return;
    };
    let inner = object.entry(head).or_insert_with(|| json!({}));
    if let Value::Object(inner) = inner {
        insert(inner, rest, value);
    }
}
