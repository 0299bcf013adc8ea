use super::*;
use crate::decode::{Body, Budget, Decoder, Format, Item, Place, Record, WindowsRecord};
use crate::event::{Contents, EventId, Fields, Time};
use crate::source::{OpenFile, Reading};
use std::path::Path;
use std::sync::{Arc, OnceLock};

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";

fn fields(pairs: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in pairs {
        fields.set(FieldId::of(name), Value::from(*value));
    }
    fields
}

/// An event as the log has it: data members, no ECS.
pub fn event(channel: &str, code: u32, data: &[(&str, &str)]) -> Event {
    let record = WindowsRecord {
        user_sid: Some("S-1-5-18".to_owned()),
        keywords: Some("0x8020000000000000".to_owned()),
        ..WindowsRecord::default()
    };
    build(
        channel,
        code,
        fields(data),
        Fields::default(),
        Body::Windows(Box::new(record)),
    )
}

/// A document that kept nothing under Windows names.
pub fn document(channel: &str, code: u32, ecs: &[(&str, &str)]) -> Event {
    let mut ecs = fields(ecs);
    if !channel.is_empty() {
        ecs.put("winlog.channel", channel);
    }
    let mut native = Fields::default();
    crate::event::ecs::native::fill_back(&ecs, &mut native, code);
    build(
        channel,
        code,
        native,
        ecs,
        Body::Document(serde_json::Map::new()),
    )
}

fn build(channel: &str, code: u32, native: Fields, ecs: Fields, body: Body) -> Event {
    let path: Arc<Path> = Path::new("x").into();
    let place = Place {
        path,
        offset: 0,
        length: 1,
        content: 0,
    };
    let format = Format::Xml;
    let record = Record {
        format,
        place,
        raw: b"x".to_vec().into(),
        body: body.into(),
    };
    Event {
        id: EventId([0; 16]),
        time: Time(1_500_000_000_123_000_000),
        channel: channel.into(),
        code,
        record_id: Some(7),
        computer: "ws-1.corp.example".into(),
        sequence: None,
        record: Arc::new(record),
        contents: OnceLock::from(Box::new(Contents {
            ecs,
            native,
            extra: Fields::default(),
        })),
    }
}

pub fn shown(event: &Event, vocabulary: Vocabulary, name: &str) -> Option<String> {
    let value = value(event, resolve(vocabulary, name))?;
    Some(match &*value {
        Value::List(list) => list
            .iter()
            .filter_map(evaluate::text)
            .collect::<Vec<_>>()
            .join(" + "),
        single => evaluate::text(single)?,
    })
}

fn assert_fields(event: &Event, vocabulary: Vocabulary, expected: &[(&str, &str)]) {
    for (name, wanted) in expected {
        let got = shown(event, vocabulary, name);
        assert_eq!(got.as_deref().unwrap_or("(null)"), *wanted, "{name}");
    }
}

const PROCESSES: Vocabulary = Vocabulary::Cim(Dataset::Processes);
const REGISTRY: Vocabulary = Vocabulary::Cim(Dataset::Registry);
const FILESYSTEM: Vocabulary = Vocabulary::Cim(Dataset::Filesystem);

fn process_started() -> Event {
    event(
        SYSMON,
        1,
        &[
            ("ProcessGuid", "{A}"),
            ("ProcessId", "4242"),
            ("Image", r"C:\Tools\ProcDump64.exe"),
            ("CommandLine", "procdump64  -ma lsass.exe x.dmp"),
            ("OriginalFileName", "procdump"),
            ("User", r"CORP\a.user"),
            ("IntegrityLevel", "High"),
            ("Hashes", "MD5=AA,SHA256=BB"),
            ("ParentImage", r"C:\Windows\System32\cmd.exe"),
            ("ParentCommandLine", "cmd"),
        ],
    )
}

#[test]
fn tables_compile_and_no_field_leads_to_itself() {
    for text in [
        include_str!("tables/windows.toml"),
        include_str!("tables/splunk-addon.toml"),
    ] {
        let table = table::Table::parse(text).unwrap();
        for scope in table.scopes() {
            for name in table.names().iter().map(|name| FieldId::of(name)) {
                assert!(steps(scope, name, 0) <= 2, "{}", name.name());
            }
        }
    }
}

fn steps(scope: &table::Scope, name: FieldId, so_far: usize) -> usize {
    assert!(so_far < 4, "{} leads to itself", name.name());
    let onward = scope.ways(name).iter().filter_map(|way| match way.origin {
        Origin::Field(next) => Some(steps(scope, next, so_far + 1)),
        _ => None,
    });
    onward.max().unwrap_or(so_far)
}

#[test]
fn sysmon_process_creation_in_cim() {
    let event = process_started();
    assert!(is_member(&event, Dataset::Processes));
    assert!(!is_member(&event, Dataset::Registry));
    assert_fields(
        &event,
        PROCESSES,
        &[
            ("Processes.process_name", "ProcDump64.exe"),
            ("process", "procdump64  -ma lsass.exe x.dmp"),
            ("user", "a.user"),
            ("original_file_name", "procdump"),
            ("dest", "ws-1.corp.example"),
            ("parent_process_name", "cmd.exe"),
            ("process_integrity_level", "high"),
            ("process_hash", "MD5=AA,SHA256=BB"),
            ("user_id", "S-1-5-18"),
            ("action", "allowed"),
            ("loaded_file", "unknown"),
            ("parent_process_guid", "(null)"),
            ("no_such_field", "(null)"),
        ],
    );
}

#[test]
fn cim_fills_unknown_only_where_the_model_does() {
    let ended = event(
        SYSMON,
        5,
        &[("Image", r"C:\a\b.exe"), ("ProcessGuid", "{A}")],
    );
    assert!(is_member(&ended, Dataset::Processes));
    assert_fields(
        &ended,
        PROCESSES,
        &[
            ("process", "unknown"),
            ("user", "unknown"),
            ("original_file_name", "unknown"),
            ("parent_process_name", "unknown"),
            ("process_name", "b.exe"),
            ("process_id", "(null)"),
            ("process_hash", "(null)"),
        ],
    );
    assert_fields(
        &ended,
        Vocabulary::SplunkAddon,
        &[("user", "(null)"), ("process", "(null)")],
    );
}

#[test]
fn an_audited_process_start() {
    let audited = |line: &str, target: &str| {
        event(
            "Security",
            4688,
            &[
                ("SubjectUserName", "a.user"),
                ("SubjectUserSid", "S-1-5-21-1-2-3-1001"),
                ("TargetUserName", target),
                ("NewProcessId", "0x1092"),
                ("NewProcessName", r"C:\Program Files\t\procdump.exe"),
                ("ProcessId", "0xf84"),
                ("ParentProcessName", r"C:\Windows\System32\cmd.exe"),
                ("CommandLine", line),
            ],
        )
    };
    let event = audited("procdump -ma lsass.exe", "-");
    assert!(is_member(&event, Dataset::Processes));
    assert_fields(
        &event,
        PROCESSES,
        &[
            (
                "process",
                r#""C:\Program Files\t\procdump.exe" -ma lsass.exe"#,
            ),
            ("process_id", "0x1092"),
            ("parent_process_id", "0xf84"),
            ("parent_process", r"C:\Windows\System32\cmd.exe"),
            ("process_name", "procdump.exe"),
            ("original_file_name", "unknown"),
            ("user", "a.user"),
            ("action", "allowed"),
            ("process_guid", "(null)"),
        ],
    );
    let windows = [
        ("Image", r"C:\Program Files\t\procdump.exe"),
        ("User", "a.user"),
    ];
    assert_fields(&event, Vocabulary::Windows, &windows);
    let with_path = audited(r"C:\t\procdump.exe -ma lsass", "b.user");
    assert_fields(
        &with_path,
        PROCESSES,
        &[
            ("process", r"C:\t\procdump.exe -ma lsass"),
            ("user", "b.user"),
        ],
    );
    let without_line = audited("", "-");
    assert_fields(
        &without_line,
        PROCESSES,
        &[("process", r"C:\Program Files\t\procdump.exe")],
    );
}

#[test]
fn registry_names_and_data() {
    let set = event(
        SYSMON,
        13,
        &[
            ("EventType", "SetValue"),
            (
                "TargetObject",
                r"HKLM\SOFTWARE\Microsoft\Windows\LocalDumps\DumpType",
            ),
            ("Details", "DWORD (0x00000002)"),
            ("Image", r"C:\Windows\System32\reg.exe"),
        ],
    );
    assert!(is_member(&set, Dataset::Registry));
    assert_fields(
        &set,
        REGISTRY,
        &[
            (
                "Registry.registry_path",
                r"HKLM\SOFTWARE\Microsoft\Windows\LocalDumps\DumpType",
            ),
            ("registry_key_name", "LocalDumps"),
            ("registry_value_name", "DumpType"),
            ("registry_value_data", "0x00000002"),
            ("registry_value_type", "REG_DWORD"),
            ("registry_hive", r"HKEY_LOCAL_MACHINE\Software"),
            ("action", "modified"),
            ("status", "success"),
            ("user", "unknown"),
            ("process_name", "reg.exe"),
        ],
    );
    let key = event(
        SYSMON,
        12,
        &[
            ("EventType", "DeleteKey"),
            ("TargetObject", r"HKU\S-1-5-21\A\B"),
        ],
    );
    assert_fields(
        &key,
        REGISTRY,
        &[
            ("registry_key_name", "B"),
            ("action", "deleted"),
            ("registry_value_data", "unknown"),
        ],
    );
}

#[test]
fn files_created_and_modified() {
    let file = |created: &str| {
        event(
            SYSMON,
            11,
            &[
                ("UtcTime", "2026-01-01 00:00:00.000"),
                ("CreationUtcTime", created),
                ("Image", r"C:\Windows\System32\Taskmgr.exe"),
                (
                    "TargetFilename",
                    r"C:\Users\a\AppData\Local\Temp\lsass (2).DMP",
                ),
            ],
        )
    };
    let created = file("2026-01-01 00:00:00.000");
    assert!(is_member(&created, Dataset::Filesystem));
    assert_fields(
        &created,
        FILESYSTEM,
        &[
            ("action", "created"),
            ("file_name", "lsass (2).DMP"),
            ("file_hash", "unknown"),
        ],
    );
    assert_fields(
        &file("2025-01-01 00:00:00.000"),
        FILESYSTEM,
        &[("action", "modified")],
    );
    assert_fields(
        &created,
        Vocabulary::SplunkAddon,
        &[
            ("EventCode", "11"),
            ("EventID", "11"),
            ("process_name", "Taskmgr.exe"),
            (
                "TargetFilename",
                r"C:\Users\a\AppData\Local\Temp\lsass (2).DMP",
            ),
            ("object_category", "file"),
            ("Computer", "ws-1.corp.example"),
            (
                "source",
                "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational",
            ),
            ("sourcetype", "XmlWinEventLog"),
            ("_time", "1500000000.123"),
            ("tag", "endpoint + filesystem"),
            ("eventtype", "ms-sysmon-filemod"),
        ],
    );
}

#[test]
fn process_access_names_the_source_as_parent() {
    let access = event(
        SYSMON,
        10,
        &[
            ("SourceProcessGUID", "{A}"),
            ("SourceImage", r"C:\x\a.exe"),
            ("TargetImage", r"C:\Windows\System32\lsass.exe"),
            ("GrantedAccess", "0x1010"),
        ],
    );
    assert!(is_member(&access, Dataset::Processes));
    assert_fields(
        &access,
        PROCESSES,
        &[
            ("process_name", "lsass.exe"),
            ("parent_process_name", "a.exe"),
            ("process", "unknown"),
        ],
    );
    assert_fields(
        &access,
        Vocabulary::Windows,
        &[("SourceProcessGuid", "{A}"), ("Image", "(null)")],
    );
}

#[test]
fn a_connection_names_its_far_end() {
    let connection = event(
        SYSMON,
        3,
        &[
            ("Image", r"C:\x\a.exe"),
            ("Protocol", "tcp"),
            ("SourceIp", "10.1.0.4"),
            ("SourceHostname", "-"),
            ("DestinationIp", "203.0.113.9"),
            ("DestinationPort", "443"),
            ("Initiated", "true"),
        ],
    );
    assert!(is_member(&connection, Dataset::NetworkTraffic));
    assert_fields(
        &connection,
        Vocabulary::Cim(Dataset::NetworkTraffic),
        &[
            ("All_Traffic.dest", "203.0.113.9"),
            ("src", "10.1.0.4"),
            ("direction", "outbound"),
            ("bytes", "0"),
        ],
    );
}

#[test]
fn logons_of_computer_accounts_stay_out_of_authentication() {
    let logon = |user: &str, code| {
        event(
            "Security",
            code,
            &[
                ("TargetUserName", user),
                ("LogonType", "3"),
                ("IpAddress", "-"),
            ],
        )
    };
    assert!(is_member(&logon("a.user", 4624), Dataset::Authentication));
    assert!(!is_member(&logon("WS-1$", 4624), Dataset::Authentication));
    assert!(is_member(&logon("WS-1$", 4625), Dataset::Authentication));
    let authentication = Vocabulary::Cim(Dataset::Authentication);
    assert_fields(
        &logon("a.user", 4625),
        authentication,
        &[("action", "failure")],
    );
    let src = [
        ("action", "success"),
        ("src", "unknown"),
        ("user", "a.user"),
    ];
    assert_fields(&logon("a.user", 4624), authentication, &src);
}

#[test]
fn ecs_documents_give_the_same_names() {
    let started = document(
        SYSMON,
        1,
        &[
            ("process.executable", r"C:\Tools\procdump.exe"),
            ("process.command_line", "procdump -ma lsass"),
            ("process.pe.original_file_name", "procdump"),
            ("process.parent.executable", r"C:\Windows\System32\cmd.exe"),
            ("process.hash.md5", "aa"),
            ("user.name", "a.user"),
            ("user.domain", "CORP"),
        ],
    );
    assert_fields(
        &started,
        Vocabulary::Windows,
        &[
            ("User", r"CORP\a.user"),
            ("Hashes", "MD5=AA"),
            ("Image", r"C:\Tools\procdump.exe"),
        ],
    );
    assert_fields(
        &started,
        PROCESSES,
        &[
            ("process_name", "procdump.exe"),
            ("process", "procdump -ma lsass"),
            ("user", "a.user"),
            ("parent_process_name", "cmd.exe"),
        ],
    );
    let defend = document(
        "",
        0,
        &[
            ("event.category", "registry"),
            ("event.type", "change"),
            ("registry.path", r"\REGISTRY\MACHINE\SOFTWARE\A\B"),
            ("registry.data.strings", "2"),
            ("registry.data.type", "REG_DWORD"),
        ],
    );
    assert!(is_member(&defend, Dataset::Registry));
    assert_fields(
        &defend,
        Vocabulary::Windows,
        &[("Details", "DWORD (0x00000002)")],
    );
    assert_fields(
        &defend,
        REGISTRY,
        &[
            ("registry_value_name", "B"),
            ("registry_value_data", "0x00000002"),
        ],
    );
}

#[test]
fn second_indexes_read_the_first() {
    let event = document(SYSMON, 1, &[("process.name", "a.exe")]);
    assert_fields(
        &event,
        Vocabulary::Ecs,
        &[
            ("process.name.text", "a.exe"),
            ("process.name.caseless", "a.exe"),
            ("x.text", "(null)"),
        ],
    );
}

#[test]
fn what_can_be_filled() {
    let can = |vocabulary, name| can_fill(resolve(vocabulary, name));
    assert!(can(Vocabulary::Ecs, "registry.path"));
    assert!(!can(Vocabulary::Ecs, "process.Ext.token.elevation_type"));
    assert!(can(PROCESSES, "Processes.process_guid"));
    assert!(can(PROCESSES, "Processes.loaded_file"));
    assert!(!can(PROCESSES, "Processes.cpu_load_percent"));
    assert!(!can(PROCESSES, "Processes.original_file_nam"));
    assert!(can(REGISTRY, "_time"));
    assert!(can(Vocabulary::SplunkAddon, "object_category"));
    assert!(can(Vocabulary::SplunkAddon, "ScriptBlockText"));
    assert!(!can(Vocabulary::SplunkAddon, "http_user_agent"));
}

/// The two Splunk detections as plain predicates over the vocabularies.
fn procdump(event: &Event) -> bool {
    let is = |name: &str| {
        shown(event, PROCESSES, name)
            .unwrap_or_default()
            .to_lowercase()
    };
    is_member(event, Dataset::Processes)
        && (matches!(&*is("process_name"), "procdump.exe" | "procdump64.exe")
            || is("original_file_name") == "procdump")
        && (is("process").contains("-ma") || is("process").contains("-mm"))
        && is("process").contains("lsass")
}

fn taskmgr(event: &Event) -> bool {
    let is = |name: &str| {
        shown(event, Vocabulary::SplunkAddon, name)
            .unwrap_or_default()
            .to_lowercase()
    };
    is("source") == "xmlwineventlog:microsoft-windows-sysmon/operational"
        && is("EventID") == "11"
        && is("process_name") == "taskmgr.exe"
        && is("TargetFilename").contains("lsass")
        && is("TargetFilename").strip_suffix(".dmp").is_some()
}

fn hits(file: &Path, predicate: fn(&Event) -> bool) -> Vec<u64> {
    let mut hits = Vec::new();
    let mut content = OpenFile::open(file, Reading::Finished).unwrap();
    let all = Budget {
        records: usize::MAX,
        bytes: u64::MAX,
    };
    let mut sink = |item: Item| {
        let Item::Record(record) = item else {
            panic!("unreadable record in {}", file.display())
        };
        let event = Event::from_record(*record).unwrap();
        if predicate(&event) {
            hits.extend(event.record_id);
        }
    };
    Decoder::new(file.into(), None)
        .read(&mut content, 0, all, &mut sink)
        .unwrap();
    hits.sort_unstable();
    hits
}

#[test]
fn the_splunk_seeds_select_their_records_from_every_format() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let samples = data.join("seed-rule-samples");
    let sysmon = [40_892_442, 40_892_451, 40_892_485, 40_892_494];
    let security = [2_786_588, 2_786_592, 2_786_610, 2_786_614];
    for (folder, ending) in [("evtx", "evtx"), ("json", "jsonl"), ("xml", "log")] {
        let file = |stem: &str| samples.join(folder).join(format!("{stem}.{ending}"));
        assert_eq!(
            hits(&file("splunk_capattack_procdump_sysmon"), procdump),
            sysmon,
            "{folder}"
        );
        assert_eq!(
            hits(&file("splunk_capattack_procdump_security"), procdump),
            security
        );
        assert_eq!(
            hits(&file("sbousseaden_sysmon_10_11_lsass_memdump"), taskmgr),
            [4441]
        );
        assert_eq!(
            hits(&file("mdecrevoisier_ID11_lsass_taskmgr"), taskmgr),
            [48_564]
        );
        assert!(hits(&file("sbousseaden_panache_sysmon_vs_art01"), procdump).is_empty());
    }
}
