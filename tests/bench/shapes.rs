//! One Windows record, written in the shapes that logs come in.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use watchglass::decode::WindowsRecord;
use watchglass::event::ecs;

/// Returns the document that winlogbeat 8 ships.
pub fn winlogbeat(record: &WindowsRecord) -> String {
    let mut document = ecs::ship(record).0.document();
    document.insert(
        "@metadata".to_owned(),
        json!({"beat": "winlogbeat", "type": "_doc", "version": "8.15.0"}),
    );
    document.insert(
        "agent".to_owned(),
        json!({
            "ephemeral_id": "7f6a5f0e-3d5a-4d0a-9c1e-2f5d1c3b4a59", "id": "0b9d3f52-6f0c-4b43-8f62-0a3c8e1d7b11",
            "name": record.computer, "type": "winlogbeat", "version": "8.15.0",
        }),
    );
    document.insert("ecs".to_owned(), json!({"version": "8.0.0"}));
    Value::Object(document).to_string()
}

/// Returns the record as `evtx_dump -o jsonl` writes it.
pub fn dump(record: &WindowsRecord) -> String {
    let mut system = Map::new();
    for (name, attributes, text) in system_of(record) {
        let attributes: Map<String, Value> = attributes
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))))
            .collect();
        let value = match (attributes.is_empty(), text) {
            (true, None) => Value::Null,
            (true, Some(text)) => scalar(&text),
            (false, None) => json!({ "#attributes": attributes }),
            (false, Some(text)) => json!({ "#attributes": attributes, "#text": scalar(&text) }),
        };
        system.insert(name.to_owned(), value);
    }
    let data: Map<String, Value> = record
        .event_data
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    let mut event = Map::new();
    event.insert("#attributes".to_owned(), json!({ "xmlns": NAMESPACE }));
    event.insert("System".to_owned(), Value::Object(system));
    event.insert("EventData".to_owned(), Value::Object(data));
    if let Some(inner) = &record.user_data_name {
        let data: Map<String, Value> = record
            .user_data
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect();
        event.insert("UserData".to_owned(), json!({ inner: data }));
    }
    json!({ "Event": event }).to_string()
}

/// Returns the record as Windows renders it.
pub fn xml(record: &WindowsRecord) -> String {
    let mut out = format!("<Event xmlns='{NAMESPACE}'><System>");
    for (name, attributes, text) in system_of(record) {
        let _ = write!(out, "<{name}");
        for (name, value) in attributes {
            if let Some(value) = value {
                let _ = write!(out, " {name}='{}'", escaped(&value));
            }
        }
        let _ = match text {
            Some(text) => write!(out, ">{}</{name}>", escaped(&text)),
            None => write!(out, "/>"),
        };
    }
    out.push_str("</System><EventData>");
    for (name, value) in &record.event_data {
        let _ = write!(
            out,
            "<Data Name='{}'>{}</Data>",
            escaped(name),
            escaped(value)
        );
    }
    out.push_str("</EventData>");
    if let Some(inner) = &record.user_data_name {
        let _ = write!(out, "<UserData><{inner}>");
        for (name, value) in &record.user_data {
            let _ = write!(out, "<{name}>{}</{name}>", escaped(value));
        }
        let _ = write!(out, "</{inner}></UserData>");
    }
    if let Some(message) = &record.message {
        let _ = write!(
            out,
            "<RenderingInfo Culture='en-US'><Message>{}</Message></RenderingInfo>",
            escaped(message)
        );
    }
    out.push_str("</Event>");
    out
}

const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

type Attributes = Vec<(&'static str, Option<String>)>;

/// Returns the elements of `System` in Windows' order: name, attributes, text.
fn system_of(record: &WindowsRecord) -> Vec<(&'static str, Attributes, Option<String>)> {
    let text = |value: Option<u32>| value.map(|value| value.to_string());
    vec![
        (
            "Provider",
            vec![
                ("Name", record.provider_name.clone()),
                ("Guid", record.provider_guid.clone()),
                ("EventSourceName", record.event_source_name.clone()),
            ],
            None,
        ),
        (
            "EventID",
            vec![("Qualifiers", text(record.qualifiers))],
            Some(record.event_id.to_string()),
        ),
        ("Version", Vec::new(), text(record.version)),
        ("Level", Vec::new(), text(record.level)),
        ("Task", Vec::new(), text(record.task)),
        ("Opcode", Vec::new(), text(record.opcode)),
        ("Keywords", Vec::new(), record.keywords.clone()),
        (
            "TimeCreated",
            vec![("SystemTime", record.time_created.clone())],
            None,
        ),
        (
            "EventRecordID",
            Vec::new(),
            record.record_id.map(|id| id.to_string()),
        ),
        (
            "Correlation",
            vec![
                ("ActivityID", record.activity_id.clone()),
                ("RelatedActivityID", record.related_activity_id.clone()),
            ],
            None,
        ),
        (
            "Execution",
            vec![
                ("ProcessID", text(record.process_id)),
                ("ThreadID", text(record.thread_id)),
            ],
            None,
        ),
        ("Channel", Vec::new(), record.channel.clone()),
        ("Computer", Vec::new(), record.computer.clone()),
        ("Security", vec![("UserID", record.user_sid.clone())], None),
    ]
}

/// Returns a whole number as `evtx_dump` writes it, else the text.
fn scalar(text: &str) -> Value {
    match text.parse::<u64>() {
        Ok(number) if number.to_string() == text => Value::from(number),
        _ => Value::from(text),
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\'' => out.push_str("&apos;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
    out
}
