//! Whatever a record holds, its event is sound: no panic, a document that nests and stays itself when read again.

use proptest::prelude::*;

use super::goldens::event_of;
use super::traps::event;
use super::{powershell, sysmon};
use crate::event::Fields;

/// Channels with their providers; the last has no pipeline.
const LOGS: [(&str, &str); 6] = [
    (
        "Microsoft-Windows-Sysmon/Operational",
        "Microsoft-Windows-Sysmon",
    ),
    ("Security", "Microsoft-Windows-Security-Auditing"),
    ("Windows PowerShell", "PowerShell"),
    (
        "Microsoft-Windows-PowerShell/Operational",
        "Microsoft-Windows-PowerShell",
    ),
    ("System", "Service Control Manager"),
    ("Application", "Application"),
];

/// Ids that a pipeline treats in a way of its own.
const SECURITY: [u32; 14] = [
    1102, 4624, 4625, 4670, 4673, 4688, 4689, 4719, 4728, 4738, 4768, 4778, 4781, 4908,
];

/// Members that pipelines read and no table names.
const READ: [&str; 34] = [
    "param1",
    "param2",
    "param3",
    "ContextInfo",
    "Payload",
    "UserId",
    "IpAddress",
    "IpPort",
    "ProcessId",
    "NewProcessId",
    "ProcessName",
    "CommandLine",
    "AccessMask",
    "AccessList",
    "PrivilegeList",
    "UserAccountControl",
    "NewUacValue",
    "SidList",
    "OldSd",
    "NewSd",
    "MemberName",
    "TargetUserName",
    "TargetDomainName",
    "TargetSid",
    "SubjectUserName",
    "ClientAddress",
    "LogonType",
    "Status",
    "SubStatus",
    "TicketOptions",
    "SubcategoryGuid",
    "AuditPolicyChanges",
    "ServiceName",
    "ImagePath",
];

fn code() -> impl Strategy<Value = u32> {
    prop_oneof![
        0_u32..32,
        Just(255),
        prop::sample::select(vec![400_u32, 403, 600, 800, 4103, 4104, 4105, 4106, 7045]),
        prop::sample::select(SECURITY.to_vec()),
        any::<u32>(),
    ]
}

fn member() -> impl Strategy<Value = String> {
    let moved = |table: &super::table::Table| -> Vec<String> {
        let names = table.moves.iter().map(|line| line.native.name().to_owned());
        names.collect()
    };
    let mut known = moved(&sysmon::TABLE);
    known.extend(moved(&powershell::CLASSIC));
    known.extend(moved(&powershell::OPERATIONAL));
    known.extend(READ.map(str::to_owned));
    known.extend(["UtcTime", "User", "Hashes", "TargetObject", "Details"].map(str::to_owned));
    known.extend(["QueryResults", "Initiated", "SourceIsIpv6"].map(str::to_owned));
    prop_oneof![9 => prop::sample::select(known), 1 => "[A-Za-z ._-]{1,12}"]
}

/// What Sysmon and Windows write in some members, so that the ways of such values are taken often.
fn natural(name: &str) -> &'static str {
    match name {
        "UtcTime" => "2026-11-24 09:00:00.000",
        "User" | "UserId" | "Connected User" => "CORP\\a.user",
        "Hashes" | "Hash" => "SHA1=AA11,MD5=BB22,SHA256=CC33,IMPHASH=DD44",
        "TargetObject" => "HKLM\\SOFTWARE\\A\\B",
        "Details" => "DWORD (0x00000002)",
        "QueryResults" => "type:  5 a.b;::ffff:1.2.3.4;2001:db8::1;",
        "ProcessGuid" | "SourceProcessGUID" => "{6A1D0F2C-4E7B-6744-B803-000000001C00}",
        "SourceIp" | "DestinationIp" | "IpAddress" => "::ffff:10.0.0.1",
        "AccessMask" => "%%1538\n\t\t\t\t%%1542\n\t\t\t\t",
        "ContextInfo" => "        Severity = Informational\n        Host Name = ConsoleHost",
        "param2" | "param3" => "\tHostName=ConsoleHost\n\n\tScriptName=C:\\a.ps1",
        "OldSd" | "NewSd" => "O:SYG:SYD:(A;;FA;;;SY)(A;;0x1f;;;BA)S:(AU;SA;CC;;;WD)",
        _ => "C:\\Program Files\\a\\b.exe",
    }
}

fn value() -> impl Strategy<Value = String> {
    let telling = [
        "",
        "-",
        "0x1f4",
        "443",
        "true",
        "::ffff:10.0.0.1",
        "LOCAL",
        "DWORD (0x00000002)",
        "QWORD (0x00000001-0x00000002)",
        "Binary Data",
        "HKLM\\A\\B\\",
        "MD5=AA,SHA1=,=,IMPHASH=00",
        "type:  5 a.b;::ffff:1.2.3.4;x",
        "D:(A;;FA;;;SY)S:",
        "%%1538\n\t\t\t%%99999",
        "2026-11-24 09:00:00.000",
        "CN=a,OU=b,DC=c,DC=d",
        "CORP\\a",
        "a=b\n\tScriptName=x.ps1\n\tUserId=C\\u",
        "ParameterBinding(X): name=\"a\"; value=\"b\"",
        "\"C:\\Program Files\\a b.exe\" \"un",
        "C:\\a.b\\c",
        "www.shop.example.co.uk",
    ];
    prop_oneof![3 => prop::sample::select(telling.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,40}", 1 => ".{0,40}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_record_is_a_sound_event(
        log in prop::sample::select(LOGS.to_vec()),
        code in code(),
        members in prop::collection::vec((member(), prop::option::of(value())), 0..24),
    ) {
        let members = members
            .into_iter()
            .map(|(name, value)| {
                let value = value.unwrap_or_else(|| natural(&name).to_owned());
                (name, value)
            })
            .collect::<Vec<_>>();
        let data: Vec<_> = members.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let event = event(log.0, log.1, code, &data);
        let document = event.document();
        let text = document.to_string();
        let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&parsed, &document);
        let serde_json::Value::Object(map) = parsed.clone() else { panic!("a document is an object") };
        // Nothing is hidden behind another key: every field is found again.
        let again = Fields::flatten(map);
        for (field, value) in event.ecs().iter() {
            prop_assert_eq!(again.get(field), Some(value), "{}", field.name());
        }
        // Already normalised: it stays what it is, and its members come back without harm.
        let read = event_of(parsed);
        prop_assert_eq!(read.document(), document);
        prop_assert_eq!(read.id, event.id);
    }
}
