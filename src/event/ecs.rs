//! Windows records to ECS, exactly as winlogbeat's ingest pipelines do it.
//!
//! [`ship()`] takes a Windows record and gives the fields that winlogbeat sends; [`ingest()`] takes such fields, from
//! either side, and runs the pipeline of their channel on them. The mapping tables are TOML under `tables/`.

mod accounts;
mod command_line;
mod convert;
mod descriptors;
mod dns;
pub mod extra;
pub mod fillers;
mod hashes;
mod names;
pub mod native;
pub mod pairs;
pub mod part;
mod powershell;
mod registry;
mod security;
mod ship;
mod sysmon;
mod system;
mod table;

pub use ship::{line_ends, ship};

use super::Fields;

/// Which pipeline an event runs through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pipeline {
    Sysmon,
    Security,
    PowerShell,
    PowerShellOperational,
    System,
}

impl Pipeline {
    /// Returns the pipeline of the channel and provider, both compared without case.
    fn of(ecs: &Fields) -> Option<Self> {
        let channel = ecs.text("winlog.channel")?;
        if is_powershell(channel) {
            let classic = channel.eq_ignore_ascii_case(POWERSHELL[0]);
            return Some(if classic {
                Self::PowerShell
            } else {
                Self::PowerShellOperational
            });
        }
        let channel = channel.to_lowercase();
        let provider = || ecs.text("winlog.provider_name").unwrap_or_default();
        let from = |names: &[&str]| {
            names
                .iter()
                .any(|name| name.eq_ignore_ascii_case(provider()))
        };
        Some(match channel.as_str() {
            "microsoft-windows-sysmon/operational" => Self::Sysmon,
            "security" if from(&SECURITY_PROVIDERS) => Self::Security,
            "system" if from(&["Service Control Manager"]) => Self::System,
            _ => return None,
        })
    }
}

/// Channels of PowerShell, the classic one first.
const POWERSHELL: [&str; 3] = [
    "Windows PowerShell",
    "Microsoft-Windows-PowerShell/Operational",
    "PowerShellCore/Operational",
];

/// Returns whether a channel's events are PowerShell's, whose pipelines read `event.sequence` out of a long text.
pub fn is_powershell(channel: &str) -> bool {
    POWERSHELL
        .iter()
        .any(|known| known.eq_ignore_ascii_case(channel))
}

const SECURITY_PROVIDERS: [&str; 2] = [
    "Microsoft-Windows-Eventlog",
    "Microsoft-Windows-Security-Auditing",
];

/// Runs the pipeline of the event's channel on `ecs`, unless it has run already or there is none; tells whether it ran.
pub fn ingest(ecs: &mut Fields) -> bool {
    // Every pipeline names its module, and no shipper does.
    if ecs.named("event.module").is_some() || ecs.named("event.category").is_some() {
        return false;
    }
    let code = ecs
        .named("winlog.event_id")
        .or_else(|| ecs.named("event.code"))
        .and_then(super::Value::as_int)
        .and_then(|code| u32::try_from(code).ok());
    let (Some(code), Some(pipeline)) = (code, Pipeline::of(ecs)) else {
        return false;
    };
    if let Some(level) = ecs.named("winlog.level").cloned() {
        ecs.put("log.level", level);
    }
    match pipeline {
        Pipeline::Sysmon => sysmon::run(ecs, code),
        Pipeline::Security => security::run(ecs, code),
        Pipeline::PowerShell => powershell::run_classic(ecs, code),
        Pipeline::PowerShellOperational => powershell::run_operational(ecs, code),
        Pipeline::System => system::run(ecs, code),
    }
    finish(ecs, pipeline);
    true
}

/// What every pipeline ends with: text ids, and the shipper's time and level in their ECS places.
fn finish(ecs: &mut Fields, pipeline: Pipeline) {
    for name in ["winlog.record_id", "winlog.event_id"] {
        if let Some(value) = ecs.named(name) {
            let text = value.text().into_owned();
            ecs.put(name, text);
        }
    }
    ecs.take("event.original");
    let created = ecs
        .named("winlog.time_created")
        .and_then(super::origin::moment);
    if pipeline != Pipeline::Security {
        ecs.take("winlog.time_created");
        ecs.take("winlog.level");
    }
    if let Some(time) = created.filter(|_| pipeline != Pipeline::Sysmon) {
        ecs.put("@timestamp", time.to_rfc3339_millis());
    }
}

#[cfg(test)]
pub mod goldens;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod traps;

#[cfg(test)]
mod tests {
    use super::table::Table;

    #[test]
    fn every_table_parses() {
        for text in [
            include_str!("ecs/tables/sysmon.toml"),
            include_str!("ecs/tables/security.toml"),
            include_str!("ecs/tables/powershell.toml"),
            include_str!("ecs/tables/powershell_operational.toml"),
        ] {
            text.parse::<Table>().unwrap();
        }
    }
}
