//! What is said of fields, held against events.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::*;
use crate::decode::{flat_role, record_of_line};
use crate::event::ecs::line_ends;
use crate::schema::value;

/// A channel and its provider, event ids, and data members that its events have.
struct Log {
    channel: &'static str,
    provider: &'static str,
    codes: &'static [u32],
    members: &'static [&'static str],
}

const LOGS: [Log; 4] = [
    Log {
        channel: "Microsoft-Windows-Sysmon/Operational",
        provider: "Microsoft-Windows-Sysmon",
        codes: &[
            1, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 22, 23, 24, 25, 26, 29,
        ],
        members: &[
            "CallTrace",
            "CommandLine",
            "Details",
            "Device",
            "Hash",
            "Hashes",
            "Image",
            "ImageLoaded",
            "OriginalFileName",
            "ParentCommandLine",
            "ParentImage",
            "PipeName",
            "ProcessId",
            "SignatureStatus",
            "SourceImage",
            "TargetFilename",
            "TargetImage",
            "TargetObject",
            "Type",
            "User",
        ],
    },
    Log {
        channel: "Security",
        provider: "Microsoft-Windows-Security-Auditing",
        codes: &[
            4624, 4656, 4670, 4672, 4688, 4703, 4719, 4738, 4769, 4778, 4908,
        ],
        members: &[
            "AccessList",
            "AccessMask",
            "AuditPolicyChanges",
            "ClientAddress",
            "CommandLine",
            "EnabledPrivilegeList",
            "IpAddress",
            "IpPort",
            "LogonType",
            "MemberName",
            "NewProcessId",
            "NewProcessName",
            "NewSd",
            "NewUacValue",
            "ObjectName",
            "ObjectType",
            "ParentProcessName",
            "PrivilegeList",
            "ProcessId",
            "ProcessName",
            "ServiceType",
            "ShareName",
            "SidList",
            "Status",
            "SubcategoryGuid",
            "SubjectUserName",
            "TargetUserName",
            "TicketEncryptionType",
            "TicketOptions",
            "UserAccountControl",
            "WorkstationName",
        ],
    },
    Log {
        channel: "Microsoft-Windows-PowerShell/Operational",
        provider: "Microsoft-Windows-PowerShell",
        codes: &[4103, 4104, 4105],
        members: &[
            "ContextInfo",
            "MessageNumber",
            "Path",
            "Payload",
            "ScriptBlockId",
            "ScriptBlockText",
            "ScriptName",
        ],
    },
    Log {
        channel: "Windows PowerShell",
        provider: "PowerShell",
        codes: &[400, 600, 800],
        members: &["param1", "param2", "param3"],
    },
];

/// Values that some pipeline takes for something else than text, and some that it takes apart.
const VALUES: [&str; 24] = [
    "",
    "-",
    "{00000000-0000-0000-0000-000000000000}",
    "a",
    "\\",
    "C:\\Windows\\System32\\cmd.exe",
    "C:\\dir.d\\name",
    "C:\\dir\\",
    "name.exe",
    "cmd /c \"a b\" 'c d' \\\"e",
    "   ",
    "HKLM\\SYSTEM\\A\\Value",
    "HKLM\\",
    "HKEY_USERS",
    "\\REGISTRY\\A\\{g}\\x",
    "HKLM\\A\\\\",
    "DWORD (0x00000002)",
    "QWORD (0x00000001-0x00000002)",
    "Binary Data",
    "SHA1=AB,MD5=00000000000000000000000000000000,IMPHASH=CD,MD5=ef",
    " imphash = 0A ,SHA256=1,sha256=2,x",
    "DOMAIN\\user",
    "%%1537\r\n\t%%1538",
    "\tUser = D\\u\n\tScriptName=C:\\a\\b.ps1\r\n Host Application = x=y\n Script Block Text = z\n\tSe q = 1",
];

/// Fields that ECS names with a wildcard.
const HASHES: [&str; 6] = [
    "file.hash.imphash",
    "file.hash.sha256",
    "file.pe.imphash",
    "process.hash.md5",
    "process.hash.sha256",
    "process.pe.imphash",
];

fn event(log: &Log, code: u32, data: &[(&str, &str)]) -> Event {
    let mut object: Map<String, Json> = [
        ("EventTime", "2026-11-30 09:00:00"),
        ("Hostname", "ws-1"),
        ("Channel", log.channel),
        ("SourceName", log.provider),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.into()))
    .collect();
    object.insert("EventID".to_owned(), code.into());
    for (name, value) in data {
        object.insert((*name).to_owned(), (*value).into());
    }
    let line = Json::Object(object).to_string();
    let path: Arc<Path> = Path::new("a").into();
    Event::from_record(record_of_line(&path, 0, 0, line.as_bytes()).unwrap()).unwrap()
}

/// Shows `see` each field that ECS's names and the members give, with what it depends on in each class.
fn each_field(mut see: impl FnMut(&Log, u32, FieldRef, &Depends)) {
    for log in &LOGS {
        let members = log.members.iter().flat_map(|name| {
            let shipped = FieldId::of(&format!("winlog.event_data.{name}"));
            [
                (Vocabulary::Ecs, shipped),
                (Vocabulary::Windows, FieldId::of(name)),
            ]
        });
        let named = ecs::names().iter().filter(|name| !name.contains('*'));
        let named = named
            .chain(&HASHES)
            .map(|name| (Vocabulary::Ecs, FieldId::of(name)));
        let fields: Vec<_> = members.chain(named).collect();
        for code in log.codes {
            let base = event(log, *code, &[]);
            let class = Class {
                event: &base,
                role: flat_role,
            };
            for (vocabulary, name) in &fields {
                let field = FieldRef {
                    vocabulary: *vocabulary,
                    name: *name,
                };
                if let Some(depends) = class.depends(field) {
                    see(log, *code, field, &depends);
                }
            }
        }
    }
}

#[test]
fn a_copy_is_what_the_field_has() {
    let mut parts = BTreeSet::new();
    each_field(|log, code, field, depends| {
        let Some(copy) = &depends.copy else { return };
        for text in VALUES {
            if copy.except.contains(&text) || text.is_empty() && !copy.empty {
                continue;
            }
            let beside = copy.beside.map(|name| (name.name(), "HKLM\\A\\B"));
            let data: Vec<_> = [(copy.member.name(), text)]
                .into_iter()
                .chain(beside)
                .collect();
            let whole = event(log, code, &data);
            let wanted = value(&whole, field).map(Cow::into_owned);
            let given = copy.value(Value::from(&*line_ends(text)));
            if given.is_some() || copy.part.is_some() {
                let name = field.name.name();
                assert_eq!(given, wanted, "{} {code} {name} of {data:?}", log.channel);
                parts.extend(copy.part.map(|part| format!("{part:?}")));
            }
        }
        // What must be beside it gives nothing alone.
        if let Some(beside) = copy.beside {
            let whole = event(log, code, &[(beside.name(), "HKLM\\A\\B")]);
            assert_eq!(value(&whole, field), None);
        }
    });
    // Each kind of part was met.
    assert!(parts.len() > 9, "{parts:?}");
}

#[test]
fn other_members_change_nothing() {
    let mut compared = 0;
    each_field(|log, code, field, depends| {
        let Some(members) = &depends.members else {
            return;
        };
        if depends.message {
            return;
        }
        for round in 0..4 {
            let values = log
                .members
                .iter()
                .zip(VALUES.iter().cycle().skip(round * 7));
            let data: Vec<_> = values.map(|(name, value)| (*name, *value)).collect();
            let mut kept = String::new();
            let mut few = Vec::new();
            for (name, text) in &data {
                if !members.contains(&FieldId::of(name)) {
                    continue;
                }
                match depends
                    .pairs
                    .as_ref()
                    .filter(|pairs| pairs.listing().member == *name)
                {
                    None => few.push((*name, *text)),
                    Some(pairs) => {
                        let text = line_ends(text);
                        pairs.keep_of(&text, &mut kept);
                    }
                }
            }
            if let Some(pairs) = depends.pairs.as_ref().filter(|_| !kept.is_empty()) {
                few.push((pairs.listing().member, &kept));
            }
            let (whole, few) = (event(log, code, &data), event(log, code, &few));
            assert_eq!(
                value(&whole, field),
                value(&few, field),
                "{} {code} {} of {data:?}",
                log.channel,
                field.name.name()
            );
            compared += 1;
        }
    });
    assert!(compared > 10_000, "{compared}");
}
