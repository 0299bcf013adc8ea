//! Whether any of some tests can pass on a value, told from the bytes that stand in the record.
//!
//! Takes tests; gives a gate, which takes a value's raw bytes. A text that a test needs has some places of four bytes
//! in a row, of which a search that goes forward by so many bytes must meet one. A value is thus read once, at every few
//! bytes, without resolving its escapes or folding its letters; the few texts that are too short for that are [searched
//! for](short) by themselves. What the gate sees may fail the tests all the same; what it does not see, fails them.

mod common;
mod short;

use foldhash::{HashMap, HashSet};
use memchr::memchr2_iter;

use super::fold::is_clean;
use super::literal;
use crate::lang::grams::bits::{Bits, GRAM, frequency, gram};
use crate::lang::ir::Test;
pub use common::Common;
use short::Short;

/// Most bytes that a search goes forward by.
const MAX_STRIDE: usize = 8;

/// What it costs to look for short texts at all, and for each, as a part of what it costs to look at each place.
const SHORTS_COST: f64 = 0.06;
const SHORT_COST: f64 = 0.03;
const MAX_SHORT: usize = 16;

/// Bits of the table for each gram in it, and of the largest table: eight kilobytes.
const BITS_PER_GRAM: usize = 64;
const MOST_BITS: u32 = 16;

/// Sets the bit in which capitals differ from small letters; other bytes that this makes equal do no harm.
const FOLD: u32 = 0x2020_2020;

/// How a record writes a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Between the quotes of a JSON string, without codes.
    Json,
    /// As it is.
    Plain,
}

/// Texts of which one is enough.
type AnyText = Box<[Box<[u8]>]>;

/// A text that a value must hold for a test to pass. Letters are folded.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Needed {
    text: Box<[u8]>,
    /// Of each of these one must be in it besides.
    beside: Vec<AnyText>,
}

/// What a gate finds in a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// None of its texts.
    Nothing,
    /// Texts, each without what must be beside it.
    Alone,
    /// What a test may pass on.
    Seen,
}

/// A gate.
#[derive(Debug, Default)]
pub struct Gate {
    stride: usize,
    bits: Bits,
    /// Where a gram lies: in which text, and behind how many of its bytes.
    places: HashMap<u32, Vec<(u32, u32)>>,
    texts: Vec<Needed>,
    /// Those that are looked for by themselves.
    short: Vec<Short>,
    shortest: usize,
}

impl Gate {
    /// Returns the gate of `tests` for values in that form; `None` where one of them needs no text that is long enough.
    /// `common` counted some of the values.
    pub fn new<'t>(
        tests: impl IntoIterator<Item = &'t Test>,
        form: Form,
        common: Option<&Common>,
    ) -> Option<Self> {
        let mut texts = HashSet::default();
        for test in tests {
            needs(test, form, &mut texts)?;
        }
        let mut texts: Vec<Needed> = texts.into_iter().collect();
        texts.sort_unstable_by_key(|needed| needed.text.len());
        let Some(shortest) = texts.first().map(|needed| needed.text.len()) else {
            return Some(Self::default());
        };
        if shortest < GRAM {
            return None;
        }
        let (stride, short) = stride(&texts);
        let mut gate = Self {
            stride,
            bits: Bits::of((texts.len() - short) * stride * BITS_PER_GRAM, MOST_BITS),
            places: HashMap::default(),
            short: Vec::new(),
            texts,
            shortest,
        };
        for at in 0..gate.texts.len() {
            if at < short {
                let short = Short::of(&gate.texts[at].text, at as u32, frequency)?;
                gate.short.push(short);
            } else {
                gate.add(at, common);
            }
        }
        Some(gate)
    }

    /// Adds the grams of a text: as many in a row as the stride has bytes, the rarest that there are.
    fn add(&mut self, at: usize, common: Option<&Common>) {
        let text = &self.texts[at].text;
        let starts = 0..=text.len() + 1 - GRAM - self.stride;
        let length = self.stride + GRAM - 1;
        let met = |start: usize| -> u32 {
            let grams = (start..start + self.stride).filter_map(|offset| folded(text, offset));
            let counts = grams.map(|gram| common.map_or(0, |common| common.often(gram)));
            counts.sum()
        };
        let rare = |start: &usize| (met(*start), frequency(&text[*start..*start + length]));
        let start = starts.min_by_key(rare).unwrap_or_default();
        for offset in start..start + self.stride {
            let Some(gram) = folded(text, offset) else {
                continue;
            };
            self.bits.add(gram);
            let places = self.places.entry(gram).or_default();
            places.push((at as u32, offset as u32));
        }
    }

    /// Returns whether a test may pass on the value that stands there as `raw`.
    #[must_use]
    pub fn sees(&self, raw: &[u8]) -> bool {
        self.search(raw) == Met::Seen
    }

    /// Returns whether nothing is ever seen.
    pub const fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Returns how many bytes the longest text has.
    pub fn longest(&self) -> usize {
        self.texts.last().map_or(0, |needed| needed.text.len())
    }

    /// Returns what is in the value that stands there as `raw`, or in a part of it.
    pub fn search(&self, raw: &[u8]) -> Met {
        if self.texts.is_empty() || raw.len() < self.shortest {
            return Met::Nothing;
        }
        if !is_clean(raw) {
            return Met::Seen;
        }
        let mut alone = Vec::new();
        let is = |short: &Short, at| self.is_text(raw, (short.text, short.offset), at, &mut alone);
        if short::any(&self.short, raw, is) || self.is_on_stride(raw, &mut alone) {
            Met::Seen
        } else if alone.is_empty() {
            Met::Nothing
        } else {
            Met::Alone
        }
    }

    /// Returns whether a search in strides meets a text, with what must be beside it.
    fn is_on_stride(&self, raw: &[u8], alone: &mut Vec<u32>) -> bool {
        if self.texts.len() == self.short.len() {
            return false;
        }
        let mut at = 0;
        while let Some(gram) = folded(raw, at) {
            if self.bits.may_have(gram) && self.is_at(raw, at, gram, alone) {
                return true;
            }
            at += self.stride;
        }
        false
    }

    /// Returns whether a text with that gram is in `raw` with the gram at `at`, and what must be beside it too; `alone` are
    /// the texts that were there by themselves, and often are there again.
    #[cold]
    fn is_at(&self, raw: &[u8], at: usize, gram: u32, alone: &mut Vec<u32>) -> bool {
        let mut places = self.places.get(&gram).into_iter().flatten();
        places.any(|(text, offset)| self.is_text(raw, (*text, *offset as usize), at, alone))
    }

    /// The same for what stands in the text with this number behind so many bytes.
    fn is_text(
        &self,
        raw: &[u8],
        (number, offset): (u32, usize),
        at: usize,
        alone: &mut Vec<u32>,
    ) -> bool {
        if alone.contains(&number) {
            return false;
        }
        let Needed { text, beside } = &self.texts[number as usize];
        let start = at.checked_sub(offset);
        let there = start.and_then(|start| raw.get(start..start + text.len()));
        if !there.is_some_and(|there| is(there, text)) {
            return false;
        }
        let mut beside = beside.iter();
        let all = beside.all(|texts| texts.iter().any(|text| holds(raw, text)));
        if !all {
            alone.push(number);
        }
        all
    }
}

/// Returns how many bytes a search for these texts, the shortest first, best goes forward by, and how many of them are then
/// too short for it.
fn stride(texts: &[Needed]) -> (usize, usize) {
    let short =
        |stride: usize| texts.partition_point(|needed| needed.text.len() + 1 < GRAM + stride);
    let cost = |stride: usize| {
        let shorts = match short(stride) {
            0 => 0.0,
            some => SHORTS_COST + SHORT_COST * some as f64,
        };
        1.0 / stride as f64 + shorts
    };
    let strides = (1..=MAX_STRIDE).filter(|stride| short(*stride) <= MAX_SHORT);
    let best = strides.min_by(|one, other| cost(*one).total_cmp(&cost(*other)));
    let best = best.unwrap_or(1);
    (best, short(best))
}

/// Returns the four bytes at `at`, folded.
fn folded(bytes: &[u8], at: usize) -> Option<u32> {
    Some(gram(bytes, at)? | FOLD)
}

/// Returns whether `raw` is `text`, letters folded; other bytes that are taken for equal do no harm.
fn is(raw: &[u8], text: &[u8]) -> bool {
    let mut bytes = raw.iter().zip(text);
    bytes.all(|(raw, byte)| raw | FOLD as u8 == *byte)
}

/// Returns whether `raw` holds `text`.
fn holds(raw: &[u8], text: &[u8]) -> bool {
    let Some(first) = text.first() else {
        return true;
    };
    memchr2_iter(*first, first & !(FOLD as u8), raw).any(|at| {
        let there = raw.get(at..at + text.len());
        there.is_some_and(|there| is(there, text))
    })
}

/// Adds texts of which one must be in a clean value for `test` to pass; `None` where none is known.
fn needs(test: &Test, form: Form, texts: &mut HashSet<Needed>) -> Option<()> {
    let sets = match test {
        Test::AnyOf(tests) => return tests.iter().try_for_each(|test| needs(test, form, texts)),
        Test::Text(text, _) => vec![vec![text.to_string()]],
        Test::Wildcard(pattern) => pattern.texts().map(|text| vec![text]).collect(),
        _ => literal::all_required(test),
    };
    // What can stand in a record in several ways is not looked for.
    let written = |set: &Vec<String>| set.iter().map(|text| written(text, form)).collect();
    let mut sets: Vec<AnyText> = sets.iter().filter_map(written).collect();
    let shortest = |set: &[Box<[u8]>]| set.iter().map(|text| text.len()).min();
    let best = (0..sets.len()).max_by_key(|at| shortest(&sets[*at]))?;
    let best = sets.swap_remove(best);
    for text in best {
        let beside = sets.clone();
        texts.insert(Needed { text, beside });
    }
    Some(())
}

/// Returns a text as a record has it, letters folded; `None` where that can differ.
fn written(text: &str, form: Form) -> Option<Box<[u8]>> {
    let mut bytes = written_exactly(text, form)?;
    for byte in &mut bytes {
        *byte |= FOLD as u8;
    }
    Some(bytes)
}

/// Returns a text as a record has it; `None` where that can differ.
pub fn written_exactly(text: &str, form: Form) -> Option<Box<[u8]>> {
    let mut bytes = Vec::new();
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' if form == Form::Json => bytes.extend([b'\\', byte]),
            b' '..=b'~' => bytes.push(byte),
            _ => return None,
        }
    }
    Some(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::ir::{Case, Regex};
    use crate::lang::ir::{Pattern, pattern::Piece};
    use proptest::prelude::*;

    fn test(text: &str, case: Case) -> Test {
        let inner = text.strip_prefix('*').unwrap_or(text);
        if inner.contains('+') {
            return Test::Regex(Regex::compile(inner, case).unwrap());
        }
        Test::Wildcard(Pattern::new(
            text.chars().map(|char| match char {
                '*' => Piece::Many,
                '?' => Piece::One,
                other => Piece::Char(other),
            }),
            case,
        ))
    }

    #[test]
    fn what_is_not_there_is_not_seen() {
        let tests = [test("*\\lsass.exe", Case::Insensitive)];
        let gate = Gate::new(&tests, Form::Json, None).unwrap();
        assert!(gate.sees(br"C:\\Windows\\LSASS.exe"));
        assert!(!gate.sees(br"C:\\Windows\\lsass.dll, C:\\xlsass.exe"));
        assert!(gate.sees("\u{212a}: some thing long".as_bytes()));
        assert!(!gate.sees("ä: some thing long".as_bytes()));
        let both = [test("*\\kernelbase.dll*|unknown(*", Case::Insensitive)];
        let gate = Gate::new(&both, Form::Json, None).unwrap();
        assert!(gate.sees(br"\\ntdll.dll+1|C:\\KERNELBASE.dll+2|UNKNOWN(7)"));
        assert!(!gate.sees(br"\\ntdll.dll+1|C:\\KERNELBASE.dll+2|unknow"));
        let two = [
            test("*alphaone12*qqz*", Case::Insensitive),
            test("*betatwo345*vqq*", Case::Insensitive),
        ];
        let gate = Gate::new(&two, Form::Json, None).unwrap();
        assert!(!gate.sees(b"alphaone12 betatwo345 alphaone12 betatwo345 qq"));
        assert!(gate.sees(b"alphaone12 betatwo345 alphaone12 betatwo345 vqq"));
        assert!(Gate::new(&[test("*abc*", Case::Sensitive)], Form::Plain, None).is_none());
        assert!(Gate::new(&[Test::Exists], Form::Plain, None).is_none());
        assert!(Gate::new(&[test("*tab\tulator*", Case::Sensitive)], Form::Json, None).is_none());
        assert!(!Gate::new([], Form::Json, None).unwrap().sees(b"anything"));
    }

    proptest! {
        #[test]
        fn what_passes_is_seen(
            texts in proptest::collection::vec("[*]?[aAbB\\\\\"k]{4,12}[*?]?[aB]{0,4}|ab[aB]{4}a+b", 1..6),
            values in proptest::collection::vec("[aAbB\\\\\"k\u{212a}]{0,30}", 1..12),
            within in any::<proptest::sample::Index>(),
            ignore in any::<bool>(),
        ) {
            let case = if ignore { Case::Insensitive } else { Case::Sensitive };
            let tests: Vec<Test> = texts.iter().map(|text| test(text, case)).collect();
            let mut values = values;
            // Values that hold one of the texts.
            let held = within.get(&texts).replace(['*', '?', '+'], "a");
            values.extend([held.clone(), format!("{}{held}", values[0]), format!("{held}{}", values[0])]);
            for form in [Form::Json, Form::Plain] {
                let common = Common::new().unwrap();
                for value in values.iter().skip(1) {
                    common.see(value.as_bytes());
                }
                let common = ignore.then_some(&common);
                let Some(gate) = Gate::new(&tests, form, common) else { continue };
                for value in &values {
                    let raw = match form {
                        Form::Json => value.replace('\\', "\\\\").replace('"', "\\\""),
                        Form::Plain => value.clone(),
                    };
                    let passes = tests.iter().any(|test| test.passes(Some(&value.as_str().into())));
                    prop_assert!(!passes || gate.sees(raw.as_bytes()), "{:?} {}", texts, value);
                }
            }
        }
    }
}
