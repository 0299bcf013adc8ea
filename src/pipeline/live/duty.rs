//! Which process detects: the one that holds the state directory's lock; the others take over when it ends.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::bounded;

use super::current::Current;
use super::memory::Memories;
use super::stages;
use super::status::{Detecting, Duty, Shared};
use super::{Reader, Stop};
use crate::alert::lock::Pulse;
use crate::alert::{DetectorLock, Store, StoreError, store};
use crate::source::{FileId, SourceError};

/// How often a process that waits looks whether the detector ended.
const TAKE_OVER: Duration = Duration::from_millis(500);

/// Stretches that wait between two stages: each holds at most 4 MiB of log.
const QUEUE: usize = 2;

/// What a detector needs.
pub(super) struct Watch {
    pub root: PathBuf,
    pub state: PathBuf,
    pub shared: Arc<Shared>,
    pub rules: Arc<Current>,
    pub stop: Stop,
    pub once: bool,
    pub renews_state: bool,
}

/// What a process that waits for its turn keeps.
#[derive(Default)]
struct Seat {
    /// Open while another process detects.
    store: Option<Store>,
    /// The database that was opened first.
    file: Option<FileId>,
    pulse: Pulse,
}

/// What keeps a process from detecting; it is tried again.
#[derive(Debug, thiserror::Error)]
enum Hindrance {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(
        "an internal error stopped a part of the detector; it starts again from the last commit"
    )]
    Panic,
}

impl Watch {
    /// Detects whenever the lock is free, until the watch ends.
    pub(super) fn run(self) {
        let mut seat = Seat::default();
        while self.rules.wait(&self.stop) {
            if let Err(hindrance) = self.attempt(&mut seat) {
                // Another process may detect all the same.
                let elsewhere = self.look_elsewhere(&mut seat).unwrap_or(false);
                if !elsewhere {
                    self.shared.duty(Duty::Nobody);
                }
                self.shared.standing(Some(hindrance.to_string()));
                if self.renews_state
                    && matches!(hindrance, Hindrance::Store(StoreError::Gone { .. }))
                {
                    seat = Seat::default();
                }
            }
            if !self.stop.sleep(TAKE_OVER) {
                return;
            }
        }
    }

    /// Detects until the end of the watch if nobody else does; returns when another process has the lock.
    fn attempt(&self, seat: &mut Seat) -> Result<(), Hindrance> {
        let store = self.store(seat)?;
        let Some(lock) = DetectorLock::try_acquire(&self.state, &self.root)? else {
            seat.store = Some(store);
            self.look_elsewhere(seat)?;
            self.shared.standing(None);
            return Ok(());
        };
        seat.pulse = Pulse::default();
        self.shared.duty(Duty::Here);
        let outcome = self.detect(store, &lock);
        drop(lock);
        outcome
    }

    /// Returns the store, which must be the one that was opened first: the screen may show that one.
    fn store(&self, seat: &mut Seat) -> Result<Store, StoreError> {
        let store = match seat.store.take() {
            Some(store) => store,
            // Opening would make it anew.
            None if seat.file.is_some() && !self.state.join(store::FILE).exists() => {
                let path = self.state.clone();
                return Err(StoreError::Gone { path });
            }
            None => Store::open(&self.state)?,
        };
        store.still_there()?;
        if seat.file.is_some() && seat.file != store.file() {
            let path = self.state.clone();
            return Err(StoreError::Gone { path });
        }
        seat.file = store.file();
        Ok(store)
    }

    /// Takes note of the process that detects; returns whether there is one.
    fn look_elsewhere(&self, seat: &mut Seat) -> Result<bool, StoreError> {
        let Some(holder) = DetectorLock::holder(&self.state)? else {
            return Ok(false);
        };
        let now = (Instant::now(), SystemTime::now());
        let detecting = Detecting {
            unwatched: holder
                .watches_other_than(&self.root)
                .map(|_| self.root.clone()),
            silent_since: seat.pulse.silent_since(&holder, now),
            holder,
        };
        self.shared.duty(Duty::Elsewhere(Box::new(detecting)));
        Ok(true)
    }

    fn detect(&self, store: Store, lock: &DetectorLock) -> Result<(), Hindrance> {
        let reader = Reader::open(&self.root, store.positions()?)?;
        let (stretches_in, stretches) = bounded(QUEUE);
        let (matched_in, matched) = bounded(QUEUE);
        let (shared, rules, stop) = (&self.shared, &self.rules, &self.stop);
        let memories = Memories::new(self.state.clone(), self.once);
        thread::scope(|scope| {
            let read = scope.spawn(move || stages::read(reader, &stretches_in, lock, shared, stop));
            let others = [
                scope.spawn(move || {
                    stages::match_events(&stretches, &matched_in, shared, rules, memories);
                }),
                scope.spawn(move || stages::write(store, &matched, shared, stop)),
            ];
            // All are joined: an end of one closes its channels, and the others end with it.
            let read = read.join();
            let outcomes = others.map(thread::ScopedJoinHandle::join);
            match read {
                Ok(read) if outcomes.iter().all(Result::is_ok) => Ok(read?),
                _ => Err(Hindrance::Panic),
            }
        })
    }
}
