//! Every golden of winlogbeat, field by field: what it ships must become what its pipelines leave.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::event::Fields;

/// Fields compared, and those that differ, by name.
#[derive(Debug, Default)]
struct Tally {
    events: usize,
    compared: usize,
    differing: BTreeMap<String, Vec<String>>,
}

impl Tally {
    fn differences(&self) -> usize {
        self.differing.values().map(Vec::len).sum()
    }

    fn print(&self, name: &str) {
        for (field, examples) in &self.differing {
            eprintln!("{name}: {field} x{}: {}", examples.len(), examples[0]);
        }
        eprintln!(
            "{name}: {} events, {} fields compared, {} equal, {} differing",
            self.events,
            self.compared,
            self.compared - self.differences(),
            self.differences()
        );
    }

    fn compare(&mut self, source: &str, ours: &Json, golden: &Json) {
        self.events += 1;
        let (ours, golden) = (leaves(ours), leaves(golden));
        let names: std::collections::BTreeSet<_> = ours.keys().chain(golden.keys()).collect();
        for name in names {
            // The pipeline's own clock and what a failed run leaves behind.
            if name == "event.ingested" {
                continue;
            }
            self.compared += 1;
            let (ours, golden) = (ours.get(name), golden.get(name));
            if ours != golden {
                let show = |value: Option<&Json>| {
                    value.map_or_else(|| "(none)".to_owned(), Json::to_string)
                };
                self.differing
                    .entry(name.clone())
                    .or_default()
                    .push(format!(
                        "{source}: ours {} golden {}",
                        show(ours),
                        show(golden)
                    ));
            }
        }
    }
}

/// Dotted names and values; a list is one value.
fn leaves(document: &Json) -> BTreeMap<String, Json> {
    fn walk(into: &mut BTreeMap<String, Json>, path: &str, value: &Json) {
        match value {
            Json::Object(members) => {
                for (name, member) in members {
                    let inner = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}.{name}")
                    };
                    walk(into, &inner, member);
                }
            }
            Json::Null => {}
            leaf => {
                into.insert(path.to_owned(), leaf.clone());
            }
        }
    }
    let mut into = BTreeMap::new();
    walk(&mut into, "", document);
    into
}

fn read(path: &Path) -> Vec<Json> {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn shipped_documents_become_the_pipelines_documents() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let mut tally = Tally::default();
    for provider in ["sysmon", "security", "powershell"] {
        let folder = data.join("ecs-goldens").join(provider);
        let mut paths: Vec<_> = fs::read_dir(folder.join("ingest"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap().to_str().unwrap();
            let stem = name.strip_suffix(".golden.json").unwrap();
            let shipped = read(&folder.join(format!("collection/{stem}.evtx.golden.json")));
            let golden = read(&path);
            assert_eq!(shipped.len(), golden.len(), "{stem}");
            for (shipped, golden) in shipped.into_iter().zip(&golden) {
                let Json::Object(document) = shipped else {
                    panic!("{stem}: a document is an object");
                };
                let mut ecs = Fields::flatten(document);
                super::ingest(&mut ecs);
                tally.compare(stem, &Json::Object(ecs.document()), golden);
            }
        }
    }
    tally.print("shipped documents");
    let equal = 1.0 - tally.differences() as f64 / tally.compared as f64;
    assert!(equal >= 0.995, "{equal:.4} of the fields are equal");
}
