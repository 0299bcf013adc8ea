//! What the fields of Sysmon's events depend on.

use super::{Fillers, MESSAGE, below, copied, movers, own_member};
use crate::event::ecs::part::Part;
use crate::event::ecs::sysmon::TABLE;
use crate::event::ecs::table::Table;

/// Returns the members that become the message.
pub fn of_message(code: u32) -> Vec<&'static str> {
    movers(&TABLE, MESSAGE, code).members
}

/// Returns what a field of a Sysmon event depends on.
pub fn of(name: &'static str, code: u32) -> Option<Fillers> {
    let table = &*TABLE;
    let derived = |from: &[&str], more: &[&'static str]| {
        let mut members = more.to_vec();
        for from in from {
            members.extend(movers(table, from, code).members);
        }
        Fillers::of(&members)
    };
    // What one member's text gives, where it is moved to `whole` and nothing fills the field itself.
    let part = |whole: &str, part: Part| {
        let whole = movers(table, whole, code).with(part);
        let own = movers(table, name, code).members;
        Fillers {
            members: [own, whole.members].concat(),
            ..whole
        }
    };
    if let Some(member) = own_member(name) {
        // It stays unless its own move goes through, which another member's move can hinder.
        let target = table.moves.iter().find(|line| line.native.name() == member);
        return Some(match target {
            _ if table.drops(member) => Fillers::default(),
            // It stays where the record has a message of its own.
            Some(line) if line.to.name() == MESSAGE => return None,
            None if member.starts_with("TargetProcessG") => {
                Fillers::of(&["TargetProcessGuid", "TargetProcessGUID"])
            }
            None => copied(member),
            Some(line) => derived(&[line.to.name()], &[member]),
        });
    }
    Some(match name {
        "process.name" => part("process.executable", Part::ProcessName),
        "process.parent.name" => part("process.parent.executable", Part::ProcessName),
        "process.args" => part("process.command_line", Part::Arguments),
        "process.args_count" => part("process.command_line", Part::ArgumentsCount),
        "process.parent.args" => part("process.parent.command_line", Part::Arguments),
        "process.parent.args_count" => part("process.parent.command_line", Part::ArgumentsCount),
        "file.name" => part("file.path", Part::FileName),
        "file.directory" => part("file.path", Part::Directory),
        "file.extension" => part("file.path", Part::Extension),
        "file.code_signature.valid" => derived(&[name], &["SignatureStatus"]),
        "network.direction" => derived(&[name], &["Initiated"]),
        "network.type" => derived(&[name], &["SourceIsIpv6"]),
        "user.name" | "user.domain" => derived(&[name], &["User"]),
        "registry.path" if table.in_group("registry", code) => copied("TargetObject"),
        "registry.key" if table.in_group("registry", code) => {
            copied("TargetObject").with(Part::RegistryKey)
        }
        "registry.value" if table.in_group("registry", code) => {
            copied("TargetObject").with(Part::RegistryValue)
        }
        "registry.data.strings" if table.in_group("registry", code) => Fillers {
            members: vec!["TargetObject", "Details"],
            beside: Some("TargetObject"),
            ..copied("Details").with(Part::RegistryStrings)
        },
        "registry.path" | "registry.hive" | "registry.key" | "registry.value" => {
            derived(&[name], &["TargetObject"])
        }
        _ if below(name, &["registry"]) => derived(&[name], &["TargetObject", "Details"]),
        _ if below(name, &HASHES) => of_hash(table, name, code),
        _ if below(name, &["dns", "sysmon.dns"]) => {
            derived(&[name], &["QueryName", "QueryStatus", "QueryResults"])
        }
        _ if below(name, &["network", "user", "group"]) => return None,
        _ => movers(table, name, code),
    })
}

/// The heads of the names of hashes.
const HASHES: [&str; 4] = [
    "process.hash",
    "file.hash",
    "process.pe.imphash",
    "file.pe.imphash",
];

/// The fields of what Sysmon's `Hashes` lists, or `Hash`, as some events have it.
fn of_hash(table: &Table, name: &'static str, code: u32) -> Fillers {
    let owner = ["process", "file"].into_iter();
    let owner = owner.filter(|owner| table.in_group(&format!("{owner}_hashes"), code));
    // The first takes them all.
    let hash = owner.take(1).find_map(|owner| {
        let field = name.strip_prefix(owner)?.strip_prefix('.')?;
        match field {
            "pe.imphash" => Some("imphash"),
            "hash.imphash" => None,
            _ => field.strip_prefix("hash."),
        }
    });
    let is_own = |member: &&str| table.members(code).iter().any(|own| own.name() == *member);
    let own = movers(table, name, code).members;
    Fillers {
        members: [own.as_slice(), &["Hashes", "Hash"]].concat(),
        copy: hash.and_then(|_| ["Hashes", "Hash"].into_iter().find(is_own)),
        part: hash.map(Part::Hash),
        ..Fillers::default()
    }
}
