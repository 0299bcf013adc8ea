//! The demo played live: the history at once, then every change at its time.

use std::io;
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::files::Files;
use super::scenario::Scenario;

/// Changes on their way to the files; ends when it is dropped.
#[derive(Debug)]
pub struct Replay {
    /// Dropped to make the thread stop.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Replay {
    /// Writes the history of `scenario` under `dir` and returns; a thread makes the changes that follow, at `speed`
    /// seconds of the story a second.
    ///
    /// # Errors
    /// The history cannot be written, or no thread can be started.
    pub fn start(scenario: Scenario, dir: &Path, speed: f64) -> io::Result<Self> {
        let mut files = Files::create(dir, &scenario.plan)?;
        let (history, _) = scenario.plan.changes.split_at(scenario.history);
        history.iter().try_for_each(|change| files.apply(change))?;
        let (stop, stopped) = bounded(0);
        let thread = thread::Builder::new()
            .name("demo replay".to_owned())
            .spawn(move || play(&scenario, &mut files, speed, &stopped))?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Waits for the last change.
    ///
    /// # Errors
    /// A file could not be written.
    pub fn wait(mut self) -> io::Result<()> {
        self.join()
    }

    fn join(&mut self) -> io::Result<()> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(io::Error::other("the replay failed")),
            None => Ok(()),
        }
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.stop = None;
        // Nobody is left to tell that a file could not be written.
        let _ = self.join();
    }
}

fn play(
    scenario: &Scenario,
    files: &mut Files,
    speed: f64,
    stopped: &Receiver<()>,
) -> io::Result<()> {
    let begun = Instant::now();
    for change in &scenario.plan.changes[scenario.history..] {
        let story = Duration::from_nanos((change.at.0 - scenario.base().0).max(0) as u64);
        // A speed so small that the time overflows never comes.
        let due = Duration::try_from_secs_f64(story.as_secs_f64() / speed).unwrap_or(Duration::MAX);
        let left = due.saturating_sub(begun.elapsed());
        match stopped.recv_timeout(left) {
            Err(RecvTimeoutError::Timeout) => files.apply(change)?,
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
    Ok(())
}
