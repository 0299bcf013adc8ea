//! Long values that a gate saw nothing in.
//!
//! Takes a value as it stands in a record; tells whether the gate sees something in it, and searches no more of it than it
//! must. Values that come again are remembered. Others, like a message that repeats all members, differ from the one
//! before in a few places: where that one has none of the gate's texts, only what changed is searched.

use crate::engine::matcher::{Gate, Met};
use crate::engine::memo::{Memo, Recalled};

/// Values of fewer bytes are searched in less time than they are compared.
pub const LONG: usize = 256;

/// Longer values are not kept to be compared with the next.
const LONGEST: usize = 16 << 10;

/// Bytes that are compared at once.
const LANES: usize = 32;

/// What is known of the values of a member, for one gate.
#[derive(Debug, Default)]
pub struct Clear {
    memo: Memo,
    /// The last value that none of the gate's texts is in.
    last: Vec<u8>,
}

impl Clear {
    /// Returns whether it pays to keep a value for that gate.
    pub fn takes(gate: &Gate, raw: &[u8]) -> bool {
        raw.len() >= LONG && !gate.is_empty()
    }

    /// Returns whether `gate` sees something in a value. It is the same gate each time.
    pub fn sees(&mut self, gate: &Gate, raw: &[u8]) -> bool {
        if !Self::takes(gate, raw) {
            return gate.sees(raw);
        }
        let recalled = self.memo.get(raw, |_| ());
        if recalled == Recalled::Known {
            return false;
        }
        let (head, changed) = self.changed(raw, gate.longest());
        let is_worth = changed.len() <= raw.len() / 2;
        let met = match gate.search(if is_worth { changed } else { raw }) {
            // What must be beside the text may stand in what did not change.
            Met::Alone if is_worth => gate.search(raw),
            met => met,
        };
        if met == Met::Nothing && raw.len() <= LONGEST {
            self.last.truncate(head);
            self.last.reserve_exact(raw.len() - head);
            self.last.extend_from_slice(&raw[head..]);
        }
        if met == Met::Seen {
            return true;
        }
        if recalled == Recalled::New {
            self.memo.put(raw, &[]);
        }
        false
    }

    /// Returns how many bytes the value and the last one both begin with, and what has to be searched for texts of up to
    /// `longest` bytes: a text that is in neither part that both have begins or ends between them, or lies across.
    fn changed<'r>(&self, raw: &'r [u8], longest: usize) -> (usize, &'r [u8]) {
        let head = common_head(&self.last, raw);
        let tail = common_tail(&self.last[head..], &raw[head..]);
        let margin = longest.saturating_sub(1);
        let from = head.saturating_sub(margin);
        let to = raw.len().min(raw.len() - tail + margin);
        (head, &raw[from..to])
    }
}

/// Returns how many bytes both begin with.
fn common_head(one: &[u8], other: &[u8]) -> usize {
    let (lanes, others) = (one.chunks_exact(LANES), other.chunks_exact(LANES));
    let same = lanes.zip(others).take_while(|(one, other)| one == other);
    let at = same.count() * LANES;
    let rest = one[at..].iter().zip(&other[at..]);
    at + rest.take_while(|(one, other)| one == other).count()
}

/// Returns how many bytes both end with.
fn common_tail(one: &[u8], other: &[u8]) -> usize {
    let (lanes, others) = (one.rchunks_exact(LANES), other.rchunks_exact(LANES));
    let same = lanes.zip(others).take_while(|(one, other)| one == other);
    let at = same.count() * LANES;
    let (one, other) = (&one[..one.len() - at], &other[..other.len() - at]);
    let rest = one.iter().rev().zip(other.iter().rev());
    at + rest.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::matcher::Form;
    use crate::lang::ir::{Case, Pattern, Test, pattern::Piece};
    use proptest::prelude::*;

    /// A gate for values that hold these texts, in order.
    fn gate(texts: &[&str]) -> Gate {
        let pattern = |text: &&str| {
            let pieces = text.chars().map(|char| match char {
                '*' => Piece::Many,
                other => Piece::Char(other),
            });
            Test::Wildcard(Pattern::new(pieces, Case::Insensitive))
        };
        let tests: Vec<Test> = texts.iter().map(pattern).collect();
        Gate::new(&tests, Form::Plain, None).unwrap()
    }

    #[test]
    fn what_changed_is_searched() {
        let gate = gate(&["*needle*", "*first*second*"]);
        let mut clear = Clear::default();
        let hay = |middle: &str| format!("{}{middle}{}", "a".repeat(400), "b".repeat(400));
        assert!(!clear.sees(&gate, hay("12345678").as_bytes()));
        assert!(clear.last == hay("12345678").as_bytes());
        for (middle, sees) in [
            ("12-45678", false),
            ("", false),
            ("need", false),
            ("needle", true),
            ("need", false),
            ("12345678", false),
            // A text of the gate is there, though not what must be beside it: it may come in the next.
            ("second", false),
            ("firstsecond", true),
        ] {
            assert_eq!(clear.sees(&gate, hay(middle).as_bytes()), sees, "{middle}");
        }
        assert!(clear.last == hay("need").as_bytes());
    }

    #[test]
    fn a_text_that_one_byte_completes_is_seen() {
        // The last one is the Kelvin sign, of three bytes, which a gate sees as it folds to a letter.
        for (texts, whole) in [
            (&["*abcdefgh*"][..], "abcdefgh"),
            (&["*abcd*", "*ijklmnopqrstuvwxyz*"], "abcd"),
            (&["*abcd*", "*ijklmnopqrstuvwxyz*"], "ijklmnopqrstuvwxyz"),
            (&["*abcd*"], "\u{212a}"),
        ] {
            let gate = gate(texts);
            let whole = whole.as_bytes();
            for (before, after) in [(400, 400), (0, 400), (400, 0), (3, 300)] {
                let (head, tail) = (vec![b'0'; before], vec![b'1'; after]);
                let value = |middle: &[u8]| [&head, middle, &tail].concat();
                for at in 0..whole.len() {
                    let (one, other) = whole.split_at(at);
                    for put in [&b""[..], b"-", b"---------------------------"] {
                        let mut clear = Clear::default();
                        let cut = value(&[one, put, &other[1..]].concat());
                        assert!(!clear.sees(&gate, &cut), "{texts:?} {at}");
                        assert!(clear.sees(&gate, &value(whole)), "{texts:?} {at}");
                        let torn = value(&[one, b"-", put, other].concat());
                        if at > 0 {
                            assert!(!clear.sees(&gate, &torn), "{texts:?} {at}");
                            assert!(clear.sees(&gate, &value(whole)), "{texts:?} {at}");
                        }
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn it_sees_what_the_gate_sees(
            texts in proptest::collection::vec("[*][abcABC]{4,9}[*]([abc]{3,5}[*])?", 1..4),
            parts in proptest::collection::vec("[abcABCs\u{212a}]{0,12}", 1..30),
            long in "[abx]{300,400}",
            other in "[abx]{300,400}",
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let gate = gate(&texts);
            let mut clear = Clear::default();
            for part in &parts {
                let held = texts[part.len() % texts.len()].replace('*', "");
                for middle in [part.clone(), format!("{part}{held}"), held[..held.len() / 2].to_owned()] {
                    for value in [format!("{long}{middle}{other}"), format!("{middle}{long}"), format!("{long}{middle}")] {
                        let value = value.as_bytes();
                        prop_assert_eq!(clear.sees(&gate, value), gate.sees(value));
                    }
                }
            }
        }
    }
}
