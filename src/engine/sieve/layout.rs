//! How records of a format name what tells their class.
//!
//! Takes the members of a line; tells whether the format is one that the sieve knows, and writes what tells the class.

use std::ops::Range;

use serde_json::Value as Json;

use super::log;
use crate::decode::members::{Member, Members, NameId, Shape, text};
use crate::decode::{FLAT_COMPUTERS, Role, flat_role, is_flat_computer, tells_flat_origin};
use crate::engine::kind;

/// The formats that the sieve knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Flat JSON in the way of NXLog.
    Flat,
    /// What winlogbeat ships, before any ingest pipeline ran.
    Shipped,
    /// The event as Windows wrote it, in XML or in the JSON of `evtx_dump`.
    Log,
}

impl Kind {
    /// Returns the part that the event's data member called `name` has.
    pub fn role(self, name: &str) -> Role {
        match self {
            Self::Flat => match flat_role(name) {
                Role::Data if hides(name) => Role::Never,
                // Where it is no text it is data, and the record is built whole.
                Role::Unsure if name == "Message" => Role::Never,
                role => role,
            },
            // A record that has such a data member is built whole.
            Self::Shipped | Self::Log if hides(name) => Role::Never,
            // Winlogbeat's own name for the element that holds the members.
            Self::Shipped if name == "xml_name" => Role::Unsure,
            Self::Shipped | Self::Log => Role::Data,
        }
    }

    /// Returns where a record has its message.
    pub const fn message(self) -> &'static [&'static str] {
        match self {
            Self::Flat => &["Message"],
            Self::Shipped => &["message"],
            Self::Log => &["Event", "RenderingInfo", "Message"],
        }
    }

    /// Returns whether a test on any value of the event may pass on the member with this full name, the message aside.
    pub fn is_anywhere(self, full: &str) -> bool {
        match self {
            Self::Flat => self.role(full) != Role::Never || is_flat_computer(full),
            Self::Shipped => {
                full.starts_with("winlog.event_data.") || SHIPPED_BESIDE.contains(&full)
            }
            Self::Log => log::is_anywhere(full),
        }
    }

    /// Returns whether the member with this full name tells which event it is, where it is from and when it happened.
    fn is_origin(self, full: &str) -> bool {
        match self {
            Self::Flat => tells_flat_origin(full),
            Self::Shipped => {
                let data = full.strip_prefix("winlog.event_data.");
                data.map_or(full != "message", |name| name == SYSMON_TIME)
            }
            Self::Log => log::is_origin(full),
        }
    }

    /// Returns where the data member called `name` lies in a record.
    pub fn path(self, name: &str) -> Vec<&str> {
        match self {
            Self::Flat => vec![name],
            Self::Shipped => vec!["winlog", "event_data", name],
            Self::Log => log::DATA.into_iter().chain([name]).collect(),
        }
    }
}

/// The data member that tells the time of Sysmon's events.
pub const SYSMON_TIME: &str = "UtcTime";

/// Returns whether a data member of this name hides what tells the class.
pub fn hides(name: &str) -> bool {
    kind::hides(name) || name == "Provider_Name"
}

/// Returns the full name of a member, its parts joined with dots.
pub fn full_name(members: &Members, name: NameId) -> Option<String> {
    let (text, parent) = members.text(name);
    let text = std::str::from_utf8(text).ok()?;
    Some(match parent {
        Some(parent) => format!("{}.{text}", full_name(members, parent)?),
        None => text.to_owned(),
    })
}

/// What a name means for the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Its value tells the class.
    Class,
    /// The message, if it is a text; otherwise the record is built whole.
    Message,
    /// Holds members; a record in which it is something else is built whole.
    Container,
    /// A data member, or nothing that matters here.
    Other,
    /// The same, with a space in its name.
    Spaced,
    /// A record that has it is built whole.
    Odd,
}

/// What a name means for the origin.
#[derive(Debug)]
enum OfOrigin {
    /// Nothing.
    Other,
    /// The member with this full name tells it.
    Tells(Box<str>),
    /// No text, so that only the whole record tells it.
    Odd,
}

/// A format and the names of it in one worker's table.
#[derive(Debug)]
pub struct Layout {
    pub kind: Kind,
    /// Of each of these groups one must be there.
    needed: [Vec<NameId>; 2],
    hosts: Vec<NameId>,
    parts: Vec<Part>,
    origin: Vec<OfOrigin>,
    /// The last line that [`Layout::write_key`] saw has a name with a space.
    pub spaced: bool,
}

/// Returns the formats, with their names added to `members`.
pub fn all(members: &mut Members) -> Vec<Layout> {
    let mut flat = |names: &[&str]| -> Vec<NameId> {
        names.iter().map(|name| members.name(&[name])).collect()
    };
    let flat = Layout {
        kind: Kind::Flat,
        needed: [flat(&["EventID", "EventId"]), flat(&["Channel", "LogName"])],
        hosts: flat(&FLAT_COMPUTERS),
        parts: Vec::new(),
        origin: Vec::new(),
        spaced: false,
    };
    let mut shipped = |name| vec![members.name(&["winlog", name])];
    let shipped = Layout {
        kind: Kind::Shipped,
        needed: [shipped("event_id"), shipped("channel")],
        hosts: vec![
            members.name(&["winlog", "computer_name"]),
            members.name(&["host", "name"]),
            members.name(&["host", "hostname"]),
        ],
        parts: Vec::new(),
        origin: Vec::new(),
        spaced: false,
    };
    let mut logged = |path: &[&str]| members.name(&[&["Event", "System"], path].concat());
    let log = Layout {
        kind: Kind::Log,
        needed: [
            vec![logged(&["EventID"]), logged(&["EventID", "#text"])],
            vec![logged(&["Channel"])],
        ],
        hosts: vec![logged(&["Computer"])],
        parts: Vec::new(),
        origin: Vec::new(),
        spaced: false,
    };
    vec![flat, shipped, log]
}

impl Layout {
    /// Returns whether the last line that `members` read has this format.
    pub fn fits(&self, members: &Members) -> bool {
        let there = |name: &NameId| members.get(*name).is_some();
        self.needed.iter().all(|group| group.iter().any(there))
    }

    /// Writes what tells the class of the last line; `None` when it is odd.
    pub fn write_key(&mut self, members: &Members, line: &[u8], key: &mut Vec<u8>) -> Option<()> {
        key.push(self.kind as u8);
        self.spaced = false;
        for member in members.all() {
            match self.part_of(members, member)? {
                Part::Other | Part::Container => {}
                Part::Spaced => self.spaced = true,
                Part::Message if is_message(member) => {}
                Part::Odd | Part::Message => return None,
                Part::Class => {
                    let raw = &line[member.value.clone()];
                    write(member.name, u8::from(member.shape.is_text()), raw, key);
                }
            }
        }
        Some(())
    }

    /// Returns where the last line names its host.
    pub fn host(&self, members: &Members) -> Option<Range<usize>> {
        let host = self.hosts.iter().find_map(|name| members.get(*name))?;
        Some(host.value.clone())
    }

    /// Returns those members of the last line that tell its event's origin; `None` where only the whole record tells it.
    pub fn origin(&mut self, members: &Members, line: &[u8]) -> Option<Vec<(&str, Json)>> {
        for at in self.origin.len()..members.names() {
            self.origin.push(match full_name(members, NameId::at(at)) {
                None => OfOrigin::Odd,
                Some(full) if self.kind.is_origin(&full) => OfOrigin::Tells(full.into()),
                Some(_) => OfOrigin::Other,
            });
        }
        let mut found = Vec::with_capacity(8);
        for member in members.all() {
            let full: &str = match &self.origin[member.name.index()] {
                OfOrigin::Other => continue,
                // In flat JSON it is a value, as text; elsewhere its members tell.
                _ if member.shape == Shape::Object && self.kind != Kind::Flat => continue,
                OfOrigin::Tells(full) if member.shape != Shape::Object => full,
                OfOrigin::Tells(_) | OfOrigin::Odd => return None,
            };
            found.push((full, json(member, line)?));
        }
        Some(found)
    }

    /// Returns what a member means.
    pub fn part_of(&mut self, members: &Members, member: &Member) -> Option<Part> {
        let holds = member.shape == Shape::Object;
        Some(match self.part(members, member.name)? {
            // An element of text and attributes: they tell, each by itself.
            Part::Class if holds && self.kind == Kind::Log => Part::Container,
            Part::Container if !holds && member.shape != Shape::Null => Part::Odd,
            part => part,
        })
    }

    /// Returns every member that may name the computer.
    pub fn hosts(&self) -> &[NameId] {
        &self.hosts
    }

    /// Returns what the name means.
    pub fn part(&mut self, members: &Members, name: NameId) -> Option<Part> {
        for at in self.parts.len()..members.names() {
            let name = NameId::at(at);
            let part = match part(self.kind, members, name) {
                Part::Other if members.text(name).0.contains(&b' ') => Part::Spaced,
                part => part,
            };
            self.parts.push(part);
        }
        self.parts.get(name.index()).copied()
    }
}

fn part(kind: Kind, members: &Members, name: NameId) -> Part {
    let Some(full) = full_name(members, name) else {
        return Part::Odd;
    };
    match kind {
        // These make it a record of another format.
        Kind::Flat if matches!(full.as_str(), "Event" | "_source") => Part::Odd,
        Kind::Flat if members.text(name).1.is_none() && flat_role(&full) == Role::Class => {
            Part::Class
        }
        Kind::Flat if hides(&full) => Part::Odd,
        Kind::Flat if full == "Message" => Part::Message,
        Kind::Flat => Part::Other,
        // It may mean a member that lies elsewhere.
        Kind::Shipped if members.text(name).0.contains(&b'.') => Part::Odd,
        Kind::Shipped => shipped(&full),
        Kind::Log => log::part(&full),
    }
}

/// Members of a shipped document that differ from event to event and fill nothing but themselves.
const SHIPPED_OTHER: [&str; 15] = [
    "@timestamp",
    "@metadata",
    "agent",
    "ecs",
    "event.created",
    "event.original",
    "host",
    "log.file",
    "winlog.activity_id",
    "winlog.computer_name",
    "winlog.process",
    "winlog.record_id",
    "winlog.related_activity_id",
    "winlog.time_created",
    "winlog.user",
];

/// Members of a shipped document that tell its class.
const SHIPPED_CLASS: [&str; 18] = [
    "@metadata.beat",
    "agent.type",
    "event.action",
    "event.code",
    "event.kind",
    "event.outcome",
    "event.provider",
    "log.level",
    "winlog.api",
    "winlog.channel",
    "winlog.event_id",
    "winlog.keywords",
    "winlog.level",
    "winlog.opcode",
    "winlog.provider_guid",
    "winlog.provider_name",
    "winlog.task",
    "winlog.version",
];

/// What a test on any value of a shipped event may pass on beside its data: the channel and what names the computer.
const SHIPPED_BESIDE: [&str; 4] = [
    "host.hostname",
    "host.name",
    "winlog.channel",
    "winlog.computer_name",
];

fn shipped(full: &str) -> Part {
    if full == "message" {
        return Part::Message;
    }
    let below = |heads: &[&str]| {
        heads.iter().any(|head| {
            full.strip_prefix(head)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let data = full.strip_prefix("winlog.event_data.");
    match full {
        "winlog" | "event" | "log" | "winlog.event_data" => Part::Other,
        _ if SHIPPED_CLASS.contains(&full) => Part::Class,
        _ if data.is_some_and(hides) => Part::Odd,
        // Not what an object of the event data holds.
        _ if data.is_some_and(|name| !name.contains('.')) || below(&SHIPPED_OTHER) => Part::Other,
        _ => Part::Odd,
    }
}

/// Returns the value of a member that a line which was read has.
pub fn json(member: &Member, line: &[u8]) -> Option<Json> {
    let range = member.value.clone();
    match member.shape {
        Shape::Text | Shape::Literal | Shape::References => {
            let mut room = String::new();
            return text(member.shape, &line[range], &mut room).map(Json::from);
        }
        Shape::Whole => {
            let written = std::str::from_utf8(&line[range]).ok()?;
            return written.parse::<i64>().ok().map(Json::from);
        }
        _ => {}
    }
    let quote = usize::from(member.shape.is_text());
    serde_json::from_slice(line.get(range.start - quote..range.end + quote)?).ok()
}

/// Returns whether the member called like the message can be it.
pub fn is_message(member: &Member) -> bool {
    member.shape.is_text() && !member.value.is_empty()
}

/// Writes bytes of one name and kind, so that different ones differ.
pub fn write(name: NameId, kind: u8, bytes: &[u8], key: &mut Vec<u8>) {
    key.extend((name.index() as u32).to_le_bytes());
    key.extend((bytes.len() as u32).to_le_bytes());
    key.push(kind);
    key.extend_from_slice(bytes);
}
