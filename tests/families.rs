//! The index families that the rule for system-wide full dumps names: it fires on the documents that say so, and on
//! no other. `tests/corpus/families/` holds the project's own documents; `labels.case` tells what each is about.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use watchglass::event::Time;

const DUMPS: &str = "Full User-Mode Dumps Enabled System-Wide";

/// Each family's file, its documents and how many of them fire.
const FAMILIES: [(&str, usize, usize); 5] = [
    ("winlogbeat", 12, 4),
    ("sysmon_operational", 7, 3),
    ("endpoint_registry", 17, 9),
    ("endgame", 9, 5),
    ("m365_defender", 10, 5),
];

fn file(family: &str) -> PathBuf {
    let name = format!("tests/corpus/families/{family}.ndjson");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn run(arguments: &[&str], file: &Path) -> Vec<Json> {
    let home = tempfile::tempdir().unwrap();
    let output = support::watchglass(home.path())
        .args(arguments)
        .arg(file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{}: {said}", file.display());
    support::json_lines(&output)
}

/// Returns a member of a document, whether its keys are nested or dotted.
fn member<'d>(document: &'d Json, name: &str) -> Option<&'d Json> {
    let nested = || document.pointer(&format!("/{}", name.replace('.', "/")));
    document.get(name).or_else(nested)
}

fn documents(family: &str) -> Vec<Json> {
    let text = std::fs::read_to_string(file(family)).unwrap();
    let parsed = text.lines().map(|line| serde_json::from_str(line).unwrap());
    // A search hit carries its document inside.
    let opened = parsed.map(|line: Json| line.get("_source").cloned().unwrap_or(line));
    opened.collect()
}

/// When the event of a document happened: Sysmon's own time where the document still has it.
fn time(document: &Json) -> Time {
    let own = member(document, "winlog.event_data.UtcTime");
    let written = own.or_else(|| member(document, "@timestamp")).unwrap();
    Time::parse(written.as_str().unwrap()).unwrap()
}

fn case(document: &Json) -> String {
    member(document, "labels.case")
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn the_rule_fires_on_each_family_and_on_no_look_alike() {
    for (family, count, firing) in FAMILIES {
        let documents = documents(family);
        assert_eq!(documents.len(), count, "{family}");
        let cases: BTreeMap<Time, String> =
            documents.iter().map(|one| (time(one), case(one))).collect();
        assert_eq!(cases.len(), count, "{family}: times tell documents apart");
        let expected: BTreeSet<String> = documents
            .iter()
            .filter(|one| member(one, "labels.fires").unwrap() == "yes")
            .map(case)
            .collect();
        assert_eq!(expected.len(), firing, "{family}");

        let alerts = run(&["scan", "--format", "jsonl"], &file(family));
        let fired: Vec<String> = alerts
            .iter()
            .map(|alert| {
                assert_eq!(alert["rule"]["name"], DUMPS, "{alert}");
                assert_eq!(alert["count"], 1, "{alert}");
                let at = Time::parse(alert["@timestamp"].as_str().unwrap()).unwrap();
                cases[&at].clone()
            })
            .collect();
        assert_eq!(fired.len(), firing, "{family}: {fired:?}");
        assert_eq!(fired.into_iter().collect::<BTreeSet<_>>(), expected);
    }
}

#[test]
fn every_member_of_a_document_comes_out_again() {
    for (family, ..) in FAMILIES {
        let shipped = documents(family);
        let normalised = run(&["events"], &file(family));
        assert_eq!(shipped.len(), normalised.len(), "{family}");
        for (before, after) in shipped.iter().zip(&normalised) {
            // What comes before its ingest pipeline is changed by it, as `event::ecs` tests.
            if member(before, "event.category").is_none() {
                continue;
            }
            let mut leaves = Vec::new();
            collect(before, &mut String::new(), &mut leaves);
            assert!(leaves.len() > 10, "{before}");
            for (name, value) in leaves {
                let pointer = format!("/{}", name.replace('.', "/"));
                assert_eq!(after.pointer(&pointer), Some(&value), "{family}: {name}");
            }
        }
    }
}

/// Collects the dotted names and values of what is no object; nulls and empty lists are no values.
fn collect(value: &Json, path: &mut String, leaves: &mut Vec<(String, Json)>) {
    match value {
        Json::Object(members) => {
            for (name, inner) in members {
                let mark = path.len();
                if mark > 0 {
                    path.push('.');
                }
                path.push_str(name);
                collect(inner, path, leaves);
                path.truncate(mark);
            }
        }
        Json::Null => {}
        Json::Array(items) if items.is_empty() => {}
        leaf => leaves.push((path.clone(), leaf.clone())),
    }
}

#[test]
fn the_same_document_read_twice_is_one_event() {
    let home = tempfile::tempdir().unwrap();
    for (family, _, firing) in FAMILIES {
        let ids = |file: &Path| -> Vec<String> {
            let alerts = run(&["scan", "--format", "jsonl"], file);
            let ids = alerts
                .iter()
                .map(|one| one["id"].as_str().unwrap().to_owned());
            ids.collect()
        };
        let first = ids(&file(family));
        assert_eq!(first.len(), firing);
        let copy = home.path().join(format!("{family}.json"));
        std::fs::copy(file(family), &copy).unwrap();
        assert_eq!(ids(&copy), first, "{family}: renamed");
    }
}

/// Returns id, rule, count and event numbers of each alert.
fn alerts(file: &Path) -> BTreeSet<String> {
    let alerts = run(&["scan", "--format", "jsonl"], file);
    let told = alerts.iter().map(|alert| {
        let events = alert["events"].as_array().unwrap();
        let numbers: Vec<_> = events.iter().map(|event| &event["record_id"]).collect();
        format!(
            "{} {} {} {numbers:?}",
            alert["id"], alert["rule"]["name"], alert["count"]
        )
    });
    told.collect()
}

#[test]
fn normalised_documents_fire_the_same_alerts_as_their_logs() {
    let Some(data) = support::data() else { return };
    let home = tempfile::tempdir().unwrap();
    let mut all = 0;
    for folder in ["evtx", "json", "xml"] {
        for entry in std::fs::read_dir(data.join("seed-rule-samples").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let documents = run(&["events"], &path);
            let lines: Vec<String> = documents.iter().map(Json::to_string).collect();
            let shipped = home.path().join("shipped.ndjson");
            std::fs::write(&shipped, lines.join("\n") + "\n").unwrap();
            let wanted = alerts(&path);
            all += wanted.len();
            assert_eq!(alerts(&shipped), wanted, "{}", path.display());
            // A document that is normalised already stays as it is.
            assert_eq!(run(&["events"], &shipped), documents, "{}", path.display());
        }
    }
    assert!(all >= 4, "{all}");
}
