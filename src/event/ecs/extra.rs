//! Fields that an agent on the host would have added and rules rely on.
//!
//! Kept apart from the pipelines' own fields, so that those stay equal to what winlogbeat ships. Values follow the
//! agent's habit as far as a record allows: `host.id` is the host's name, since no record carries the machine id.

use super::super::Fields;
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
    let named = |name| ecs.text(name).map(str::to_lowercase);
    match named("host.os.type").or_else(|| named("host.os.family")) {
        Some(system) => system == "windows",
        None => ecs
            .iter()
            .any(|(field, _)| field.name().starts_with("winlog.")),
    }
}
