//! One event, every shape: an event log, its XML, its `evtx_dump` JSON and the final document that winlogbeat's pipelines
//! make of it fire the same rules, in every language, over every vendor's corpus.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop at a surprise and says what it counted"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;
use watchglass::decode::{Budget, Decoder, Item};
use watchglass::engine::{Engine, Matches};
use watchglass::event::Event;
use watchglass::rule::{Rule, RuleSet, RuleState};
use watchglass::source::Content;

/// No file of the corpora comes near it.
const WHOLE: Budget = Budget {
    records: 1_000_000,
    bytes: 1 << 32,
};

struct File(Cursor<Vec<u8>>);

impl Content for File {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.set_position(offset);
        self.0.read(buffer)
    }

    fn is_complete(&self) -> bool {
        true
    }
}

fn events(name: &str, bytes: Vec<u8>) -> Vec<Arc<Event>> {
    let mut content = File(Cursor::new(bytes));
    let mut decoder = Decoder::new(Path::new(name).into(), None);
    let mut events = Vec::new();
    let mut offset = 0;
    loop {
        let progress = decoder
            .read(&mut content, offset, WHOLE, &mut |item| match item {
                Item::Record(record) => {
                    events.push(Arc::new(Event::from_record(*record).unwrap()));
                }
                Item::Unreadable(unreadable) => panic!("{name}: {unreadable:?}"),
            })
            .unwrap();
        offset = progress.offset;
        if !progress.more {
            return events;
        }
    }
}

/// A log and the documents that winlogbeat's pipelines leave of it, in the same order.
struct Golden {
    name: String,
    log: PathBuf,
    documents: Vec<Json>,
}

fn goldens(data: &Path) -> Vec<Golden> {
    let mut all = Vec::new();
    for provider in ["sysmon", "security", "powershell"] {
        let folder = data.join("ecs-goldens").join(provider);
        for entry in fs::read_dir(folder.join("ingest")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let stem = name.strip_suffix(".golden.json").unwrap();
            let log = folder.join(format!("collection/{stem}.evtx"));
            if log.exists() {
                let documents = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
                let name = format!("{provider}/{stem}");
                all.push(Golden {
                    name,
                    log,
                    documents,
                });
            }
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// The log's records as `evtx_dump` writes them: XML, or a JSON object a line.
fn dumped(log: &Path, json: bool) -> Vec<u8> {
    let mut parser = evtx::EvtxParser::from_path(log).unwrap();
    let texts: Vec<String> = if json {
        let settings = evtx::ParserSettings::default().indent(false);
        parser = parser.with_configuration(settings);
        parser.records_json().map(|one| one.unwrap().data).collect()
    } else {
        parser.records().map(|one| one.unwrap().data).collect()
    };
    (texts.join("\n") + "\n").into_bytes()
}

fn lines(documents: &[Json]) -> Vec<u8> {
    let lines: Vec<String> = documents.iter().map(Json::to_string).collect();
    (lines.join("\n") + "\n").into_bytes()
}

/// Every rule of every vendor that can run.
fn rules(data: &Path) -> Vec<Arc<Rule>> {
    let folders = ["elastic", "splunk", "sigma"].map(|vendor| data.join("rules").join(vendor));
    let set = RuleSet::load(&folders);
    let runs = set.rules.into_iter();
    runs.filter(|rule| !matches!(rule.state, RuleState::NotRunnable(_)))
        .collect()
}

/// Names of the rules that an event fires, or hands to their memory of several events.
fn fired(engine: &Engine, event: &Arc<Event>) -> BTreeSet<String> {
    let mut matches = Matches::default();
    engine.observe(event, &mut matches);
    let detections = matches.detections.iter().map(|one| &one.rule);
    let hits = matches.hits.iter().map(|one| &one.rule);
    let name = |rule: &Arc<Rule>| format!("{}: {}", rule.language.as_str(), rule.name);
    detections.chain(hits).map(name).collect()
}

/// Why a document of an event cannot fire what its log fires; `docs/ecs-differences.md` lists the same.
fn explained(event: &Event, shape: &str) -> Option<&'static str> {
    let hashes = event.native().text("Hashes").unwrap_or_default();
    let zeros = hashes.contains("=00000000000000000000000000000000");
    (shape == "document" && zeros).then_some("a hash of zeros is dropped")
}

/// What was compared, and where shapes differ.
#[derive(Default)]
struct Tally {
    events: usize,
    firings: usize,
    rules: BTreeSet<String>,
    differences: BTreeMap<String, Vec<String>>,
    explained: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Tally {
    /// Compares an event with its other shapes.
    fn compare(&mut self, engine: &Engine, place: &str, event: &Arc<Event>, shapes: &[Shape<'_>]) {
        let wanted = fired(engine, event);
        self.events += 1;
        self.firings += wanted.len();
        self.rules.extend(wanted.iter().cloned());
        for (shape, other) in shapes {
            assert_eq!(other.id, event.id, "{place}: {shape}");
            let found = fired(engine, other);
            for rule in wanted.symmetric_difference(&found) {
                let how = if wanted.contains(rule) {
                    "lost"
                } else {
                    "gained"
                };
                if let Some(reason) = explained(event, shape) {
                    self.explained
                        .entry(reason)
                        .or_default()
                        .insert(rule.clone());
                    continue;
                }
                let place = format!("{place}, event id {}: {how}", event.code);
                let differences = self.differences.entry(format!("{shape} {rule}"));
                differences.or_default().push(place);
            }
        }
    }

    fn finish(&self, name: &str, least: usize) {
        let total: usize = self.differences.values().map(Vec::len).sum();
        eprintln!(
            "{name}: {} events, {} firings of {} rules, {total} differences",
            self.events,
            self.firings,
            self.rules.len()
        );
        for (reason, rules) in &self.explained {
            eprintln!("{name}: differs because {reason}: {rules:?}");
        }
        for (what, places) in &self.differences {
            eprintln!("{what}: {places:?}");
        }
        assert!(self.events >= least, "{} events", self.events);
        assert!(self.firings >= least, "{} firings", self.firings);
        assert_eq!(total, 0, "shapes differ");
    }
}

/// What it is called, and the event in it.
type Shape<'a> = (&'a str, &'a Arc<Event>);

/// How many events of each channel and event id are taken of the recorded attacks.
const OF_A_KIND: usize = 8;

#[test]
fn an_event_fires_the_same_rules_in_every_shape() {
    let Some(data) = support::data() else { return };
    let rules = rules(&data);
    let mut languages: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in &rules {
        *languages.entry(rule.language.as_str()).or_default() += 1;
    }
    eprintln!("rules: {languages:?}");
    let engine = Engine::new(rules);
    std::thread::scope(|scope| {
        scope.spawn(|| of_goldens(&data, &engine).finish("goldens", 250));
        scope.spawn(|| of_attacks(&data, &engine).finish("attacks", 100));
    });
}

/// The documents are winlogbeat's own.
fn of_goldens(data: &Path, engine: &Engine) -> Tally {
    let mut tally = Tally::default();
    for golden in goldens(data) {
        let logged = events("x.evtx", fs::read(&golden.log).unwrap());
        let xml = events("x.xml", dumped(&golden.log, false));
        let json = events("x.jsonl", dumped(&golden.log, true));
        let documents = events("x.ndjson", lines(&golden.documents));
        for all in [&xml, &json, &documents] {
            assert_eq!(all.len(), logged.len(), "{}", golden.name);
        }
        for (n, event) in logged.iter().enumerate() {
            let shapes = [
                ("XML", &xml[n]),
                ("evtx_dump", &json[n]),
                ("document", &documents[n]),
            ];
            tally.compare(engine, &format!("{} {n}", golden.name), event, &shapes);
        }
    }
    tally
}

/// The documents are ours, which equal winlogbeat's on the goldens.
fn of_attacks(data: &Path, engine: &Engine) -> Tally {
    let mut tally = Tally::default();
    let mut kinds: BTreeMap<(String, u32), usize> = BTreeMap::new();
    let folder = fs::read_dir(data.join("evtx-attack-samples")).unwrap();
    let mut logs: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    logs.retain(|path| path.extension().is_some_and(|end| end == "evtx"));
    logs.sort();
    for log in logs {
        let name = log.file_name().unwrap().to_string_lossy().into_owned();
        let logged = events("x.evtx", fs::read(&log).unwrap());
        let mut others: Option<[Vec<Arc<Event>>; 2]> = None;
        for event in &logged {
            let kind = kinds
                .entry((event.channel.to_string(), event.code))
                .or_default();
            if *kind >= OF_A_KIND || event.channel.is_empty() || event.computer.is_empty() {
                continue;
            }
            let others = others.get_or_insert_with(|| {
                [false, true].map(|json| {
                    let end = if json { "x.jsonl" } else { "x.xml" };
                    events(end, dumped(&log, json))
                })
            });
            let document = events("x.ndjson", lines(&[event.document()]));
            let same = |all: &[Arc<Event>]| all.iter().find(|one| one.id == event.id).cloned();
            let (Some(xml), Some(json)) = (same(&others[0]), same(&others[1])) else {
                panic!("{name}: {} is in every shape", event.id);
            };
            *kind += 1;
            let shapes = [
                ("XML", &xml),
                ("evtx_dump", &json),
                ("document", &document[0]),
            ];
            tally.compare(engine, &name, event, &shapes);
        }
    }
    tally
}
