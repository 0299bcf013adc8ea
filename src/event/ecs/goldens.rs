//! Every golden of winlogbeat, field by field: what it ships must become what its pipelines leave.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::decode::{Budget, Decoder, Item};
use crate::event::{Event, Fields, Value};

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

    /// The share of equal fields.
    fn share(&self) -> f64 {
        1.0 - self.differences() as f64 / self.compared as f64
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

/// Fields that Windows renders on the host and no record carries.
const RENDERED: [&str; 1] = ["message"];

/// No file of the corpora comes near it.
const WHOLE: Budget = Budget {
    records: 1_000_000,
    bytes: 1 << 32,
};

struct File(std::io::Cursor<Vec<u8>>);

impl crate::source::Content for File {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.set_position(offset);
        std::io::Read::read(&mut self.0, buffer)
    }

    fn is_complete(&self) -> bool {
        true
    }
}

pub fn events(path: &Path) -> Vec<Event> {
    let mut content = File(std::io::Cursor::new(fs::read(path).unwrap()));
    let mut decoder = Decoder::new(path.into(), None);
    let mut events = Vec::new();
    let mut offset = 0;
    loop {
        let progress = decoder
            .read(&mut content, offset, WHOLE, &mut |item| {
                if let Item::Record(record) = item {
                    events.push(Event::from_record(*record).unwrap());
                }
            })
            .unwrap();
        offset = progress.offset;
        if !progress.more {
            return events;
        }
    }
}

pub fn goldens(data: &Path) -> Vec<(String, std::path::PathBuf, Vec<Json>)> {
    let mut all = Vec::new();
    for provider in ["sysmon", "security", "powershell"] {
        let folder = data.join("ecs-goldens").join(provider);
        let mut paths: Vec<_> = fs::read_dir(folder.join("ingest"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap().to_str().unwrap();
            let stem = name.strip_suffix(".golden.json").unwrap().to_owned();
            let evtx = folder.join(format!("collection/{stem}.evtx"));
            all.push((stem, evtx, read(&path)));
        }
    }
    all
}

#[test]
fn event_logs_become_the_pipelines_documents() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let (mut tally, mut rendered) = (Tally::default(), Tally::default());
    for (stem, path, golden) in goldens(&data) {
        if !path.exists() {
            continue;
        }
        let events = events(&path);
        assert_eq!(events.len(), golden.len(), "{stem}");
        for (event, golden) in events.iter().zip(&golden) {
            let (mut ours, mut golden) = (event.document(), golden.clone());
            rendered.compare(&stem, &ours, &golden);
            for document in [&mut ours, &mut golden] {
                for name in RENDERED {
                    document.as_object_mut().unwrap().remove(name);
                }
            }
            tally.compare(&stem, &ours, &golden);
        }
    }
    tally.print("event logs");
    eprintln!(
        "event logs, with what Windows renders: {} compared, {} differing",
        rendered.compared,
        rendered.differences()
    );
    assert!(tally.share() >= 0.995, "{}", tally.share());
}

/// Reads a final document as if it stood in a file.
pub fn event_of(document: Json) -> Event {
    let raw = document.to_string().into_bytes().into();
    let Json::Object(body) = document else {
        panic!("a document is an object");
    };
    let place = crate::decode::Place {
        path: Path::new("golden").into(),
        offset: 0,
        length: 1,
        content: 0,
    };
    let record = crate::decode::Record {
        format: crate::decode::Format::EcsJson,
        place,
        raw,
        body: crate::decode::Body::Document(body).into(),
    };
    Event::from_record(record).unwrap()
}

/// What no document can give back, member by member, and why: `docs/ecs-differences.md` lists the same.
fn is_lost(event: &Event, name: &str, value: &str) -> bool {
    let sysmon = event.channel.ends_with("Sysmon/Operational");
    // Winlogbeat ships no empty member, and Sysmon's pipeline drops the signs for "nothing".
    value.is_empty()
        || sysmon && ["-", "{00000000-0000-0000-0000-000000000000}"].contains(&value)
        // The pipeline writes the loopback address over Windows' word for it.
        || event.code == 4778 && name == "ClientAddress" && value == "LOCAL"
        // All-zero hashes are dropped out of the list, and the order follows the kind.
        || sysmon && name == "Hashes" && value.contains("=0000000000")
        // A digest without its kind is dropped.
        || sysmon && name == "Hash" && !value.contains('=')
        // The pipeline's sum of a large number's halves cannot be taken apart.
        || sysmon && name == "Details" && value.starts_with("QWORD (0x") && !value.contains("(0x00000000-")
}

/// Members compared, and those that did not come back.
#[derive(Debug, Default)]
struct Members {
    compared: usize,
    lost: usize,
    wrong: Vec<String>,
}

impl Members {
    /// Compares the members of an event with those that its document gave back.
    fn compare(&mut self, source: &str, event: &Event, shipped: &Event) {
        let names = event.native().iter().chain(shipped.native().iter());
        let names: std::collections::BTreeSet<_> = names.map(|(field, _)| field.name()).collect();
        for name in names {
            self.compared += 1;
            let (ours, back) = (event.native().named(name), shipped.native().named(name));
            if ours == back {
                continue;
            }
            // Which IPv4 answers stood as mapped to IPv6 is gone, and an address that Sysmon cut off.
            let bare = |value: Option<&Value>| {
                value.map_or_else(String::new, |v| v.text().replace("::ffff:", ""))
            };
            // Winlogbeat's pipelines trim PowerShell's texts.
            let trimmed = |value: Option<&Value>| value.map(|v| v.text().trim_end().to_owned());
            if name == "QueryResults" && bare(ours).starts_with(&bare(back))
                || event.channel.contains("PowerShell") && trimmed(ours) == trimmed(back)
                || ours.is_some_and(|value| is_lost(event, name, &value.text()))
            {
                self.lost += 1;
            } else {
                let code = event.code;
                self.wrong.push(format!(
                    "{source} {code} {name}: {ours:?} came back as {back:?}"
                ));
            }
        }
    }

    fn finish(&self) {
        eprintln!(
            "members: {} compared, {} lost for the reasons listed",
            self.compared, self.lost
        );
        let shown = self.wrong.len().min(40);
        assert!(
            self.wrong.is_empty(),
            "{}: {}",
            self.wrong.len(),
            self.wrong[..shown].join("\n")
        );
    }
}

#[test]
fn documents_give_the_windows_members_back() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let mut members = Members::default();
    for (stem, path, golden) in goldens(&data) {
        if !path.exists() {
            continue;
        }
        for (event, golden) in events(&path).iter().zip(golden) {
            let shipped = event_of(golden.clone());
            assert_eq!(shipped.id, event.id, "{stem}: the same event");
            let mut tally = Tally::default();
            tally.compare(&stem, &shipped.document(), &golden);
            let kept = tally.differences() == 0;
            assert!(kept, "{stem}: the shipper's words are kept");
            members.compare(&stem, event, &shipped);
        }
    }
    members.finish();
}

#[test]
fn recorded_attacks_come_back_from_their_documents() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let mut members = Members::default();
    for entry in fs::read_dir(data.join("evtx-attack-samples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "evtx") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for event in events(&path) {
            let shipped = event_of(event.document());
            // An event without a channel or computer is its bytes, which are others here.
            if !event.channel.is_empty() && !event.computer.is_empty() {
                assert_eq!(shipped.id, event.id, "{name}: the same event");
            }
            assert_eq!(shipped.document(), event.document(), "{name}");
            members.compare(&name, &event, &shipped);
        }
    }
    assert!(members.compared > 50_000, "{}", members.compared);
    members.finish();
}

#[test]
fn shipped_documents_become_the_pipelines_documents() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let mut tally = Tally::default();
    for (stem, path, golden) in goldens(&data) {
        let shipped = read(&path.with_extension("evtx.golden.json"));
        assert_eq!(shipped.len(), golden.len(), "{stem}");
        for (shipped, golden) in shipped.into_iter().zip(&golden) {
            let Json::Object(document) = shipped else {
                panic!("{stem}: a document is an object");
            };
            let mut ecs = Fields::flatten(document);
            super::ingest(&mut ecs);
            tally.compare(&stem, &Json::Object(ecs.document()), golden);
        }
    }
    tally.print("shipped documents");
    assert!(tally.share() >= 0.995, "{}", tally.share());
}
