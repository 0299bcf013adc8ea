//! The whole demo as writes to files: what is there at the beginning, and what is appended when.
//!
//! Takes a moment and a seed; the same two give the same bytes. [`Scenario::write_all`] does every write at once, and
//! [`super::Replay`] does the same writes, each at its time.

use std::io;
use std::path::Path;

use super::files::Files;
use super::plan::Plan;
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

/// Everything that is written, in order.
#[derive(Debug)]
pub struct Scenario {
    /// Where the live part begins.
    base: Time,
    pub(super) plan: Plan,
    /// How many of the changes lie before the live part.
    pub(super) history: usize,
    mistakes: Vec<String>,
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
        let mut files = Files::create(dir, &self.plan)?;
        let mut changes = self.plan.changes.iter();
        changes.try_for_each(|change| files.apply(change))
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
        let (before, lasted) = YESTERDAY;
        let morning = Time(base.0 - before * SECOND);
        yesterday(&mut stage, script, (morning, lasted));
        // Scenes run on a little after the day's end.
        let today = Time(morning.0 + 2 * lasted * SECOND);
        let entries = std::mem::take(&mut stage.entries);
        let plan = Plan::new(script, shape, entries, today, base);
        let history = plan.changes.partition_point(|change| change.at < base);
        Self {
            base,
            plan,
            history,
            mistakes: stage.mistakes,
        }
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
    // Every scene makes an event, so that many are enough.
    for _ in 0..count {
        if stage.entries.len() >= enough {
            return;
        }
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
fn yesterday(stage: &mut Stage, script: &'static Script, span: (Time, i64)) {
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

#[cfg(test)]
mod tests {
    use super::super::plan::What;
    use super::*;

    const BASE: Time = Time(1_790_000_000 * SECOND);

    #[test]
    fn the_script_uses_no_name_that_it_does_not_explain() {
        let scenario = Scenario::new(BASE, 1);
        assert_eq!(scenario.mistakes(), &[] as &[String]);
        assert!(scenario.history > HISTORY_EVENTS);
        assert!(scenario.plan.changes.len() > HISTORY_EVENTS + LIVE_EVENTS);
    }

    #[test]
    fn a_torn_record_comes_in_two_halves_with_nothing_between() {
        let scenario = Scenario::new(BASE, 1);
        let halves: Vec<usize> = (0..scenario.plan.changes.len())
            .filter(|&at| match &scenario.plan.changes[at].what {
                What::Append(bytes) => !bytes.ends_with(b"\n"),
                What::Rotate => false,
            })
            .collect();
        assert_eq!(halves.len(), 2);
        for half in halves {
            let torn = &scenario.plan.changes[half];
            let next = scenario.plan.changes[half + 1..]
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
            let changes = scenario.plan.changes.into_iter();
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
