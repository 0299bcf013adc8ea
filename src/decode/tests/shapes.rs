//! Every shape of record, well formed.

use super::*;

fn only(bytes: impl Into<Vec<u8>>) -> WindowsRecord {
    let records = records(read_all(bytes));
    assert_eq!(records.len(), 1, "{records:?}");
    windows(&records[0]).clone()
}

fn pairs(record: &[(String, String)]) -> Vec<(&str, &str)> {
    record
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

#[test]
fn xml_carries_every_system_member() {
    let record = only(
        r#"<?xml version="1.0" encoding="utf-8"?>
        <e:Event xmlns:e="http://schemas.microsoft.com/win/2004/08/events/event">
          <e:System>
            <e:Provider Name="P &amp; Q" Guid='{A}' EventSourceName="S"/>
            <e:EventID Qualifiers="16384">7045</e:EventID><Version>2</Version><Level>4</Level><Task>3</Task>
            <Opcode>1</Opcode><Keywords>0x8080000000000000</Keywords>
            <TimeCreated SystemTime="2024-01-02T03:04:05.678901200Z"/>
            <EventRecordID>99</EventRecordID><Correlation ActivityID="{B}" RelatedActivityID="{C}"/>
            <Execution ProcessID="4" ThreadID="8"/><Channel>System</Channel><Computer>h.example</Computer>
            <Security UserID="S-1-5-18"/>
          </e:System>
          <e:EventData><e:Data Name="A">1&#10;2 &lt;&#x1f600; &nbsp;</e:Data><e:Data>x</e:Data>
            <e:Data Name='Empty'/><Data Name='C'><![CDATA[<Event>&amp;]]></Data><Binary>00FF</Binary></e:EventData>
          <RenderingInfo Culture="en"><Message>Told</Message></RenderingInfo>
        </e:Event>"#,
    );
    let some = |text: &str| Some(text.to_owned());
    let data = pairs(&record.event_data);
    assert_eq!(data[0], ("A", "1\n2 <\u{1f600} &nbsp;"));
    assert_eq!(
        data[1..],
        [
            ("param2", "x"),
            ("Empty", ""),
            ("C", "<Event>&amp;"),
            ("Binary", "00FF")
        ]
    );
    let expected = WindowsRecord {
        provider_name: some("P & Q"),
        provider_guid: some("{A}"),
        event_source_name: some("S"),
        event_id: 7045,
        qualifiers: Some(16384),
        version: Some(2),
        level: Some(4),
        task: Some(3),
        opcode: Some(1),
        keywords: some("0x8080000000000000"),
        time_created: some("2024-01-02T03:04:05.678901200Z"),
        record_id: Some(99),
        activity_id: some("{B}"),
        related_activity_id: some("{C}"),
        process_id: Some(4),
        thread_id: Some(8),
        channel: some("System"),
        computer: some("h.example"),
        user_sid: some("S-1-5-18"),
        message: some("Told"),
        event_data: record.event_data.clone(),
        user_data: Vec::new(),
        user_data_name: None,
    };
    assert_eq!(record, expected);
}

#[test]
fn user_data_keeps_its_name_and_joins_nested_ones() {
    let record = only(
        "<Event><System><EventID>1102</EventID></System><UserData><LogFileCleared xmlns='urn:x'>\
         <Who>a</Who><Where><Host>b</Host></Where></LogFileCleared></UserData></Event>",
    );
    assert_eq!(record.user_data_name.as_deref(), Some("LogFileCleared"));
    assert_eq!(
        pairs(&record.user_data),
        [("Who", "a"), ("Where.Host", "b")]
    );
}

#[test]
fn documents_may_stand_anyhow() {
    let pretty = serde_json::to_string_pretty(
        &serde_json::from_str::<serde_json::Value>(&dumped(2)).unwrap(),
    )
    .unwrap();
    let (one, two) = (dumped(1), xml(3));
    let cases = [
        format!("{one}\n{pretty}\n{two}\n"),
        format!("{one}\r\n{pretty}\r\n{two}\r\n")
            .replace('\n', "\r\n")
            .replace("\r\r", "\r"),
        format!("\u{feff}Record 1\n{one}\nRecord 2\n{pretty}\n<Events>{two}</Events>"),
        format!(
            "[\n{one},\n{pretty}\n]\n<?xml version='1.0'?>\n<Events xmlns='u'>\n{two}\n</Events>\n"
        ),
        format!("[{one},{pretty}]<!-- <Event> --><e:Events>{two}</e:Events>"),
    ];
    for case in cases {
        assert_eq!(outline(&read_all(case.clone())), ["1", "2", "3"], "{case}");
    }
}

#[test]
fn utf16_is_read_and_its_offsets_are_of_the_content() {
    let text = format!("{}\r\n{}", dumped(1).replace('b', "\u{1f600}é"), xml(2));
    let units: Vec<u16> = text.encode_utf16().collect();
    for (mark, big) in [(true, false), (true, true), (false, false), (false, true)] {
        let mut bytes = Vec::new();
        let mark = mark.then_some(0xfeff);
        for unit in mark.into_iter().chain(units.iter().copied()) {
            bytes.extend(if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            });
        }
        let records = records(read_all(bytes.clone()));
        assert_eq!(windows(&records[0]).event_data[0].1, "\u{1f600}é");
        let last = &records[1].place;
        assert_eq!((last.offset + last.length) as usize, bytes.len());
        assert_eq!(last.length as usize, xml(2).len() * 2);
    }
}

#[test]
fn elastic_documents_stay_as_they_are() {
    let documents = [
        r#"{"@timestamp":"2024-01-01T00:00:00Z","winlog":{"event_id":1}}"#,
        r#"{"@timestamp":"2024-01-01T00:00:00Z","event.code":"1","host.name":"h"}"#,
        r#"{"event":{"kind":"event","module":"endgame"},"endgame":{"event_type_full":"registry_event"}}"#,
        r#"{"_index":"winlogbeat-8","_id":"x","_source":{"@timestamp":"t","agent":{"type":"winlogbeat"}}}"#,
        r#"{"@timestamp":"t","m365_defender":{"event":{}},"process.name":"x"}"#,
    ];
    for document in documents {
        let records = records(read_all(document));
        assert_eq!(records[0].format, Format::EcsJson);
        let Body::Document(map) = records[0].body() else {
            panic!("{document}")
        };
        assert!(!map.contains_key("_source"));
        assert_eq!(&*records[0].raw, document.as_bytes());
    }
}

#[test]
fn nxlog_names_part_into_system_and_event_data() {
    let record = only(
        r#"{"EventTime":"2020-09-22 04:38:11","@timestamp":"2020-09-22T08:38:13.045Z","Hostname":"WS5",
        "Keywords":-9214364837600034816,"EventType":"AUDIT_SUCCESS","SeverityValue":2,"Severity":"INFO",
        "EventID":4688,"SourceName":"Microsoft-Windows-Security-Auditing","ProviderGuid":"{54849625}",
        "Version":2,"Task":13312,"OpcodeValue":0,"RecordNumber":3407010,"ExecutionProcessID":4,"ThreadID":8,
        "Channel":"Security","Message":"Made.","Category":"Process Creation","Opcode":"Info",
        "SubjectUserSid":"S-1-5-18","ProcessId":"0x19ec","host":"wec","port":1,"tags":["x"],
        "SourceModuleName":"eventlog","SourceModuleType":"im_msvistalog","@version":"1","Empty":null}"#,
    );
    assert_eq!(
        pairs(&record.event_data),
        [("SubjectUserSid", "S-1-5-18"), ("ProcessId", "0x19ec")]
    );
    assert_eq!(record.keywords.as_deref(), Some("0x8020000000000000"));
    assert_eq!(
        record.time_created.as_deref(),
        Some("2020-09-22T08:38:13.045Z")
    );
    assert_eq!(record.computer.as_deref(), Some("WS5"));
    let numbers = (
        record.event_id,
        record.record_id,
        record.process_id,
        record.thread_id,
    );
    assert_eq!(numbers, (4688, Some(3_407_010), Some(4), Some(8)));
}

#[test]
fn names_shared_with_sysmon_stay_event_data() {
    let record = only(
        r#"{"EventID":13,"Channel":"Microsoft-Windows-Sysmon/Operational","EventType":"SetValue",
        "EventTypeOrignal":"INFO","Version":"11.11","User":"a\\b","TimeCreated":"2022-08-18T06:55:57.838Z",
        "Level":"4"}"#,
    );
    assert_eq!(
        pairs(&record.event_data),
        [
            ("EventType", "SetValue"),
            ("Version", "11.11"),
            ("User", "a\\b")
        ]
    );
    assert_eq!((record.level, record.version), (Some(4), None));
}

#[test]
fn evtx_dump_writes_nameless_data_and_separate_attributes() {
    let record = only(
        r##"{"Event":{"System":{"Provider_attributes":{"Name":"P"},"EventID":{"#attributes":{"Qualifiers":3},
        "#text":600},"Security_attributes":{"UserID":"S-1-5-18"},"TimeCreated":{"#attributes":{"SystemTime":"t"}}},
        "EventData":{"Data":{"#text":["a","b"]},"Binary":null,"Flag":true,"Port":443}}}"##,
    );
    assert_eq!(record.provider_name.as_deref(), Some("P"));
    assert_eq!(record.user_sid.as_deref(), Some("S-1-5-18"));
    assert_eq!((record.event_id, record.qualifiers), (600, Some(3)));
    let expected = [
        ("param1", "a"),
        ("param2", "b"),
        ("Binary", ""),
        ("Flag", "true"),
        ("Port", "443"),
    ];
    assert_eq!(pairs(&record.event_data), expected);
}

#[test]
fn a_content_is_named_by_its_first_record() {
    let bare = records(read_all(dumped(1)));
    let dressed = records(read_all(
        format!("\0\0\n{}\n{}", dumped(1), dumped(2)).split_off(3),
    ));
    assert_eq!(bare[0].place.content, dressed[1].place.content);
    assert_ne!(
        bare[0].place.content,
        records(read_all(dumped(2)))[0].place.content
    );
}
