//! A kept event is read again.
//!
//! Takes what the store kept of a record; gives the event, or a sentence that says why there is none.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{Evidence, Store, StoreError};
use crate::decode::{Budget, Decoder, Item, Record};
use crate::event::{Event, EventId};
use crate::source::Content;
use crate::text::plain;

impl Store {
    /// Returns a kept event, decoded anew; the inner error is a sentence for a person, safe to show.
    pub fn event(&self, id: EventId) -> Result<Result<Arc<Event>, String>, StoreError> {
        let kept = self.raw_event(id)?;
        Ok(kept.map_or_else(|| Err("This event is not kept.".into()), event_of))
    }
}

pub(super) fn event_of(kept: Evidence) -> Result<Arc<Event>, String> {
    let path = plain(&kept.place.path.display().to_string()).into_owned();
    let Some(raw) = kept.raw else {
        return Err(format!(
            "This event is kept by reference only: {path}, at byte {}, {} B.",
            kept.place.offset, kept.place.length
        ));
    };
    let Some(mut record) = decode(&raw, &kept.place.path) else {
        return Err(format!("The event kept from {path} cannot be read again."));
    };
    record.format = kept.format;
    record.place = kept.place;
    record.raw = raw;
    Event::from_record(record)
        .map(Arc::new)
        .map_err(|unreadable| unreadable.reason)
}

/// One kept record as content.
struct Kept<'a>(&'a [u8]);

impl Content for Kept<'_> {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|at| self.0.get(at..))
            .unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn is_complete(&self) -> bool {
        true
    }
}

fn decode(raw: &[u8], path: &Arc<Path>) -> Option<Record> {
    let mut found = None;
    let budget = Budget {
        records: 1,
        bytes: raw.len() as u64 + 1,
    };
    let mut take = |item| {
        if let Item::Record(record) = item {
            found.get_or_insert(*record);
        }
    };
    Decoder::new(Arc::clone(path), None)
        .read(&mut Kept(raw), 0, budget, &mut take)
        .ok()?;
    found
}
