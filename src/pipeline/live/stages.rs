//! The three stages: read, match, write.

use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender};

use super::current::Current;
use super::desk::Desk;
use super::memory::Memories;
use super::status::Shared;
use super::{Reader, Stop, Stretch};
use crate::alert::lock::BEAT;
use crate::alert::{Batch, DetectorLock, Store, StoreError};
use crate::engine::Matches;

/// How long the reader waits for a change before it looks whether the watch ended.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long positions without alerts may wait for their commit: after a kill this much is read again.
const POSITIONS_WAIT: Duration = Duration::from_millis(150);

/// Detections in one transaction, about.
const DETECTIONS: usize = 4096;

/// Pause before a commit that failed (disk full, database busy) is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// A stretch that went through the rules.
pub(super) struct Matched {
    batch: Batch,
    /// When its file had grown by it.
    grown: Option<SystemTime>,
}

/// What the reader hands on.
pub(super) struct Read {
    /// `None`: nothing came for a while.
    stretch: Option<Stretch>,
    /// Nothing more is there now.
    caught_up: bool,
}

/// Shows the others that this process is at work, from the thread that would hang with the logs' disk.
struct Beat<'a> {
    lock: &'a DetectorLock,
    next: Instant,
}

impl Beat<'_> {
    fn show(&mut self) -> Result<(), StoreError> {
        let now = Instant::now();
        if now < self.next {
            return Ok(());
        }
        self.next = now + BEAT;
        self.lock.beat()
    }
}

/// Hands stretches on until the watch ends or the matcher is gone.
///
/// # Errors
/// The state directory was deleted or replaced.
pub(super) fn read(
    mut reader: Reader,
    out: &Sender<Read>,
    lock: &DetectorLock,
    shared: &Shared,
    stop: &Stop,
) -> Result<(), StoreError> {
    let mut beat = Beat {
        lock,
        next: Instant::now(),
    };
    while !stop.is_asked() {
        beat.show()?;
        let stretch = reader.next(PATIENCE);
        let backlog = reader.backlog();
        let caught_up = stretch.is_none() || backlog.done >= backlog.total;
        let backlog = (backlog.done, backlog.total);
        match &stretch {
            None => shared.idle(backlog),
            Some(stretch) => shared.sent(stretch.format, backlog),
        }
        if let Some(problems) = reader.problems() {
            shared.reading(problems);
        }
        let mut read = Read { stretch, caught_up };
        while let Err(error) = out.send_timeout(read, PATIENCE) {
            match error {
                SendTimeoutError::Timeout(unsent) => read = unsent,
                SendTimeoutError::Disconnected(_) => return Ok(()),
            }
            beat.show()?;
        }
    }
    Ok(())
}

/// Runs the rules on every event of every stretch.
pub(super) fn match_events(
    inputs: &Receiver<Read>,
    out: &Sender<Matched>,
    shared: &Shared,
    rules: &Current,
    mut memories: Memories,
) {
    let mut desk = Desk::new(&rules.engine());
    for input in inputs {
        let engine = rules.engine();
        desk.run(&engine);
        let mut matches = Matches::default();
        memories.run(&engine, &mut matches, shared);
        let from_log = input.stretch.is_some();
        let mut batch = Batch {
            cap: true,
            ..Batch::default()
        };
        let mut grown = None;
        if let Some(stretch) = input.stretch {
            grown = stretch.grown;
            desk.observe(stretch, &mut memories, &mut matches, &mut batch, shared);
        }
        memories.take(&mut matches);
        if input.caught_up {
            memories.caught_up(!from_log, &mut matches);
        }
        batch.detections = matches.detections;
        batch.journal = memories.journal();
        let empty = batch.detections.is_empty() && batch.journal.is_empty();
        if !from_log && !empty {
            // Counted before the hits cease to wait, so that nothing looks done in between.
            shared.more();
        }
        shared.remembered(memories.health());
        if !from_log && empty {
            continue;
        }
        if out.send(Matched { batch, grown }).is_err() {
            return;
        }
    }
}

/// Commits what was matched: alerts at once, positions alone a little later.
pub(super) fn write(mut store: Store, matched: &Receiver<Matched>, shared: &Shared, stop: &Stop) {
    let mut waiting = Waiting::default();
    loop {
        let ended = match matched.recv_timeout(waiting.patience()) {
            Ok(stretch) => {
                waiting.add(stretch);
                while waiting.batch.detections.len() < DETECTIONS
                    && let Ok(stretch) = matched.try_recv()
                {
                    waiting.add(stretch);
                }
                false
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => true,
        };
        if (ended || waiting.is_due()) && !waiting.commit(&mut store, shared, stop) {
            return;
        }
        if ended {
            return;
        }
    }
}

/// What is matched and not yet committed.
#[derive(Default)]
struct Waiting {
    batch: Batch,
    stretches: u64,
    since: Option<Instant>,
    grown: Option<SystemTime>,
}

impl Waiting {
    fn add(&mut self, matched: Matched) {
        self.batch.cap = true;
        self.batch.detections.extend(matched.batch.detections);
        self.batch.unreadable.extend(matched.batch.unreadable);
        self.batch.journal.merge(matched.batch.journal);
        for position in matched.batch.positions {
            self.batch
                .positions
                .retain(|known| known.file != position.file);
            self.batch.positions.push(position);
        }
        self.stretches += 1;
        self.since.get_or_insert_with(Instant::now);
        self.grown = matched.grown.or(self.grown);
    }

    fn patience(&self) -> Duration {
        self.since.map_or(POSITIONS_WAIT, |since| {
            POSITIONS_WAIT.saturating_sub(since.elapsed())
        })
    }

    fn is_due(&self) -> bool {
        let alerts = !self.batch.detections.is_empty() || !self.batch.unreadable.is_empty();
        self.stretches > 0 && (alerts || self.patience().is_zero())
    }

    /// Commits, and tries again while the store refuses; false when the watch ended before it could.
    fn commit(&mut self, store: &mut Store, shared: &Shared, stop: &Stop) -> bool {
        if self.stretches == 0 {
            return true;
        }
        let committed = loop {
            match store.commit(&self.batch) {
                Ok(committed) => break committed,
                // Trying again would not bring the directory back; the detector starts anew where it can.
                Err(StoreError::Gone { .. }) => return false,
                Err(error) => {
                    shared.standing(Some(error.to_string()));
                    if !stop.sleep(RETRY) {
                        return false;
                    }
                }
            }
        };
        let lag = self.grown.and_then(|grown| grown.elapsed().ok());
        let unreadable = committed.new_unreadable as u64;
        shared.written(self.stretches, committed.new_alerts as u64, unreadable, lag);
        *self = Self::default();
        true
    }
}
