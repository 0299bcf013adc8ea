//! Killed at any instant, and a disk that is full: what is kept afterwards is what an undisturbed run keeps.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test may stop at a surprise"
)]

#[path = "crash/disk.rs"]
mod disk;
#[path = "crash/kill.rs"]
mod kill;
#[path = "crash/storm.rs"]
mod storm;
#[path = "crash/triage.rs"]
mod triage;

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A detector on `logs`, its messages captured.
fn detector(home: &Path, logs: &Path, state: &Path) -> Command {
    let mut command = support::watchglass(home);
    command.arg("run").arg(logs).arg("--state").arg(state);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Detects until everything that is there has been read; some of it may be unreadable (exit code 1), no more.
fn detect_all(home: &Path, logs: &Path, state: &Path) -> Output {
    let output = detector(home, logs, state).arg("--once").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    output
}

/// What detection made of the logs, by alert: everything but the triage and the names of files, which rotation changes.
fn alerts(home: &Path, state: &Path) -> BTreeMap<String, Value> {
    let output = support::watchglass(home)
        .args(["alerts", "export", "--format", "jsonl", "--state"])
        .arg(state)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let mut alerts = BTreeMap::new();
    for mut alert in support::json_lines(&output) {
        let members = alert.as_object_mut().unwrap();
        for triage in ["status", "disposition", "owner", "steps", "notes"] {
            members.remove(triage).unwrap();
        }
        let events = members["events"].as_array_mut().unwrap();
        for event in events.iter_mut() {
            event.as_object_mut().unwrap().remove("path").unwrap();
        }
        events.sort_by_key(ToString::to_string);
        let id = alert["id"].as_str().unwrap().to_owned();
        assert!(alerts.insert(id, alert).is_none(), "an alert twice");
    }
    alerts
}
