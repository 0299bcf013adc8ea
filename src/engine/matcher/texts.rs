//! Plain texts to look for in a value: the whole of it, its beginning, its end, or anywhere.
//!
//! Takes texts with an entry each; gives the entries of those that are found.

use aho_corasick::packed::Searcher;
use aho_corasick::{AhoCorasick, AhoCorasickKind, Input};
use foldhash::HashMap;

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

/// How texts are found anywhere in a value.
#[derive(Debug, Default)]
enum Inside {
    #[default]
    Nothing,
    Automaton(AhoCorasick, Option<Searcher>),
    /// One after the other, should there be too many for an automaton.
    Each(Vec<Box<[u8]>>),
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
    patterns: Vec<Box<[u8]>>,
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
        let next = self.patterns.len();
        let at = *self.known.entry(text.as_bytes().into()).or_insert(next);
        if at == next {
            self.patterns.push(text.as_bytes().into());
            self.texts.entries.push(Vec::new());
        }
        self.texts.entries[at].push(entry);
    }

    pub fn build(self) -> Texts {
        let mut texts = self.texts;
        if self.patterns.is_empty() {
            return texts;
        }
        let bytes: usize = self.patterns.iter().map(|text| text.len()).sum();
        let kind = if bytes <= FAST_BYTES {
            AhoCorasickKind::DFA
        } else {
            AhoCorasickKind::ContiguousNFA
        };
        let automaton = AhoCorasick::builder()
            .kind(Some(kind))
            .build(&self.patterns);
        texts.inside = match automaton {
            Ok(automaton) => Inside::Automaton(automaton, gate(&self.patterns)),
            Err(_) => Inside::Each(self.patterns),
        };
        texts
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
        match &self.inside {
            Inside::Nothing => {}
            Inside::Automaton(automaton, gate) => {
                let start = match gate {
                    Some(gate) if bytes.len() >= GATED_LENGTH => {
                        gate.find(bytes).map(|hit| hit.start())
                    }
                    _ => Some(0),
                };
                // No text begins before the first that the gate found.
                if let Some(start) = start {
                    automaton
                        .find_overlapping_iter(Input::new(bytes).range(start..))
                        .for_each(|hit| found(hit.pattern().as_usize()));
                }
            }
            Inside::Each(patterns) => {
                for (at, pattern) in patterns.iter().enumerate() {
                    if memchr::memmem::find(bytes, pattern).is_some() {
                        found(at);
                    }
                }
            }
        }
    }
}
