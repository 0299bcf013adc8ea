//! The rules on the records of a stretch: an event is built only of those that a rule may fire on, and read only when a rule
//! asks for more than it is known to answer.
//!
//! Takes a [`Stretch`]; gives matches, what could not be read, and tells the memories the time of every record.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use super::Stretch;
use super::memory::{self, Memories};
use super::status::{self, Shared};
use crate::alert::Batch;
use crate::decode::{Item, Record, Unreadable};
use crate::engine::{Engine, Matches, Sieve, Verdict};
use crate::event::{Event, Outline, Time};

/// The rules that run now, and what the matcher remembers of values for them.
#[derive(Debug)]
pub(super) struct Desk {
    engine: Arc<Engine>,
    sieve: Sieve,
}

impl Desk {
    pub fn new(engine: &Arc<Engine>) -> Self {
        Self {
            engine: Arc::clone(engine),
            sieve: Sieve::new(true),
        }
    }

    /// Takes the rules that run from now on.
    pub fn run(&mut self, engine: &Arc<Engine>) {
        if !Arc::ptr_eq(&self.engine, engine) {
            *self = Self::new(engine);
        }
    }

    /// Runs the rules on every record of the stretch.
    pub fn observe(
        &mut self,
        stretch: Stretch,
        memories: &mut Memories,
        matches: &mut Matches,
        batch: &mut Batch,
        shared: &Shared,
    ) {
        batch.positions.extend(stretch.position);
        let mut hosts = HashSet::new();
        let mut events = 0;
        let (wall, now) = (memory::wall(), Instant::now());
        for item in stretch.items {
            let seen = match item {
                Item::Record(record) => self.record(*record, matches),
                Item::Unreadable(unreadable) => Err(unreadable),
            };
            match seen {
                Ok((time, host)) => {
                    events += 1;
                    hosts.insert(host);
                    memories.see(time, wall, now);
                }
                Err(unreadable) => batch.unreadable.push(unreadable),
            }
        }
        shared.matched(events, hosts);
        shared.could_not_read(&batch.unreadable);
    }

    /// Returns when the record's event happened, and a digest of its host's name.
    fn record(&mut self, record: Record, matches: &mut Matches) -> Result<(Time, u64), Unreadable> {
        let places = match self.engine.look(&mut self.sieve, &record.raw) {
            Verdict::Odd => None,
            Verdict::Sound([]) => match Outline::of(&record) {
                Some(outline) => return Ok((outline.time, status::host(outline.computer))),
                None => None,
            },
            Verdict::Sound(places) => Some(places.to_vec()),
        };
        let unread = places
            .as_ref()
            .filter(|places| self.engine.are_told(places))
            .and_then(|_| self.sieve.outline_of(&record));
        let event = match unread {
            Some(event) => event,
            None => Event::from_record(record)?,
        };
        let event = Arc::new(event);
        match places {
            Some(places) => self.engine.observe_at(&event, &places, matches),
            None => self.engine.observe(&event, matches),
        }
        Ok((event.time, status::host(&event.computer)))
    }
}
