//! Fields that an agent on the host would have added and rules rely on.
//!
//! Kept apart from the pipelines' own fields, so that those stay equal to what winlogbeat ships. Values follow the
//! agent's habit as far as a record allows: `host.id` is the host's name, since no record carries the machine id;
//! `event.action` of a Sysmon event is its task as the provider's manifest renders it.

use super::super::{FieldId, Fields};
use crate::event::origin::Origin;

/// Returns the fields that `ecs` lacks.
pub fn of(ecs: &Fields, origin: &Origin) -> Fields {
    let mut extra = Fields::default();
    if !is_windows(ecs) {
        return extra;
    }
    for (name, value) in [("host.os.type", "windows"), ("host.os.family", "windows")] {
        if ecs.named(name).is_none() {
            extra.put(name, value);
        }
    }
    if let Some(task) = super::sysmon::task(ecs, origin.code) {
        for name in ["event.action", "winlog.task"] {
            if ecs.named(name).is_none() {
                extra.set(FieldId::of(name), task.clone());
            }
        }
    }
    if !origin.computer.is_empty() {
        for name in ["host.id", "host.name", "host.hostname"] {
            if ecs.named(name).is_none() {
                extra.put(name, &*origin.computer);
            }
        }
    }
    extra
}

/// Returns whether the fields speak of Windows and of no other system.
fn is_windows(ecs: &Fields) -> bool {
    let told = SYSTEM.iter().find_map(|name| {
        let mut elements = ecs.named(name)?.elements();
        Some(elements.next()?.as_str()?.to_lowercase())
    });
    match told {
        Some(system) => system.contains("windows"),
        // No other system has a registry.
        None => ecs.iter().any(|(field, _)| {
            let name = field.name();
            name.starts_with("winlog.") || name.starts_with("registry.")
        }),
    }
}

/// Fields that name the operating system, the plainest first.
const SYSTEM: [&str; 5] = [
    "host.os.type",
    "host.os.family",
    "host.os.platform",
    "host.os.name",
    "host.os.full",
];
