//! Rules over several events, killed at any instant while logs grow: afterwards there are exactly the alerts of an
//! undisturbed run, and those of a scan.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

mod support;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

const RULES: [(&str, &str); 4] = [
    (
        "pair",
        "sequence by host.name, process.pid with maxspan=30s
           [process where process.name : \"one.exe\"] [process where process.name : \"two.exe\"]",
    ),
    (
        "runs",
        "sequence by host.name with maxspan=20s [process where process.name : \"three.exe\"] with runs=3",
    ),
    (
        "until",
        "sequence by host.name [process where process.name : \"one.exe\"]
           [process where process.name : \"four.exe\"] until [process where process.name : \"two.exe\"]",
    ),
    (
        "absent",
        "sequence by host.name with maxspan=10s [process where process.name : \"four.exe\"]
           ![process where process.name : \"one.exe\"] [process where process.name : \"three.exe\"]",
    ),
];

const KILLS: u64 = 40;
const LINES: usize = 60;

/// SplitMix64: the same instants every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

fn line(number: u64, random: &mut Random) -> String {
    let name =
        ["one.exe", "two.exe", "three.exe", "four.exe", "other.exe"][random.below(5) as usize];
    let host = format!("ws{}.example", random.below(4));
    let millis = 1_767_225_600_000 + i64::try_from(number).unwrap() * 700;
    let time = jiff::Timestamp::from_millisecond(millis).unwrap();
    let document = json!({
        "@timestamp": time.to_string(),
        "event": {"category": ["process"], "type": ["start"], "code": "1", "provider": "Microsoft-Windows-Sysmon"},
        "host": {"name": host},
        "process": {"name": name, "pid": random.below(3)},
        "winlog": {"channel": "Microsoft-Windows-Sysmon/Operational", "computer_name": host,
            "event_id": "1", "record_id": number},
    });
    format!("{document}\n")
}

fn write_rules(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (name, query) in RULES {
        let text = format!(
            "[rule]\nname = \"{name}\"\nrule_id = \"{name}\"\nrisk_score = 21\nseverity = \"low\"\n\
             type = \"eql\"\nlanguage = \"eql\"\nindex = [\"winlogbeat-*\"]\nquery = '''\n{query}\n'''\n"
        );
        fs::write(folder.join(format!("{name}.toml")), text).unwrap();
    }
}

struct Place<'a> {
    home: &'a Path,
    logs: &'a Path,
    rules: &'a Path,
}

impl Place<'_> {
    fn run(&self, state: &Path) -> Command {
        let mut command = support::watchglass(self.home);
        command.arg("run").arg(self.logs).arg("--state").arg(state);
        command.arg("--rules").arg(self.rules);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    fn finish(&self, state: &Path) {
        let output = self.run(state).arg("--once").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(!said.contains("too late"), "{said}");
    }

    /// Rule and events of each alert.
    fn alerts(&self, state: &Path) -> BTreeMap<String, Value> {
        let mut command = support::watchglass(self.home);
        command
            .args(["alerts", "export", "--format", "jsonl", "--state"])
            .arg(state);
        by_id(&support::json_lines(&command.output().unwrap()))
    }

    fn scanned(&self) -> BTreeMap<String, Value> {
        let mut command = support::watchglass(self.home);
        command
            .args(["scan", "--format", "jsonl", "--rules"])
            .arg(self.rules)
            .arg(self.logs);
        by_id(&support::json_lines(&command.output().unwrap()))
    }
}

fn by_id(alerts: &[Value]) -> BTreeMap<String, Value> {
    let alert = |alert: &Value| {
        let id = alert["id"].as_str().unwrap().to_owned();
        (id, json!([alert["rule"]["name"], alert["count"]]))
    };
    let found: BTreeMap<_, _> = alerts.iter().map(alert).collect();
    assert_eq!(found.len(), alerts.len(), "an alert twice");
    found
}

/// Fails with what only one of them has.
fn same(one: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>, what: &str) {
    let less = |a: &BTreeMap<String, Value>, b: &BTreeMap<String, Value>| {
        let only = a.iter().filter(|(id, alert)| b.get(*id) != Some(*alert));
        only.map(|(id, alert)| format!("{id} {alert}"))
            .collect::<Vec<_>>()
    };
    let (more, fewer) = (less(one, other), less(other, one));
    assert!(
        more.is_empty() && fewer.is_empty(),
        "{what}: more {more:?}, fewer {fewer:?}"
    );
}

#[test]
fn kills_lose_and_double_no_sequence() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    let (logs, rules) = (path("logs"), path("rules"));
    let place = Place {
        home: root.path(),
        logs: &logs,
        rules: &rules,
    };
    fs::create_dir_all(&logs).unwrap();
    write_rules(&rules);
    let mut random = Random(7);
    let mut number = 0;
    for kill in 0..KILLS {
        let mut command = place.run(&path("state"));
        if kill % 2 == 0 {
            command.arg("--once");
        }
        let mut child = command.spawn().unwrap();
        let mut log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(logs.join(format!("{:02}.ndjson", kill / 8)))
            .unwrap();
        for _ in 0..LINES {
            log.write_all(line(number, &mut random).as_bytes()).unwrap();
            number += 1;
            if random.below(20) == 0 {
                thread::sleep(Duration::from_millis(5));
            }
        }
        thread::sleep(Duration::from_millis(random.below(700)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    place.finish(&path("state"));
    place.finish(&path("undisturbed"));
    let wanted = place.alerts(&path("undisturbed"));
    same(&place.scanned(), &wanted, "scanned");
    for (name, _) in RULES {
        let fired = wanted.values().filter(|alert| alert[0] == name).count();
        assert!(fired > 5, "{name} fired {fired} times");
    }
    same(&place.alerts(&path("state")), &wanted, "killed");
}
