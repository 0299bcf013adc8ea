//! What one thread does with a piece of work.
//!
//! Takes a block of lines, or records; gives what the rules find in them.

use std::path::Path;
use std::sync::Arc;

use memchr::memchr;

use crate::decode::{Item, Record, Unreadable, record_of_line};
use crate::engine::{Engine, Matches, Sieve, Verdict};
use crate::event::Event;

/// A piece of work.
#[derive(Debug)]
pub enum Work {
    Lines(Block),
    Items(Vec<Item>),
}

/// Whole lines of a content.
#[derive(Debug)]
pub struct Block {
    pub path: Arc<Path>,
    /// The content's digest.
    pub content: u64,
    /// Where the first line begins.
    pub offset: u64,
    pub bytes: Vec<u8>,
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Done {
    pub events: u64,
    /// Events that were built.
    pub built: u64,
    /// Lines that only their whole events could tell.
    pub odd: u64,
    pub matches: Matches,
    pub unreadable: Vec<Unreadable>,
    /// Where the first line stands that is no record by itself; the lines from there on were left.
    pub stop: Option<u64>,
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
            Work::Lines(block) => self.lines(&block, &mut done),
            Work::Items(items) => {
                for item in items {
                    match item {
                        Item::Record(record) => self.record(*record, None, &mut done),
                        Item::Unreadable(unreadable) => done.unreadable.push(unreadable),
                    }
                }
            }
        }
        done
    }

    fn lines(&mut self, block: &Block, done: &mut Done) {
        let mut at = 0;
        while at < block.bytes.len() {
            let rest = &block.bytes[at..];
            let length = memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..length];
            let blank = line.iter().take_while(|byte| b" \t\r,".contains(byte));
            let blank = blank.count();
            if blank < length && !self.line(block, at + blank, &line[blank..], done) {
                done.stop = Some(block.offset + at as u64);
                return;
            }
            at += length + 1;
        }
    }

    /// Runs the rules on the record of a line; false when it is none by itself.
    fn line(&mut self, block: &Block, at: usize, line: &[u8], done: &mut Done) -> bool {
        let places = match self.engine.look(&mut self.sieve, line) {
            Verdict::Sound([]) => {
                done.events += 1;
                return true;
            }
            Verdict::Sound(places) => Some(places.to_vec()),
            Verdict::Odd => {
                done.odd += 1;
                None
            }
        };
        let offset = block.offset + at as u64;
        match record_of_line(&block.path, block.content, offset, line) {
            Some(record) => {
                self.record(record, places.as_deref(), done);
                true
            }
            None => false,
        }
    }

    fn record(&mut self, record: Record, places: Option<&[usize]>, done: &mut Done) {
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
