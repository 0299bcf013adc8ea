//! The Security pipeline.

use std::sync::LazyLock;

use super::table::{Table, member};
use super::{accounts, command_line, convert, descriptors, names};
use crate::event::{Fields, Value};

/// The table of `tables/security.toml`.
pub static TABLE: LazyLock<Table> = LazyLock::new(|| {
    include_str!("tables/security.toml")
        .parse()
        .unwrap_or_default()
});

/// Runs the pipeline on shipped fields of event id `code`.
pub fn run(ecs: &mut Fields, code: u32) {
    TABLE.set_all(ecs);
    ecs.put("event.code", code.to_string());
    TABLE.categorise(ecs, code);
    if let Some(action) = TABLE.action(code) {
        ecs.put("event.action", action.clone());
    }
    describe(ecs, code);
    messages(ecs);
    access_mask(ecs);
    logon_failure(ecs, code);
    accounts::run(ecs, code);
    if TABLE.in_group("process", code) {
        process(ecs);
    }
    if code == 4688 {
        created_process(ecs);
    }
    accounts::related(ecs, code);
    if TABLE.in_group("privileges", code)
        && let Some(list) = data(ecs, "PrivilegeList")
    {
        let privileges: Vec<&str> = list.split_whitespace().collect();
        put_data(ecs, "PrivilegeList", Value::from(privileges));
    }
    addresses(ecs);
    if TABLE.in_group("descriptors", code) {
        descriptors::run(ecs);
    }
}

/// Returns the text of the `EventData` member `name`.
pub fn data(ecs: &Fields, name: &str) -> Option<String> {
    ecs.get(member(name))?.as_str().map(str::to_owned)
}

/// Sets the `EventData` member `name`.
pub fn put_data(ecs: &mut Fields, name: &str, value: impl Into<Value>) {
    ecs.set(member(name), value.into());
}

/// Numbers with one text each, and masks with a text a bit.
fn describe(ecs: &mut Fields, code: u32) {
    for (from, section, to) in [
        ("LogonType", "logon_type", "winlog.logon.type"),
        ("TdoType", "trust_type", "winlog.trustType"),
        ("TdoDirection", "trust_direction", "winlog.trustDirection"),
        ("TdoAttributes", "trust_attribute", "winlog.trustAttribute"),
        ("ServiceType", "service_type", "service.type"),
    ] {
        if let Some(text) = data(ecs, from).and_then(|key| names::security(section, &key)) {
            ecs.put(to, text);
        }
    }
    if let Some(name) = data(ecs, "ServiceName") {
        ecs.put("service.name", name);
    }
    if let Some(kind) = data(ecs, "TicketEncryptionType")
        && let Some(text) = names::security("ticket_encryption", &kind.to_lowercase())
    {
        put_data(ecs, "TicketEncryptionTypeDescription", text);
    }
    if TABLE.in_group("kerberos", code)
        && let Some(status) = data(ecs, "Status")
        && let Some(text) = names::security("kerberos_status", &status)
    {
        put_data(ecs, "StatusDescription", text);
    }
    put_bits(
        ecs,
        "TicketOptions",
        "ticket_options",
        "TicketOptionsDescription",
    );
    if put_bits(ecs, "NewUacValue", "user_account_control", "NewUACList")
        && let Some(changes) = data(ecs, "UserAccountControl")
    {
        let changes: Vec<&str> = changes
            .split("%%")
            .map(str::trim)
            .filter(|change| !change.is_empty())
            .collect();
        put_data(ecs, "UserAccountControl", Value::from(changes));
    }
    audit_subcategory(ecs);
}

/// Sets `to` to the texts of the bits in `from`; returns whether there were any.
fn put_bits(ecs: &mut Fields, from: &str, section: &str, to: &str) -> bool {
    let Some(mask) = data(ecs, from).and_then(|mask| convert::decode(&mask)) else {
        return false;
    };
    let texts = names::bits(section, mask);
    if texts.is_empty() {
        return false;
    }
    put_data(ecs, to, Value::from(texts));
    true
}

/// The audit policy's subcategory GUIDs differ in their first group only.
fn audit_subcategory(ecs: &mut Fields) {
    let Some(guid) = data(ecs, "SubcategoryGuid") else {
        return;
    };
    let guid = guid.trim_matches(['{', '}']).to_uppercase();
    let Some(first) = guid.strip_suffix("-69AE-11D9-BED3-505054503030") else {
        return;
    };
    if let (Some(category), Some(subcategory)) = (
        names::security("audit_category", first),
        names::security("audit_subcategory", first),
    ) {
        put_data(ecs, "Category", category);
        put_data(ecs, "SubCategory", subcategory);
    }
}

/// Members that list codes of the audit message table.
fn messages(ecs: &mut Fields) {
    let text = |code: &str| names::message(code.replace("%%", "").trim());
    if let Some(reason) = data(ecs, "FailureReason").as_deref().and_then(text) {
        ecs.put("winlog.logon.failure.reason", reason);
    }
    if let Some(changes) = data(ecs, "AuditPolicyChanges") {
        let texts: Vec<_> = changes.split(',').filter_map(text).collect();
        if !texts.is_empty() {
            put_data(ecs, "AuditPolicyChangesDescription", Value::from(texts));
        }
    }
    if let Some(list) = data(ecs, "AccessList") {
        let texts: Vec<_> = list.split_whitespace().filter_map(text).collect();
        if !texts.is_empty() {
            put_data(ecs, "AccessListDescription", Value::from(texts));
        }
    }
}

fn access_mask(ecs: &mut Fields) {
    let Some(list) = data(ecs, "AccessMask") else {
        return;
    };
    let masks: Vec<&str> = list.split_whitespace().collect();
    let all = masks
        .iter()
        .filter_map(|mask| convert::decode(&mask.replace("%%", "")))
        .fold(0, |all, mask| all | mask);
    if !masks.is_empty() {
        put_data(ecs, "AccessMask", Value::from(masks));
    }
    let texts = names::bits("access_mask", all);
    if !texts.is_empty() {
        put_data(ecs, "AccessMaskDescription", Value::from(texts));
    }
}

fn logon_failure(ecs: &mut Fields, code: u32) {
    if !TABLE.in_group("logon_status", code) || data(ecs, "Status").is_none() {
        return;
    }
    for (from, to) in [
        ("Status", "winlog.logon.failure.status"),
        ("SubStatus", "winlog.logon.failure.sub_status"),
    ] {
        if let Some(text) = data(ecs, from).and_then(|key| names::security("logon_status", &key)) {
            ecs.put(to, text);
        }
    }
}

/// Process and network members that many events share; they leave `EventData`.
fn process(ecs: &mut Fields) {
    if let Some(pid) = ecs.get(member("ProcessId")).and_then(convert::long) {
        ecs.put("process.pid", pid);
        ecs.remove(member("ProcessId"));
    }
    for (from, to) in [
        ("ProcessName", "process.executable"),
        ("WorkstationName", "source.domain"),
    ] {
        if let Some(value) = ecs.remove(member(from)) {
            ecs.put(to, value);
        }
    }
    if data(ecs, "IpAddress").is_some_and(|address| address != "-")
        && let Some(address) = ecs.remove(member("IpAddress"))
    {
        ecs.put("source.ip", address);
    }
    if let Some(port) = ecs.get(member("IpPort")).and_then(convert::long) {
        ecs.put("source.port", port);
        ecs.remove(member("IpPort"));
    }
    if data(ecs, "ClientAddress").is_some_and(|address| address != "-")
        && let Some(address) = ecs.remove(member("ClientAddress"))
    {
        ecs.put("related.ip", address);
    }
    process_name(ecs, "process");
}

/// Fills the name of `owner` from its executable: all of it when there is no backslash.
fn process_name(ecs: &mut Fields, owner: &str) {
    let name = format!("{owner}.name");
    if ecs.named(&name).is_some() {
        return;
    }
    if let Some(path) = ecs.text(&format!("{owner}.executable")).map(str::to_owned) {
        ecs.put(&name, convert::last_part(&path).unwrap_or(&path));
    }
}

/// Event 4688: process ids are hexadecimal and the arguments keep their quotes.
fn created_process(ecs: &mut Fields) {
    if let Some(pid) = ecs.get(member("NewProcessId")).and_then(convert::long) {
        ecs.put("process.pid", pid);
        ecs.remove(member("NewProcessId"));
    }
    for (from, to) in [
        ("NewProcessName", "process.executable"),
        ("ParentProcessName", "process.parent.executable"),
    ] {
        if let Some(path) = ecs.remove(member(from)) {
            ecs.put(to, path);
        }
    }
    process_name(ecs, "process");
    process_name(ecs, "process.parent");
    if let Some(pid) = ecs.get(member("ProcessId")).and_then(convert::long) {
        ecs.put("process.parent.pid", pid);
    }
    if let Some(line) = data(ecs, "CommandLine") {
        let arguments = command_line::split_keeping_quotes(&line);
        if !arguments.is_empty() {
            ecs.put("process.args", Value::from(arguments));
        }
        ecs.put("process.command_line", line);
    }
}

fn addresses(ecs: &mut Fields) {
    let Some(address) = ecs
        .text("source.ip")
        .map(|text| text.replace("::ffff:", ""))
    else {
        return;
    };
    ecs.put("source.ip", address.as_str());
    if address != "-" {
        ecs.add_once("related.ip", &address);
    }
}
