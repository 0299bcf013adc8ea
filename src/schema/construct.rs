//! Values that are put together from several fields, each called by a name in a mapping table.
//!
//! Takes an [`Event`]; gives one value, or nothing where a part is missing.

use super::transform::split_program;
use super::{audited, event_name, windows};
use crate::event::{Event, Value};

/// A value put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Construct {
    /// `DOMAIN\name` of `user.domain` and `user.name`.
    Account,
    /// `MD5=..,SHA256=..` of `process.hash.*`.
    ProcessHashes,
    /// `MD5=..,SHA256=..` of `file.hash.*`.
    FileHashes,
    /// Sysmon's `Details` of `registry.data.*`.
    RegistryDetails,
    /// The command line the Windows add-on builds for a 4688.
    CommandLine4688,
    /// `created` when Sysmon saw the file begin, else `modified`.
    FileAction,
    /// Sysmon's `TargetObject` of an audited registry value.
    AuditedPath,
    /// Sysmon's `Details` of an audited registry value.
    AuditedValue,
    /// The unnamed data of a classic event, each element by itself.
    Parameters,
    /// What Windows calls this kind of event.
    EventName,
    /// `EventData` as XML, the outer element left out.
    EventDataXml,
    /// `UserData` as XML, the outer element left out.
    UserDataXml,
}

impl Construct {
    /// Reads the name that mapping tables use.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "account" => Self::Account,
            "process_hashes" => Self::ProcessHashes,
            "file_hashes" => Self::FileHashes,
            "registry_details" => Self::RegistryDetails,
            "command_line_4688" => Self::CommandLine4688,
            "file_action" => Self::FileAction,
            "audited_path" => Self::AuditedPath,
            "audited_value" => Self::AuditedValue,
            "parameters" => Self::Parameters,
            "event_name" => Self::EventName,
            "event_data_xml" => Self::EventDataXml,
            "user_data_xml" => Self::UserDataXml,
            _ => return None,
        })
    }

    /// Returns the value.
    #[must_use]
    pub fn value(self, event: &Event) -> Option<Value> {
        let text = match self {
            Self::Account => account(event)?,
            Self::ProcessHashes => hashes(event, "process")?,
            Self::FileHashes => hashes(event, "file")?,
            Self::RegistryDetails => registry_details(event)?,
            Self::CommandLine4688 => command_line_4688(event)?,
            Self::FileAction => file_action(event)?.to_owned(),
            Self::AuditedPath => audited::target_object(event)?,
            Self::AuditedValue => audited::details(event)?,
            Self::Parameters => return parameters(event),
            Self::EventName => event_name::of(event)?.to_owned(),
            Self::EventDataXml => data_xml(event, false)?,
            Self::UserDataXml => data_xml(event, true)?,
        };
        Some(Value::from(text))
    }
}

fn ecs<'e>(event: &'e Event, name: &str) -> Option<&'e str> {
    event
        .ecs()
        .named(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

fn account(event: &Event) -> Option<String> {
    let name = ecs(event, "user.name")?;
    Some(match ecs(event, "user.domain") {
        Some(domain) => format!("{domain}\\{name}"),
        None => name.to_owned(),
    })
}

fn hashes(event: &Event, owner: &str) -> Option<String> {
    const KINDS: [(&str, &str); 4] = [
        ("SHA1", "hash.sha1"),
        ("MD5", "hash.md5"),
        ("SHA256", "hash.sha256"),
        ("IMPHASH", "pe.imphash"),
    ];
    let parts: Vec<String> = KINDS
        .iter()
        .filter_map(|(kind, field)| {
            let digest = ecs(event, &format!("{owner}.{field}"))?;
            Some(format!("{kind}={}", digest.to_uppercase()))
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(","))
}

fn registry_details(event: &Event) -> Option<String> {
    let data = event.ecs().named("registry.data.strings")?;
    let texts: Vec<&str> = data.elements().filter_map(Value::as_str).collect();
    let first = *texts.first()?;
    let number = || match first.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => first.parse().ok(),
    };
    let kind = ecs(event, "registry.data.type").unwrap_or_default();
    Some(match kind {
        "SZ_DWORD" | "REG_DWORD" | "DWORD" => match number() {
            Some(number) => format!("DWORD (0x{number:08x})"),
            None => first.to_owned(),
        },
        "SZ_QWORD" | "REG_QWORD" | "QWORD" => match number() {
            Some(number) => {
                format!(
                    "QWORD (0x{:08x}-0x{:08x})",
                    number >> 32,
                    number & 0xffff_ffff
                )
            }
            None => first.to_owned(),
        },
        _ => texts.join("\n"),
    })
}

/// The logged command line where it names a path, else the program's path and the arguments: an audited
/// `procdump -ma lsass` becomes `C:\Tools\procdump.exe -ma lsass` (Splunk_TA_windows, `[XmlWinEventLog]`).
fn command_line_4688(event: &Event) -> Option<String> {
    let line = windows::text(event, "CommandLine");
    let path = windows::text(event, "NewProcessName");
    let line = line.as_deref().unwrap_or_default();
    let (program, arguments) = split_program(line);
    if program.contains('\\') {
        return Some(line.to_owned());
    }
    let path = path?;
    if arguments.is_empty() {
        return Some(path.into_owned());
    }
    let quote = if path.contains(' ') { "\"" } else { "" };
    Some(format!("{quote}{path}{quote} {arguments}"))
}

/// How many unnamed elements are looked for; shippers leave empty ones out, so a gap is no end.
const MAX_PARAMETERS: usize = 16;

/// Returns the names of the unnamed elements.
pub fn parameter_names() -> impl Iterator<Item = String> {
    (1..=MAX_PARAMETERS).map(|number| format!("param{number}"))
}

/// The members as Splunk's add-on keeps them beside the fields: `<Data Name='a'>b</Data>`, or `<a>b</a>` as the
/// children of `UserData` are.
fn data_xml(event: &Event, user: bool) -> Option<String> {
    let mut out = String::new();
    for (name, value) in event.native().iter() {
        let (name, value) = (name.name(), value.text());
        // Shippers leave empty members out.
        if value.is_empty() {
            continue;
        }
        let value = quick_xml::escape::partial_escape(&*value);
        if user {
            out.push_str(&format!("<{name}>{value}</{name}>"));
        } else {
            let name = quick_xml::escape::escape(name);
            out.push_str(&format!("<Data Name='{name}'>{value}</Data>"));
        }
    }
    (!out.is_empty()).then_some(out)
}

fn parameters(event: &Event) -> Option<Value> {
    let named = parameter_names().map(|name| event.native().named(&name).cloned());
    let mut values: Vec<Value> = named.flatten().collect();
    values.retain(|value| value.as_str() != Some(""));
    match values.len() {
        0 => None,
        1 => values.pop(),
        _ => Some(Value::List(values)),
    }
}

fn file_action(event: &Event) -> Option<&'static str> {
    let created = windows::text(event, "CreationUtcTime")?;
    let seen = windows::text(event, "UtcTime")?;
    Some(if created == seen {
        "created"
    } else {
        "modified"
    })
}
