//! Plain texts to look for in a value: the whole of it, its beginning, its end, or anywhere.
//!
//! Takes texts with an entry each; gives the entries of those that are found.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use aho_corasick::packed::Searcher;
use aho_corasick::{AhoCorasick, AhoCorasickKind, Input};
use foldhash::HashMap;
use memchr::memmem;

use super::Entry;
use super::trie::Trie;

/// An automaton of texts with no more bytes in all is built as a table for every state and class of bytes: two to three
/// times as fast, and of a few megabytes at most.
const FAST_BYTES: usize = 12 << 10;

/// So few texts are searched for many bytes at a time; only from the first that is found on does the automaton go.
const GATED_TEXTS: usize = 64;

/// Shorter texts are found so often that a gate is no help.
const SHORTEST_GATED: usize = 3;

/// In shorter values a gate does not pay.
const GATED_LENGTH: usize = 48;

/// Texts are looked for one after the other in so many bytes, and as much for each value as [`VALUE`] says, before their
/// automaton is made: to make it takes about as long (both grow with the number of texts), and most classes of events have a
/// few events or none.
const EARLY: u64 = 8 << 10;

/// Bytes that the start of a search counts for.
const VALUE: u64 = 64;

/// Texts that are found anywhere in a value.
#[derive(Debug, Default)]
struct Inside {
    texts: Vec<Box<[u8]>>,
    /// How much was searched without the automaton.
    early: AtomicU64,
    /// `None` when there are too many texts for one.
    automaton: OnceLock<Option<(AhoCorasick, Option<Searcher>)>>,
}

impl Inside {
    /// Calls `found` with the number of each text that is in `bytes`, some perhaps more than once.
    fn find(&self, bytes: &[u8], found: &mut impl FnMut(usize)) {
        if self.texts.is_empty() {
            return;
        }
        if self.automaton.get().is_none() {
            let more = VALUE + bytes.len() as u64;
            if self.early.fetch_add(more, Ordering::Relaxed) < EARLY {
                return self.each(bytes, found);
            }
        }
        let automaton = self.automaton.get_or_init(|| automaton(&self.texts));
        let Some((automaton, gate)) = automaton else {
            return self.each(bytes, found);
        };
        let start = match gate {
            Some(gate) if bytes.len() >= GATED_LENGTH => gate.find(bytes).map(|hit| hit.start()),
            _ => Some(0),
        };
        // No text begins before the first that the gate found.
        if let Some(start) = start {
            automaton
                .find_overlapping_iter(Input::new(bytes).range(start..))
                .for_each(|hit| found(hit.pattern().as_usize()));
        }
    }

    fn each(&self, bytes: &[u8], found: &mut impl FnMut(usize)) {
        for (at, text) in self.texts.iter().enumerate() {
            if memmem::find(bytes, text).is_some() {
                found(at);
            }
        }
    }
}

fn automaton(texts: &[Box<[u8]>]) -> Option<(AhoCorasick, Option<Searcher>)> {
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    let kind = if bytes <= FAST_BYTES {
        AhoCorasickKind::DFA
    } else {
        AhoCorasickKind::ContiguousNFA
    };
    let automaton = AhoCorasick::builder().kind(Some(kind)).build(texts).ok()?;
    Some((automaton, gate(texts)))
}

/// Texts to look for.
#[derive(Debug, Default)]
pub struct Texts {
    whole: HashMap<Box<[u8]>, Vec<Entry>>,
    prefixes: Trie,
    suffixes: Trie,
    inside: Inside,
    /// Entries of each text of `inside`.
    entries: Vec<Vec<Entry>>,
}

/// Collects texts for [`Texts`].
#[derive(Debug, Default)]
pub struct TextsBuilder {
    texts: Texts,
    known: HashMap<Box<[u8]>, usize>,
}

impl TextsBuilder {
    pub fn whole(&mut self, text: &str, entry: Entry) {
        let entries = self.texts.whole.entry(text.as_bytes().into());
        entries.or_default().push(entry);
    }

    pub fn prefix(&mut self, text: &str, entry: Entry) {
        self.texts.prefixes.add(text.bytes(), entry);
    }

    pub fn suffix(&mut self, text: &str, entry: Entry) {
        self.texts.suffixes.add(text.bytes().rev(), entry);
    }

    pub fn inside(&mut self, text: &str, entry: Entry) {
        let next = self.texts.inside.texts.len();
        let at = *self.known.entry(text.as_bytes().into()).or_insert(next);
        if at == next {
            self.texts.inside.texts.push(text.as_bytes().into());
            self.texts.entries.push(Vec::new());
        }
        self.texts.entries[at].push(entry);
    }

    pub fn build(self) -> Texts {
        self.texts
    }
}

/// Returns a searcher that finds the first of the texts; `None` where it is no help.
fn gate(patterns: &[Box<[u8]>]) -> Option<Searcher> {
    let few = patterns.len() <= GATED_TEXTS;
    let long = patterns.iter().all(|text| text.len() >= SHORTEST_GATED);
    if few && long {
        Searcher::new(patterns)
    } else {
        None
    }
}

impl Texts {
    /// Calls `see` with the entry of each text that is found in `bytes`, some perhaps more than once.
    pub fn find(&self, bytes: &[u8], see: &mut impl FnMut(Entry)) {
        if let Some(entries) = self.whole.get(bytes) {
            for entry in entries {
                see(*entry);
            }
        }
        self.prefixes.find(bytes.iter().copied(), see);
        self.suffixes.find(bytes.iter().rev().copied(), see);
        let mut found = |at: usize| self.entries[at].iter().for_each(|entry| see(*entry));
        self.inside.find(bytes, &mut found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_automaton_finds_what_a_search_for_each_text_finds() {
        let mut builder = TextsBuilder::default();
        for (leaf, text) in ["ab", "b", "abc", "", "aa"].into_iter().enumerate() {
            builder.inside(text, Entry::Leaf(leaf as u32));
        }
        let texts = builder.build();
        let found = |value: &str| {
            let mut found = Vec::new();
            texts.find(value.as_bytes(), &mut |entry| {
                if let Entry::Leaf(leaf) = entry {
                    found.push(leaf);
                }
            });
            found.sort_unstable();
            found.dedup();
            found
        };
        let values = ["", "a", "xabcx", "aaab", "cba"];
        let early = values.map(found);
        assert_eq!(
            early,
            [
                vec![3],
                vec![3],
                vec![0, 1, 2, 3],
                vec![0, 1, 3, 4],
                vec![1, 3]
            ]
        );
        assert!(texts.inside.automaton.get().is_none());
        found(&"x".repeat(EARLY as usize));
        assert_eq!(values.map(found), early);
        assert!(texts.inside.automaton.get().is_some());
    }
}
