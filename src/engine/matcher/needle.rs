//! One text that a value must hold, looked for in the record's own bytes.
//!
//! Takes a test; gives needles, one of which is in a value's raw bytes just when the test passes on the value. That is
//! known of texts anywhere in a value, of characters that a record writes in one way only, and of values that are
//! [clean](super::fold::is_clean) and have no codes. To try a few so takes less time than to resolve the value and run
//! every test on it.

use memchr::{memchr_iter, memchr2_iter};

use super::gate::{Form, written_exactly};
use crate::lang::grams::bits::frequency_of;
use crate::lang::ir::pattern::{Piece, text_of};
use crate::lang::ir::{Case, Test};

/// A text to look for.
#[derive(Debug)]
pub struct Needle {
    text: Box<[u8]>,
    case: Case,
    form: Form,
    /// Which of its bytes is the rarest.
    rare: usize,
}

impl Needle {
    /// Returns the needles of a test on values in that form; `None` where they don't tell.
    #[must_use]
    pub fn all_of(test: &Test, form: Form) -> Option<Vec<Self>> {
        match test {
            Test::AnyOf(tests) => {
                let each: Option<Vec<_>> = tests.iter().map(|t| Self::all_of(t, form)).collect();
                Some(each?.into_iter().flatten().collect())
            }
            Test::Exists => Some(vec![Self::of("", Case::Sensitive, form)?]),
            Test::Wildcard(pattern) => match pattern.pieces() {
                [Piece::Many] => Some(vec![Self::of("", Case::Sensitive, form)?]),
                [Piece::Many, inner @ .., Piece::Many] => {
                    Some(vec![Self::of(&text_of(inner)?, pattern.case(), form)?])
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the needle that is in every value which has `text` somewhere.
    fn of(text: &str, case: Case, form: Form) -> Option<Self> {
        let text = written_exactly(text, form)?;
        let rare = (0..text.len()).min_by_key(|at| frequency_of(text[*at] | 0x20));
        Some(Self {
            rare: rare.unwrap_or_default(),
            text,
            case,
            form,
        })
    }

    /// Returns whether it is in a value, not an empty one, that stands in the record as `raw`.
    #[must_use]
    pub fn is_in(&self, raw: &[u8]) -> bool {
        let Some(byte) = self.text.get(self.rare).copied() else {
            return true;
        };
        let other = match self.case {
            Case::Insensitive => byte.to_ascii_uppercase(),
            Case::Sensitive => byte,
        };
        if byte == other {
            memchr_iter(byte, raw).any(|at| self.is_at(raw, at))
        } else {
            memchr2_iter(byte, other, raw).any(|at| self.is_at(raw, at))
        }
    }

    /// Returns whether it is there with its rarest byte at `at`.
    fn is_at(&self, raw: &[u8], at: usize) -> bool {
        let Some(start) = at.checked_sub(self.rare) else {
            return false;
        };
        let Some(there) = raw.get(start..start + self.text.len()) else {
            return false;
        };
        let is = match self.case {
            Case::Sensitive => there == &*self.text,
            Case::Insensitive => there.eq_ignore_ascii_case(&self.text),
        };
        is && (self.form == Form::Plain || !splits_an_escape(&raw[..start]))
    }
}

/// Returns whether what follows `before` is the second half of an escape.
fn splits_an_escape(before: &[u8]) -> bool {
    let slashes = before.iter().rev().take_while(|byte| **byte == b'\\');
    !slashes.count().is_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::ir::Pattern;
    use proptest::prelude::*;

    fn inside(text: &str, case: Case) -> Test {
        let chars = text.chars().map(Piece::Char);
        let pieces = [Piece::Many].into_iter().chain(chars);
        Test::Wildcard(Pattern::new(pieces.chain([Piece::Many]), case))
    }

    #[test]
    fn the_second_half_of_an_escape_is_no_letter() {
        let needles = |text| Needle::all_of(&inside(text, Case::Insensitive), Form::Json).unwrap();
        assert!(!needles("nab")[0].is_in(br"line\nab"));
        assert!(needles("nab")[0].is_in(br"line\\nab"));
        assert!(needles(r"\nab")[0].is_in(br"line\\NAB"));
        assert!(!needles(r"\nab")[0].is_in(br"line\\\nab"));
        assert!(Needle::all_of(&inside("a\tb", Case::Sensitive), Form::Json).is_none());
        assert!(Needle::all_of(&inside("é", Case::Insensitive), Form::Json).is_none());
        assert!(Needle::all_of(&Test::Exists, Form::Json).unwrap()[0].is_in(b"a"));
        assert!(
            Needle::all_of(&Test::AnyOf([].into()), Form::Json)
                .unwrap()
                .is_empty()
        );
    }

    proptest! {
        #[test]
        fn tells_what_the_test_tells(
            texts in proptest::collection::vec("[aAbBnN\\\\\"]{1,3}", 1..3),
            value in "[aAbBnN\\\\\"\né]{0,12}",
            ignore in any::<bool>(),
        ) {
            let case = if ignore { Case::Insensitive } else { Case::Sensitive };
            let tests: Vec<Test> = texts.iter().map(|text| inside(text, case)).collect();
            let test = Test::AnyOf(tests.into());
            let json = serde_json::to_string(&value).unwrap();
            for (form, raw) in [(Form::Json, &json[1..json.len() - 1]), (Form::Plain, &value)] {
                let needles = Needle::all_of(&test, form).unwrap();
                let found = needles.iter().any(|needle| needle.is_in(raw.as_bytes()));
                prop_assert_eq!(found, test.passes(Some(&value.as_str().into())), "{:?}", texts);
            }
        }
    }
}
