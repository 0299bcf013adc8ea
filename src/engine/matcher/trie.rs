//! Beginnings of a text, found byte by byte.
//!
//! Takes byte strings with an entry each; gives the entries of those that a text begins with. Run over a text from its
//! end, it finds endings.

use super::Entry;

#[derive(Debug, Default)]
struct Node {
    next: Vec<(u8, u32)>,
    entries: Vec<Entry>,
}

/// A trie over bytes.
#[derive(Debug, Default)]
pub struct Trie(Vec<Node>);

impl Trie {
    /// Adds a byte string.
    pub fn add(&mut self, bytes: impl Iterator<Item = u8>, entry: Entry) {
        if self.0.is_empty() {
            self.0.push(Node::default());
        }
        let mut at = 0;
        for byte in bytes {
            at = match self.step(at, byte) {
                Some(next) => next,
                None => self.grow(at, byte),
            };
        }
        self.0[at].entries.push(entry);
    }

    fn grow(&mut self, at: usize, byte: u8) -> usize {
        let fresh = self.0.len();
        self.0.push(Node::default());
        self.0[at].next.push((byte, fresh as u32));
        fresh
    }

    fn step(&self, at: usize, byte: u8) -> Option<usize> {
        let next = &self.0[at].next;
        let found = next.iter().find(|(known, _)| *known == byte)?;
        Some(found.1 as usize)
    }

    /// Calls `see` with the entry of each byte string that `bytes` begins with.
    pub fn find(&self, bytes: impl Iterator<Item = u8>, see: &mut impl FnMut(Entry)) {
        let Some(root) = self.0.first() else { return };
        root.entries.iter().for_each(|entry| see(*entry));
        let mut at = 0;
        for byte in bytes {
            let Some(next) = self.step(at, byte) else {
                return;
            };
            at = next;
            self.0[at].entries.iter().for_each(|entry| see(*entry));
        }
    }
}
