//! A directory watched: its logs become alerts as they grow.
//!
//! Takes a directory, a state directory and rules; the alerts are in the store, and [`Live::status`] says how far it
//! is. One thread a stage, joined by bounded channels: the reader ([`Reader`]), the matcher and the
//! writer ([`stages`]). Detections and read positions are committed together, so a kill at any instant loses nothing.
//! Of several processes on one state directory one detects; the others wait for its end and take over ([`duty`]).

mod clock;
mod current;
mod desk;
mod duty;
mod memory;
mod stages;
mod status;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, io};

use super::{Reader, Stretch};
use crate::rule::RuleSet;
use current::Current;
use status::Shared;

pub use status::{Detecting, Duty, Status};

/// What is watched, and where its alerts are kept.
#[derive(Debug, Clone)]
pub struct Options {
    /// A directory of logs, or one log.
    pub root: PathBuf,
    /// The state directory.
    pub state: PathBuf,
    /// Loaded, or to be loaded ([`RuleSet::pending`]): then nothing is matched before they are.
    pub rules: RuleSet,
    /// What is there now is all that comes: rules over several events wait for no late event. What needs silence still
    /// waits for it, in the store.
    pub once: bool,
    /// A state directory that was deleted is made anew, and the logs are read again. Not where an analyst's screen has
    /// it open: there the changes of the screen would go nowhere while detection looks well.
    pub renews_state: bool,
}

/// A running watch. Dropping it ends it after the batch at hand.
pub struct Live {
    shared: Arc<Shared>,
    rules: Arc<Current>,
    stop: Stop,
    threads: Vec<JoinHandle<()>>,
}

/// Asks all threads of a watch to end.
#[derive(Debug, Clone, Default)]
struct Stop(Arc<AtomicBool>);

impl Stop {
    fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Sleeps, but not past the asking; returns whether to go on.
    fn sleep(&self, length: Duration) -> bool {
        const STEP: Duration = Duration::from_millis(20);
        let mut left = length;
        while !left.is_zero() && !self.is_asked() {
            let step = left.min(STEP);
            thread::sleep(step);
            left -= step;
        }
        !self.is_asked()
    }
}

impl Live {
    /// Starts to watch; returns at once, whatever the backlog.
    ///
    /// # Errors
    /// The system gives no more threads. Everything else is a problem in [`Live::status`] and is tried again.
    pub fn start(options: Options) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let rules = Arc::new(Current::new(options.rules));
        let stop = Stop::default();
        let mut live = Self {
            shared,
            rules,
            stop,
            threads: Vec::new(),
        };
        live.spawn("rules", {
            let (rules, stop) = (Arc::clone(&live.rules), live.stop.clone());
            let shared = Arc::clone(&live.shared);
            move || current::follow(&rules, &shared, &stop)
        })?;
        live.spawn("detector", {
            let duty = duty::Watch {
                root: options.root,
                state: options.state,
                shared: Arc::clone(&live.shared),
                rules: Arc::clone(&live.rules),
                stop: live.stop.clone(),
                once: options.once,
                renews_state: options.renews_state,
            };
            move || duty.run()
        })?;
        Ok(live)
    }

    fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(work)?;
        self.threads.push(thread);
        Ok(())
    }

    /// Returns how far it is; cheap.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// Hands over where records could not be read and why: the first hundred or so since it was last asked, each once.
    #[must_use]
    pub fn take_unreadable(&self) -> Vec<String> {
        self.shared.take_unreadable()
    }

    /// Returns the rules that run; the same `Arc` until their files change.
    #[must_use]
    pub fn rules(&self) -> Arc<RuleSet> {
        self.rules.set()
    }

    /// Returns whether the watch was asked to end.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.stop.is_asked()
    }

    /// Ends the watch, commits what was matched, and returns how far it came.
    #[must_use]
    pub fn stop(&mut self) -> Status {
        self.join();
        self.status()
    }

    /// Asks the watch to end, and does not wait for it.
    pub fn end(&self) {
        self.stop.ask();
    }

    fn join(&mut self) {
        self.end();
        for thread in self.threads.drain(..) {
            // A stage that panicked has been reported as a problem.
            drop(thread.join());
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.join();
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}
