//! `watchglass demo`: an intrusion at a small made-up company, replayed live, and the workbench on it.
//!
//! [`Scenario`] makes the logs of five hosts in as many shapes, with noise, an intrusion that fires each of the four
//! detections, and look-alikes that fire none; [`Replay`] writes them as if they were happening.

mod actor;
mod entry;
mod files;
mod kind;
mod plan;
mod random;
mod replay;
mod scenario;
mod scope;
mod script;
mod shape;
mod stage;

use std::path::Path;

use super::arguments::{Demo, Global};
use super::{CliError, Done, rules, settings, watch};
use crate::event::Time;
use crate::pipeline::live;
use crate::text::{Marks, visible};

pub use replay::Replay;
pub use scenario::{LIVE_SECONDS, Scenario};
pub use shape::Shape;

/// Moments that the demo can be set in: days before and after must be moments too.
const EARLIEST: Time = Time(365 * 24 * 3600 * 1_000_000_000);
const LATEST: Time = Time(9_150_000_000 * 1_000_000_000);

/// Writes the demo's logs, or replays them under the workbench.
pub fn run(demo: &Demo, global: &Global) -> Result<Done, CliError> {
    match &demo.write {
        Some(dir) => write(demo, dir),
        None => play(demo, global),
    }
}

fn write(demo: &Demo, dir: &Path) -> Result<Done, CliError> {
    let scenario = Scenario::new(base(demo, f64::INFINITY)?, demo.seed);
    if dir.exists() && !dir.is_dir() {
        return Err(super::unusable(
            dir,
            &std::io::ErrorKind::NotADirectory.into(),
        ));
    }
    scenario.write_all(dir).map_err(|error| {
        let dir = dir.display().to_string();
        CliError::failed(&visible(&dir, Marks::Unicode), error)
    })?;
    Ok(Done::Well)
}

/// Opens the workbench on a replay; logs and alerts go when it is left.
fn play(demo: &Demo, global: &Global) -> Result<Done, CliError> {
    watch::terminal()?;
    let settings = settings::load(global)?;
    let rules = rules::pending(&demo.rules.rules, global)?;
    let failed = |error| CliError::failed("the demo's temporary directory", error);
    let home = tempfile::Builder::new()
        .prefix("watchglass-demo-")
        .tempdir()
        .map_err(failed)?;
    let root = home.path().join("logs");
    let state = home.path().join("state");
    let scenario = Scenario::new(base(demo, demo.speed)?, demo.seed);
    let replay = Replay::start(scenario, &root, demo.speed).map_err(failed)?;
    let options = live::Options {
        root,
        state,
        rules,
        once: false,
        renews_state: false,
    };
    let done = watch::open_on(options, settings, &demo.look);
    drop(replay);
    home.close().map_err(failed)?;
    done
}

/// Returns where the live part begins, such that its last event is of the moment in which it is written.
fn base(demo: &Demo, speed: f64) -> Result<Time, CliError> {
    if let Some(at) = &demo.at {
        let time = Time::parse(at).filter(|time| (EARLIEST..LATEST).contains(time));
        return time.ok_or_else(|| {
            CliError::Usage(format!(
                "--at {}: no time from 1971 to 2259; write one like 2026-11-24T09:00:00Z",
                visible(at, Marks::Unicode)
            ))
        });
    }
    // Slower than life, the first event is of now and all others are of the past when they are written.
    let now = jiff::Timestamp::now().as_nanosecond() as i64;
    let early = LIVE_SECONDS as f64 * (1.0 - 1.0 / speed).max(0.0);
    Ok(Time(now - (early * 1e9) as i64))
}
