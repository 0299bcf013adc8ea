//! What one pass over finished files finds, on its way into a store that is gone afterwards.
//!
//! Takes [`Matches`] in the order of the pass; gives a [`Store`] with their alerts. Rules over several events and the
//! writing of alerts take as long as the matching where much is found, so a pass of several threads writes in one of its own.

mod writer;

use std::ops::ControlFlow;

use crate::alert::{Store, StoreError};
use crate::engine::state::{Health, States, weight};
use crate::engine::{Detection, Engine, Matches};
use writer::Writer;

/// Detections that are written at once, and bytes of their events, about. Where another thread writes there are three times
/// as many at most: those it is at, those that wait for it, and those that are gathered.
const BATCH: usize = 2048;
const BATCH_BYTES: usize = 8 << 20;

/// What was found so far.
#[derive(Debug)]
pub struct Keep {
    states: States,
    detections: Vec<Detection>,
    writer: Writer,
    /// How many detections were written.
    found: u64,
}

/// What was found in all.
#[derive(Debug)]
pub struct Kept {
    pub store: Store,
    pub health: Health,
    /// How many detections there were.
    pub found: u64,
}

impl Keep {
    /// Returns one without alerts, for the rules of `engine` in a pass of so many threads.
    ///
    /// # Errors
    /// No room for the alerts.
    pub fn new(engine: &Engine, threads: usize) -> Result<Self, StoreError> {
        let store = Store::scratch()?;
        let writer = if threads > 1 {
            Writer::apart(store)
        } else {
            Writer::Here(Ok(store))
        };
        Ok(Self {
            writer,
            states: States::new(engine.rules()),
            detections: Vec::new(),
            found: 0,
        })
    }

    /// Takes what was found; breaks when no more can be kept, and [`Keep::finish`] says why.
    pub fn take(&mut self, matches: Matches) -> ControlFlow<()> {
        self.detections.extend(matches.detections);
        self.states.take(matches.hits, &mut self.detections);
        let events = self.detections.iter();
        let bytes: usize = events.map(|detection| weight(&detection.event)).sum();
        if self.detections.len() >= BATCH || bytes >= BATCH_BYTES {
            self.write()?;
        }
        ControlFlow::Continue(())
    }

    /// Ends the pass.
    ///
    /// # Errors
    /// What was found could not be kept.
    pub fn finish(mut self) -> Result<Kept, StoreError> {
        self.states.finish(&mut self.detections);
        // What breaks here is what ends with an error.
        let _ = self.write();
        Ok(Kept {
            store: self.writer.end()?,
            health: self.states.health(),
            found: self.found,
        })
    }

    fn write(&mut self) -> ControlFlow<()> {
        let detections = std::mem::take(&mut self.detections);
        self.found += detections.len() as u64;
        self.writer.write(detections)
    }
}
