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

use super::arguments::Demo;
use super::output::Output;
use super::{CliError, Done};
use crate::event::Time;
use crate::text::{Marks, visible};

pub use replay::Replay;
pub use scenario::{LIVE_SECONDS, Scenario};
pub use shape::Shape;

/// Moments that the demo can be set in: days before and after must be moments too.
const EARLIEST: Time = Time(365 * 24 * 3600 * 1_000_000_000);
const LATEST: Time = Time(9_150_000_000 * 1_000_000_000);

/// Writes the demo's logs, or replays them under the workbench.
pub fn run(demo: &Demo, output: &mut Output) -> Result<Done, CliError> {
    if let Some(dir) = &demo.write {
        let scenario = Scenario::new(base(demo, f64::INFINITY)?, demo.seed);
        scenario.write_all(dir).map_err(|error| {
            let dir = dir.display().to_string();
            CliError::failed(&visible(&dir, Marks::Unicode), error)
        })?;
        return Ok(Done::Well);
    }
    let _ = output;
    Err(CliError::Failed("the workbench is not wired yet".into()))
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
