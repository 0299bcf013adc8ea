//! The steps of a pass, each measured with all that it needs before it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

use super::lines;
use crate::cli::CliError;
use crate::cli::keep::Keep;
use crate::decode::{Budget, Decoder, Item};
use crate::engine::{Engine, Sieve, Verdict};
use crate::event::Event;
use crate::pipeline::detect::Options;
use crate::pipeline::{Caught, detect};
use crate::source::Listing;

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Bytes are read.
    Read,
    /// And cut into records.
    Frame,
    /// And each record's members found; for that a binary log's records are rendered.
    Extract,
    /// And the rules matched against them, before any event is built.
    Match { memo: bool },
    /// Every record is read whole, as any format needs.
    Decode,
    /// And its event built.
    Build,
    /// The whole pass.
    Detect { threads: usize, memo: bool },
    /// And rules over several events run, and all alerts kept.
    Store { threads: usize },
}

/// What a step took.
#[derive(Debug)]
pub struct Measured {
    pub step: Step,
    pub events: u64,
    pub bytes: u64,
    /// Seconds of all processors.
    pub cpu: f64,
    pub wall: f64,
    /// Events that were built.
    pub built: u64,
    /// Records that only their whole events could tell.
    pub odd: u64,
    /// Detections, or candidates of the step that only matches.
    pub found: u64,
}

impl Measured {
    /// Returns nanoseconds of processor an event.
    pub fn nanos(&self) -> f64 {
        self.cpu * 1e9 / self.events.max(1) as f64
    }
}

impl Step {
    /// Returns every step in its order.
    pub fn all(threads: usize) -> Vec<Self> {
        let mut steps = vec![
            Self::Read,
            Self::Frame,
            Self::Extract,
            Self::Match { memo: true },
            Self::Match { memo: false },
            Self::Decode,
            Self::Build,
        ];
        for memo in [true, false] {
            steps.push(Self::Detect { threads: 1, memo });
        }
        if threads > 1 {
            steps.push(Self::Detect {
                threads,
                memo: true,
            });
        }
        steps.push(Self::Store { threads: 1 });
        if threads > 1 {
            steps.push(Self::Store { threads });
        }
        steps
    }

    /// Returns what it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Frame => "frame records",
            Self::Extract => "extract members",
            Self::Match { memo: true } => "match members",
            Self::Match { memo: false } => "match members, no memo",
            Self::Decode => "decode whole",
            Self::Build => "build events",
            Self::Detect { memo: true, .. } => "detect",
            Self::Detect { memo: false, .. } => "detect, no memo",
            Self::Store { .. } => "detect and store",
        }
    }

    /// Returns how many threads match.
    pub const fn threads(self) -> usize {
        match self {
            Self::Detect { threads, .. } | Self::Store { threads } => threads,
            _ => 1,
        }
    }

    /// Does the step over all files.
    ///
    /// # Errors
    /// A file cannot be read, or the alerts not be kept.
    pub fn measure(self, engine: &Engine, listing: &Listing) -> Result<Measured, CliError> {
        let mut measured = Measured {
            step: self,
            events: 0,
            bytes: 0,
            cpu: 0.0,
            wall: 0.0,
            built: 0,
            odd: 0,
            found: 0,
        };
        let (wall, cpu) = (Instant::now(), cpu_seconds());
        let done = match self {
            Self::Read | Self::Frame | Self::Extract | Self::Match { .. } => {
                self.lines(engine, listing, &mut measured)
            }
            Self::Decode | Self::Build => self.whole(listing, &mut measured),
            Self::Detect { threads, memo } => {
                pass(engine, listing, threads, memo, None, &mut measured)
            }
            Self::Store { threads } => {
                let keep = Keep::new(engine, threads);
                let keep = keep.map_err(|error| CliError::failed("alerts", error))?;
                pass(engine, listing, threads, true, Some(keep), &mut measured)
            }
        };
        done.map_err(|error| CliError::failed(self.name(), error))?;
        measured.cpu = cpu_seconds() - cpu;
        measured.wall = wall.elapsed().as_secs_f64();
        Ok(measured)
    }

    fn lines(
        self,
        engine: &Engine,
        listing: &Listing,
        measured: &mut Measured,
    ) -> std::io::Result<()> {
        let memo = self != Self::Match { memo: false };
        let mut sieve = Sieve::new(memo);
        let bytes = lines::blocks(listing, &mut |read| match self {
            Self::Read => measured.events += 1,
            Self::Frame => measured.events += lines::count(&read),
            Self::Extract => lines::each(&read, &mut |line| {
                if sieve.extract(line).is_some() {
                    measured.events += 1;
                } else {
                    measured.odd += 1;
                }
            }),
            _ => lines::each(&read, &mut |line| match engine.look(&mut sieve, line) {
                Verdict::Odd => measured.odd += 1,
                Verdict::Sound(places) => {
                    measured.events += 1;
                    measured.found += places.len() as u64;
                }
            }),
        })?;
        measured.bytes = bytes;
        Ok(())
    }

    fn whole(self, listing: &Listing, measured: &mut Measured) -> std::io::Result<()> {
        const STRETCH: Budget = Budget {
            records: 1024,
            bytes: 4 << 20,
        };
        for file in &listing.files {
            let mut content = file.open().map_err(std::io::Error::other)?;
            let mut decoder = Decoder::new(Arc::clone(&file.path), None);
            let mut offset = 0;
            loop {
                let progress = decoder.read(&mut content, offset, STRETCH, &mut |item| {
                    let Item::Record(record) = item else { return };
                    measured.events += 1;
                    if self == Self::Build && Event::from_record(*record).is_ok() {
                        measured.built += 1;
                    }
                })?;
                offset = progress.offset;
                if !progress.more {
                    break;
                }
            }
            measured.bytes += offset;
        }
        Ok(())
    }
}

fn pass(
    engine: &Engine,
    listing: &Listing,
    threads: usize,
    memo: bool,
    mut keep: Option<Keep>,
    measured: &mut Measured,
) -> std::io::Result<()> {
    let options = Options {
        threads,
        memo,
        ..Options::default()
    };
    let listing = Listing {
        files: listing.files.clone(),
        ..Listing::default()
    };
    let passed = detect(listing, engine, options, &mut |caught| {
        if let Caught::Matches(matches) = caught {
            match &mut keep {
                Some(keep) => return keep.take(matches),
                None => measured.found += matches.detections.len() as u64,
            }
        }
        ControlFlow::Continue(())
    });
    if let Some(keep) = keep {
        let kept = keep.finish().map_err(std::io::Error::other)?;
        measured.found += kept.found;
    }
    measured.events = passed.totals.events;
    measured.bytes = passed.totals.bytes;
    measured.built = passed.built;
    measured.odd = passed.odd;
    Ok(())
}

/// Returns the processor time of all threads so far.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Returns the most memory that the process ever held; `None` where the system does not tell.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
