//! How a Windows event as the system wrote it names its members: its XML, or the JSON that `evtx_dump` makes of it.
//!
//! Takes a member's full name; gives its part. What is not in Windows' own schema of an event, and `UserData`, whose
//! names differ from provider to provider, is left to the whole event.

use serde_json::{Map, Value as Json};

use super::layout::{Part, SYSMON_TIME, hides};

/// Where the event's data lies.
pub const DATA: [&str; 2] = ["Event", "EventData"];

/// Members of `Event.System` that tell the class.
const CLASS: [&str; 12] = [
    "Channel",
    "EventID",
    "EventID.#attributes.Qualifiers",
    "EventID.#text",
    "Keywords",
    "Level",
    "Opcode",
    "Provider.#attributes.EventSourceName",
    "Provider.#attributes.Guid",
    "Provider.#attributes.Name",
    "Task",
    "Version",
];

/// Members of `Event.System` that differ from event to event.
const OTHER: [&str; 6] = [
    "Computer",
    "Correlation",
    "EventRecordID",
    "Execution",
    "Security",
    "TimeCreated",
];

/// Returns the part of the member with this full name.
pub fn part(full: &str) -> Part {
    if matches!(
        full,
        "Event"
            | "Event.System"
            | "Event.EventData"
            | "Event.RenderingInfo"
            | "Event.System.Provider"
            | "Event.System.Provider.#attributes"
            | "Event.System.EventID.#attributes"
    ) {
        return Part::Container;
    }
    let Some(full) = full.strip_prefix("Event.") else {
        return Part::Odd;
    };
    if let Some(name) = full.strip_prefix("EventData.") {
        let odd = name.contains('.') || name.starts_with('#') || hides(name);
        return if odd { Part::Odd } else { Part::Other };
    }
    if let Some(name) = full.strip_prefix("System.") {
        let head = name.split('.').next().unwrap_or_default();
        return if CLASS.contains(&name) {
            Part::Class
        } else if OTHER.contains(&head) {
            Part::Other
        } else {
            Part::Odd
        };
    }
    if full == "RenderingInfo.Message" {
        return Part::Message;
    }
    let head = full.split('.').next().unwrap_or_default();
    if matches!(head, "#attributes" | "RenderingInfo") {
        Part::Other
    } else {
        Part::Odd
    }
}

/// Returns whether the member with this full name tells which event it is, where it is from and when it happened.
pub fn is_origin(full: &str) -> bool {
    let Some(name) = full.strip_prefix("Event.System.") else {
        return full.strip_prefix("Event.EventData.") == Some(SYSMON_TIME);
    };
    let head = name.split('.').next().unwrap_or_default();
    [
        "Channel",
        "Computer",
        "EventID",
        "EventRecordID",
        "TimeCreated",
    ]
    .contains(&head)
}

/// Returns whether a test on any value of the event may pass on the member with this full name, the message aside.
pub fn is_anywhere(full: &str) -> bool {
    let beside = ["Event.System.Channel", "Event.System.Computer"];
    full.starts_with("Event.EventData.") || beside.contains(&full)
}

/// Returns the JSON of members by their full names, none of which has a dot in a part.
pub fn nested(flat: Map<String, Json>) -> Map<String, Json> {
    let mut root = Map::new();
    for (full, value) in flat {
        let mut parts: Vec<&str> = full.split('.').collect();
        let last = parts.pop().unwrap_or_default();
        let at = parts.into_iter().try_fold(&mut root, |at, part| {
            at.entry(part)
                .or_insert_with(|| Json::Object(Map::new()))
                .as_object_mut()
        });
        if let Some(at) = at {
            at.insert(last.to_owned(), value);
        }
    }
    root
}
