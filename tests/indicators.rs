//! Indicators that the settings name, through the program itself.

#![allow(clippy::unwrap_used, reason = "a test may stop at a surprise")]

use std::path::Path;
use std::process::{Command, Output};

const RULE: &str = "[rule]\nname = 'Known address'\nrule_id = 'known-address'\ntype = 'threat_match'\nlanguage = 'kuery'\n\
    query = 'destination.ip:*'\nthreat_language = 'kuery'\nthreat_query = 'threat.indicator.ip:*'\n\
    [[rule.threat_mapping]]\n[[rule.threat_mapping.entries]]\nfield = 'destination.ip'\ntype = 'mapping'\n\
    value = 'threat.indicator.ip'\n";

const EVENT: &str = "{\"@timestamp\":\"2026-03-01T10:00:00Z\",\"event\":{\"code\":\"3\",\"provider\":\
    \"Microsoft-Windows-Sysmon\"},\"winlog\":{\"channel\":\"Microsoft-Windows-Sysmon/Operational\",\"computer_name\":\"A\",\
    \"event_id\":\"3\",\"record_id\":7},\"destination\":{\"ip\":\"192.0.2.7\"}}\n";

/// A home with a rule, an event, a list of addresses and settings that name it from where they lie.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for folder in ["rules", "logs", "etc/feeds"] {
        std::fs::create_dir_all(home.path().join(folder)).unwrap();
    }
    let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
    write("rules/a.toml", RULE);
    write("logs/a.ndjson", EVENT);
    write("etc/feeds/one.csv", "ip\n192.0.2.7\n");
    write("etc/c.toml", "[rules]\nindicators = [\"feeds\"]\n");
    home
}

fn watchglass(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchglass"));
    command.env("XDG_CONFIG_HOME", home.join("no-settings"));
    command.env("HOME", home).args(arguments).current_dir(home);
    command.output().unwrap()
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn every_command_that_runs_rules_uses_what_the_settings_name() {
    let home = home();
    let run = |arguments: &[&str]| said(&watchglass(home.path(), arguments));
    let without = run(&["rules", "check", "rules", "--format", "jsonl"]).0;
    assert!(
        without.contains("never_fires") && without.contains("[rules] indicators"),
        "{without}"
    );
    let settings = ["--config", "etc/c.toml"];
    let with = |arguments: &[&'static str]| run(&[&settings[..], arguments].concat());
    let (check, _) = with(&["rules", "check", "rules", "--format", "jsonl"]);
    assert!(check.contains("\"state\":\"runs\""), "{check}");
    let (scan, errors) = with(&["scan", "logs", "--rules", "rules", "--format", "jsonl"]);
    assert!(scan.contains("known-address"), "{scan} {errors}");
    let (_, errors) = with(&[
        "run", "logs", "--rules", "rules", "--state", "state", "--once",
    ]);
    let (kept, _) = run(&["alerts", "list", "--state", "state", "--format", "jsonl"]);
    assert!(kept.contains("known-address"), "{kept} {errors}");
    let (explained, _) = with(&[
        "rules",
        "explain",
        "known-address",
        "logs/a.ndjson",
        "--rules",
        "rules",
    ]);
    assert!(explained.contains("192.0.2.7"), "{explained}");
}

#[test]
fn a_path_that_cannot_be_used_is_said_with_its_place() {
    let home = home();
    let settings = "theme = \"default\"\n[rules]\nindicators = [\n  \"feeds\",\n  \"no/such.csv\",\n  \"c.toml\",\n]\n";
    std::fs::write(home.path().join("etc/c.toml"), settings).unwrap();
    let arguments = ["--config", "etc/c.toml", "scan", "logs", "--rules", "rules"];
    let output = watchglass(home.path(), &arguments);
    assert_eq!(output.status.code(), Some(2));
    let (_, errors) = said(&output);
    for wanted in [
        "E907",
        "c.toml:5:3",
        "no such file",
        "c.toml:6:3",
        "its ending",
    ] {
        assert!(errors.contains(wanted), "{wanted} in {errors}");
    }
    assert!(!errors.contains("c.toml:4:3"), "{errors}");
}
