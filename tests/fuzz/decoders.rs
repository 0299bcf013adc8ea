//! Logs: whatever the bytes are, every byte is either in a record or said to be unreadable, pieces change nothing,
//! and the quick reader of lines finds what the full reader finds.

use std::collections::BTreeSet;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

use watchglass::engine::{Engine, Matches};
use watchglass::pipeline::detect::Options;
use watchglass::pipeline::{Caught, Found, detect, scan};
use watchglass::rule::RuleSet;
use watchglass::source::expand;

use crate::{fuzz, seeds};

const WORDS: [&str; 16] = [
    "\"EventID\":1,",
    "\"Channel\":",
    "\"winlog\":{",
    "{\"Event\":{\"System\":{",
    "\"@timestamp\":\"2026-01-01T00:00:00Z\",",
    "<Event>",
    "</Event>",
    "<Data Name='a'>",
    "<![CDATA[",
    "&#x41;",
    "<?xml version=\"1.0\" encoding=\"utf-16\"?>",
    "\u{feff}",
    "}\n{",
    "\"process.name\":\"x\",",
    "\\u0000",
    "1601-01-01T00:00:00Z",
];

/// What the built-in rules find: rule and event, and how many records are events and cannot be read.
type Result = (BTreeSet<(String, Vec<u8>)>, u64, u64);

struct Bench {
    engine: Engine,
    file: PathBuf,
    _home: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut set = RuleSet::builtin();
        // One that looks at any event, so that all are compared.
        let any = "[rule]\nname = \"any\"\nrule_id = \"any\"\nrisk_score = 1\ntype = \"eql\"\nlanguage = \"eql\"\n\
                   query = 'any where process.name != null or event.code != null or host.name : \"*a*\"'\n";
        set.rules
            .extend(RuleSet::of_text(&home.path().join("a.toml"), any).rules);
        Self {
            engine: Engine::new(set.rules),
            file: home.path().join("log"),
            _home: home,
        }
    }

    fn plainly(&self) -> Result {
        let (mut matches, mut unreadable) = (Matches::default(), 0);
        let totals = scan(expand(std::slice::from_ref(&self.file)), &mut |found| {
            match found {
                Found::Event(event) => self.engine.observe_plainly(&event, &mut matches),
                Found::Unreadable(_) => unreadable += 1,
                Found::Failed(_) | Found::Progress(_) => {}
            }
            ControlFlow::Continue(())
        });
        (digest(&matches), totals.events, unreadable)
    }

    fn quickly(&self, block: usize) -> Result {
        let (mut all, mut unreadable) = (Matches::default(), 0);
        let options = Options {
            threads: 1,
            block,
            ..Options::default()
        };
        let listing = expand(std::slice::from_ref(&self.file));
        let passed = detect(listing, &self.engine, options, &mut |caught| {
            match caught {
                Caught::Matches(mut matches) => all.detections.append(&mut matches.detections),
                Caught::Unreadable(_) => unreadable += 1,
                Caught::Failed(_) | Caught::Progress(_) => {}
            }
            ControlFlow::Continue(())
        });
        (digest(&all), passed.totals.events, unreadable)
    }

    /// Both ways over these bytes give the same.
    fn check(&self, bytes: &[u8]) {
        std::fs::write(&self.file, bytes).unwrap();
        let plainly = self.plainly();
        for block in [64, 1 << 20] {
            let quickly = self.quickly(block);
            assert_eq!(quickly.1, plainly.1, "events, in blocks of {block}");
            assert_eq!(quickly.2, plainly.2, "unreadable, in blocks of {block}");
            assert!(quickly.0 == plainly.0, "detections, in blocks of {block}");
        }
    }
}

fn digest(matches: &Matches) -> BTreeSet<(String, Vec<u8>)> {
    let found = matches.detections.iter();
    found
        .map(|one| (one.rule.id.clone(), one.event.id.0.to_vec()))
        .collect()
}

#[test]
fn ndjson() {
    let bench = Bench::new();
    let seeds = seeds::files(
        "seed-rule-samples/json",
        &["jsonl", "ndjson", "json"],
        &["tests/corpus"],
    );
    fuzz("ndjson", &seeds, &WORDS, &|input| bench.check(input));
}

#[test]
fn xml() {
    let bench = Bench::new();
    let seeds = seeds::files("seed-rule-samples/xml", &["log", "xml"], &[]);
    let own = b"<Event><System><EventID>1</EventID><Channel>a</Channel></System><EventData>\
                <Data Name='b'>c</Data></EventData></Event>"
        .to_vec();
    let seeds: Vec<_> = seeds.into_iter().chain([own]).collect();
    fuzz("xml", &seeds, &WORDS, &|input| bench.check(input));
}

#[test]
fn evtx() {
    let bench = Bench::new();
    let mut seeds = seeds::files("seed-rule-samples/evtx", &["evtx"], &[]);
    seeds.push(b"ElfFile\0".to_vec());
    fuzz("evtx", &seeds, &[], &|input| bench.check(&sealed(input)));
}

/// The same bytes with the checksums of file and chunks set right, so that the damage gets past them.
fn sealed(input: &[u8]) -> Vec<u8> {
    const HEADER: usize = 4096;
    const CHUNK: usize = 65536;
    let mut bytes = input.to_vec();
    for chunk in bytes
        .get_mut(HEADER..)
        .unwrap_or_default()
        .chunks_mut(CHUNK)
    {
        if chunk.len() < 512 {
            continue;
        }
        let end = u32::from_le_bytes([chunk[48], chunk[49], chunk[50], chunk[51]]) as usize;
        if let Some(data) = chunk.get(512..end.max(512)) {
            let sum = crc(data.iter());
            chunk[52..56].copy_from_slice(&sum.to_le_bytes());
        }
        let sum = crc(chunk[..120].iter().chain(&chunk[128..512]));
        chunk[124..128].copy_from_slice(&sum.to_le_bytes());
    }
    bytes
}

/// CRC-32 as in zip and EVTX.
fn crc<'b>(bytes: impl Iterator<Item = &'b u8>) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    };
    !bytes.fold(!0, step)
}

#[test]
fn packed() {
    let bench = Bench::new();
    let texts = seeds::files(
        "seed-rule-samples/json",
        &["jsonl", "ndjson"],
        &["tests/corpus"],
    );
    let mut seeds = Vec::new();
    for text in texts.iter().filter(|text| text.len() < 16 << 10) {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text).unwrap();
        seeds.push(packer.finish().unwrap());
    }
    fuzz("packed", &seeds, &[], &|input| bench.check(input));
}
