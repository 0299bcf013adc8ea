//! Many texts to look for anywhere in a value, in one pass.
//!
//! Takes texts; gives, for a value, the numbers of those that are in it. Of each text the four bytes in a row that are the
//! rarest in logs are kept in a table; a pass over the value looks each four bytes up, and compares the texts that have
//! them. To make the table takes a fraction of what an automaton takes in time and in memory, which tells where there are
//! many classes of events, most with a few.

pub mod bits;

use foldhash::{HashMap, HashMapExt};

use bits::{Bits, GRAM, frequency, gram};

/// Bits of the table of grams for each text, and of the largest one: 64 kilobytes.
const BITS_PER_TEXT: usize = 32;
const MOST_BITS: u32 = 19;

/// Counters of grams, by a part of their hash.
const COUNTERS: u32 = 14;

/// What a gram that twice as many texts have weighs more than another: as one byte that is met in every log.
const SHARED: u32 = 8;

/// No further text.
const NONE: u32 = u32::MAX;

/// Where a gram of a text lies.
#[derive(Debug, Clone, Copy)]
struct Place {
    gram: u32,
    text: u32,
    /// Behind how many bytes of the text.
    offset: u32,
    /// The next place with the same head.
    next: u32,
}

/// The texts of fewer bytes than a gram has.
#[derive(Debug)]
struct Short {
    /// Of each two bytes whether a text begins with them, and which do.
    pairs: Box<[u64; 1 << 10]>,
    texts: HashMap<usize, Vec<u32>>,
}

/// A table of texts.
#[derive(Debug)]
pub struct Grams {
    bits: Bits,
    /// Of each few bits that a gram may have the first place, by the upper bits of its hash.
    heads: Box<[u32]>,
    head_shift: u32,
    places: Box<[Place]>,
    short: Option<Short>,
    /// Texts of one byte, and of none.
    single: Vec<u32>,
}

impl Grams {
    /// Returns the table of these texts.
    pub fn new(texts: &[Box<[u8]>]) -> Self {
        let heads = texts.len().next_power_of_two().ilog2().clamp(1, 16);
        let mut grams = Self {
            bits: Bits::of(texts.len() * BITS_PER_TEXT, MOST_BITS),
            heads: vec![NONE; 1 << heads].into(),
            head_shift: u32::BITS - heads,
            places: Box::default(),
            short: None,
            single: Vec::new(),
        };
        let shared = Shared::of(texts);
        let mut places = Vec::with_capacity(texts.len());
        for (number, text) in texts.iter().enumerate() {
            let number = number as u32;
            match text.len() {
                0 | 1 => grams.single.push(number),
                2 | 3 => grams.add_short(number, text),
                _ => grams.add(number, text, &shared, &mut places),
            }
        }
        grams.places = places.into();
        grams
    }

    fn add_short(&mut self, number: u32, text: &[u8]) {
        let short = self.short.get_or_insert_with(|| Short {
            pairs: Box::new([0; 1 << 10]),
            texts: HashMap::new(),
        });
        let pair = pair(text, 0);
        short.pairs[pair >> 6] |= 1 << (pair & 63);
        short.texts.entry(pair).or_default().push(number);
    }

    fn add(&mut self, number: u32, text: &[u8], shared: &Shared, places: &mut Vec<Place>) {
        let rare = |at: &usize| -> u32 {
            frequency(&text[*at..*at + GRAM]) + SHARED * shared.count(text, *at).ilog2()
        };
        let offset = (0..=text.len() - GRAM).min_by_key(rare).unwrap_or_default();
        let Some(gram) = gram(text, offset) else {
            return;
        };
        self.bits.add(gram);
        let head = &mut self.heads[head(gram, self.head_shift)];
        places.push(Place {
            gram,
            text: number,
            offset: offset as u32,
            next: *head,
        });
        *head = places.len() as u32 - 1;
    }

    /// Calls `found` with the number of each of the texts, those it was made of, that is in `bytes`, some perhaps more than
    /// once.
    pub fn find(&self, texts: &[Box<[u8]>], bytes: &[u8], found: &mut impl FnMut(usize)) {
        let mut at = 0;
        while let Some(gram) = gram(bytes, at) {
            if self.bits.may_have(gram) {
                self.compare(gram, texts, bytes, at, found);
            }
            at += 1;
        }
        self.find_short(texts, bytes, found);
        for number in &self.single {
            let there = match *texts[*number as usize] {
                [byte] => memchr::memchr(byte, bytes).is_some(),
                _ => true,
            };
            if there {
                found(*number as usize);
            }
        }
    }

    /// Compares the texts that have the gram which lies at `at`.
    #[cold]
    fn compare(
        &self,
        gram: u32,
        texts: &[Box<[u8]>],
        bytes: &[u8],
        at: usize,
        found: &mut impl FnMut(usize),
    ) {
        let mut next = self.heads[head(gram, self.head_shift)];
        while let Some(place) = self.places.get(next as usize) {
            next = place.next;
            if place.gram != gram {
                continue;
            }
            let text = &*texts[place.text as usize];
            let start = at.checked_sub(place.offset as usize);
            let there = start.and_then(|start| bytes.get(start..start + text.len()));
            if there == Some(text) {
                found(place.text as usize);
            }
        }
    }

    fn find_short(&self, texts: &[Box<[u8]>], bytes: &[u8], found: &mut impl FnMut(usize)) {
        let Some(short) = &self.short else { return };
        for at in 0..bytes.len().saturating_sub(1) {
            let pair = pair(bytes, at);
            if short.pairs[pair >> 6] & (1 << (pair & 63)) == 0 {
                continue;
            }
            for number in short.texts.get(&pair).into_iter().flatten() {
                if bytes[at..].starts_with(&texts[*number as usize]) {
                    found(*number as usize);
                }
            }
        }
    }
}

/// How many texts have each gram, or more.
struct Shared(Vec<u16>);

impl Shared {
    fn of(texts: &[Box<[u8]>]) -> Self {
        let mut counts = vec![0_u16; 1 << COUNTERS];
        for text in texts {
            for at in 0..(text.len() + 1).saturating_sub(GRAM) {
                if let Some(gram) = gram(text, at) {
                    let count = &mut counts[head(gram, u32::BITS - COUNTERS)];
                    *count = count.saturating_add(1);
                }
            }
        }
        Self(counts)
    }

    fn count(&self, text: &[u8], at: usize) -> u32 {
        let count = gram(text, at).map(|gram| self.0[head(gram, u32::BITS - COUNTERS)]);
        u32::from(count.unwrap_or_default()).max(1)
    }
}

/// Returns the two bytes at `at`, which must be there.
const fn pair(bytes: &[u8], at: usize) -> usize {
    bytes[at] as usize | (bytes[at + 1] as usize) << 8
}

/// Returns which head leads to a gram's places.
const fn head(gram: u32, shift: u32) -> usize {
    (gram.wrapping_mul(0x85eb_ca6b) >> shift) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_search_for_each_text_finds(
            texts in proptest::collection::vec("[ab\\\\.]{0,7}", 0..40),
            value in "[ab\\\\.]{0,40}",
        ) {
            let texts: Vec<Box<[u8]>> = texts.iter().map(|text| text.as_bytes().into()).collect();
            let grams = Grams::new(&texts);
            let mut found = Vec::new();
            grams.find(&texts, value.as_bytes(), &mut |number| found.push(number));
            found.sort_unstable();
            found.dedup();
            let is_in = |text: &[u8]| memchr::memmem::find(value.as_bytes(), text).is_some();
            let each = (0..texts.len()).filter(|number| is_in(&texts[*number]));
            prop_assert_eq!(found, each.collect::<Vec<_>>());
        }
    }
}
