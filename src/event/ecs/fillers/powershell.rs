//! What the fields of PowerShell's events depend on.

use super::{Fillers, below, movers};
use crate::event::ecs::pairs::{Listing, Pairs};
use crate::event::ecs::powershell::{CLASSIC, OPERATIONAL, classic_pairs, operational_pairs};
use crate::event::ecs::table::{EVENT_DATA, Table};

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

/// Returns what a field of an event of `Microsoft-Windows-PowerShell/Operational` depends on.
pub fn of_operational(name: &'static str, code: u32) -> Option<Fillers> {
    of(&OPERATIONAL, name, code, operational_pairs(code))
}

/// Returns what a field of an event of `Windows PowerShell` depends on.
pub fn of_classic(name: &'static str, code: u32) -> Option<Fillers> {
    of(&CLASSIC, name, code, Some(classic_pairs(code)))
}

/// The pairs that a member lists fill fields too, by names of their own.
fn of(
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
