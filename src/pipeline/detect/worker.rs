//! What one thread does with a piece of work.
//!
//! Takes a block of text, a chunk of a binary log, or records; gives what the rules find in them.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use memchr::{memchr, memmem};

use crate::decode::{
    EVENT_END, Format, Item, Lane, Piece, Place, Record, Unreadable, record_of_event,
    record_of_line,
};
use crate::engine::{Candidate, Engine, Matches, Sieve, Verdict};
use crate::event::Event;

/// A piece of work.
#[derive(Debug)]
pub enum Work {
    Block(Block),
    Piece(Piece),
    Items(Vec<Item>),
}

/// Whole lines or events of a content.
#[derive(Debug)]
pub struct Block {
    pub kind: Lane,
    pub path: Arc<Path>,
    /// The content's digest.
    pub content: u64,
    /// Where the first one begins.
    pub offset: u64,
    pub bytes: Vec<u8>,
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Done {
    pub events: u64,
    /// Events that were built.
    pub built: u64,
    /// Records that only their whole events could tell.
    pub odd: u64,
    pub matches: Matches,
    pub unreadable: Vec<Unreadable>,
    /// Where the first one stands that is no record by itself; what comes from there on was left.
    pub stop: Option<u64>,
    /// The room of a block, for the next one.
    pub room: Option<Vec<u8>>,
}

/// A thread's own tools.
#[derive(Debug)]
pub struct Worker<'e> {
    engine: &'e Engine,
    sieve: Sieve,
}

impl<'e> Worker<'e> {
    /// Returns a worker that runs the rules of `engine`.
    #[must_use]
    pub fn new(engine: &'e Engine, memo: bool) -> Self {
        Self {
            engine,
            sieve: Sieve::new(memo),
        }
    }

    /// Does a piece of work.
    pub fn run(&mut self, work: Work) -> Done {
        let mut done = Done::default();
        match work {
            Work::Block(block) => {
                done.stop = match block.kind {
                    Lane::Lines => self.lines(&block, &mut done),
                    Lane::Events => self.events(&block, &mut done),
                }
                .map(|at| block.offset + at as u64);
                done.room = Some(block.bytes);
            }
            Work::Piece(piece) => {
                piece.each(&mut |drawn| {
                    let Some(xml) = drawn.xml() else {
                        return self.item(drawn.item(), None, &mut done);
                    };
                    match self.look(xml.as_bytes(), &mut done) {
                        Looked::Passed => {}
                        Looked::Told(places) => {
                            let place = || drawn.place();
                            let known = Some(Format::Evtx);
                            if !self.unread(xml.as_bytes(), place, known, &places, &mut done) {
                                self.item(drawn.item(), Some(&places), &mut done);
                            }
                        }
                        Looked::Odd => self.item(drawn.item(), None, &mut done),
                    }
                });
            }
            Work::Items(items) => {
                for item in items {
                    let Item::Record(record) = &item else {
                        self.item(item, None, &mut done);
                        continue;
                    };
                    match self.look(&record.raw, &mut done) {
                        Looked::Passed => {}
                        Looked::Told(places) => self.item(item, Some(&places), &mut done),
                        Looked::Odd => self.item(item, None, &mut done),
                    }
                }
            }
        }
        done
    }

    /// Runs the rules on each line; returns where the first stands that is no record.
    fn lines(&mut self, block: &Block, done: &mut Done) -> Option<usize> {
        let mut at = 0;
        while at < block.bytes.len() {
            let rest = &block.bytes[at..];
            let length = memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..length];
            let blank = line.iter().take_while(|byte| b" \t\r,".contains(byte));
            let blank = blank.count();
            if blank < length {
                let whole = at + blank..at + length;
                let read =
                    |offset, text: &[u8]| record_of_line(&block.path, block.content, offset, text);
                if !self.text(block, whole, read, done) {
                    return Some(at);
                }
            }
            at += length + 1;
        }
        None
    }

    /// The same for events.
    fn events(&mut self, block: &Block, done: &mut Done) -> Option<usize> {
        let end = memmem::Finder::new(EVENT_END);
        let mut at = 0;
        loop {
            let rest = &block.bytes[at..];
            let blank = rest.iter().take_while(|byte| b" \t\r\n".contains(byte));
            let from = at + blank.count();
            if from == block.bytes.len() {
                return None;
            }
            let Some(length) = end.find(&block.bytes[from..]) else {
                return Some(at);
            };
            let whole = from..from + length + EVENT_END.len();
            let read =
                |offset, text: &[u8]| record_of_event(&block.path, block.content, offset, text);
            if !self.text(block, whole.clone(), read, done) {
                return Some(at);
            }
            at = whole.end;
        }
    }

    /// Runs the rules on the record that a part of a block is; false when it is none by itself.
    fn text(
        &mut self,
        block: &Block,
        whole: Range<usize>,
        read: impl Fn(u64, &[u8]) -> Option<Record>,
        done: &mut Done,
    ) -> bool {
        let (offset, text) = (block.offset + whole.start as u64, &block.bytes[whole]);
        let places = match self.look(text, done) {
            Looked::Passed => return true,
            Looked::Told(places) => Some(places),
            Looked::Odd => None,
        };
        let place = || Place {
            path: Arc::clone(&block.path),
            offset,
            length: text.len() as u64,
            content: block.content,
        };
        if let Some(places) = &places
            && self.unread(text, place, None, places, done)
        {
            return true;
        }
        match read(offset, text) {
            Some(record) => {
                self.record(record, places.as_deref(), done);
                true
            }
            None => false,
        }
    }

    /// Hands the event of the text that was looked at to the rules without reading it; false when they have to read it.
    fn unread(
        &mut self,
        text: &[u8],
        place: impl FnOnce() -> Place,
        known: Option<Format>,
        places: &[Candidate],
        done: &mut Done,
    ) -> bool {
        if !self.engine.are_told(places) {
            return false;
        }
        let Some(event) = self.sieve.outline(text, place(), known) else {
            return false;
        };
        done.events += 1;
        let event = Arc::new(event);
        self.engine.observe_at(&event, places, &mut done.matches);
        true
    }

    /// Looks at a record's text.
    fn look(&mut self, text: &[u8], done: &mut Done) -> Looked {
        match self.engine.look(&mut self.sieve, text) {
            Verdict::Sound([]) => {
                done.events += 1;
                Looked::Passed
            }
            Verdict::Sound(places) => Looked::Told(places.to_vec()),
            Verdict::Odd => {
                done.odd += 1;
                Looked::Odd
            }
        }
    }

    fn item(&self, item: Item, places: Option<&[Candidate]>, done: &mut Done) {
        match item {
            Item::Record(record) => self.record(*record, places, done),
            Item::Unreadable(unreadable) => done.unreadable.push(unreadable),
        }
    }

    fn record(&self, record: Record, places: Option<&[Candidate]>, done: &mut Done) {
        match Event::from_record(record) {
            Ok(event) => {
                done.events += 1;
                done.built += 1;
                let event = Arc::new(event);
                match places {
                    Some(places) => self.engine.observe_at(&event, places, &mut done.matches),
                    None => self.engine.observe(&event, &mut done.matches),
                }
            }
            Err(unreadable) => done.unreadable.push(unreadable),
        }
    }
}

/// What the sieve says of a record's text.
enum Looked {
    /// No rule fires on it.
    Passed,
    /// These may.
    Told(Vec<Candidate>),
    /// Any may.
    Odd,
}
