//! The two PowerShell pipelines: the classic log and the operational one.

use std::sync::LazyLock;

use regex::Regex;

use super::convert;
use super::pairs::Listing;
use super::sysmon::{account, arguments};
use super::table::{EVENT_DATA, Table, member};
use crate::event::{FieldId, Fields, Value};

/// The table of `tables/powershell.toml`.
pub static CLASSIC: LazyLock<Table> = LazyLock::new(|| {
    include_str!("tables/powershell.toml")
        .parse()
        .unwrap_or_default()
});

/// The table of `tables/powershell_operational.toml`.
pub static OPERATIONAL: LazyLock<Table> = LazyLock::new(|| {
    include_str!("tables/powershell_operational.toml")
        .parse()
        .unwrap_or_default()
});

/// `Type(Command): value`; the operational pipeline lets the type hold anything.
const CLASSIC_DETAIL: &str = r"^([^:(]+)\(([^\r\n]+)\):\s*([^\r\n]+)?$";
const OPERATIONAL_DETAIL: &str = r"^([^\r\n]+)\(([^\r\n]+)\):\s*([^\r\n]+)?$";
const BINDING: &str = r"^name=([^\r\n]+);\s*value=([^\r\n]+)$";

static CLASSIC_LINE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(CLASSIC_DETAIL).ok());
static OPERATIONAL_LINE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(OPERATIONAL_DETAIL).ok());
static BINDING_LINE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(BINDING).ok());

/// Returns where events of `Windows PowerShell` list pairs.
pub const fn classic_pairs(code: u32) -> &'static Listing {
    if code == 800 {
        &Listing {
            member: "param2",
            separator: "\n\t",
            trim: &['\n', '\t'],
        }
    } else {
        &Listing {
            member: "param3",
            separator: "\n\t",
            trim: &['\n', '\t'],
        }
    }
}

/// Returns where events of `Microsoft-Windows-PowerShell/Operational` list pairs, if they do.
pub const fn operational_pairs(code: u32) -> Option<&'static Listing> {
    match code {
        4103 => Some(&Listing {
            member: "ContextInfo",
            separator: "\n",
            trim: &[' ', '\n', '\t', '\r'],
        }),
        _ => None,
    }
}

/// Runs the pipeline of `Windows PowerShell` on shipped fields of event id `code`.
pub fn run_classic(ecs: &mut Fields, code: u32) {
    spread(ecs, classic_pairs(code));
    let details = text(ecs, "param3").filter(|_| code == 800);
    common(&CLASSIC, ecs, code);
    if let Some(named) = text(ecs, "UserId") {
        account(ecs, &named, "user");
    }
    relate(ecs, "user.name");
    details_of(ecs, details.as_deref(), CLASSIC_LINE.as_ref());
    finish(&CLASSIC, ecs, code);
}

/// Runs the pipeline of `Microsoft-Windows-PowerShell/Operational` on shipped fields of event id `code`.
pub fn run_operational(ecs: &mut Fields, code: u32) {
    if let Some(pairs) = operational_pairs(code) {
        spread(ecs, pairs);
    }
    close_names(ecs);
    let details = text(ecs, "Payload").filter(|_| code == 4103);
    common(&OPERATIONAL, ecs, code);
    if let Some(id) = ecs.text("winlog.user.identifier").map(str::to_owned) {
        ecs.put("user.id", id);
    }
    users(ecs);
    details_of(ecs, details.as_deref(), OPERATIONAL_LINE.as_ref());
    finish(&OPERATIONAL, ecs, code);
}

fn common(table: &Table, ecs: &mut Fields, code: u32) {
    table.set_all(ecs);
    ecs.put("event.code", code.to_string());
    // These pipelines set plain values where the others set lists.
    table.categorise(ecs, code);
    if let Some(Value::List(kinds)) = ecs.named("event.type")
        && let [kind] = kinds.as_slice()
    {
        let kind = kind.clone();
        ecs.put("event.type", kind);
    }
}

fn finish(table: &Table, ecs: &mut Fields, code: u32) {
    table.run_moves(ecs, code);
    // Only the classic log names its script so late: an empty name is no path.
    if let Some(path) = text(ecs, "ScriptName").filter(|path| !path.is_empty()) {
        ecs.put("file.path", path);
        ecs.remove(member("ScriptName"));
    }
    arguments(ecs, "process");
    if let Some(path) = ecs
        .text("file.path")
        .filter(|path| path.len() > 1)
        .map(str::to_owned)
    {
        convert::file_parts(ecs, &path);
    }
    table.drop_members(ecs);
    ecs.retain(|field, value| {
        !(field.name().starts_with(EVENT_DATA) && value.as_str() == Some(""))
    });
}

fn text(ecs: &Fields, name: &str) -> Option<String> {
    ecs.get(member(name))?.as_str().map(str::to_owned)
}

/// Spreads the `name=value` pairs that a member lists over members of their own.
fn spread(ecs: &mut Fields, listing: &Listing) {
    let Some(pairs) = text(ecs, listing.member) else {
        return;
    };
    let pieces = listing.pieces(&pairs).map(|piece| &pairs[piece]);
    for (name, value) in pieces.filter_map(|pair| listing.pair(pair)) {
        ecs.add(member(name), value.into());
    }
}

/// Removes white space from members' names.
fn close_names(ecs: &mut Fields) {
    let open: Vec<FieldId> = ecs
        .iter()
        .map(|(field, _)| field)
        .filter(|field| field.name().starts_with(EVENT_DATA))
        .filter(|field| field.name().contains(char::is_whitespace))
        .collect();
    for field in open {
        if let Some(value) = ecs.remove(field) {
            let name: String = field.name().split_whitespace().collect();
            ecs.put(&name, value);
        }
    }
}

/// The user who runs the command; over a remote session the one who is connected.
fn users(ecs: &mut Fields) {
    if let Some(named) = text(ecs, "User") {
        account(ecs, &named, "user");
    }
    relate(ecs, "user.name");
    let Some(connected) = text(ecs, "ConnectedUser") else {
        return;
    };
    account(ecs, &connected, "source.user");
    relate(ecs, "source.user.name");
    for part in ["domain", "name"] {
        let Some(source) = ecs.named(&format!("source.user.{part}")).cloned() else {
            continue;
        };
        if let Some(user) = ecs.take(&format!("user.{part}")) {
            ecs.put(&format!("destination.user.{part}"), user);
        }
        ecs.put(&format!("user.{part}"), source);
    }
}

fn relate(ecs: &mut Fields, field: &str) {
    if let Some(name) = ecs.text(field).map(str::to_owned) {
        ecs.add_once("related.user", &name);
    }
}

/// Fills `powershell.command.invocation_details` from the lines of `details`.
fn details_of(ecs: &mut Fields, details: Option<&str>, line: Option<&Regex>) {
    let Some(details) = details else { return };
    let objects: Vec<Value> = details
        .trim_end_matches('\n')
        .split('\n')
        .filter_map(|raw| detail(raw, line?))
        .collect();
    if !objects.is_empty() {
        ecs.set_objects("powershell.command.invocation_details", objects);
    }
}

fn detail(raw: &str, line: &Regex) -> Option<Value> {
    let Some(parts) = line.captures(raw) else {
        return object([("value", Some(raw))]);
    };
    let part = |number| parts.get(number).map(|part| part.as_str());
    let (kind, command, value) = (part(1), part(2), part(3));
    if kind != Some("ParameterBinding") {
        return object([
            ("type", kind),
            ("related_command", command),
            ("value", value),
        ]);
    }
    let binding = value.and_then(|value| BINDING_LINE.as_ref()?.captures(value));
    let Some(binding) = binding else {
        return object([("value", value)]);
    };
    let bound = |number| binding.get(number).map(|part| part.as_str());
    object([
        ("type", kind),
        ("related_command", command),
        ("name", bound(1)),
        ("value", bound(2)),
    ])
}

fn object<const N: usize>(members: [(&str, Option<&str>); N]) -> Option<Value> {
    let members: Vec<(Box<str>, Value)> = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.into(), value?.into())))
        .collect();
    (!members.is_empty()).then_some(Value::Object(members))
}
