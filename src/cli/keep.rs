//! What one pass over finished files finds, on its way into a store that is gone afterwards.
//!
//! Takes [`Matches`] in the order of the pass; gives a [`Store`] with their alerts.

use crate::alert::{Batch, Store, StoreError};
use crate::engine::state::{States, weight};
use crate::engine::{Detection, Engine, Matches};

/// Detections that are written at once, and bytes of their events, about.
const BATCH: usize = 2048;
const BATCH_BYTES: usize = 8 << 20;

/// What was found so far.
#[derive(Debug)]
pub struct Keep {
    pub store: Store,
    pub states: States,
    detections: Vec<Detection>,
    /// How many detections were written.
    pub found: u64,
}

impl Keep {
    /// Returns one without alerts, for the rules of `engine`.
    pub fn new(engine: &Engine) -> Result<Self, StoreError> {
        Ok(Self {
            store: Store::scratch()?,
            states: States::new(engine.rules()),
            detections: Vec::new(),
            found: 0,
        })
    }

    /// Takes what was found.
    pub fn take(&mut self, matches: Matches) -> Result<(), StoreError> {
        self.detections.extend(matches.detections);
        self.states.take(matches.hits, &mut self.detections);
        let events = self.detections.iter();
        let bytes: usize = events.map(|detection| weight(&detection.event)).sum();
        if self.detections.len() >= BATCH || bytes >= BATCH_BYTES {
            self.write()?;
        }
        Ok(())
    }

    /// Ends the pass.
    pub fn finish(&mut self) -> Result<(), StoreError> {
        self.states.finish(&mut self.detections);
        self.write()
    }

    fn write(&mut self) -> Result<(), StoreError> {
        let detections = std::mem::take(&mut self.detections);
        self.found += detections.len() as u64;
        self.store.commit(&Batch {
            detections,
            ..Batch::default()
        })?;
        Ok(())
    }
}
