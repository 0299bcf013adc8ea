//! The quick way through text: blocks of whole lines, each a record, or of whole events in XML.
//!
//! Takes a content and where its next record begins; gives the offset of the first one that is none by itself, or of
//! the last one that has no end. From there the ordinary decoder goes on, and then perhaps a lane again.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use memchr::{memmem, memrchr};

use super::worker::{Block, Work};
use super::{Pass, STRETCH};
use crate::decode::{self, Budget, EVENT_END};
use crate::source::Content;

/// A content's records.
pub struct Lane {
    pub kind: decode::Lane,
    pub path: Arc<Path>,
    /// The content's digest.
    pub content: u64,
    /// Bytes of a block, about.
    pub block: usize,
}

impl Lane {
    /// Runs the rules on the records from `offset` on; returns where it ended.
    pub fn run(
        &self,
        pass: &mut Pass<'_, '_>,
        content: &mut dyn Content,
        offset: u64,
    ) -> ControlFlow<(), io::Result<u64>> {
        // What other files left to be taken in never ends early: a stop is always this lane's own.
        let mut at = offset;
        loop {
            let room = pass.rooms.pop().unwrap_or_default();
            let bytes = match self.read(content, at, room) {
                Ok(bytes) => bytes,
                Err(error) => {
                    return match finish(pass)? {
                        Some(stop) => ControlFlow::Continue(Ok(stop)),
                        None => ControlFlow::Continue(Err(error)),
                    };
                }
            };
            let length = bytes.len() as u64;
            if length == 0 {
                let stop = finish(pass)?;
                return ControlFlow::Continue(Ok(stop.unwrap_or(at)));
            }
            while pass.crew.is_busy() {
                if let Some(stop) = pass.take_in()? {
                    pass.crew.give_up();
                    return ControlFlow::Continue(Ok(stop));
                }
            }
            pass.crew.give(Work::Block(Block {
                kind: self.kind,
                path: Arc::clone(&self.path),
                content: self.content,
                offset: at,
                bytes,
            }));
            at += length;
        }
    }

    /// Reads whole records into `bytes`, whatever that held; nothing when none ends within a block.
    fn read(
        &self,
        content: &mut dyn Content,
        offset: u64,
        mut bytes: Vec<u8>,
    ) -> io::Result<Vec<u8>> {
        bytes.resize(self.block, 0);
        let mut filled = 0;
        while filled < bytes.len() {
            match content.read_at(offset + filled as u64, &mut bytes[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        let read = &bytes[..filled];
        let end = match self.kind {
            decode::Lane::Lines => memrchr(b'\n', read).map(|end| end + 1),
            decode::Lane::Events => memmem::rfind(read, EVENT_END).map(|at| at + EVENT_END.len()),
        };
        bytes.truncate(end.unwrap_or(0));
        Ok(bytes)
    }
}

/// Takes in all work; returns where it ended early.
fn finish(pass: &mut Pass<'_, '_>) -> ControlFlow<(), Option<u64>> {
    while pass.crew.has_work() {
        if let Some(stop) = pass.take_in()? {
            pass.crew.give_up();
            return ControlFlow::Continue(Some(stop));
        }
    }
    ControlFlow::Continue(None)
}

/// How much the ordinary decoder reads before a lane is tried again: more, each time that one did not go far.
#[derive(Debug, Default)]
pub struct Patience(u32);

impl Patience {
    /// Returns the budget after a lane that went `length` bytes.
    pub fn after(&mut self, length: u64, block: usize) -> Budget {
        /// Records that the decoder reads after a first surprise.
        const FIRST: usize = 16;
        if length >= block as u64 {
            self.0 = 0;
        }
        let records = FIRST << self.0.min(20);
        self.0 += 1;
        Budget {
            records: records.min(STRETCH.records),
            ..STRETCH
        }
    }
}
