//! The whole demo as writes to files: what is there at the beginning, and what is appended when.
//!
//! Takes a moment and a seed; the same two give the same bytes. [`Scenario::write_all`] does every write at once, and
//! [`super::Replay`] does the same writes, each at its time.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};

use super::entry::Entry;
use super::files::Files;
use super::script::{CARRIED, Scene, Script};
use super::shape::Shape;
use super::stage::{SECOND, Setting, Stage};
use crate::event::Time;

/// How long the live part is, in seconds of the story.
pub const LIVE_SECONDS: i64 = 15 * 60;

/// Events of noise in the logs before the live part.
const HISTORY_EVENTS: usize = 4000;

/// How far the logs go back, in seconds.
const HISTORY_SECONDS: i64 = 2 * 3600;

/// Events of noise in the live part: about four a second of the story.
const LIVE_EVENTS: usize = 3600;

/// Events of noise in a log of the day before.
const YESTERDAY_EVENTS: usize = 900;

/// The day before began that long before the live part, in seconds, and lasted a working day.
const YESTERDAY: (i64, i64) = (26 * 3600, 8 * 3600);

/// The second half of a torn record comes that much later, in nanoseconds, or before the next record of its file.
const TORN_FOR: i64 = 3 * SECOND;

/// The first record id of a log.
const FIRST_RECORD: u64 = 40_000;

/// Everything that is written, in order.
#[derive(Debug)]
pub struct Scenario {
    /// Where the live part begins.
    base: Time,
    pub(super) files: Vec<PathBuf>,
    /// Whole files that are there from the beginning.
    pub(super) packed: Vec<(PathBuf, Vec<u8>)>,
    pub(super) changes: Vec<Change>,
    /// How many of `changes` lie before the live part.
    pub(super) history: usize,
    mistakes: Vec<String>,
}

/// One change to a file.
#[derive(Debug)]
pub(super) struct Change {
    pub at: Time,
    /// The file's place in the list of files.
    pub file: usize,
    pub what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Append(Vec<u8>),
    /// The file is renamed; the next write makes a new one.
    Rotate,
}

impl Scenario {
    /// Makes the demo whose live part begins at `base`. Its events last [`LIVE_SECONDS`] from there.
    #[must_use]
    pub fn new(base: Time, seed: u64) -> Self {
        Self::make(base, seed, None)
    }

    /// Makes the same demo with the Windows events of every host in one shape.
    #[must_use]
    pub fn in_shape(base: Time, seed: u64, shape: Shape) -> Self {
        Self::make(base, seed, Some(shape))
    }

    /// Returns what is wrong with the script: names that it uses and does not explain.
    #[must_use]
    pub fn mistakes(&self) -> &[String] {
        &self.mistakes
    }

    /// Returns where the live part begins.
    #[must_use]
    pub fn base(&self) -> Time {
        self.base
    }

    /// Makes every change at once under `dir`, which is created where it is not there.
    ///
    /// # Errors
    /// What the file system says; one of the files is there already.
    pub fn write_all(&self, dir: &Path) -> io::Result<()> {
        let mut files = Files::create(dir, &self.files)?;
        files.pack(&self.packed)?;
        self.changes
            .iter()
            .try_for_each(|change| files.apply(change))
    }

    fn make(base: Time, seed: u64, shape: Option<Shape>) -> Self {
        let script: &'static Script = &CARRIED;
        let mut stage = Stage::new(script, base, seed);
        let first = Setting {
            begins: base,
            host: 0,
            user: "system",
        };
        stage.play(&script.story.steps, first);
        let history = (Time(base.0 - HISTORY_SECONDS * SECOND), HISTORY_SECONDS);
        let everywhere: Vec<usize> = (0..script.company.hosts.len()).collect();
        noise(&mut stage, script, &everywhere, history, HISTORY_EVENTS);
        let live = (base, LIVE_SECONDS);
        noise(&mut stage, script, &everywhere, live, LIVE_EVENTS);
        let end = Time(base.0 + LIVE_SECONDS * SECOND);
        stage.entries.retain(|entry| entry.time <= end);
        yesterday(&mut stage, script, base);
        let mut entries = std::mem::take(&mut stage.entries);
        number(&mut entries);
        let mut plan = Plan {
            script,
            shape,
            today: Time(base.0 - YESTERDAY.0 * SECOND + 2 * YESTERDAY.1 * SECOND),
            files: Vec::new(),
            places: HashMap::new(),
            packed: BTreeMap::new(),
            torn: HashMap::new(),
            changes: Vec::new(),
        };
        plan.write(&entries, base);
        plan.finish(base, stage.mistakes)
    }
}

/// Plays scenes on `hosts` at random moments of a span (begin, seconds) until that makes `count` events.
fn noise(
    stage: &mut Stage,
    script: &'static Script,
    hosts: &[usize],
    (begins, seconds): (Time, i64),
    count: usize,
) {
    let enough = stage.entries.len() + count;
    while stage.entries.len() < enough {
        let Some(&host) = hosts.get(stage.random.place(hosts.len())) else {
            return;
        };
        let Some((scene, user)) = draw(stage, script, host) else {
            return;
        };
        let offset = stage.random.below((seconds * SECOND) as u64) as i64;
        let setting = Setting {
            begins: Time(begins.0 + offset),
            host,
            user,
        };
        stage.play(&scene.steps, setting);
    }
}

/// Draws a scene for a host, and whose doing it is.
fn draw(
    stage: &mut Stage,
    script: &'static Script,
    host: usize,
) -> Option<(&'static Scene, &'static str)> {
    let host = script.company.hosts.get(host)?;
    let fitting = || {
        let scenes = script.noise.scenes.iter();
        scenes.filter(|scene| scene.on.contains(&host.role))
    };
    let mut ticket = stage
        .random
        .below(fitting().map(|scene| scene.weight).sum());
    let scene = fitting().find(|scene| {
        let drawn = ticket < scene.weight;
        ticket = ticket.saturating_sub(scene.weight);
        drawn
    })?;
    let own = host.users.get(stage.random.place(host.users.len()));
    let user = scene.who.as_ref().or(own)?;
    Some((scene, user))
}

/// Adds the noise of the day before on the hosts that keep it.
fn yesterday(stage: &mut Stage, script: &'static Script, base: Time) {
    let span = (Time(base.0 - YESTERDAY.0 * SECOND), YESTERDAY.1);
    for (host, description) in script.company.hosts.iter().enumerate() {
        if !description.packed_yesterday {
            continue;
        }
        let before = stage.entries.len();
        noise(stage, script, &[host], span, YESTERDAY_EVENTS);
        let mut at = 0;
        // What its scenes did on other hosts is lost with those hosts' logs of that day.
        stage.entries.retain(|entry| {
            at += 1;
            at <= before || entry.host == host
        });
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
struct Plan {
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

impl Plan {
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

    fn finish(mut self, base: Time, mistakes: Vec<String>) -> Scenario {
        let mut torn: Vec<_> = self.torn.drain().collect();
        torn.sort_unstable_by_key(|(file, _)| *file);
        for (file, (at, rest)) in torn {
            let what = What::Append(rest);
            self.changes.push(Change { at, file, what });
        }
        self.changes.sort_by_key(|change| change.at);
        let history = self.changes.partition_point(|change| change.at < base);
        let packed = self.packed.into_iter();
        Scenario {
            base,
            files: self.files,
            packed: packed.map(|(path, text)| (path, gzip(&text))).collect(),
            changes: self.changes,
            history,
            mistakes,
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

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Time = Time(1_790_000_000 * SECOND);

    #[test]
    fn the_script_uses_no_name_that_it_does_not_explain() {
        let scenario = Scenario::new(BASE, 1);
        assert_eq!(scenario.mistakes(), &[] as &[String]);
        assert!(scenario.history > HISTORY_EVENTS);
        assert!(scenario.changes.len() > HISTORY_EVENTS + LIVE_EVENTS);
    }

    #[test]
    fn a_torn_record_comes_in_two_halves_with_nothing_between() {
        let scenario = Scenario::new(BASE, 1);
        let halves: Vec<usize> = (0..scenario.changes.len())
            .filter(|&at| match &scenario.changes[at].what {
                What::Append(bytes) => !bytes.ends_with(b"\n"),
                What::Rotate => false,
            })
            .collect();
        assert_eq!(halves.len(), 2);
        for half in halves {
            let torn = &scenario.changes[half];
            let next = scenario.changes[half + 1..]
                .iter()
                .find(|change| change.file == torn.file)
                .unwrap();
            assert!(next.at > torn.at, "the halves are apart in time");
            let What::Append(rest) = &next.what else {
                panic!("a rotation came between the halves");
            };
            assert!(!rest.starts_with(b"{") && !rest.starts_with(b"<Event "));
        }
    }

    #[test]
    fn one_seed_gives_one_demo_and_another_seed_another() {
        let bytes = |seed| -> Vec<u8> {
            let scenario = Scenario::new(BASE, seed);
            let changes = scenario.changes.into_iter();
            changes
                .filter_map(|change| match change.what {
                    What::Append(bytes) => Some(bytes),
                    What::Rotate => None,
                })
                .flatten()
                .collect()
        };
        assert!(bytes(7) == bytes(7));
        assert!(bytes(7) != bytes(8));
    }
}
