//! `watchglass alerts list|show|export` on a state directory that an analyst has worked in.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

mod support;

use std::ops::ControlFlow;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::process::Output;

use serde_json::json;
use watchglass::alert::{Batch, Disposition, Edit, Status, StepMark, Store, Who};
use watchglass::engine::{Engine, Matches};
use watchglass::pipeline::{Found, scan};
use watchglass::rule::RuleSet;
use watchglass::source::expand;

/// A registry write that makes "Full User-Mode Dumps Enabled System-Wide" fire, with a hostile user name.
fn event(record: u64, computer: &str) -> serde_json::Value {
    json!({
        "@timestamp": "2026-03-04T05:06:07.890Z",
        "event": {"code": "13", "provider": "Microsoft-Windows-Sysmon", "category": ["registry"], "type": ["change"]},
        "host": {"name": computer, "os": {"type": "windows"}},
        "user": {"name": "=cmd|' /C calc'!A0\u{1b}]52;c;eA==\u{7}", "domain": "LAB", "id": "S-1-5-21-7-7-7-1104"},
        "process": {"executable": "C:\\Tools\\`reg`|<b>.exe", "name": "reg.exe", "entity_id": "{22222222-0000-0000-0000-000000000001}"},
        "registry": {
            "path": "HKLM\\SOFTWARE\\Microsoft\\Windows\\Windows Error Reporting\\LocalDumps\\DumpType",
            "value": "DumpType",
            "data": {"strings": ["2"], "type": "SZ_DWORD"},
        },
        "winlog": {"channel": "Microsoft-Windows-Sysmon/Operational", "computer_name": computer, "record_id": record, "event_id": "13",
            "event_data": {"Details": "http://drop.example.com/a.bin"}},
    })
}

/// Fills a state directory with three alerts, of which one is triaged.
fn state(dir: &Path) -> Vec<String> {
    let log = dir.join("log.ndjson");
    let lines: Vec<String> = [(1, "ws1.lab"), (2, "ws2.lab"), (3, "ws2.lab")]
        .iter()
        .map(|(record, computer)| event(*record, computer).to_string() + "\n")
        .collect();
    std::fs::write(&log, lines.concat()).unwrap();
    let engine = Engine::new(RuleSet::builtin().rules);
    let mut matches = Matches::default();
    scan(expand(&[log]), &mut |found| {
        if let Found::Event(event) = found {
            engine.observe(&event, &mut matches);
        }
        ControlFlow::Continue(())
    });
    let batch = Batch {
        detections: matches.detections,
        ..Batch::default()
    };
    let mut store = Store::open(&dir.join("state")).unwrap();
    assert_eq!(store.commit(&batch).unwrap().new_alerts, 3);
    let mut rows = store.rows_since(0).unwrap();
    rows.sort_by_key(|row| (row.first, row.id));
    let alert = store.alert(rows[0].id).unwrap().unwrap();
    let set = RuleSet::builtin();
    let step = set.get(&alert.rule_id).unwrap().guide.steps[0].id.clone();
    let who = Who {
        name: "ana".into(),
        session: "pts/1".into(),
    };
    let close = Edit::SetStatus {
        status: Status::Closed,
        disposition: Some(Disposition::TruePositive),
    };
    let mark = Edit::MarkStep {
        step: step.clone(),
        mark: Some(StepMark::Done),
    };
    let note = Edit::WriteNote {
        note: None,
        step: Some(step),
        text: "seen <script>\n# not a title\u{1b}[2J".into(),
    };
    for edit in [mark, note, close] {
        store.edit(&who, &[alert.id], &edit).unwrap();
    }
    rows.iter().map(|row| row.id.to_string()).collect()
}

fn alerts(home: &Path, arguments: &[&str]) -> Output {
    support::watchglass(home)
        .arg("alerts")
        .args(arguments)
        .args(["--state"])
        .arg(home.join("state"))
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let raw = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!text.contains(raw), "{text}");
    text
}

#[test]
fn list_filters_and_prints_the_contract() {
    let home = tempfile::tempdir().unwrap();
    let ids = state(home.path());
    let list = |more: &[&str]| {
        let output = alerts(
            home.path(),
            &[&["list", "--format", "jsonl"], more].concat(),
        );
        assert_eq!(output.status.code(), Some(0));
        support::json_lines(&output)
            .iter()
            .map(|alert| alert["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(list(&[]), ids);
    assert_eq!(list(&["--status", "closed"]), ids[..1]);
    assert_eq!(list(&["--status", "open,acknowledged"]), ids[1..]);
    assert_eq!(list(&["--limit", "1"]), ids[2..]);
    assert_eq!(list(&["--rule", "USER-mode dumps", "--host", "WS"]), ids);
    assert_eq!(list(&["--severity", "info"]), ids[..0]);
    assert_eq!(list(&["--since", "2026-03-04T05:06:07Z"]), ids);
    assert_eq!(list(&["--since", "2026-03-05"]), ids[..0]);
    let table = said(&alerts(home.path(), &["list"]));
    assert_eq!(table.lines().count(), 4);
    assert!(table.contains("WG-") && table.contains("closed"), "{table}");
}

#[test]
fn every_member_of_the_contract_is_there_with_its_type() {
    let home = tempfile::tempdir().unwrap();
    let ids = state(home.path());
    let output = alerts(home.path(), &["export", &ids[0]]);
    said(&output);
    let lines = support::json_lines(&output);
    assert_eq!(lines.len(), 1);
    let alert = &lines[0];
    for member in [
        "id",
        "severity",
        "@timestamp",
        "host",
        "user",
        "message",
        "status",
    ] {
        assert!(alert[member].is_string(), "{member}: {alert}");
    }
    for member in ["id", "name", "language"] {
        assert!(alert["rule"][member].is_string(), "{member}: {alert}");
    }
    assert!(alert["risk_score"].is_u64() && alert["count"].is_u64());
    assert!(
        alert["techniques"]
            .as_array()
            .unwrap()
            .iter()
            .all(serde_json::Value::is_string)
    );
    let events = alert["events"].as_array().unwrap();
    assert_eq!(events.len(), 1);
    for member in ["computer", "channel", "path"] {
        assert!(events[0][member].is_string(), "{member}: {alert}");
    }
    assert_eq!(events[0]["event_id"], 13);
    assert!(events[0]["record_id"].is_u64());
    assert_eq!(alert["@timestamp"], "2026-03-04T05:06:07.89Z");
    assert_eq!(alert["disposition"], "true_positive");
    assert!(
        alert["user"].as_str().unwrap().contains('\u{1b}'),
        "the data stays exact"
    );
}

#[test]
fn a_spreadsheet_runs_nothing() {
    let home = tempfile::tempdir().unwrap();
    state(home.path());
    let csv = said(&alerts(home.path(), &["export", "--format", "csv"]));
    let mut lines = csv.lines();
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("id,rule_id,rule_name,language,severity")
    );
    assert_eq!(lines.clone().count(), 3);
    assert!(
        lines.all(|line| !line.contains(",=") && !line.contains(",\"=")),
        "{csv}"
    );
    let scanned = support::watchglass(home.path())
        .args(["scan", "--format", "csv"])
        .arg(home.path().join("log.ndjson"))
        .output()
        .unwrap();
    assert_eq!(
        said(&scanned).lines().next(),
        csv.lines().next(),
        "scan has the same columns"
    );
}

#[test]
fn a_page_for_handing_over_has_everything_and_obeys_nothing() {
    let home = tempfile::tempdir().unwrap();
    let ids = state(home.path());
    let link = format!("wg-{}", &ids[0][..8]);
    let page = said(&alerts(
        home.path(),
        &["show", &link, "--format", "markdown", "--defang"],
    ));
    for wanted in [
        "# Full User-Mode Dumps Enabled System-Wide",
        "closed as true positive",
        "https://attack.mitre.org/techniques/",
        "## Contributing events",
        "`Microsoft-Windows-Sysmon/Operational` | 13 |",
        "## Indicators (defanged)",
        "`hxxp://drop[.]example[.]com/a[.]bin`",
        "- [x] ",
        "(done, ana, ",
        "seen \\<script\\> / \\# not a title",
        "`` C:\\Tools\\`reg`\\|<b>.exe ``",
        "## History",
        "2026-03-04 05:06:07.890 UTC",
    ] {
        assert!(page.contains(wanted), "{wanted} is not in\n{page}");
    }
    assert!(!page.contains("http://drop"), "{page}");
    let text = said(&alerts(home.path(), &["show", &ids[0]]));
    assert!(
        text.contains("http://drop.example.com/a.bin") && text.contains("[x]"),
        "{text}"
    );
    let plain = said(&alerts(home.path(), &["export", "--format", "markdown"]));
    assert_eq!(
        plain.matches("\n# Full").count() + usize::from(plain.starts_with("# Full")),
        3
    );
}

#[test]
fn a_file_is_replaced_when_complete() {
    let home = tempfile::tempdir().unwrap();
    state(home.path());
    let path = home.path().join("out.csv");
    std::fs::write(&path, "old").unwrap();
    let name = path.to_str().unwrap();
    let output = alerts(
        home.path(),
        &["export", "--format", "csv", "--output", name],
    );
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 4);
    let left = std::fs::read_dir(home.path()).unwrap();
    assert!(
        left.map(|entry| entry.unwrap().file_name())
            .all(|name| !name.to_str().unwrap().contains("partial"))
    );
}

#[test]
fn a_pipe_behind_a_link_is_written_through() {
    let home = tempfile::tempdir().unwrap();
    state(home.path());
    let pipe = home.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let link = home.path().join("link");
    std::os::unix::fs::symlink(&pipe, &link).unwrap();
    let to_link = ["export", "--output", link.to_str().unwrap()];
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    assert_eq!(alerts(home.path(), &to_link).status.code(), Some(0));
    assert_eq!(reader.join().unwrap().lines().count(), 3);
    let kind = |path: &Path| std::fs::symlink_metadata(path).unwrap().file_type();
    assert!(kind(&pipe).is_fifo() && kind(&link).is_symlink());
}

#[test]
fn mistakes_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let none = support::watchglass(home.path())
        .args(["alerts", "list"])
        .output()
        .unwrap();
    assert_eq!(none.status.code(), Some(1));
    let message = String::from_utf8(none.stderr).unwrap();
    assert!(
        message.contains("no alerts are kept here") && message.contains("--state"),
        "{message}"
    );
    assert!(
        !home.path().join(".local").exists(),
        "reading makes nothing"
    );
    state(home.path());
    for wrong in [
        &["show", "xyz"][..],
        &["show", "ffffffffffffffffffffffffffffffff"],
        &["list", "--since", "soon"],
        &["list", "--status", "shut"],
        &["export", "--output", "/"],
    ] {
        let output = alerts(home.path(), wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
    std::fs::write(
        home.path().join("state/watchglass.db"),
        "no database at all, but long enough",
    )
    .unwrap();
    for side in ["watchglass.db-wal", "watchglass.db-shm"] {
        drop(std::fs::remove_file(home.path().join("state").join(side)));
    }
    let broken = alerts(home.path(), &["list"]);
    assert_eq!(broken.status.code(), Some(1));
}

#[test]
fn reading_does_not_disturb_a_writer() {
    let home = tempfile::tempdir().unwrap();
    let ids = state(home.path());
    let mut store = Store::open(&home.path().join("state")).unwrap();
    let who = Who {
        name: "bo".into(),
        session: String::new(),
    };
    let owner = Edit::SetOwner {
        owner: Some("bo".into()),
    };
    store
        .edit(&who, &[ids[1].parse().unwrap()], &owner)
        .unwrap();
    let output = alerts(home.path(), &["list", "--format", "jsonl"]);
    assert_eq!(support::json_lines(&output)[1]["owner"], "bo");
    store.undo(&who).unwrap();
    let output = alerts(home.path(), &["list", "--format", "jsonl"]);
    assert!(support::json_lines(&output)[1]["owner"].is_null());
}
