//! Which data members an ECS field of a Windows record depends on.
//!
//! Takes a field and an event that stands for its class (one channel, provider and event id, no data members); gives
//! the members, a superset, without which the field's value is the same for every event of the class. The fast path
//! reads only these; a test holds the answers against the pipelines.

use super::Pipeline;
use super::table::{EVENT_DATA, Table};
use super::{powershell, security, sysmon};
use crate::event::{Event, FieldId};

/// What a field depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fillers {
    /// Names of data members.
    pub members: Vec<&'static str>,
    /// The member that the field is a plain copy of, provided that no other of the members is there and that the value
    /// is none of [`NOTHING`].
    pub copy: Option<&'static str>,
}

/// Values that are no value to some pipeline.
pub use super::sysmon::NOTHING;

/// Heads of names whose values come with the record itself, not with its data members, and differ within a class.
const OF_RECORD: [&str; 20] = [
    "_id",
    "_index",
    "_source",
    "@timestamp",
    "@metadata",
    "agent",
    "error",
    "event.created",
    "event.id",
    "event.ingested",
    "event.original",
    "host.hostname",
    "host.id",
    "host.name",
    "log.file",
    "message",
    "related",
    "winlog.activity_id",
    "winlog.computer_name",
    "winlog.record_id",
];

/// The same; apart from above for what only some pipelines keep.
const OF_SYSTEM: [&str; 6] = [
    "winlog.process",
    "winlog.related_activity_id",
    "winlog.time_created",
    "winlog.user",
    "winlog.user_data",
    "user.id",
];

/// Fields of the record that are the same for the whole class. Those that name a data stream come with no Windows record.
const OF_CLASS: [&str; 18] = [
    "data_stream",
    "ecs.version",
    "event.action",
    "event.category",
    "event.code",
    "event.dataset",
    "event.kind",
    "event.module",
    "event.outcome",
    "event.provider",
    "event.type",
    "host.os",
    "log.level",
    "winlog.api",
    "winlog.channel",
    "winlog.event_id",
    "winlog.keywords",
    "winlog.opcode",
];

/// The same; apart from above for the length of a line.
const OF_PROVIDER: [&str; 4] = [
    "winlog.provider_guid",
    "winlog.provider_name",
    "winlog.task",
    "winlog.version",
];

/// Returns what `field` depends on in the class of `event`; `None` when that is not known.
#[must_use]
pub fn of(event: &Event, field: FieldId) -> Option<Fillers> {
    let name = field.name();
    if below(name, &OF_RECORD) || below(name, &OF_SYSTEM) {
        return None;
    }
    if below(name, &OF_CLASS) || below(name, &OF_PROVIDER) {
        // Every pipeline tells these by the event id alone.
        return Some(Fillers::default());
    }
    match Pipeline::of(event.ecs()) {
        Some(Pipeline::Sysmon) => of_sysmon(name, event.code),
        Some(Pipeline::Security) => of_security(name, event.code),
        Some(Pipeline::PowerShellOperational) => {
            let pairs = (event.code == 4103).then_some("ContextInfo");
            of_powershell(&powershell::OPERATIONAL, name, event.code, pairs)
        }
        Some(Pipeline::PowerShell) => {
            let pairs = if event.code == 800 {
                "param2"
            } else {
                "param3"
            };
            of_powershell(&powershell::CLASSIC, name, event.code, Some(pairs))
        }
        Some(Pipeline::System) if event.code == 7045 && below(name, &["service"]) => {
            let members = vec!["ServiceName", "ServiceType", "ImagePath"];
            Some(Fillers {
                members,
                copy: None,
            })
        }
        Some(Pipeline::System) | None => {
            Some(own_member(name).map_or_else(Fillers::default, copied))
        }
    }
}

/// Returns whether a member of the event's class that has spaces in its name means the one without them.
#[must_use]
pub fn closes_names(event: &Event) -> bool {
    Pipeline::of(event.ecs()) == Some(Pipeline::PowerShellOperational)
}

fn below(name: &str, heads: &[&str]) -> bool {
    heads.iter().any(|head| {
        name.strip_prefix(head)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// Returns the member of a name in the event data.
fn own_member(name: &'static str) -> Option<&'static str> {
    name.strip_prefix(EVENT_DATA)
}

/// GUIDs are written anew on the way.
fn is_copied(member: &str) -> bool {
    !member.to_ascii_lowercase().ends_with("guid")
}

fn copied(member: &'static str) -> Fillers {
    Fillers {
        members: vec![member],
        copy: is_copied(member).then_some(member),
    }
}

/// Returns the members that the table moves to `name`.
fn movers(table: &Table, name: &str, code: u32) -> Fillers {
    let lines = table
        .moves
        .iter()
        .filter(|line| line.to.name() == name && line.holds_for(code));
    let mut fillers = Fillers::default();
    for line in lines {
        let member = line.native.name();
        fillers.members.push(member);
        let own = table.members(code).contains(&line.native);
        if line.is_plain() && is_copied(member) && (own || fillers.copy.is_none()) {
            fillers.copy = Some(member);
        }
    }
    fillers
}

fn of_sysmon(name: &'static str, code: u32) -> Option<Fillers> {
    let table = &*sysmon::TABLE;
    let derived = |from: &[&str], more: &[&'static str]| {
        let mut members = more.to_vec();
        for from in from {
            members.extend(movers(table, from, code).members);
        }
        Fillers {
            members,
            copy: None,
        }
    };
    if let Some(member) = own_member(name) {
        // It stays unless its own move goes through, which another member's move can hinder.
        let target = table.moves.iter().find(|line| line.native.name() == member);
        return Some(match target {
            None if member.starts_with("TargetProcessG") => Fillers {
                members: vec!["TargetProcessGuid", "TargetProcessGUID"],
                copy: None,
            },
            None => copied(member),
            Some(line) => derived(&[line.to.name()], &[member]),
        });
    }
    Some(match name {
        "process.name" => derived(&["process.name", "process.executable"], &[]),
        "process.parent.name" => {
            derived(&["process.parent.name", "process.parent.executable"], &[])
        }
        "process.args" | "process.args_count" => derived(&["process.command_line"], &[]),
        "process.parent.args" | "process.parent.args_count" => {
            derived(&["process.parent.command_line"], &[])
        }
        "file.name" | "file.directory" | "file.extension" => derived(&[name, "file.path"], &[]),
        "file.code_signature.valid" => derived(&[name], &["SignatureStatus"]),
        "network.direction" => derived(&[name], &["Initiated"]),
        "network.type" => derived(&[name], &["SourceIsIpv6"]),
        "user.name" | "user.domain" => derived(&[name], &["User"]),
        "registry.path" if table.in_group("registry", code) => copied("TargetObject"),
        "registry.path" | "registry.hive" | "registry.key" | "registry.value" => {
            derived(&[name], &["TargetObject"])
        }
        _ if below(name, &["registry"]) => derived(&[name], &["TargetObject", "Details"]),
        _ if below(
            name,
            &[
                "process.hash",
                "file.hash",
                "process.pe.imphash",
                "file.pe.imphash",
            ],
        ) =>
        {
            derived(&[name], &["Hashes", "Hash"])
        }
        _ if below(name, &["dns", "sysmon.dns"]) => {
            derived(&[name], &["QueryName", "QueryStatus", "QueryResults"])
        }
        _ if below(name, &["network", "user", "group"]) => return None,
        _ => movers(table, name, code),
    })
}

/// The heads of names that the PowerShell pipelines fill from members.
const OF_POWERSHELL: [&str; 7] = [
    "powershell",
    "process",
    "file",
    "user",
    "source.user",
    "destination.user",
    "event.sequence",
];

/// The one member of theirs that is long.
const SCRIPT: &str = "ScriptBlockText";

/// The pairs that a member lists fill fields too, by names of their own. All fields have one set of members, so that one
/// small event answers for all of them.
fn of_powershell(
    table: &Table,
    name: &'static str,
    code: u32,
    pairs: Option<&'static str>,
) -> Option<Fillers> {
    let script = name == "powershell.file.script_block_text";
    if script && pairs.is_none() {
        return Some(movers(table, name, code));
    }
    let details = below(name, &["powershell.command.invocation_details"]);
    if details || below(name, &["related"]) || name.starts_with(EVENT_DATA) {
        return None;
    }
    if !below(name, &OF_POWERSHELL) {
        return Some(Fillers::default());
    }
    let moved = table.moves.iter().map(|line| line.native.name());
    let moved = moved.filter(|member| script || *member != SCRIPT);
    let named = ["User", "UserId", "ConnectedUser", "ScriptName"];
    Some(Fillers {
        members: moved.chain(named).chain(pairs).collect(),
        copy: None,
    })
}

/// The heads of all names that the pipeline of audited events and the record itself fill.
const OF_SECURITY: [&str; 13] = [
    "error", "event", "file", "group", "host", "log", "message", "process", "related", "service",
    "source", "user", "winlog",
];

/// The fields of audited events that do not depend on which accounts there are.
fn of_security(name: &'static str, code: u32) -> Option<Fillers> {
    let takes = |group| security::TABLE.in_group(group, code);
    let members: &[&'static str] = match name {
        "user.name" | "user.domain" if takes("session") || takes("user_data") => return None,
        "user.name" => &["SubjectUserName", "TargetUserName"],
        "user.domain" => &["SubjectDomainName", "TargetDomainName"],
        "process.executable" | "process.name" => &["ProcessName", "NewProcessName"],
        "process.parent.executable" | "process.parent.name" => &["ParentProcessName"],
        "process.command_line" | "process.args" => &["CommandLine"],
        "process.pid" => &["ProcessId", "NewProcessId"],
        "process.parent.pid" => &["ProcessId"],
        "service.name" => &["ServiceName"],
        "service.type" => &["ServiceType"],
        "winlog.logon.type" => &["LogonType"],
        "source.port" => &["IpPort"],
        _ if below(
            name,
            &[
                "registry",
                "dll",
                "dns",
                "file.path",
                "file.name",
                "file.extension",
            ],
        ) =>
        {
            &[]
        }
        _ if !below(name, &OF_SECURITY) => &[],
        _ => return None,
    };
    Some(Fillers {
        members: members.to_vec(),
        copy: None,
    })
}
