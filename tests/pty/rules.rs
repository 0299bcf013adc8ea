//! The view of the rules, in a terminal.

use crate::session::{Session, watchglass};
use crate::stage::{Stage, registry_event};

/// A rule file that cannot be read beside the built-in rules.
fn stage() -> (Stage, tempfile::TempDir) {
    let rules = tempfile::tempdir().unwrap();
    for folder in ["elastic", "splunk"] {
        let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("rules")
            .join(folder);
        for file in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            if file.path().is_file() {
                std::fs::copy(file.path(), rules.path().join(file.file_name())).unwrap();
            }
        }
    }
    std::fs::write(
        rules.path().join("bad.toml"),
        "[rule]\nname = \"x\"\nrule_id =\n",
    )
    .unwrap();
    let stage = Stage::new().using(rules.path().to_owned());
    let event = registry_event("WS-001", 1);
    assert_eq!(stage.feed("first.xml", event.as_bytes()), 1);
    (stage, rules)
}

#[test]
fn rules_are_searched_counted_and_exported() {
    let (stage, rules) = stage();
    let mut command = watchglass(&stage.home());
    command.args(stage.arguments());
    let mut session = Session::start(command, (80, 24));
    session.wait_for("1 open");
    session.press("R");
    session.wait_for("[list 4]");
    session.wait_for("problems 1");
    session.press("2");
    session.wait_for("bad.toml:3");
    session.wait_for("^");

    session.press("/minidump");
    session.wait_for("1 of 4");
    session.press("<enter><enter>");
    session.wait_for("RULE  PowerShell MiniDump Script");
    session.press("<esc><esc>3");
    session.wait_for("LANGUAGE");

    session.press("4");
    session.wait_for("T1003 OS Credential Dumping: 4 rules, 4 run, 1 alert");
    session.press("e");
    session.wait_for("written to");
    let layer = std::fs::read(stage.home().join("watchglass-coverage-rules.json")).unwrap();
    let layer: serde_json::Value = serde_json::from_slice(&layer).unwrap();
    assert_eq!(layer["versions"]["layer"], "4.5");

    // The file is mended: the rule is there without leaving the view.
    let good = std::fs::read_dir(rules.path()).unwrap().map(Result::unwrap);
    let good = good.map(|file| file.path()).find(|path| {
        let name = path.to_string_lossy();
        name.ends_with(".toml") && !name.ends_with(".test.toml") && !path.ends_with("bad.toml")
    });
    let text = std::fs::read_to_string(good.unwrap()).unwrap();
    let text = text.replacen("rule_id = \"", "rule_id = \"ffff", 1);
    std::fs::write(rules.path().join("bad.toml"), text).unwrap();
    session.press("1");
    session.wait_for("[list 5]");
    session.wait_for("problems 0");
    session.press("<esc>");
    session.wait_for("1 open");
}

#[test]
fn what_breaks_while_it_runs_is_said_and_the_last_good_version_stays() {
    let (stage, rules) = stage();
    let mut command = watchglass(&stage.home());
    command.args(stage.arguments());
    let mut session = Session::start(command, (120, 30));
    session.wait_for("1 problem with rule files; R shows which.");
    let files = std::fs::read_dir(rules.path()).unwrap().map(Result::unwrap);
    let eql = files.map(|file| file.path()).find(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        text.contains("language = \"eql\"")
    });
    let eql = eql.unwrap();
    let good = std::fs::read_to_string(&eql).unwrap();
    std::fs::write(&eql, good.replace("registry where", "registry wher")).unwrap();
    session.wait_for("rule file broken, the last good version runs, R shows it: ");
    session.press("R2");
    session.wait_for("problems 2");
    session.wait_for("wher");
    session.press("<esc>");
    std::fs::write(&eql, good).unwrap();
    session.wait_for("localdumps.toml is mended.");

    let away = rules.path().with_extension("away");
    std::fs::rename(rules.path(), &away).unwrap();
    session.wait_for("rule file broken, 4 rules run as they were last, R shows it: ");
    std::fs::rename(&away, rules.path()).unwrap();
    session.wait_for("can be read again.");
}

#[test]
fn the_screen_is_there_while_rules_are_loaded() {
    let rules = tempfile::tempdir().unwrap();
    for number in 0..2_000 {
        let text = format!(
            "title: rule {number}\nid: {number:08}-0000-4000-8000-000000000000\nlogsource: {{product: windows, category: \
             process_creation}}\ndetection: {{sel: {{Image|endswith: '\\{number}.exe'}}, condition: sel}}\nlevel: low\n"
        );
        std::fs::write(rules.path().join(format!("{number}.yml")), text).unwrap();
    }
    let stage = Stage::new().using(rules.path().to_owned());
    let mut command = watchglass(&stage.home());
    command.args(stage.arguments());
    let mut session = Session::start(command, (100, 30));
    session.wait_for("loading rules ...");
    session.press("R");
    session.wait_for("The rules are being loaded");
    session.wait_for("[list 2,000]");
    session.press("<esc>");
    session.wait_for("2,000 rules run, 0 can never fire here");
}
