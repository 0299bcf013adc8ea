//! The verbatim Windows names of a document that carries them under ECS names.
//!
//! Takes a document's ECS fields; gives the `EventData` members that the event had, so that vocabularies over Windows
//! names read the same from every format. What a pipeline dropped for good stays absent: `docs/ecs-differences.md`
//! lists it.

mod powershell;
mod security;
mod sysmon;

use super::super::{FieldId, Fields, Value};
use super::Pipeline;
use super::table::Table;

/// Returns the `EventData` and `UserData` members that a document still carries.
pub fn of_document(ecs: &Fields) -> Fields {
    let mut native = Fields::default();
    for (field, value) in ecs.iter() {
        let name = field.name();
        let member = name
            .strip_prefix("winlog.event_data.")
            .or_else(|| name.strip_prefix("winlog.user_data."));
        // Winlogbeat's own name for the element that holds the members.
        if let Some(member) = member.filter(|name| *name != "xml_name") {
            native.set(FieldId::of(member), value.clone());
        }
    }
    native
}

/// Fills names of `native` that a pipeline has moved away, from the fields it moved them to, and takes out what the
/// pipeline added. Members that are still there are left alone.
pub fn fill_back(ecs: &Fields, native: &mut Fields, code: u32) {
    match Pipeline::of(ecs) {
        Some(Pipeline::Sysmon) => sysmon::fill_back(ecs, native, code),
        Some(Pipeline::Security) => security::fill_back(ecs, native, code),
        Some(Pipeline::PowerShell) => powershell::fill_back_classic(ecs, native, code),
        Some(Pipeline::PowerShellOperational) => {
            powershell::fill_back_operational(ecs, native, code);
        }
        // The System pipeline copies and moves nothing.
        Some(Pipeline::System) | None => {}
    }
}

/// Sets `name` to `value` unless there is no value, or the event has the member already.
fn fill(native: &mut Fields, name: &str, value: Option<String>) {
    fill_field(native, FieldId::of(name), value);
}

fn fill_field(native: &mut Fields, field: FieldId, value: Option<String>) {
    if let Some(value) = value
        && native.get(field).is_none()
    {
        native.set(field, value.into());
    }
}

/// Runs the table's moves backwards for the members that an event of id `code` has.
fn fill_moved(table: &Table, ecs: &Fields, native: &mut Fields, code: u32) {
    for &name in table.members(code) {
        let moved = table.target(name, code).and_then(|to| single(ecs.get(to)?));
        fill_field(native, name, moved);
    }
}

/// Returns a single value as text.
fn single(value: &Value) -> Option<String> {
    match value {
        Value::List(_) | Value::Object(_) => None,
        plain => Some(plain.text().into_owned()),
    }
}

/// Returns the field called `name` as text, when it has a single value.
fn text(ecs: &Fields, name: &str) -> Option<String> {
    ecs.named(name).and_then(single)
}

/// Returns `DOMAIN\name` of `owner`; an account without a domain never came apart.
fn account(ecs: &Fields, owner: &str) -> Option<String> {
    let name = text(ecs, &format!("{owner}.name"))?;
    let domain = text(ecs, &format!("{owner}.domain"))?;
    Some(format!("{domain}\\{name}"))
}
