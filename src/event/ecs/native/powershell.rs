//! PowerShell's members out of ECS fields: the texts of name and value pairs are written again.

use super::super::powershell::{CLASSIC, OPERATIONAL};
use super::super::table::{Table, member};
use super::{account, fill, fill_moved, single, text};
use crate::event::{FieldId, Fields, Value};

/// The pairs of events 400, 403 and 600 behind the two of their own; "" is an empty line.
const ENGINE: [&str; 15] = [
    "",
    "SequenceNumber",
    "",
    "HostName",
    "HostVersion",
    "HostId",
    "HostApplication",
    "EngineVersion",
    "RunspaceId",
    "PipelineId",
    "CommandName",
    "CommandType",
    "ScriptName",
    "CommandPath",
    "CommandLine",
];

/// The pairs of event 800.
const EXECUTION: [&str; 15] = [
    "DetailSequence",
    "DetailTotal",
    "",
    "SequenceNumber",
    "",
    "UserId",
    "HostName",
    "HostVersion",
    "HostId",
    "HostApplication",
    "EngineVersion",
    "RunspaceId",
    "PipelineId",
    "ScriptName",
    "CommandLine",
];

/// The pairs of event 4103's `ContextInfo`.
const CONTEXT: [&str; 16] = [
    "Severity",
    "Host Name",
    "Host Version",
    "Host ID",
    "Host Application",
    "Engine Version",
    "Runspace ID",
    "Pipeline ID",
    "Command Name",
    "Command Type",
    "Script Name",
    "Command Path",
    "Sequence Number",
    "User",
    "Connected User",
    "Shell ID",
];

/// Fills the members of an event of the `Windows PowerShell` log.
pub fn fill_back_classic(ecs: &Fields, native: &mut Fields, code: u32) {
    let value = |name: &str| match name {
        "UserId" => account(ecs, "user"),
        "ScriptName" => text(ecs, "file.path"),
        _ => moved(&CLASSIC, ecs, name, code),
    };
    let pairs = |names: &[&str]| {
        let lines = names.iter().filter_map(|name| match (*name, value(name)) {
            ("", _) => Some(String::new()),
            // PowerShell 2 has no such line; later ones never leave it empty.
            ("HostApplication", None) => None,
            (name, value) => Some(format!("\t{name}={}", value.unwrap_or_default())),
        });
        Some(lines.collect::<Vec<_>>().join("\n"))
    };
    match code {
        400 | 403 | 600 => {
            let own = if code == 600 {
                ["ProviderName", "NewProviderState"]
            } else {
                ["NewEngineState", "PreviousEngineState"]
            };
            fill(native, "param1", value(own[0]));
            fill(native, "param2", value(own[1]));
            fill(native, "param3", pairs(&[&own[..], &ENGINE].concat()));
        }
        800 => {
            fill(native, "param1", value("CommandLine"));
            fill(native, "param2", pairs(&EXECUTION));
            fill(native, "param3", details(ecs));
        }
        _ => {}
    }
}

/// Fills the members of an event of the operational log.
pub fn fill_back_operational(ecs: &Fields, native: &mut Fields, code: u32) {
    fill_moved(&OPERATIONAL, ecs, native, code);
    if code == 4103 {
        fill(native, "ContextInfo", Some(context(ecs)));
        fill(native, "Payload", details(ecs));
    }
}

fn context(ecs: &Fields) -> String {
    let remote = ecs.named("source.user.name").is_some();
    let value = |name: &str| match name {
        // A warning or error would be another event.
        "Severity" => Some("Informational".to_owned()),
        "User" => account(ecs, if remote { "destination.user" } else { "user" }),
        "Connected User" => account(ecs, "source.user"),
        _ => moved(&OPERATIONAL, ecs, &name.replace(' ', ""), 4103),
    };
    let lines = CONTEXT
        .iter()
        .map(|name| format!("        {name} = {}", value(name).unwrap_or_default()));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the value of the pair `name`: out of the field it moved to, else where the pipeline left it.
fn moved(table: &Table, ecs: &Fields, name: &str, code: u32) -> Option<String> {
    let to = table.target(FieldId::of(name), code);
    let value = to.and_then(|to| ecs.get(to));
    single(value.or_else(|| ecs.get(member(name)))?)
}

/// Writes the lines of `Payload` and of event 800's details.
fn details(ecs: &Fields) -> Option<String> {
    let details = ecs.named("powershell.command.invocation_details")?;
    let lines: Vec<String> = details.elements().filter_map(detail).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn detail(detail: &Value) -> Option<String> {
    let Value::Object(members) = detail else {
        return None;
    };
    let member = |name: &str| {
        let found = members.iter().find(|(known, _)| &**known == name);
        found.map(|(_, value)| value.text())
    };
    let value = member("value").unwrap_or_default();
    let Some(kind) = member("type") else {
        return Some(value.into_owned());
    };
    let command = member("related_command").unwrap_or_default();
    Some(match member("name") {
        Some(name) => format!("{kind}({command}): name={name}; value={value}"),
        None => format!("{kind}({command}): {value}"),
    })
}
