//! What Sigma rules select, construct by construct.

use super::spl_tests::event;
use super::{Scope, holds};
use crate::event::Event;
use crate::lang::sigma::{Placeholders, Searches, Source, Text};
use crate::schema::logsource::Logsource;

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";

fn start() -> Event {
    event(
        SYSMON,
        1,
        &[
            ("Image", r"C:\Tools\ProcDump.exe"),
            (
                "CommandLine",
                "procdump -MA \"lsass.exe\"\nC:\\Temp\\100%*.dmp",
            ),
            ("User", r"CORP\ann"),
            ("ParentUser", r"corp\ANN"),
            ("ParentImage", r"C:\Windows\cmd.exe"),
            ("Company", ""),
            ("Hashes", "MD5=AB12,SHA256=CD34,IMPHASH=EF56"),
            ("ProcessId", "77"),
            ("SourceIp", "10.1.2.3"),
            ("UtcTime", "2026-11-24 23:15:04.123"),
            ("Encoded", "xx SQBFAFgA yy"),
        ],
    )
}

fn selects(searches: &str, event: &Event) -> bool {
    let text = format!("detection:\n{searches}\n");
    let tree: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
    let found = Searches::read(&Source {
        logsource: &Logsource::default(),
        detection: &tree["detection"],
        text: Text {
            whole: &text,
            start: 0,
        },
        placeholders: &Placeholders::default(),
    });
    let found = found.unwrap_or_else(|error| panic!("{searches}: {error:?}"));
    holds(&found.pred, &Scope::of(event))
}

/// Whether one detection item is true of the event.
fn item(line: &str) -> bool {
    selects(&format!("  a:\n    {line}\n  condition: a"), &start())
}

#[test]
fn plain_values() {
    assert!(item(r"Image: c:\tools\PROCDUMP.EXE"));
    assert!(!item("Image: procdump.exe"));
    assert!(item(r"Image: '*\procdump.exe'"));
    assert!(item(r"Image: 'C:\Tools\Proc????.exe'"));
    assert!(item("ProcessId: 77") && item("ProcessId: '77'") && !item("ProcessId: 7"));
    assert!(item("User: [nobody, 'corp\\ann']"));
    assert!(!item("NoSuch: '*'"));
}

#[test]
fn null_empty_and_missing() {
    assert!(item("NoSuch: null") && item("Company: null") && !item("Image: null"));
    assert!(item("Company: ''") && !item("NoSuch: ''") && !item("Image: ''"));
    assert!(
        item("Company|exists: true")
            && item("NoSuch|exists: false")
            && !item("NoSuch|exists: true")
    );
    assert!(item("NoSuch|neq: x") && item("Image|neq: x") && !item(r"User|neq: CORP\ann"));
    assert!(selects(
        "  a: {NoSuch: x}\n  b: {Image: '*'}\n  condition: b and not a",
        &start()
    ));
}

#[test]
fn places_and_case() {
    assert!(item("CommandLine|contains: ' -ma '") && !item("CommandLine|contains|cased: ' -ma '"));
    assert!(item("Image|startswith: 'c:\\tools'") && item("Image|endswith: [x, DUMP.exe]"));
    assert!(
        item("CommandLine|contains|all: [procdump, lsass]")
            && !item("CommandLine|contains|all: [procdump, nothing]")
    );
    assert!(item(r"CommandLine|contains: '\*.dmp'"));
    assert!(item("CommandLine|contains|windash: ' /ma'"));
}

#[test]
fn regular_expressions_keep_case_and_lines() {
    assert!(item("CommandLine|re: 'lsass\\.exe'") && !item("CommandLine|re: 'LSASS'"));
    assert!(item("CommandLine|re|i: 'LSASS'"));
    assert!(!item("CommandLine|re: 'lsass.*dmp'") && item("CommandLine|re|s: 'lsass.*dmp'"));
    assert!(!item("CommandLine|re: '^C:'") && item("CommandLine|re|m: '^C:'"));
    assert!(item("CommandLine|re|m|s|i: '^c:.*DMP$'"));
}

#[test]
fn typed_values() {
    assert!(
        item("SourceIp|cidr: 10.0.0.0/8") && !item("SourceIp|cidr: [192.168.0.0/16, '::1/128']")
    );
    assert!(
        item("ProcessId|gt: 76")
            && item("ProcessId|lte: 77")
            && !item("ProcessId|lt: 77")
            && item("ProcessId|gte: 77")
    );
    assert!(item("User|fieldref: ParentUser") && !item("User|cased|fieldref: ParentUser"));
    assert!(!item("User|fieldref: NoSuch") && item("User|fieldref|neq: Image"));
    assert!(item("UtcTime|hour: 23") && item("UtcTime|minute: 15") && item("UtcTime|hour|gte: 22"));
    assert!(
        item("Encoded|wide|base64offset|contains: IEX")
            && !item("Encoded|base64offset|contains: IEX")
    );
}

#[test]
fn keywords_are_looked_for_everywhere() {
    let words = |list: &str| selects(&format!("  words: {list}\n  condition: words"), &start());
    assert!(words("[LSASS]") && words("[nothing, 'ws-1']") && !words("[nothing]"));
    assert!(words("['proc*lsass']") && words("ann") && words("[77]"));
    assert!(words("{'|all': [procdump, tools]}") && !words("{'|all': [procdump, nothing]}"));
    assert!(!words("{'|re': 'PROC.*EXE'}") && words("{'|re|i': 'PROC.*EXE'}"));
}

#[test]
fn conditions() {
    let searches = "  sel_a: {Image: '*'}\n  sel_b: {User: nobody}\n  sel_c: {ProcessId: 77}\n  _not: {Image: '*'}\n  condition: ";
    let holds = |condition: &str| selects(&format!("{searches}{condition}"), &start());
    assert!(
        holds("1 of sel_*") && !holds("all of sel_*") && holds("2 of sel_*") && !holds("3 of them")
    );
    assert!(
        holds("sel_a and not sel_b")
            && holds("sel_b or sel_a and sel_c")
            && !holds("not (sel_a or sel_b)")
    );
    assert!(holds("not all of them") && holds("1 of *_c"));
    let lists = "  a:\n    - {User: nobody}\n    - {ProcessId: 77, Image: '*'}\n  condition: a";
    assert!(selects(lists, &start()));
}

#[test]
fn names_written_with_spaces_are_asked_for_without() {
    let defender = event(
        "Microsoft-Windows-Windows Defender/Operational",
        1119,
        &[("Threat Name", "EICAR"), ("Path", "x")],
    );
    assert!(selects(
        "  a: {ThreatName: eicar}\n  condition: a",
        &defender
    ));
    // As the taxonomy's antivirus has them.
    assert!(selects(
        "  a: {Signature: eicar, Filename: x}\n  condition: a",
        &defender
    ));
}

#[test]
fn members_without_names_are_asked_for_by_what_they_are() {
    let interface = "367abb81-9844-35f1-ad32-98f038001003";
    let call = event("RPCFW", 3, &[("param7", interface), ("param8", "12")]);
    let wanted = format!(
        "  a: {{EventLog: RPCFW, EventID: 3, InterfaceUuid: {interface}, OpNum: 12}}\n  condition: a"
    );
    assert!(selects(&wanted, &call));
}

#[test]
fn digests_have_names_of_their_own() {
    assert!(
        item("Imphash: ef56") && item("sha256: CD34") && item("md5: AB12") && !item("sha1: AB12")
    );
}
