//! The Security log's members out of ECS fields.

use super::super::security::TABLE;
use super::{fill, text};
use crate::event::{Fields, Value};

/// Members that the pipeline adds and Windows does not write.
const ADDED: [&str; 15] = [
    "AccessListDescription",
    "AccessMaskDescription",
    "AuditPolicyChangesDescription",
    "Category",
    "NewSdGroup",
    "NewSdOwner",
    "NewUACList",
    "OldSdGroup",
    "OldSdOwner",
    "SidListDesc",
    "StatusDescription",
    "SubCategory",
    "TicketEncryptionTypeDescription",
    "TicketOptionsDescription",
    "UserAccountControlDescription",
];

/// Beginnings of added members that are numbered.
const NUMBERED: [&str; 4] = ["OldSdDacl", "NewSdDacl", "OldSdSacl", "NewSdSacl"];

/// Members whose list of values was one text: what Windows writes before, between and after them.
const LISTS: [(&str, &str, &str, &str); 4] = [
    ("AccessMask", "", "\n\t\t\t\t", "\n\t\t\t\t"),
    ("PrivilegeList", "", "\n\t\t\t", ""),
    ("UserAccountControl", "\n\t\t%%", "\n\t\t%%", ""),
    ("SidList", "\n\t\t", "\n\t\t", ""),
];

/// Fills the members of an event of id `code`.
pub fn fill_back(ecs: &Fields, native: &mut Fields, code: u32) {
    native.retain(|field, _| {
        let name = field.name();
        let numbered = NUMBERED.iter().any(|start| {
            name.strip_prefix(start).is_some_and(|rest| {
                !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit())
            })
        });
        !numbered && !ADDED.contains(&name)
    });
    lists(native);
    if TABLE.in_group("process", code) {
        fill(native, "ProcessId", hexadecimal(ecs, "process.pid"));
        fill(native, "ProcessName", text(ecs, "process.executable"));
        fill(native, "WorkstationName", text(ecs, "source.domain"));
        fill(native, "IpAddress", address(ecs, code));
        fill(native, "IpPort", text(ecs, "source.port"));
    }
    if code == 4688 {
        fill(native, "NewProcessId", hexadecimal(ecs, "process.pid"));
        fill(native, "NewProcessName", text(ecs, "process.executable"));
        let parent = text(ecs, "process.parent.executable");
        fill(native, "ParentProcessName", parent);
        fill(native, "ProcessId", hexadecimal(ecs, "process.parent.pid"));
        fill(native, "CommandLine", text(ecs, "process.command_line"));
    }
}

fn hexadecimal(ecs: &Fields, field: &str) -> Option<String> {
    let number = ecs.named(field)?.as_int()?;
    Some(format!("{number:#x}"))
}

/// Kerberos events write IPv4 addresses as mapped to IPv6.
fn address(ecs: &Fields, code: u32) -> Option<String> {
    let address = text(ecs, "source.ip")?;
    let mapped = TABLE.in_group("kerberos", code) && !address.contains(':');
    Some(if mapped {
        format!("::ffff:{address}")
    } else {
        address
    })
}

fn lists(native: &mut Fields) {
    for (name, before, between, after) in LISTS {
        let Some(Value::List(values)) = native.named(name) else {
            continue;
        };
        let texts: Vec<_> = values.iter().map(Value::text).collect();
        let joined = match texts.as_slice() {
            [only] if only == "-" || (before.is_empty() && !only.starts_with('%')) => {
                only.to_string()
            }
            several => format!("{before}{}{after}", several.join(between)),
        };
        native.put(name, joined);
    }
}
