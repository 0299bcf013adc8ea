//! Events become changes to files: numbered, in each host's shape, in order, some torn, with rotations between them.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};

use super::entry::Entry;
use super::script::Script;
use super::shape::Shape;
use super::stage::SECOND;
use crate::event::Time;

/// The second half of a torn record comes that much later, in nanoseconds, or before the next record of its file.
const TORN_FOR: i64 = 3 * SECOND;

/// The first record id of a log.
const FIRST_RECORD: u64 = 40_000;

/// One change to a file.
#[derive(Debug)]
pub struct Change {
    pub at: Time,
    /// The file's place in the list of files.
    pub file: usize,
    pub what: What,
}

/// What becomes of the file.
#[derive(Debug)]
pub enum What {
    Append(Vec<u8>),
    /// The file is renamed; the next write makes a new one.
    Rotate,
}

/// Every change, in order.
#[derive(Debug)]
pub struct Plan {
    /// Relative to the directory of the demo.
    pub files: Vec<PathBuf>,
    /// Whole files that are there from the beginning.
    pub packed: Vec<(PathBuf, Vec<u8>)>,
    pub changes: Vec<Change>,
}

impl Plan {
    /// Plans the writing of `entries`, in `shape` where one is given; `base` is where the live part begins, and what
    /// lies before `today` was packed by a rotation.
    pub fn new(
        script: &'static Script,
        shape: Option<Shape>,
        mut entries: Vec<Entry>,
        today: Time,
        base: Time,
    ) -> Self {
        number(&mut entries);
        let mut planner = Planner {
            script,
            shape,
            today,
            files: Vec::new(),
            places: HashMap::new(),
            packed: BTreeMap::new(),
            torn: HashMap::new(),
            changes: Vec::new(),
        };
        planner.write(&entries, base);
        planner.finish()
    }
}

/// Puts events in the order of time and numbers them as Windows does, for each host and channel.
fn number(entries: &mut [Entry]) {
    entries.sort_by_key(|entry| entry.time);
    let mut last: HashMap<(usize, &str), u64> = HashMap::new();
    for entry in entries {
        let last = last
            .entry((entry.host, &entry.kind.channel))
            .or_insert(FIRST_RECORD * (entry.host as u64 + 1));
        *last += 1;
        entry.record = *last;
    }
}

/// Events on their way to changes.
struct Planner {
    script: &'static Script,
    /// The shape of every host's logs, when it is not the host's own.
    shape: Option<Shape>,
    /// What lies before it belongs to the day before.
    today: Time,
    files: Vec<PathBuf>,
    places: HashMap<PathBuf, usize>,
    packed: BTreeMap<PathBuf, Vec<u8>>,
    /// Second halves that are still to come, by file.
    torn: HashMap<usize, (Time, Vec<u8>)>,
    changes: Vec<Change>,
}

impl Planner {
    fn write(&mut self, entries: &[Entry], base: Time) {
        let rotations = &self.script.story.rotations;
        let mut rotations: Vec<_> = rotations
            .iter()
            .map(|rotation| {
                (
                    Time(base.0 + (rotation.at * SECOND as f64) as i64),
                    rotation.host.as_str(),
                )
            })
            .collect();
        rotations.sort_unstable();
        let mut rotations = rotations.into_iter().peekable();
        for entry in entries {
            while let Some((at, host)) = rotations.next_if(|(at, _)| *at <= entry.time) {
                self.rotate(at, host);
            }
            self.event(entry);
        }
    }

    fn rotate(&mut self, at: Time, host: &str) {
        for file in 0..self.files.len() {
            if self.files[file].starts_with(host) {
                self.mend(file, at);
                let what = What::Rotate;
                self.changes.push(Change { at, file, what });
            }
        }
    }

    fn event(&mut self, entry: &Entry) {
        let host = &self.script.company.hosts[entry.host];
        let shape = self.shape.unwrap_or(host.shape);
        let mut bytes = shape.write(entry);
        let name = shape.file(entry);
        if entry.time < self.today {
            let (stem, extension) = name.split_once('.').unwrap_or((name, "log"));
            let day = entry.time.to_rfc3339_millis()[..10].replace('-', "");
            let path = Path::new(&host.name).join(format!("{stem}-{day}.{extension}.gz"));
            self.packed.entry(path).or_default().append(&mut bytes);
            return;
        }
        let file = self.place(Path::new(&host.name).join(name));
        self.mend(file, entry.time);
        if entry.torn {
            let rest = bytes.split_off(bytes.len() * 3 / 5);
            self.torn
                .insert(file, (Time(entry.time.0 + TORN_FOR), rest));
        }
        let (at, what) = (entry.time, What::Append(bytes));
        self.changes.push(Change { at, file, what });
    }

    fn place(&mut self, path: PathBuf) -> usize {
        *self.places.entry(path).or_insert_with_key(|path| {
            self.files.push(path.clone());
            self.files.len() - 1
        })
    }

    /// Lets the second half of a torn record come before anything else does at `by`.
    fn mend(&mut self, file: usize, by: Time) {
        if let Some((at, rest)) = self.torn.remove(&file) {
            let (at, what) = (at.min(by), What::Append(rest));
            self.changes.push(Change { at, file, what });
        }
    }

    fn finish(mut self) -> Plan {
        let mut torn: Vec<_> = self.torn.drain().collect();
        torn.sort_unstable_by_key(|(file, _)| *file);
        for (file, (at, rest)) in torn {
            let what = What::Append(rest);
            self.changes.push(Change { at, file, what });
        }
        self.changes.sort_by_key(|change| change.at);
        let packed = self.packed.into_iter();
        Plan {
            files: self.files,
            packed: packed.map(|(path, text)| (path, gzip(&text))).collect(),
            changes: self.changes,
        }
    }
}

/// Packs `text` without a time stamp, so that the same text gives the same bytes.
fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packer = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::default());
    // Writing to a Vec cannot fail.
    let _ = packer.write_all(text);
    packer.finish().unwrap_or_default()
}
