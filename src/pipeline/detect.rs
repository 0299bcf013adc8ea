//! One pass of the rules over finished files, on several threads.
//!
//! Takes a listing of files and an [`Engine`]; calls back with what the rules find and what could not be read, in the
//! order of the files and of their content, the same for any number of threads and any size of block. Text whose
//! records stand on a line each, or are events in XML, goes to the workers in blocks ([`lane`]), a binary log in its
//! chunks; everything else is cut into records here, and the workers do the rest.

mod crew;
mod lane;
mod worker;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;

use crate::decode::{Budget, Decoder, Unreadable};
use crate::engine::{Engine, Matches};
use crate::pipeline::Totals;
use crate::source::listing::{Listed, Listing};
use crate::source::{OpenFile, SourceError};
use crew::Crew;
use worker::{Work, Worker};

/// How much is cut into records at once where a file has no plain lines.
const STRETCH: Budget = Budget {
    records: 1024,
    bytes: 4 << 20,
};

/// How a pass is run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Threads that decode and match; one does it on the caller's own.
    pub threads: usize,
    /// Bytes of lines that a worker gets at once.
    pub block: usize,
    /// Whether values that were seen before are remembered.
    pub memo: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: thread::available_parallelism().map_or(1, usize::from),
            block: 1 << 20,
            memo: true,
        }
    }
}

/// What a pass comes across.
#[derive(Debug)]
pub enum Caught {
    Matches(Matches),
    Unreadable(Unreadable),
    /// A file or archive that could not be opened or read to its end.
    Failed(SourceError),
    /// A stretch was read: totals so far.
    Progress(Totals),
}

/// How far a pass came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passed {
    pub totals: Totals,
    /// Events that were built; the others were told from their members.
    pub built: u64,
    /// Lines that their members could not tell.
    pub odd: u64,
}

/// Runs the rules over every file of `listing` once, and hands what is found to `sink` until that breaks.
pub fn detect(
    listing: Listing,
    engine: &Engine,
    options: Options,
    sink: &mut dyn FnMut(Caught) -> ControlFlow<()>,
) -> Passed {
    thread::scope(|scope| {
        let crew = if options.threads > 1 {
            Crew::spawn(scope, engine, options)
        } else {
            Crew::alone(Worker::new(engine, options.memo))
        };
        let mut pass = Pass {
            crew,
            options,
            totals: Totals::default(),
            built: 0,
            odd: 0,
            rooms: Vec::new(),
            sink,
        };
        // What broke was the sink, which knows.
        let _ = pass.all(listing);
        Passed {
            totals: pass.totals,
            built: pass.built,
            odd: pass.odd,
        }
    })
}

/// A pass at work.
struct Pass<'p, 'e> {
    crew: Crew<'e>,
    options: Options,
    totals: Totals,
    built: u64,
    odd: u64,
    /// Rooms of blocks that are done: a new one of each block's size would be cleared by the system each time.
    rooms: Vec<Vec<u8>>,
    sink: &'p mut dyn FnMut(Caught) -> ControlFlow<()>,
}

impl Pass<'_, '_> {
    fn all(&mut self, listing: Listing) -> ControlFlow<()> {
        for error in listing.errors {
            self.failed(error)?;
        }
        for file in &listing.files {
            let before = self.totals.bytes;
            self.file(file, before)?;
            self.totals.bytes = before + file.size;
            (self.sink)(Caught::Progress(self.totals))?;
        }
        self.drain()?;
        (self.sink)(Caught::Progress(self.totals))
    }

    fn failed(&mut self, error: SourceError) -> ControlFlow<()> {
        // What was read before an error comes first.
        self.drain()?;
        self.totals.failed += 1;
        (self.sink)(Caught::Failed(error))
    }

    fn file(&mut self, file: &Listed, before: u64) -> ControlFlow<()> {
        let mut content = match file.open() {
            Ok(content) => content,
            Err(error) => return self.failed(error),
        };
        let read = self.content(file, &mut content, before)?;
        // An archive that ends in the middle gives what it has; what was wrong with it comes here.
        let Some(error) = read.err().or_else(|| content.take_error()) else {
            // The workers may still be at it while the next file is read: small logs come by the hundred.
            return ControlFlow::Continue(());
        };
        self.failed(SourceError::io(&*file.path, error))
    }

    fn content(
        &mut self,
        file: &Listed,
        content: &mut OpenFile,
        before: u64,
    ) -> ControlFlow<(), std::io::Result<()>> {
        let mut decoder = Decoder::new(Arc::clone(&file.path), None);
        let mut offset = 0;
        // The first record names the content.
        let mut budget = Budget {
            records: 1,
            ..STRETCH
        };
        let mut patience = lane::Patience::default();
        if let Err(error) = self.pieces(&mut decoder, file, content, before)? {
            return ControlFlow::Continue(Err(error));
        }
        loop {
            let mut items = Vec::new();
            let read = decoder.read(content, offset, budget, &mut |item| items.push(item));
            self.hand_out(Work::Items(items))?;
            let progress = match read {
                Ok(progress) => progress,
                Err(error) => return ControlFlow::Continue(Err(error)),
            };
            if !progress.more {
                return ControlFlow::Continue(Ok(()));
            }
            offset = progress.offset;
            budget = STRETCH;
            if let Some((kind, digest)) = decoder.lane() {
                let lane = lane::Lane {
                    kind,
                    path: Arc::clone(&file.path),
                    content: digest,
                    block: self.options.block,
                };
                match lane.run(self, content, offset)? {
                    Ok(end) => {
                        budget = patience.after(end - offset, self.options.block);
                        offset = end;
                    }
                    Err(error) => return ControlFlow::Continue(Err(error)),
                }
            }
            self.totals.bytes = before + content.consumed(offset).min(file.size);
            (self.sink)(Caught::Progress(self.totals))?;
        }
    }

    /// Hands out the chunks of a binary log; does nothing with any other content.
    fn pieces(
        &mut self,
        decoder: &mut Decoder,
        file: &Listed,
        content: &mut OpenFile,
        before: u64,
    ) -> ControlFlow<(), std::io::Result<()>> {
        loop {
            let mut items = Vec::new();
            let piece = decoder.next_piece(content, &mut |item| items.push(item));
            if !items.is_empty() {
                self.hand_out(Work::Items(items))?;
            }
            let piece = match piece {
                Ok(Some(piece)) => piece,
                Ok(None) => return ControlFlow::Continue(Ok(())),
                Err(error) => return ControlFlow::Continue(Err(error)),
            };
            let offset = piece.next_offset();
            self.hand_out(Work::Piece(piece))?;
            self.totals.bytes = before + content.consumed(offset).min(file.size);
            (self.sink)(Caught::Progress(self.totals))?;
        }
    }

    /// Gives work to the crew, and takes in what is done meanwhile; the rest of a block that ended early is for a lane
    /// to go on with, and items never end early.
    fn hand_out(&mut self, work: Work) -> ControlFlow<()> {
        while self.crew.is_busy() {
            self.take_in()?;
        }
        self.crew.give(work);
        ControlFlow::Continue(())
    }

    /// Takes in the oldest work that was handed out; returns where it ended early.
    fn take_in(&mut self) -> ControlFlow<(), Option<u64>> {
        let Some(done) = self.crew.next() else {
            return ControlFlow::Continue(None);
        };
        self.totals.events += done.events;
        self.built += done.built;
        self.odd += done.odd;
        self.rooms.extend(done.room);
        self.totals.unreadable += done.unreadable.len() as u64;
        for unreadable in done.unreadable {
            (self.sink)(Caught::Unreadable(unreadable))?;
        }
        if !done.matches.detections.is_empty() || !done.matches.hits.is_empty() {
            (self.sink)(Caught::Matches(done.matches))?;
        }
        ControlFlow::Continue(done.stop)
    }

    /// Takes in all work.
    fn drain(&mut self) -> ControlFlow<()> {
        while self.crew.has_work() {
            self.take_in()?;
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests;
