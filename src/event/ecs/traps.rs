//! Each trap of the mapping, by name.

use crate::decode::{Body, Format, Place, Record, WindowsRecord};
use crate::event::{Event, FieldId, Fields, Value};

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
const AUDITING: &str = "Microsoft-Windows-Security-Auditing";

/// Returns the event of `channel` with these members, as any Windows format gives it.
pub fn event(channel: &str, provider: &str, code: u32, data: &[(&str, &str)]) -> Event {
    let own = |text: &str| Some(text.to_owned());
    let members = data.iter();
    let windows = WindowsRecord {
        channel: own(channel),
        provider_name: own(provider),
        computer: own("ws-1.corp.example"),
        event_id: code,
        record_id: Some(7),
        time_created: own("2026-11-24T09:00:00.5Z"),
        user_sid: own("S-1-5-18"),
        event_data: members
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..WindowsRecord::default()
    };
    let record = Record {
        format: Format::Xml,
        place: Place {
            path: std::path::Path::new("x").into(),
            offset: 0,
            length: 1,
            content: 0,
        },
        raw: b"x".to_vec().into(),
        body: Body::from(windows).into(),
    };
    Event::from_record(record).unwrap()
}

fn sysmon(code: u32, data: &[(&str, &str)]) -> Event {
    event(SYSMON, "Microsoft-Windows-Sysmon", code, data)
}

fn texts(fields: &Fields, name: &str) -> Vec<String> {
    let value = fields.named(name).into_iter();
    let elements = value.flat_map(|value| value.elements().map(|one| one.text().into_owned()));
    elements.collect()
}

#[test]
fn sysmons_user_id_is_that_of_its_service() {
    let started = sysmon(1, &[("User", r"CORP\a.user"), ("Image", r"C:\a.exe")]);
    assert_eq!(started.ecs().text("user.id"), Some("S-1-5-18"));
    assert_eq!(started.ecs().text("user.name"), Some("a.user"));
    assert_eq!(started.ecs().text("user.domain"), Some("CORP"));
    // An audited start names the user's own.
    let audited = event(
        "Security",
        AUDITING,
        4688,
        &[("SubjectUserSid", "S-1-5-21-1-2-3-1001")],
    );
    assert_eq!(audited.ecs().text("user.id"), Some("S-1-5-21-1-2-3-1001"));
}

#[test]
fn a_registry_dword_is_its_decimal_in_a_list_and_comes_back() {
    let set = sysmon(
        13,
        &[
            ("TargetObject", r"HKLM\SOFTWARE\A\DumpType"),
            ("Details", "DWORD (0x00000002)"),
        ],
    );
    assert_eq!(
        set.ecs().named("registry.data.strings"),
        Some(&Value::from(vec!["2"]))
    );
    assert_eq!(set.native().text("Details"), Some("DWORD (0x00000002)"));
    let mut native = Fields::default();
    super::native::fill_back(set.ecs(), &mut native, 13);
    assert_eq!(native.text("Details"), Some("DWORD (0x00000002)"));
}

#[test]
fn a_loaded_image_is_a_file_of_a_process_event() {
    let loaded = sysmon(
        7,
        &[
            ("Image", r"C:\Windows\System32\rundll32.exe"),
            ("ImageLoaded", r"C:\Temp\x.dll"),
            (
                "Hashes",
                "SHA256=AB,IMPHASH=00000000000000000000000000000000",
            ),
            ("OriginalFileName", "x.dll"),
            ("Signed", "true"),
            ("Signature", "Somebody"),
            ("SignatureStatus", "Valid"),
        ],
    );
    let ecs = loaded.ecs();
    assert_eq!(texts(ecs, "event.category"), ["process"]);
    assert_eq!(texts(ecs, "event.type"), ["change"]);
    assert_eq!(ecs.text("file.path"), Some(r"C:\Temp\x.dll"));
    assert_eq!(ecs.text("file.name"), Some("x.dll"));
    assert_eq!(ecs.text("file.hash.sha256"), Some("ab"));
    assert_eq!(ecs.text("file.pe.original_file_name"), Some("x.dll"));
    assert_eq!(
        ecs.text("file.code_signature.subject_name"),
        Some("Somebody")
    );
    assert_eq!(
        ecs.named("file.code_signature.valid"),
        Some(&Value::Bool(true))
    );
    for absent in [
        "dll.name",
        "dll.path",
        "file.pe.imphash",
        "file.code_signature.signed",
        "process.hash.sha256",
        "process.pe.original_file_name",
    ] {
        assert!(ecs.named(absent).is_none(), "{absent}");
    }
    // Rules tell it by its task, which only the provider's manifest has.
    let action = loaded.hub(FieldId::of("event.action")).unwrap();
    assert!(action.text().starts_with("Image loaded"));
    assert!(ecs.named("event.action").is_none());
}

#[test]
fn script_blocks_are_analysed_text() {
    let block = event(
        "Microsoft-Windows-PowerShell/Operational",
        "Microsoft-Windows-PowerShell",
        4104,
        &[
            ("ScriptBlockText", "[x]::MiniDumpWriteDump()"),
            ("MessageNumber", "1"),
        ],
    );
    let name = "powershell.file.script_block_text";
    assert_eq!(block.ecs().text(name), Some("[x]::MiniDumpWriteDump()"));
    // That it is compared by tokens is `schema`'s to say: `schema::ecs::tests::kinds`.
    assert_eq!(
        block.ecs().named("powershell.sequence"),
        Some(&Value::Int(1))
    );
    for absent in ["process.name", "process.executable", "process.pid"] {
        assert!(block.ecs().named(absent).is_none(), "{absent}");
    }
}

#[test]
fn audited_process_ids_are_hexadecimal() {
    let audited = event(
        "Security",
        AUDITING,
        4688,
        &[
            ("NewProcessId", "0x11cc"),
            ("ProcessId", "0x2a8"),
            ("NewProcessName", r"C:\Windows\System32\cmd.exe"),
        ],
    );
    assert_eq!(audited.ecs().named("process.pid"), Some(&Value::Int(4556)));
    assert_eq!(
        audited.ecs().named("process.parent.pid"),
        Some(&Value::Int(680))
    );
    assert_eq!(audited.native().text("NewProcessId"), Some("0x11cc"));
    let mut native = Fields::default();
    super::native::fill_back(audited.ecs(), &mut native, 4688);
    assert_eq!(native.text("NewProcessId"), Some("0x11cc"));
    assert_eq!(native.text("ProcessId"), Some("0x2a8"));
}

#[test]
fn guids_join_whatever_their_braces_and_case() {
    let wanted = "{6a1d0f2c-4e7b-6744-b803-000000001c00}";
    for written in [
        wanted,
        "6A1D0F2C-4E7B-6744-B803-000000001C00",
        "{6A1D0F2C-4E7B-6744-B803-000000001C00}",
    ] {
        let started = sysmon(1, &[("ProcessGuid", written), ("LogonGuid", written)]);
        assert_eq!(started.ecs().text("process.entity_id"), Some(wanted));
        assert_eq!(
            started.ecs().text("winlog.event_data.LogonGuid"),
            Some(wanted)
        );
        assert_eq!(started.native().text("ProcessGuid"), Some(written));
    }
    let other = sysmon(1, &[("ProcessGuid", "no guid")]);
    assert_eq!(other.ecs().text("process.entity_id"), Some("no guid"));
    let none = sysmon(
        1,
        &[("ProcessGuid", "{00000000-0000-0000-0000-000000000000}")],
    );
    assert!(none.ecs().named("process.entity_id").is_none());
}

#[test]
fn several_types_of_one_event_are_a_list() {
    let connection = sysmon(3, &[("Protocol", "tcp"), ("Initiated", "true")]);
    assert_eq!(
        texts(connection.ecs(), "event.type"),
        ["start", "connection", "protocol"]
    );
    assert_eq!(connection.ecs().text("network.direction"), Some("egress"));
}

#[test]
fn a_host_id_is_there_for_sequences_to_join_on() {
    let started = sysmon(1, &[]);
    for name in ["host.id", "host.name"] {
        let host = started.hub(FieldId::of(name)).unwrap();
        assert_eq!(host.as_str(), Some("ws-1.corp.example"));
    }
    let system = started.hub(FieldId::of("host.os.type")).unwrap();
    assert_eq!(system.as_str(), Some("windows"));
}

#[test]
fn port_names_go_to_the_service_end() {
    let connection = |source: &str, destination: &str| {
        let event = sysmon(
            3,
            &[
                ("SourcePort", source),
                ("DestinationPort", destination),
                ("SourcePortName", "-"),
                ("DestinationPortName", "https"),
            ],
        );
        let mut native = Fields::default();
        super::native::fill_back(event.ecs(), &mut native, 3);
        let text = |name| native.text(name).map(str::to_owned);
        (text("SourcePortName"), text("DestinationPortName"))
    };
    let https = Some("https".to_owned());
    assert_eq!(connection("50123", "443"), (None, https.clone()));
    assert_eq!(connection("443", "50123"), (https.clone(), None));
    assert_eq!(connection("443", "443"), (https.clone(), https));
}
