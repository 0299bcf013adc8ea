//! Which data members an ECS field of a Windows record depends on.
//!
//! Takes a field and an event that stands for its class (one channel, provider and event id, no data members); gives
//! the members, a superset, without which the field's value is the same for every event of the class. The fast path
//! reads only these; a test holds the answers against the pipelines.

use super::Pipeline;
use super::pairs::{Listing, Pairs};
use super::part::Part;
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
    /// What the field has of that member, if it is not a plain copy.
    pub part: Option<Part>,
    /// A member that must be there besides, whatever its value, for the field to be that copy.
    pub beside: Option<&'static str>,
    /// The member that lists pairs, and those of them that have a part in the field.
    pub pairs: Option<Pairs>,
}

impl Fillers {
    fn of(members: &[&'static str]) -> Self {
        Self {
            members: members.to_vec(),
            ..Self::default()
        }
    }

    /// Returns it for a field that has `part` of what these fillers fill.
    fn with(self, part: Part) -> Self {
        Self {
            part: self.copy.map(|_| part),
            ..self
        }
    }
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
            let pairs = powershell::operational_pairs(event.code);
            of_powershell(&powershell::OPERATIONAL, name, event.code, pairs)
        }
        Some(Pipeline::PowerShell) => {
            let pairs = powershell::classic_pairs(event.code);
            of_powershell(&powershell::CLASSIC, name, event.code, Some(pairs))
        }
        Some(Pipeline::System) if event.code == 7045 && below(name, &["service"]) => {
            Some(Fillers::of(&["ServiceName", "ServiceType", "ImagePath"]))
        }
        Some(Pipeline::System) | None => {
            Some(own_member(name).map_or_else(Fillers::default, copied))
        }
    }
}

/// The field of a record's message.
const MESSAGE: &str = "message";

/// Returns whether a data member becomes the message of an event of the class that has none.
#[must_use]
pub fn fills_message(event: &Event) -> bool {
    Pipeline::of(event.ecs()) == Some(Pipeline::Sysmon)
        && !movers(&sysmon::TABLE, MESSAGE, event.code)
            .members
            .is_empty()
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
        ..Fillers::default()
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

/// The pairs that a member lists fill fields too, by names of their own.
fn of_powershell(
    table: &Table,
    name: &'static str,
    code: u32,
    pairs: Option<&'static Listing>,
) -> Option<Fillers> {
    let details = below(name, &["powershell.command.invocation_details"]);
    if details || below(name, &["related"]) || name.starts_with(EVENT_DATA) {
        return None;
    }
    if !below(name, &OF_POWERSHELL) {
        return Some(Fillers::default());
    }
    let own = movers(table, name, code);
    let from = |whole: &str, more: &[&'static str]| {
        let whole = movers(table, whole, code).members;
        Fillers::of(&[own.members.as_slice(), &whole, more].concat())
    };
    let fillers = match name {
        "process.args" | "process.args_count" => from("process.command_line", &[]),
        _ if below(name, &["file"]) => from("file.path", &["ScriptName"]),
        _ if below(name, &["user", "source.user", "destination.user"]) => {
            from(name, &["User", "UserId", "ConnectedUser"])
        }
        _ => own,
    };
    let Some(listing) = pairs else {
        return Some(fillers);
    };
    let pairs = Pairs::new(listing, &fillers.members);
    let mut members = fillers.members;
    members.push(listing.member);
    Some(Fillers {
        members,
        pairs: Some(pairs),
        ..Fillers::default()
    })
}

/// The heads of all names that the pipeline of audited events and the record itself fill.
const OF_SECURITY: [&str; 13] = [
    "error", "event", "file", "group", "host", "log", "message", "process", "related", "service",
    "source", "user", "winlog",
];

/// Members of audited events that become others, or are filled from others.
const CHANGED: [&str; 15] = [
    "AuditPolicyChangesDescription",
    "Category",
    "ClientAddress",
    "IpAddress",
    "IpPort",
    "NewProcessId",
    "NewProcessName",
    "NewUACList",
    "ParentProcessName",
    "ProcessId",
    "StatusDescription",
    "SubCategory",
    "TicketEncryptionTypeDescription",
    "TicketOptionsDescription",
    "UserAccountControl",
];

/// The members that audited events keep.
fn of_security_member(member: &'static str, code: u32) -> Option<Fillers> {
    let takes = |group| security::TABLE.in_group(group, code);
    if takes("descriptors") || CHANGED.contains(&member) {
        return None;
    }
    Some(match member {
        // They leave, whatever they have.
        "ProcessName" | "WorkstationName" if takes("process") => Fillers::default(),
        "AccessMask" | "PrivilegeList" => Fillers::of(&[member]),
        "AccessMaskDescription" => Fillers::of(&[member, "AccessMask"]),
        "AccessListDescription" => Fillers::of(&[member, "AccessList"]),
        _ => copied(member),
    })
}

/// The fields of audited events that do not depend on which accounts there are.
fn of_security(name: &'static str, code: u32) -> Option<Fillers> {
    let takes = |group| security::TABLE.in_group(group, code);
    if let Some(member) = own_member(name) {
        return of_security_member(member, code);
    }
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
    Some(Fillers::of(members))
}
