//! Which process detects: the one that holds the state directory's lock; the others take over when it ends.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::bounded;

use super::current::Current;
use super::memory::Memories;
use super::stages;
use super::status::{Duty, Shared};
use super::{Reader, Stop};
use crate::alert::lock::Holder;
use crate::alert::{DetectorLock, Store, StoreError};
use crate::source::SourceError;

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
        while self.rules.wait(&self.stop) {
            if let Err(hindrance) = self.attempt() {
                self.shared.standing(Some(hindrance.to_string()));
            }
            if !self.stop.sleep(TAKE_OVER) {
                return;
            }
        }
    }

    /// Detects until the end of the watch if nobody else does; returns when another process has the lock.
    fn attempt(&self) -> Result<(), Hindrance> {
        let store = Store::open(&self.state)?;
        let Some(lock) = DetectorLock::try_acquire(&self.state)? else {
            let holder = DetectorLock::holder(&self.state)?;
            self.shared.duty(Duty::Elsewhere(named(holder)));
            self.shared.standing(None);
            return Ok(());
        };
        self.shared.duty(Duty::Here);
        let outcome = self.detect(store);
        drop(lock);
        outcome
    }

    fn detect(&self, store: Store) -> Result<(), Hindrance> {
        let reader = Reader::open(&self.root, store.positions()?)?;
        let (stretches_in, stretches) = bounded(QUEUE);
        let (matched_in, matched) = bounded(QUEUE);
        let (shared, rules, stop) = (&self.shared, &self.rules, &self.stop);
        let memories = Memories::new(self.state.clone(), self.once);
        thread::scope(|scope| {
            let stages = [
                scope.spawn(move || stages::read(reader, &stretches_in, shared, stop)),
                scope.spawn(move || {
                    stages::match_events(&stretches, &matched_in, shared, rules, memories);
                }),
                scope.spawn(move || stages::write(store, &matched, shared, stop)),
            ];
            // All are joined: an end of one closes its channels, and the others end with it.
            let outcomes = stages.map(thread::ScopedJoinHandle::join);
            if outcomes.iter().all(Result::is_ok) {
                Ok(())
            } else {
                Err(Hindrance::Panic)
            }
        })
    }
}

fn named(holder: Option<Holder>) -> String {
    holder.map_or_else(
        || "another process".to_owned(),
        |holder| {
            format!(
                "{} (process {} on {})",
                holder.user, holder.pid, holder.host
            )
        },
    )
}
