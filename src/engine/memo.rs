//! Which leaves a value passes, remembered.
//!
//! Takes a value's bytes; gives the leaves that were found for equal bytes before. Bounded: a memo that is full begins
//! again, and one that seldom helps is given up.

use foldhash::{HashMap, HashMapExt};

use super::matcher::LeafId;

/// Longer values are seldom seen again.
const LONGEST: usize = 512;

/// Bytes of values and leaves that one memo keeps, about: first, and, where it helps, at most.
const FIRST_BYTES: usize = 8 << 10;
const MOST_BYTES: usize = 64 << 10;

/// What an entry costs beside its bytes, about.
const ENTRY: usize = 64;

/// After so many values a memo that found fewer than one in [`WORTH`] is given up.
const TRIAL: u32 = 4096;
const WORTH: u32 = 4;

/// The memo of one input.
#[derive(Debug)]
pub struct Memo {
    known: HashMap<Box<[u8]>, Box<[LeafId]>>,
    bytes: usize,
    limit: usize,
    asked: u32,
    found: u32,
    given_up: bool,
}

impl Default for Memo {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
            bytes: 0,
            limit: FIRST_BYTES,
            asked: 0,
            found: 0,
            given_up: false,
        }
    }
}

impl Memo {
    /// Returns the leaves of a value that is known.
    pub fn get(&mut self, value: &[u8]) -> Option<&[LeafId]> {
        if self.given_up || value.len() > LONGEST {
            return None;
        }
        self.asked += 1;
        let found = self.known.get(value).map(AsRef::as_ref);
        self.found += u32::from(found.is_some());
        found
    }

    /// Remembers the leaves of a value.
    pub fn put(&mut self, value: &[u8], leaves: &[LeafId]) {
        if self.given_up || value.len() > LONGEST {
            return;
        }
        if self.asked >= TRIAL {
            if self.found < self.asked / WORTH {
                *self = Self {
                    given_up: true,
                    ..Self::default()
                };
                return;
            }
            (self.asked, self.found) = (0, 0);
        }
        let size = ENTRY + value.len() + size_of_val(leaves);
        if self.bytes + size > self.limit {
            if self.found >= self.asked / 2 && self.limit < MOST_BYTES {
                self.limit *= 2;
            } else {
                self.known.clear();
                self.bytes = 0;
            }
        }
        self.bytes += size;
        self.known.insert(value.into(), leaves.into());
    }

    /// A memo that remembers nothing.
    pub fn off() -> Self {
        Self {
            given_up: true,
            known: HashMap::new(),
            ..Self::default()
        }
    }
}
