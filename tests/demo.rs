//! The demo's logs: exactly the alerts that its story tells of, from every shape, and the same bytes however written.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::Value;
use watchglass::cli::demo::{Replay, Scenario, Shape};
use watchglass::event::Time;

const DUMPS: &str = "Full User-Mode Dumps Enabled System-Wide";
const MINIDUMP: &str = "PowerShell MiniDump Script";
const PROCDUMP: &str = "Dump LSASS via procdump";
const TASKMGR: &str = "Creation of lsass Dump with Taskmgr";

/// 2026-11-24T09:00:00Z: where the live part begins in these tests.
const BASE: &str = "2026-11-24T09:00:00Z";

/// Rule, second of the story, host, events, and the file that they are in.
const ALERTS: &[(&str, i64, &str, u64, &str)] = &[
    (TASKMGR, 10, "ws-fin-07", 1, "ws-fin-07/winlogbeat.ndjson"),
    (MINIDUMP, 44, "ws-fin-07", 1, "ws-fin-07/winlogbeat.ndjson"),
    (PROCDUMP, 87, "ws-eng-03", 1, "ws-eng-03/events.xml"),
    (DUMPS, 124, "ws-eng-03", 1, "ws-eng-03/events.xml"),
    // The first of its two events is on the far side of the rotation.
    (PROCDUMP, 206, "fs-01", 2, "fs-01/nxlog.json.1"),
    (MINIDUMP, 260, "fs-01", 1, "fs-01/nxlog.json"),
    (DUMPS, 312, "col-01", 1, "col-01/elastic-defend.ndjson"),
    (PROCDUMP, 320, "col-01", 1, "col-01/elastic-defend.ndjson"),
    // Sysmon's event and the audit's name another original file name: two rows.
    (PROCDUMP, 360, "dc-01", 1, "dc-01/Sysmon.jsonl"),
    (PROCDUMP, 360, "dc-01", 1, "dc-01/Security.jsonl"),
    (DUMPS, 424, "dc-01", 1, "dc-01/Sysmon.jsonl"),
    (MINIDUMP, 482, "dc-01", 1, "dc-01/PowerShell.jsonl"),
    (TASKMGR, 541, "fs-01", 1, "fs-01/nxlog.json"),
    (TASKMGR, 598, "fs-01", 1, "fs-01/nxlog.json"),
    (TASKMGR, 660, "ws-eng-03", 1, "ws-eng-03/events.xml"),
    (DUMPS, 702, "ws-eng-03", 1, "ws-eng-03/events.xml"),
    (MINIDUMP, 731, "ws-eng-03", 1, "ws-eng-03/events.xml"),
    (PROCDUMP, 763, "ws-fin-07", 1, "ws-fin-07/winlogbeat.ndjson"),
];

fn base() -> Time {
    Time::parse(BASE).unwrap()
}

/// Runs the rules over `dir`; every event of it must be readable.
fn scan(dir: &Path) -> Vec<Value> {
    let home = tempfile::tempdir().unwrap();
    let output = support::watchglass(home.path())
        .args(["scan", "--format", "jsonl"])
        .arg(dir)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    support::json_lines(&output)
}

/// Names of the built-in rules that run.
fn running() -> BTreeSet<String> {
    let home = tempfile::tempdir().unwrap();
    let output = support::watchglass(home.path())
        .args(["rules", "check", "--format", "jsonl"])
        .output()
        .unwrap();
    let rules = support::json_lines(&output);
    assert_eq!(rules.len(), 4, "the four detections are carried");
    rules
        .iter()
        .filter(|rule| rule["state"] == "runs")
        .map(|rule| rule["name"].as_str().unwrap().to_owned())
        .collect()
}

/// What the list says of an alert, in its order and spelling.
fn summary(alert: &Value, dir: &Path) -> (String, i64, String, u64, String) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let first = Time::parse(alert["@timestamp"].as_str().unwrap()).unwrap();
    let host = text(&alert["host"]);
    let path = PathBuf::from(text(&alert["events"][0]["path"]));
    (
        text(&alert["rule"]["name"]),
        first.seconds() - base().seconds(),
        host.split('.').next().unwrap().to_owned(),
        alert["count"].as_u64().unwrap(),
        path.strip_prefix(dir).unwrap().display().to_string(),
    )
}

#[test]
fn exactly_the_alerts_of_the_story_and_no_look_alike() {
    let dir = tempfile::tempdir().unwrap();
    Scenario::new(base(), 1).write_all(dir.path()).unwrap();
    let running = running();
    assert!(
        running.contains(DUMPS) && running.contains(MINIDUMP),
        "{running:?}"
    );
    let mut expected: Vec<_> = ALERTS
        .iter()
        .filter(|(rule, ..)| running.contains(*rule))
        .map(|&(rule, at, host, count, file)| {
            (rule.to_owned(), at, host.to_owned(), count, file.to_owned())
        })
        .collect();
    let alerts = scan(dir.path());
    let mut found: Vec<_> = alerts
        .iter()
        .map(|alert| summary(alert, dir.path()))
        .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn other_noise_gives_the_same_alerts() {
    let running = running();
    let expected = ALERTS.iter().filter(|(rule, ..)| running.contains(*rule));
    let expected = expected.count();
    for seed in [2, 3] {
        let dir = tempfile::tempdir().unwrap();
        Scenario::new(base(), seed).write_all(dir.path()).unwrap();
        assert_eq!(scan(dir.path()).len(), expected, "seed {seed}");
    }
}

#[test]
fn every_shape_gives_the_same_alerts() {
    let identities = |scenario: &Scenario| -> BTreeMap<String, (String, u64)> {
        let dir = tempfile::tempdir().unwrap();
        scenario.write_all(dir.path()).unwrap();
        let alerts = scan(dir.path());
        alerts
            .iter()
            .map(|alert| {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let count = alert["count"].as_u64().unwrap();
                (text(&alert["id"]), (text(&alert["rule"]["name"]), count))
            })
            .collect()
    };
    let mixed = identities(&Scenario::new(base(), 1));
    assert!(mixed.len() >= 8, "{mixed:?}");
    for shape in Shape::ALL {
        let one = identities(&Scenario::in_shape(base(), 1, shape));
        assert_eq!(one, mixed, "{shape:?}");
    }
}

fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for host in fs::read_dir(dir).unwrap() {
        for file in fs::read_dir(host.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(dir).unwrap().to_owned();
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn a_replay_ends_with_the_bytes_that_are_written_at_once() {
    let (once, live) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    Scenario::new(base(), 1).write_all(once.path()).unwrap();
    let replay = Replay::start(Scenario::new(base(), 1), live.path(), 2000.0).unwrap();
    let begun = files(live.path());
    replay.wait().unwrap();
    let (once, live) = (files(once.path()), files(live.path()));
    assert!(once.contains_key(Path::new("fs-01/nxlog.json.1")));
    assert_ne!(begun, live, "the live part comes after the start");
    assert!(once == live, "{:?} and {:?}", once.keys(), live.keys());
}

#[test]
fn a_replay_stops_when_it_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let replay = Replay::start(Scenario::new(base(), 1), dir.path(), 0.001).unwrap();
    let begun = files(dir.path());
    let asked = Instant::now();
    drop(replay);
    // At this speed the whole takes ten days.
    assert!(asked.elapsed() < Duration::from_secs(60));
    assert_eq!(begun.keys().len(), 9, "{:?}", begun.keys());
    assert!(begun == files(dir.path()));
}

#[test]
fn the_command_writes_the_same_and_never_over_a_file() {
    let (home, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut command = support::watchglass(home.path());
    command
        .args(["demo", "--at", BASE, "--write"])
        .arg(dir.path());
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    let own = tempfile::tempdir().unwrap();
    Scenario::new(base(), 1).write_all(own.path()).unwrap();
    let written = files(dir.path());
    assert!(written == files(own.path()));
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    assert!(written == files(dir.path()), "nothing was written over");
}

#[test]
fn the_noise_has_every_kind_of_event() {
    let dir = tempfile::tempdir().unwrap();
    Scenario::new(base(), 1).write_all(dir.path()).unwrap();
    let home = tempfile::tempdir().unwrap();
    let output = support::watchglass(home.path())
        .arg("events")
        .arg(dir.path())
        .output()
        .unwrap();
    let events = support::json_lines(&output);
    assert!(events.len() > 8000, "{}", events.len());
    let mut hosts_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for event in &events {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let code = text(&event["event"]["code"]);
        hosts_of
            .entry(code)
            .or_default()
            .insert(text(&event["host"]["name"]));
    }
    for code in [
        1, 3, 5, 7, 10, 11, 12, 13, 22, 23, 4624, 4634, 4672, 4688, 4768, 4769, 5140, 4103, 4104,
        400, 600,
    ] {
        assert!(hosts_of.contains_key(&code.to_string()), "{code}");
    }
    assert!(hosts_of["1"].len() >= 4 && hosts_of["4624"].len() >= 4);
}

/// What the screen shows now.
fn screen(parser: &Mutex<vt100::Parser>) -> String {
    parser.lock().unwrap().screen().contents()
}

#[test]
fn the_workbench_opens_on_it_and_alerts_arrive() {
    let (home, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let size = PtySize {
        rows: 40,
        cols: 140,
        ..PtySize::default()
    };
    let pty = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_watchglass"));
    command.env_clear();
    for (name, value) in [
        ("HOME", home.path()),
        ("TMPDIR", temporary.path()),
        ("TERM", Path::new("xterm-256color")),
        ("LANG", Path::new("C.UTF-8")),
        ("TZ", Path::new("UTC")),
    ] {
        command.env(name, value);
    }
    command.args(["demo", "--speed", "40"]);
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let (rows, cols) = (size.rows.try_into().unwrap(), size.cols.try_into().unwrap());
    let parser = Arc::new(Mutex::new(vt100::Parser::new(rows, cols, 0)));
    let mut reader = pty.master.try_clone_reader().unwrap();
    let shown = Arc::clone(&parser);
    let listener = thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            shown.lock().unwrap().process(&buffer[..count]);
        }
    });
    let begun = Instant::now();
    let running = running();
    let all = |text: &str| {
        let names = [
            (DUMPS, "User-Mode Dumps"),
            (MINIDUMP, "MiniDump Script"),
            (PROCDUMP, "via procdump"),
            (TASKMGR, "with Taskmgr"),
        ];
        names
            .iter()
            .all(|(rule, name)| !running.contains(*rule) || text.contains(name))
    };
    while !all(&screen(&parser)) {
        let now = screen(&parser);
        assert!(begun.elapsed() < Duration::from_secs(120), "{now}");
        assert!(child.try_wait().unwrap().is_none(), "it ended: {now}");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 1);
    let mut keys = pty.master.take_writer().unwrap();
    keys.write_all(b"q").unwrap();
    let status = child.wait().unwrap();
    assert!(status.success(), "{status:?}");
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
    drop(keys);
    drop(pty.master);
    listener.join().unwrap();
}
