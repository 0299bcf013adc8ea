//! The Sysmon pipeline.

use std::sync::LazyLock;

use super::table::{EVENT_DATA, Table, member};
use super::{command_line, convert, dns, hashes, registry};
use crate::event::origin::sysmon_time;
use crate::event::{FieldId, Fields, Value};

/// The table of `tables/sysmon.toml`.
pub static TABLE: LazyLock<Table> = LazyLock::new(|| {
    include_str!("tables/sysmon.toml")
        .parse()
        .unwrap_or_default()
});

/// Values that say "nothing" in Sysmon's members.
pub const NOTHING: [&str; 3] = ["", "-", "{00000000-0000-0000-0000-000000000000}"];

/// Runs the pipeline on shipped fields of event id `code`.
pub fn run(ecs: &mut Fields, code: u32) {
    ecs.retain(|field, value| {
        !(field.name().starts_with(EVENT_DATA)
            && value.as_str().is_some_and(|text| NOTHING.contains(&text)))
    });
    time(ecs);
    TABLE.set_all(ecs);
    ecs.put("event.code", code.to_string());
    TABLE.categorise(ecs, code);
    hash_fields(ecs, code);
    let data = |ecs: &Fields, name: &str| ecs.get(member(name)).map(|v| v.text().into_owned());
    let signed = data(ecs, "SignatureStatus");
    TABLE.run_moves(ecs, code);
    if signed.as_deref() == Some("Valid") {
        ecs.put("file.code_signature.valid", true);
    }
    process(ecs);
    if let Some(path) = ecs.text("file.path").map(str::to_owned) {
        convert::file_parts(ecs, &path);
    }
    network(ecs, code);
    user(ecs);
    for name in ["source.ip", "destination.ip"] {
        if let Some(address) = ecs.text(name).map(str::to_owned) {
            ecs.add_once("related.ip", &address);
        }
    }
    if TABLE.in_group("registry", code)
        && let Some(target) = data(ecs, "TargetObject")
    {
        registry::fill(ecs, &target, data(ecs, "Details").as_deref());
    }
    if let Some(target) = ecs.remove(member("TargetProcessGuid")) {
        ecs.set(member("TargetProcessGUID"), target);
    }
    TABLE.drop_members(ecs);
}

/// Returns the task of a Sysmon event as its manifest renders it, which no record carries; `None` for other events.
pub fn task(ecs: &Fields, code: u32) -> Option<&'static Value> {
    let is_sysmon = super::Pipeline::of(ecs) == Some(super::Pipeline::Sysmon);
    is_sysmon.then(|| TABLE.action(code))?
}

/// Sysmon's own time, to the millisecond, replaces the system's.
fn time(ecs: &mut Fields) {
    let Some(written) = ecs.get(member("UtcTime")).and_then(Value::as_str) else {
        return;
    };
    if let Some(time) = sysmon_time(written) {
        ecs.put("@timestamp", time.to_rfc3339_millis());
    }
}

fn hash_fields(ecs: &mut Fields, code: u32) {
    let text = ["Hashes", "Hash"]
        .iter()
        .find_map(|name| ecs.get(member(name))?.as_str().map(str::to_owned));
    let owner = if TABLE.in_group("process_hashes", code) {
        Some("process")
    } else if TABLE.in_group("file_hashes", code) {
        Some("file")
    } else {
        None
    };
    if let Some(text) = text {
        hashes::fill(ecs, &text, owner);
    }
}

/// Fills the names and arguments of the process and its parent.
fn process(ecs: &mut Fields) {
    for owner in ["process", "process.parent"] {
        arguments(ecs, owner);
        let name = [owner, ".name"].concat();
        if ecs.named(&name).is_none()
            && let Some(file) = ecs
                .text(&[owner, ".executable"].concat())
                .and_then(convert::program_name)
                .map(str::to_owned)
        {
            ecs.put(&name, file);
        }
    }
}

/// Fills `args` and `args_count` of `owner` from its `command_line`.
pub fn arguments(ecs: &mut Fields, owner: &str) {
    let Some(line) = ecs
        .text(&[owner, ".command_line"].concat())
        .filter(|line| !line.is_empty())
    else {
        return;
    };
    let arguments = command_line::split(line);
    ecs.put(&[owner, ".args_count"].concat(), arguments.len() as i64);
    if !arguments.is_empty() {
        ecs.put(&[owner, ".args"].concat(), arguments);
    }
}

fn network(ecs: &mut Fields, code: u32) {
    for (name, target, yes, no) in [
        ("Initiated", "network.direction", "egress", "ingress"),
        ("SourceIsIpv6", "network.type", "ipv6", "ipv4"),
    ] {
        match ecs.get(member(name)).map(Value::text).as_deref() {
            Some("true") => ecs.put(target, yes),
            Some("false") => ecs.put(target, no),
            _ => {}
        }
    }
    if code == 22 {
        ecs.put("network.protocol", "dns");
    }
    if let Some(results) = ecs.get(member("QueryResults")).and_then(Value::as_str) {
        let results = results.to_owned();
        dns::answers(ecs, &results);
    }
    if let Some(name) = ecs.text("dns.question.name").map(str::to_owned) {
        dns::question(ecs, &name);
    }
    dns::status(ecs);
}

/// `user.id` is the service's own account, whoever `User` names: that is what winlogbeat ships and rules are written for.
fn user(ecs: &mut Fields) {
    if let Some(id) = ecs.text("winlog.user.identifier").map(str::to_owned) {
        ecs.put("user.id", id);
    }
    let named = ecs
        .get(member("User"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    if let Some(named) = named {
        account(ecs, &named, "user");
    }
    if let Some(name) = ecs.text("user.name").map(str::to_owned) {
        ecs.add_once("related.user", &name);
    }
}

/// Fills `domain` and `name` of `owner` from `DOMAIN\name`; other text fills nothing.
pub fn account(ecs: &mut Fields, text: &str, owner: &str) {
    let mut parts = text.split('\\');
    if let (Some(domain), Some(name), None) = (parts.next(), parts.next(), parts.next()) {
        for (field, value) in [("domain", domain), ("name", name)] {
            if !value.is_empty() {
                ecs.set(FieldId::of(&format!("{owner}.{field}")), value.into());
            }
        }
    }
}
