//! Plain texts to look for in a value: the whole of it, its beginning, its end, or anywhere.
//!
//! Takes texts with an entry each; gives the entries of those that are found.

use std::sync::OnceLock;

use aho_corasick::packed::Searcher;
use foldhash::HashMap;

use super::Entry;
use super::trie::Trie;
use crate::lang::grams::Grams;

/// So few texts are searched for many bytes at a time; only from the first that is found on is every byte looked at.
const GATED_TEXTS: usize = 64;

/// Shorter texts are found so often that a gate is no help.
const SHORTEST_GATED: usize = 3;

/// In shorter values a gate does not pay.
const GATED_LENGTH: usize = 48;

/// Texts that are found anywhere in a value.
#[derive(Debug, Default)]
struct Inside {
    texts: Vec<Box<[u8]>>,
    /// Made for the first value: most classes of events have a few events or none.
    table: OnceLock<(Grams, Option<Searcher>)>,
}

impl Inside {
    /// Calls `found` with the number of each text that is in `bytes`, some perhaps more than once.
    fn find(&self, bytes: &[u8], found: &mut impl FnMut(usize)) {
        if self.texts.is_empty() {
            return;
        }
        let table = || (Grams::new(&self.texts), gate(&self.texts));
        let (grams, gate) = self.table.get_or_init(table);
        let start = match gate {
            Some(gate) if bytes.len() >= GATED_LENGTH => gate.find(bytes).map(|hit| hit.start()),
            _ => Some(0),
        };
        // No text begins before the first that the gate found.
        if let Some(start) = start {
            grams.find(&self.texts, &bytes[start..], found);
        }
    }
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
    fn texts_are_found_where_they_are_looked_for() {
        let mut builder = TextsBuilder::default();
        builder.whole("lsass", Entry::Leaf(0));
        builder.prefix("lsa", Entry::Leaf(1));
        builder.suffix("ass", Entry::Leaf(2));
        builder.inside("sas", Entry::Leaf(3));
        builder.inside("lsass.exe", Entry::Leaf(4));
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
        assert_eq!(found("lsass"), [0, 1, 2, 3]);
        assert_eq!(found("lsass.exe"), [1, 3, 4]);
        assert_eq!(found("xlsas"), [3]);
        assert!(found("").is_empty());
        // Long enough for the search of many bytes at a time.
        let long = |text: &str| format!("{}{text}", "x".repeat(2 * GATED_LENGTH));
        assert_eq!(found(&long("lsass.exe")), [3, 4]);
        assert_eq!(found(&long("lsas")), [3]);
        assert!(found(&long("lsa.exe")).is_empty());
    }
}
