//! What winlogbeat sends of a Windows record.

use std::borrow::Cow;

use super::convert::{braced, is_guid};
use super::names;
use crate::decode::WindowsRecord;
use crate::event::{FieldId, Fields, Time, Value};

/// Providers whose manifest numbers its tasks as the audit message table does.
const AUDITING: &str = "Microsoft-Windows-Security-Auditing";

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
    put_rendered(&mut ecs, record);
    if let Some(time) = &record.time_created {
        let written = Time::parse(time).map_or_else(|| time.clone(), Time::to_rfc3339);
        ecs.put("@timestamp", written);
    }
    put_members(&mut ecs, &mut native, record);
    (ecs, native)
}

/// Keeps every member twice: under its own name, and where winlogbeat puts it. The first of two equal names stays.
fn put_members(ecs: &mut Fields, native: &mut Fields, record: &WindowsRecord) {
    let mut path = String::with_capacity(64);
    for (prefix, members) in [
        ("winlog.event_data.", &record.event_data),
        ("winlog.user_data.", &record.user_data),
    ] {
        for (name, value) in members {
            let value = line_ends(value);
            let verbatim = FieldId::of(name);
            if native.get(verbatim).is_none() {
                native.set(verbatim, Value::from(&*value));
            }
            // Winlogbeat ships no empty member.
            if value.is_empty() {
                continue;
            }
            path.clear();
            path.push_str(prefix);
            path.push_str(name);
            let field = FieldId::of(&path);
            if ecs.get(field).is_none() {
                ecs.set(field, shipped(name, &value));
            }
        }
    }
}

/// Writes a GUID as Windows renders it, whichever format carried it: process trees are joined on them.
fn shipped(name: &str, value: &str) -> Value {
    let of_guids = name
        .get(name.len().saturating_sub(4)..)
        .is_some_and(|end| end.eq_ignore_ascii_case("guid"));
    if of_guids && is_guid(value) {
        braced(value).into()
    } else {
        value.into()
    }
}

/// Turns line ends into `\n`: winlogbeat reads events as XML, whose parsers must do so, and the same value must
/// match the same rules whichever format carried it.
pub fn line_ends(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split('\r').enumerate() {
        if at == 0 {
            out.push_str(part);
        } else {
            out.push('\n');
            out.push_str(part.strip_prefix('\n').unwrap_or(part));
        }
    }
    Cow::Owned(out)
}

fn put_texts(ecs: &mut Fields, record: &WindowsRecord) {
    let provider = record
        .provider_name
        .as_deref()
        .or(record.event_source_name.as_deref());
    let user_data = record
        .user_data_name
        .as_deref()
        .filter(|_| !record.user_data.is_empty());
    for (name, value) in [
        ("event.provider", provider),
        ("winlog.provider_name", provider),
        ("winlog.channel", record.channel.as_deref()),
        ("winlog.computer_name", record.computer.as_deref()),
        ("host.name", record.computer.as_deref()),
        ("winlog.user.identifier", record.user_sid.as_deref()),
        ("winlog.user_data.xml_name", user_data),
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
    // A classic record, whose header has no process, reads 0 for it, and winlogbeat leaves such a one out.
    let process = record.process_id.filter(|pid| *pid != 0);
    for (name, value) in [
        ("winlog.process.pid", process.map(i64::from)),
        (
            "winlog.process.thread.id",
            process.and(record.thread_id).map(i64::from),
        ),
        // Version 0 is Go's zero value, which winlogbeat leaves out.
        (
            "winlog.version",
            record.version.filter(|v| *v != 0).map(i64::from),
        ),
        (
            "winlog.record_id",
            record.record_id.and_then(|id| i64::try_from(id).ok()),
        ),
    ] {
        if let Some(value) = value {
            ecs.put(name, value);
        }
    }
}

/// What Windows renders on the host from the provider's manifest: the part of it that plain tables can say.
fn put_rendered(ecs: &mut Fields, record: &WindowsRecord) {
    let provider = record.provider_name.as_deref().unwrap_or_default();
    let level = record.level.unwrap_or_default().to_string();
    if let Some(level) = names::windows("level", &level) {
        ecs.put("log.level", level);
    }
    let opcode = record.opcode.unwrap_or_default().to_string();
    let own = names::windows(&["opcode ", provider].concat(), &opcode);
    if let Some(opcode) = own.or_else(|| names::windows("opcode", &opcode)) {
        ecs.put("winlog.opcode", opcode);
    }
    if let Some(task) = record.task.and_then(|task| task_name(provider, task)) {
        ecs.put("winlog.task", task);
        ecs.put("event.action", task);
    }
    put_keywords(ecs, record.keywords.as_deref().unwrap_or_default());
    if let Some((domain, name)) = record
        .user_sid
        .as_deref()
        .and_then(|sid| names::windows("account", sid))
        .and_then(|account| account.split_once('\\'))
    {
        ecs.put("winlog.user.domain", domain);
        ecs.put("winlog.user.name", name);
        ecs.put("winlog.user.type", "Well Known Group");
    }
}

fn task_name(provider: &str, task: u32) -> Option<&'static str> {
    let number = task.to_string();
    if provider.eq_ignore_ascii_case(AUDITING) {
        return names::message(&number).filter(|_| task > 0);
    }
    names::windows(&["task ", provider].concat(), &number)
}

fn put_keywords(ecs: &mut Fields, keywords: &str) {
    let digits = keywords.trim_start_matches("0x");
    let Ok(mask) = u64::from_str_radix(digits, 16) else {
        return;
    };
    let texts: Vec<&str> = (48..56)
        .filter(|bit| mask & (1 << bit) != 0)
        .filter_map(|bit: u32| names::windows("keyword", &bit.to_string()))
        .collect();
    for (text, outcome) in [("Audit Failure", "failure"), ("Audit Success", "success")] {
        if texts.contains(&text) {
            ecs.put("event.outcome", outcome);
        }
    }
    if !texts.is_empty() {
        ecs.put("winlog.keywords", Value::from(texts));
    }
}
