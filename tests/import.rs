//! Documentation pages of the four seed detections become rules that find what the carried ones find.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

/// Alerts by rule and event, from the built-in rules or from those under `rules`.
fn alerts(samples: &Path, rules: Option<&Path>, home: &Path) -> BTreeMap<(String, String), u64> {
    let mut command = support::watchglass(home);
    command.args(["scan", "--format", "jsonl"]).arg(samples);
    if let Some(rules) = rules {
        command.arg("--rules").arg(rules);
    }
    let mut found = BTreeMap::new();
    for alert in support::json_lines(&command.output().unwrap()) {
        let name = alert["rule"]["name"].as_str().unwrap().to_owned();
        let events = serde_json::to_string(&alert["events"]).unwrap();
        *found.entry((name, events)).or_insert(0) += 1;
    }
    found
}

#[test]
fn imported_pages_find_what_the_carried_rules_find() {
    let Some(data) = support::data() else { return };
    let pages = data.join("../seeds");
    if !pages.is_dir() {
        eprintln!("skipped: no pages at {}", pages.display());
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let rules = home.path().join("rules");
    let import = |extra: &[&str]| {
        let mut command = support::watchglass(home.path());
        command.args(["rules", "import"]).arg(&pages);
        command.arg("--out").arg(&rules).args(extra);
        command.output().unwrap()
    };
    let output = import(&[]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(said.lines().count(), 4, "{said}");
    assert!(said.lines().all(|line| line.contains(": runs: ")), "{said}");
    let again = import(&[]);
    assert_eq!(again.status.code(), Some(1), "written files stay");
    assert!(String::from_utf8_lossy(&again.stderr).contains("--force"));
    assert!(import(&["--force"]).status.success());

    let samples = data.join("seed-rule-samples");
    let carried = alerts(&samples, None, home.path());
    assert!(!carried.is_empty());
    assert_eq!(alerts(&samples, Some(&rules), home.path()), carried);
}
