//! Which data members an ECS field of a Windows record depends on.
//!
//! Takes a field and an event that stands for its class (one channel, provider and event id, no data members); gives
//! the members, a superset, without which the field's value is the same for every event of the class. The fast path
//! reads only these; `schema/depends/tests.rs` holds the answers against the pipelines.

mod powershell;
mod security;
mod sysmon;

use super::Pipeline;
use super::pairs::Pairs;
use super::part::Part;
use super::table::{EVENT_DATA, Table};
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
    /// A member that must be there besides, with none of those values, for the field to be that copy.
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
        Some(Pipeline::Sysmon) => sysmon::of(name, event.code),
        Some(Pipeline::Security) => security::of(name, event.code),
        Some(Pipeline::PowerShellOperational) => powershell::of_operational(name, event.code),
        Some(Pipeline::PowerShell) => powershell::of_classic(name, event.code),
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

/// Returns the data members that become the message of an event of the class that has none.
#[must_use]
pub fn of_message(event: &Event) -> Vec<&'static str> {
    match Pipeline::of(event.ecs()) {
        Some(Pipeline::Sysmon) => sysmon::of_message(event.code),
        _ => Vec::new(),
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
