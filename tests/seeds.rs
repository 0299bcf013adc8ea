//! The four seed detections on real samples: exactly the records that fire, the same from every format.
//!
//! What fires is stated in the README of `seed-rule-samples` in the public corpora; every other file there is a
//! look-alike.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const DUMPS: &str = "Full User-Mode Dumps Enabled System-Wide";
const MINIDUMP: &str = "PowerShell MiniDump Script";
const PROCDUMP: &str = "Dump LSASS via procdump";
const TASKMGR: &str = "Creation of lsass Dump with Taskmgr";

/// File stem, rule, records that fire, alerts that they make.
const FIRES: &[(&str, &str, &[u64], usize)] = &[
    (
        "splunk_capattack_procdump_sysmon",
        PROCDUMP,
        &[40_892_442, 40_892_451, 40_892_485, 40_892_494],
        4,
    ),
    (
        "splunk_capattack_procdump_security",
        PROCDUMP,
        &[2_786_588, 2_786_592, 2_786_610, 2_786_614],
        4,
    ),
    (
        "sbousseaden_sysmon_10_11_lsass_memdump",
        TASKMGR,
        &[4441],
        1,
    ),
    ("mdecrevoisier_ID11_lsass_taskmgr", TASKMGR, &[48_564], 1),
    ("sigma_taskmgr_lsass_dump", TASKMGR, &[53_968], 1),
    (
        "otrf_rdp_interactive_taskmanager_lsass_dump",
        TASKMGR,
        &[3_407_010],
        1,
    ),
    ("otrf_rdp_taskmgr_subset", TASKMGR, &[3_407_010], 1),
    (
        "sbousseaden_powershell_4104_minidumpwritedump",
        MINIDUMP,
        &[971],
        1,
    ),
    ("SYNTHETIC_registry_dumptype_eid13", DUMPS, &[90_000_001], 1),
];

/// Rule name to (records, alerts), as one file gives them.
type Hits = BTreeMap<String, (Vec<u64>, usize)>;

/// Returns what fires, and the ids of the alerts.
fn scan(file: &Path) -> (Hits, BTreeSet<String>) {
    let home = tempfile::tempdir().unwrap();
    let output = support::watchglass(home.path())
        .args(["scan", "--format", "jsonl"])
        .arg(file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{}: {said}", file.display());
    let mut hits = Hits::new();
    let mut ids = BTreeSet::new();
    for alert in support::json_lines(&output) {
        ids.insert(alert["id"].as_str().unwrap().to_owned());
        let rule = alert["rule"]["name"].as_str().unwrap().to_owned();
        let events = alert["events"].as_array().unwrap();
        assert_eq!(
            alert["count"].as_u64().unwrap(),
            events.len() as u64,
            "{alert}"
        );
        let hit = hits.entry(rule).or_default();
        hit.0.extend(
            events
                .iter()
                .map(|event| event["record_id"].as_u64().unwrap()),
        );
        hit.1 += 1;
    }
    for (records, _) in hits.values_mut() {
        records.sort_unstable();
    }
    (hits, ids)
}

/// Names of the built-in rules that run.
fn running() -> Vec<String> {
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

fn expected(stem: &str, running: &[String]) -> Hits {
    FIRES
        .iter()
        .filter(|(file, rule, ..)| *file == stem && running.iter().any(|name| name == rule))
        .map(|(_, rule, records, alerts)| ((*rule).to_owned(), (records.to_vec(), *alerts)))
        .collect()
}

#[test]
fn the_samples_fire_exactly_as_listed_in_every_format() {
    let Some(data) = support::data() else { return };
    let running = running();
    for rule in [DUMPS, MINIDUMP, PROCDUMP, TASKMGR] {
        assert!(running.iter().any(|name| name == rule), "{running:?}");
    }
    let mut wrong = Vec::new();
    let mut files = 0;
    let mut by_stem: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for folder in ["evtx", "json", "xml"] {
        for entry in std::fs::read_dir(data.join("seed-rule-samples").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            files += 1;
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let ((found, ids), expected) = (scan(&path), expected(stem, &running));
            let known = by_stem
                .entry(stem.to_owned())
                .or_insert_with(|| ids.clone());
            assert_eq!(
                *known,
                ids,
                "{} and its twin in another format",
                path.display()
            );
            if found != expected {
                wrong.push(format!(
                    "{}: found {found:?}, expected {expected:?}",
                    path.display()
                ));
            }
        }
    }
    assert!(files >= 30, "only {files} sample files were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (stem, ..) in FIRES {
        assert!(by_stem.contains_key(*stem), "{stem} was not found");
    }
}

/// Lines as Splunk shows them, many cut off in the middle.
#[test]
fn none_fires_on_the_example_lines() {
    let Some(data) = support::data() else { return };
    let home = tempfile::tempdir().unwrap();
    let output = support::watchglass(home.path())
        .args(["scan", "--format", "jsonl"])
        .arg(data.join("seed-rule-samples/xml/security_content_example_logs"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "some lines cannot be read");
    assert!(
        output.stdout.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

/// The same records from three formats, an archive and a subset of it are the same alerts.
#[test]
fn all_the_samples_together_double_nothing() {
    let Some(data) = support::data() else { return };
    let samples = data.join("seed-rule-samples");
    let home = tempfile::tempdir().unwrap();
    let output = support::watchglass(home.path())
        .args(["scan", "--format", "jsonl"])
        .args([
            samples.join("evtx"),
            samples.join("json"),
            samples.join("xml"),
        ])
        .output()
        .unwrap();
    let subset = "otrf_rdp_taskmgr_subset";
    let expected = FIRES.iter().filter(|(stem, ..)| *stem != subset);
    let expected: usize = expected.map(|(.., alerts)| alerts).sum();
    assert_eq!(support::json_lines(&output).len(), expected);
}
