//! The System pipeline: services installed (Service Control Manager, event 7045).

use super::convert;
use super::security::data;
use crate::event::{Fields, Value};

/// Runs the pipeline on shipped fields of event id `code`.
pub fn run(ecs: &mut Fields, code: u32) {
    if code != 7045 {
        return;
    }
    ecs.put("ecs.version", "1.12.0");
    ecs.put("event.module", "system");
    ecs.put("event.kind", "event");
    ecs.put("event.code", code.to_string());
    ecs.put("event.category", Value::from(vec!["configuration"]));
    ecs.put("event.type", Value::from(vec!["creation"]));
    ecs.put("event.action", "service-created");
    for (from, to) in [
        ("ServiceName", "service.name"),
        ("ServiceType", "service.type"),
        ("ImagePath", "service.file.path"),
    ] {
        if let Some(value) = data(ecs, from) {
            ecs.put(to, value);
        }
    }
    if let Some(name) = ecs
        .text("service.file.path")
        .and_then(convert::last_part)
        .map(str::to_owned)
    {
        ecs.put("service.file.name", name);
    }
}
