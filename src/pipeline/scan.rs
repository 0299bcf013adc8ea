//! One pass over finished files.
//!
//! Takes a listing of files; calls back with every event and everything that could not be read, in the order of the
//! files and of their content. A bad file or record never stops the rest.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::decode::{Budget, Decoder, Item, Unreadable};
use crate::event::Event;
use crate::source::SourceError;
use crate::source::listing::{Listed, Listing};

/// How much is decoded before the progress is told: small enough to show movement, large enough to cost nothing.
const STRETCH: Budget = Budget {
    records: 1024,
    bytes: 4 << 20,
};

/// What a scan comes across.
#[derive(Debug)]
pub enum Found {
    Event(Arc<Event>),
    Unreadable(Unreadable),
    /// A file or archive that could not be opened or read to its end.
    Failed(SourceError),
    /// A stretch was read: totals so far.
    Progress(Totals),
}

/// What a scan has read so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Bytes on disk of the files, packed where they are packed.
    pub bytes: u64,
    pub events: u64,
    pub unreadable: u64,
    /// Files that could not be opened or read to their end.
    pub failed: u64,
}

/// Reads every file of `listing` once, in order, and hands what it finds to `sink` until that breaks.
pub fn scan(listing: Listing, sink: &mut dyn FnMut(Found) -> ControlFlow<()>) -> Totals {
    let mut totals = Totals::default();
    for error in listing.errors {
        totals.failed += 1;
        if sink(Found::Failed(error)).is_break() {
            return totals;
        }
    }
    for file in &listing.files {
        let before = totals.bytes;
        let flow = read(file, before, &mut totals, sink);
        totals.bytes = before + file.size;
        if flow.is_break() || sink(Found::Progress(totals)).is_break() {
            break;
        }
    }
    totals
}

fn read(
    file: &Listed,
    before: u64,
    totals: &mut Totals,
    sink: &mut dyn FnMut(Found) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut content = match file.open() {
        Ok(content) => content,
        Err(error) => {
            totals.failed += 1;
            return sink(Found::Failed(error));
        }
    };
    let mut decoder = Decoder::new(Arc::clone(&file.path), None);
    let mut offset = 0;
    loop {
        let mut flow = ControlFlow::Continue(());
        let progress = decoder.read(&mut content, offset, STRETCH, &mut |item| {
            if flow.is_continue() {
                flow = sink(count(item, totals));
            }
        });
        flow?;
        let progress = match progress {
            Ok(progress) => progress,
            Err(error) => {
                totals.failed += 1;
                return sink(Found::Failed(SourceError::io(&*file.path, error)));
            }
        };
        if !progress.more {
            break;
        }
        offset = progress.offset;
        totals.bytes = before + content.consumed(offset).min(file.size);
        sink(Found::Progress(*totals))?;
    }
    // An archive that ends in the middle gives what it has; what was wrong with it comes here.
    match content.take_error() {
        Some(error) => {
            totals.failed += 1;
            sink(Found::Failed(SourceError::io(&*file.path, error)))
        }
        None => ControlFlow::Continue(()),
    }
}

fn count(item: Item, totals: &mut Totals) -> Found {
    let event = match item {
        Item::Record(record) => Event::from_record(*record),
        Item::Unreadable(unreadable) => Err(unreadable),
    };
    match event {
        Ok(event) => {
            totals.events += 1;
            Found::Event(Arc::new(event))
        }
        Err(unreadable) => {
            totals.unreadable += 1;
            Found::Unreadable(unreadable)
        }
    }
}
