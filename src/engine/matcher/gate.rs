//! Whether any of some tests can pass on a value, told from the bytes that stand in the record.
//!
//! Takes tests; gives a gate, which takes a value's raw bytes. Every text that a test needs has some places of four bytes
//! in a row, of which a search that goes forward by so many bytes must meet one. A value is thus read once, at every few
//! bytes, without resolving its escapes or folding its letters. What the gate sees may fail the tests all the same; what
//! it does not see, fails them.

use foldhash::{HashMap, HashSet};
use memchr::memchr2_iter;

use super::fold::is_clean;
use super::literal;
use crate::lang::grams::bits::{Bits, GRAM, frequency, gram};
use crate::lang::ir::Test;

/// Most bytes that a search goes forward by.
const MAX_STRIDE: usize = 8;

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

/// A gate.
#[derive(Debug, Default)]
pub struct Gate {
    stride: usize,
    bits: Bits,
    /// Where a gram lies: in which text, and behind how many of its bytes.
    places: HashMap<u32, Vec<(u32, u32)>>,
    texts: Vec<Needed>,
    shortest: usize,
}

impl Gate {
    /// Returns the gate of `tests` for values in that form; `None` where one of them needs no text that is long enough.
    pub fn new<'t>(tests: impl IntoIterator<Item = &'t Test>, form: Form) -> Option<Self> {
        let mut texts = HashSet::default();
        for test in tests {
            needs(test, form, &mut texts)?;
        }
        let Some(shortest) = texts.iter().map(|needed| needed.text.len()).min() else {
            return Some(Self::default());
        };
        let stride = (shortest + 1).checked_sub(GRAM)?.min(MAX_STRIDE);
        if stride == 0 {
            return None;
        }
        let mut gate = Self {
            stride,
            bits: Bits::of(texts.len() * stride * BITS_PER_GRAM, MOST_BITS),
            places: HashMap::default(),
            texts: texts.into_iter().collect(),
            shortest,
        };
        for text in 0..gate.texts.len() {
            gate.add(text);
        }
        Some(gate)
    }

    /// Adds the grams of a text: as many in a row as the stride has bytes, the rarest that there are.
    fn add(&mut self, at: usize) {
        let text = &self.texts[at].text;
        let starts = 0..=text.len() + 1 - GRAM - self.stride;
        let length = self.stride + GRAM - 1;
        let rare = |start: &usize| frequency(&text[*start..*start + length]);
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
        if self.texts.is_empty() || raw.len() < self.shortest {
            return false;
        }
        if !is_clean(raw) {
            return true;
        }
        let (mut at, mut alone) = (0, None);
        while let Some(gram) = folded(raw, at) {
            if self.bits.may_have(gram) && self.is_at(raw, at, gram, &mut alone) {
                return true;
            }
            at += self.stride;
        }
        false
    }

    /// Returns whether a text with that gram is in `raw` with the gram at `at`, and what must be beside it too; `alone` is
    /// the last text that was there by itself, and often is there again.
    #[cold]
    fn is_at(&self, raw: &[u8], at: usize, gram: u32, alone: &mut Option<u32>) -> bool {
        let places = self.places.get(&gram).into_iter().flatten();
        places.copied().any(|(number, offset)| {
            if *alone == Some(number) {
                return false;
            }
            let Needed { text, beside } = &self.texts[number as usize];
            let start = at.checked_sub(offset as usize);
            let there = start.and_then(|start| raw.get(start..start + text.len()));
            if !there.is_some_and(|there| is(there, text)) {
                return false;
            }
            let mut beside = beside.iter();
            let all = beside.all(|texts| texts.iter().any(|text| holds(raw, text)));
            if !all {
                *alone = Some(number);
            }
            all
        })
    }
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
        let gate = Gate::new(&tests, Form::Json).unwrap();
        assert!(gate.sees(br"C:\\Windows\\LSASS.exe"));
        assert!(!gate.sees(br"C:\\Windows\\lsass.dll, C:\\xlsass.exe"));
        assert!(gate.sees("\u{212a}: some thing long".as_bytes()));
        assert!(!gate.sees("ä: some thing long".as_bytes()));
        let both = [test("*\\kernelbase.dll*|unknown(*", Case::Insensitive)];
        let gate = Gate::new(&both, Form::Json).unwrap();
        assert!(gate.sees(br"\\ntdll.dll+1|C:\\KERNELBASE.dll+2|UNKNOWN(7)"));
        assert!(!gate.sees(br"\\ntdll.dll+1|C:\\KERNELBASE.dll+2|unknow"));
        assert!(Gate::new(&[test("*abc*", Case::Sensitive)], Form::Plain).is_none());
        assert!(Gate::new(&[Test::Exists], Form::Plain).is_none());
        assert!(Gate::new(&[test("*tab\tulator*", Case::Sensitive)], Form::Json).is_none());
        assert!(!Gate::new([], Form::Json).unwrap().sees(b"anything"));
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
                let Some(gate) = Gate::new(&tests, form) else { continue };
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
