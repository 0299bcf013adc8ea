//! Rotation under load: a writer goes on while logs are renamed, copied and truncated, compressed and deleted, and
//! every event arrives. An event may arrive twice where a file is in doubt; its identity makes that harmless.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at a surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use watchglass::decode::{Decoder, Item};
use watchglass::event::{Event, EventId};
use watchglass::pipeline::reader::Reader;
use watchglass::source::{Content, SavedPosition};

/// Long enough for the slowest machine; reached only by a failure.
const PATIENCE: Duration = Duration::from_secs(180);

/// Writes winlogbeat's kind of NDJSON, each line an event of its own.
#[derive(Debug, Default)]
struct Generator {
    next: u64,
}

impl Generator {
    fn line(&mut self) -> String {
        let number = self.next;
        self.next += 1;
        format!(
            "{{\"@timestamp\":\"2026-05-06T07:{:02}:{:02}.{:03}Z\",\"ecs\":{{\"version\":\"8.0.0\"}},\
             \"event\":{{\"code\":\"1\",\"provider\":\"Microsoft-Windows-Sysmon\"}},\
             \"host\":{{\"name\":\"ws{}.example\"}},\
             \"winlog\":{{\"channel\":\"Microsoft-Windows-Sysmon/Operational\",\"computer_name\":\"ws{}.example\",\
             \"event_id\":1,\"record_id\":{number},\"event_data\":{{\"Image\":\"C:\\\\Tools\\\\t{}.exe\",\
             \"CommandLine\":\"t{} --run {number}\"}}}}}}\n",
            number / 60_000 % 60,
            number / 1000 % 60,
            number % 1000,
            number % 7,
            number % 7,
            number % 100,
            number % 100,
        )
    }

    fn lines(&mut self, count: u64) -> String {
        (0..count).map(|_| self.line()).collect()
    }

    /// The identities of everything written so far, decoded from memory.
    fn identities(&self) -> BTreeSet<EventId> {
        let text = Generator::default().lines(self.next);
        let mut decoder = Decoder::new(Path::new("memory").into(), None);
        let mut identities = BTreeSet::new();
        let budget = watchglass::decode::Budget {
            records: usize::MAX,
            bytes: u64::MAX,
        };
        decoder
            .read(&mut Memory(text.into()), 0, budget, &mut |item| {
                identities.insert(identity(item));
            })
            .unwrap();
        assert_eq!(identities.len() as u64, self.next);
        identities
    }
}

struct Memory(Vec<u8>);

impl Content for Memory {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        let rest = self.0.get(offset as usize..).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }

    fn is_complete(&self) -> bool {
        true
    }
}

fn identity(item: Item) -> EventId {
    match item {
        Item::Record(record) => Event::from_record(*record).unwrap().id,
        Item::Unreadable(unreadable) => panic!("{unreadable:?}"),
    }
}

/// Reads as the pipeline does: items and positions of a stretch are kept together, and only what is kept survives
/// a restart.
#[derive(Debug)]
struct Collector {
    root: PathBuf,
    reader: Reader,
    positions: BTreeMap<String, SavedPosition>,
    times: BTreeMap<EventId, u32>,
    unreadable: usize,
    errors: Vec<String>,
}

impl Collector {
    fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            reader: Reader::open(root, Vec::new()).unwrap(),
            positions: BTreeMap::new(),
            times: BTreeMap::new(),
            unreadable: 0,
            errors: Vec::new(),
        }
    }

    /// Ends as a killed process does, in the middle of a stretch that is not kept, and begins again.
    fn restart(&mut self) {
        let _ = self.reader.next(Duration::ZERO);
        let positions = self.positions.values().cloned().collect();
        self.reader = Reader::open(&self.root, positions).unwrap();
    }

    fn step(&mut self, patience: Duration) -> bool {
        let Some(stretch) = self.reader.next(patience) else {
            return false;
        };
        for item in stretch.items {
            match item {
                Item::Unreadable(_) => self.unreadable += 1,
                record @ Item::Record(_) => {
                    *self.times.entry(identity(record)).or_default() += 1;
                }
            }
        }
        for key in stretch.gone {
            self.positions.remove(&key);
        }
        if let Some(position) = stretch.position {
            self.positions.insert(position.key(), position);
        }
        let errors = stretch.errors.iter().map(ToString::to_string);
        self.errors.extend(errors);
        true
    }

    /// Reads whatever is there now.
    fn catch_up(&mut self) {
        while self.step(Duration::ZERO) {}
    }

    fn until_complete(&mut self, expected: &BTreeSet<EventId>) {
        let deadline = Instant::now() + PATIENCE;
        while !expected.iter().all(|id| self.times.contains_key(id)) {
            assert!(
                Instant::now() < deadline,
                "{} of {} events came; {:?}",
                self.times.len(),
                expected.len(),
                self.errors
            );
            self.step(Duration::from_millis(100));
        }
        assert!(self.times.len() == expected.len(), "events nobody wrote");
        assert!(self.errors.is_empty(), "{:?}", self.errors);
        assert_eq!(self.unreadable, 0);
    }

    fn doubles(&self) -> usize {
        self.times.values().filter(|times| **times > 1).count()
    }
}

fn append(path: &Path, text: &str) {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).append(true).open(path).unwrap();
    // In two pieces, so that the reader meets unfinished lines.
    let (first, second) = text.as_bytes().split_at(text.len() / 2 + 13);
    file.write_all(first).unwrap();
    file.write_all(second).unwrap();
}

fn gzip(from: &Path, to: &Path) {
    let mut encoder =
        flate2::write::GzEncoder::new(File::create(to).unwrap(), flate2::Compression::fast());
    for piece in fs::read(from).unwrap().chunks(100_000) {
        encoder.write_all(piece).unwrap();
        encoder.flush().unwrap();
    }
    encoder.finish().unwrap();
    fs::remove_file(from).unwrap();
}

/// Moves `name.1` to `name.2` and so on, as logrotate does.
fn shift(folder: &Path, name: &str, suffix: &str) {
    for number in (1..60).rev() {
        let old = folder.join(format!("{name}.{number}{suffix}"));
        if old.exists() {
            let new = folder.join(format!("{name}.{}{suffix}", number + 1));
            fs::rename(old, new).unwrap();
        }
    }
}

/// Runs `write` in a thread of its own while the collector reads, restarts now and then, and ends with everything.
fn under_load(write: impl FnOnce(&Path, &mut Generator) + Send, restarts: bool) -> Collector {
    let folder = tempfile::tempdir().unwrap();
    let mut collector = Collector::new(folder.path());
    let generator = std::thread::scope(|scope| {
        let root = folder.path();
        let writing = scope.spawn(move || {
            let mut generator = Generator::default();
            write(root, &mut generator);
            generator
        });
        let mut steps = 0;
        while !writing.is_finished() {
            collector.step(Duration::from_millis(5));
            steps += 1;
            if restarts && steps % 40 == 0 {
                collector.restart();
            }
        }
        writing.join().unwrap()
    });
    if restarts {
        collector.restart();
    }
    collector.until_complete(&generator.identities());
    collector
}

/// One log, rotated by rename after every few writes.
fn rename_rotation(root: &Path, generator: &mut Generator) {
    let log = root.join("app.log");
    for _ in 0..40 {
        for _ in 0..5 {
            append(&log, &generator.lines(40));
        }
        shift(root, "app.log", "");
        fs::rename(&log, root.join("app.log.1")).unwrap();
    }
}

#[test]
fn rename_rotation_loses_and_doubles_nothing() {
    let collector = under_load(rename_rotation, false);
    assert_eq!(collector.doubles(), 0);
}

#[test]
fn rename_rotation_with_restarts_loses_nothing() {
    under_load(rename_rotation, true);
}

#[test]
fn copytruncate_loses_nothing() {
    for restarts in [false, true] {
        under_load(
            |root, generator| {
                let log = root.join("app.log");
                for _ in 0..20 {
                    for _ in 0..5 {
                        append(&log, &generator.lines(40));
                    }
                    shift(root, "app.log", "");
                    fs::copy(&log, root.join("app.log.1")).unwrap();
                    File::options()
                        .write(true)
                        .truncate(true)
                        .open(&log)
                        .unwrap();
                }
            },
            restarts,
        );
    }
}

#[test]
fn gzip_after_rotation_loses_nothing() {
    for restarts in [false, true] {
        under_load(
            |root, generator| {
                let log = root.join("app.log");
                for _ in 0..20 {
                    for _ in 0..5 {
                        append(&log, &generator.lines(40));
                    }
                    shift(root, "app.log", ".gz");
                    let rotated = root.join("app.log.1");
                    fs::rename(&log, &rotated).unwrap();
                    gzip(&rotated, &root.join("app.log.1.gz"));
                }
            },
            restarts,
        );
    }
}

#[test]
fn ten_thousand_renames_lose_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let mut generator = Generator::default();
    let mut collector = Collector::new(root);
    let name = |wave: usize, number: usize| root.join(format!("{wave}-{number:05}.log"));
    for number in 0..10_000 {
        fs::write(name(0, number), generator.line()).unwrap();
    }
    collector.catch_up();
    std::thread::scope(|scope| {
        let generator = &mut generator;
        let storm = scope.spawn(move || {
            for number in 0..10_000 {
                fs::rename(name(0, number), name(1, number)).unwrap();
            }
            for number in 0..10_000 {
                fs::rename(name(1, number), name(2, number)).unwrap();
                if number % 100 == 0 {
                    append(&name(2, number), &generator.line());
                }
            }
        });
        while !storm.is_finished() {
            collector.step(Duration::from_millis(5));
        }
        storm.join().unwrap();
    });
    let expected = generator.identities();
    collector.until_complete(&expected);
    collector.catch_up();
    assert_eq!(collector.doubles(), 0);
    assert_eq!(collector.positions.len(), 10_000);
    // And nothing of it is read again after a restart.
    collector.times.clear();
    collector.restart();
    append(&name(2, 77), &generator.line());
    let last: BTreeSet<EventId> = &generator.identities() - &expected;
    collector.until_complete(&last);
}

#[test]
fn new_directories_are_followed_however_deep() {
    under_load(
        |root, generator| {
            for number in 0..30 {
                let deep: PathBuf = (0..=number % 10).map(|level| format!("d{level}")).collect();
                let folder = root.join(format!("host{number}")).join(deep);
                fs::create_dir_all(&folder).unwrap();
                append(&folder.join("app.log"), &generator.lines(30));
            }
            // A whole directory changes its name.
            fs::rename(root.join("host29"), root.join("renamed")).unwrap();
            for number in 0..20 {
                let folder = root.join(format!("host{number}"));
                append(&folder.join("late.log"), &generator.lines(10));
            }
        },
        true,
    );
}

#[test]
fn files_deleted_once_they_were_read_are_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut generator = Generator::default();
    let mut collector = Collector::new(folder.path());
    for round in 0..10 {
        let log = folder.path().join(format!("app-{round}.log"));
        append(&log, &generator.lines(200));
        collector.until_complete(&generator.identities());
        // The writer goes on for a moment after the file is deleted.
        let mut writer = OpenOptions::new().append(true).open(&log).unwrap();
        writer.write_all(generator.lines(5).as_bytes()).unwrap();
        fs::remove_file(&log).unwrap();
        writer.write_all(generator.lines(5).as_bytes()).unwrap();
    }
    collector.until_complete(&generator.identities());
    assert_eq!(collector.doubles(), 0);
    let deadline = Instant::now() + PATIENCE;
    while collector.reader.backlog().total > 0 {
        assert!(Instant::now() < deadline, "deleted files are still held");
        collector.step(Duration::from_millis(100));
    }
}

#[test]
fn a_file_truncated_and_written_again_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("app.log");
    let mut generator = Generator::default();
    let mut collector = Collector::new(folder.path());
    // Smaller, larger and as large as before.
    for count in [100, 20, 300, 300, 5] {
        fs::write(&log, generator.lines(count)).unwrap();
        collector.until_complete(&generator.identities());
    }
    assert_eq!(collector.doubles(), 0);
}
