//! Which leaves a value passes, remembered.
//!
//! Takes a value's bytes; gives the leaves that were found for equal bytes before. Bounded: of a memo that is full the
//! half that was not asked for goes, and one that seldom helps is given up, for long values by themselves.

use foldhash::{HashMap, HashMapExt};

use super::matcher::LeafId;

/// Longer values are seldom seen again.
const LONGEST: usize = 4096;

/// Values of more bytes are long: to keep one costs more than to match it.
const LONG: usize = 256;

/// Bytes of values and leaves that one memo keeps, about: first, and, where it helps, at most.
const FIRST_BYTES: usize = 8 << 10;
const MOST_BYTES: usize = 512 << 10;

/// What an entry costs beside its bytes, about.
const ENTRY: usize = 64;

/// After so many values, short and long, of which fewer than one in [`WORTH`] was found, no more are kept.
const TRIAL: [u32; 2] = [4096, 512];
const WORTH: u32 = 4;

/// The values that are known, and their leaves.
type Known = HashMap<Box<[u8]>, Box<[LeafId]>>;

/// What a memo has for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recalled {
    Known,
    New,
    /// Values like it are not kept.
    Never,
}

/// The memo of one input, or of several with the same value.
#[derive(Debug)]
pub struct Memo {
    young: Known,
    /// Those that were known when it was full last.
    old: Known,
    /// Of the young ones, and how many there may be.
    bytes: usize,
    limit: usize,
    /// How it goes with short and with long values.
    trials: [Trial; 2],
}

/// Whether it pays to keep values.
#[derive(Debug, Default, Clone, Copy)]
struct Trial {
    asked: u32,
    found: u32,
    given_up: bool,
}

impl Default for Memo {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            bytes: 0,
            limit: FIRST_BYTES / 2,
            trials: [Trial::default(); 2],
        }
    }
}

impl Memo {
    /// Returns whether values like this are kept.
    fn keeps(&self, value: &[u8]) -> bool {
        let trial = &self.trials[usize::from(value.len() > LONG)];
        !trial.given_up && value.len() <= LONGEST
    }

    /// Shows `see` the leaves of a value, if it is known.
    pub fn get(&mut self, value: &[u8], see: impl FnOnce(&[LeafId])) -> Recalled {
        if !self.keeps(value) {
            return Recalled::Never;
        }
        let trial = &mut self.trials[usize::from(value.len() > LONG)];
        trial.asked += 1;
        if let Some(leaves) = self.young.get(value) {
            trial.found += 1;
            see(leaves);
            return Recalled::Known;
        }
        let Some((value, leaves)) = self.old.remove_entry(value) else {
            return Recalled::New;
        };
        trial.found += 1;
        see(&leaves);
        self.keep(value, leaves);
        Recalled::Known
    }

    /// Remembers the leaves of a value.
    pub fn put(&mut self, value: &[u8], leaves: &[LeafId]) {
        if !self.keeps(value) {
            return;
        }
        let long = usize::from(value.len() > LONG);
        let trial = &mut self.trials[long];
        if trial.asked >= TRIAL[long] {
            *trial = Trial {
                given_up: trial.found < trial.asked / WORTH,
                ..Trial::default()
            };
            if self.trials.iter().all(|trial| trial.given_up) {
                (self.young, self.old) = (HashMap::new(), HashMap::new());
            }
            if self.trials[long].given_up {
                return;
            }
        }
        self.keep(value.into(), leaves.into());
    }

    fn keep(&mut self, value: Box<[u8]>, leaves: Box<[LeafId]>) {
        let size = ENTRY + value.len() + size_of_val(&*leaves);
        if self.bytes + size > self.limit {
            let found: u32 = self.trials.iter().map(|trial| trial.found).sum();
            let asked: u32 = self.trials.iter().map(|trial| trial.asked).sum();
            if found >= asked / 2 && self.limit < MOST_BYTES / 2 {
                self.limit *= 2;
            } else {
                self.old = std::mem::take(&mut self.young);
                self.bytes = 0;
            }
        }
        self.bytes += size;
        self.young.insert(value, leaves);
    }

    /// A memo that remembers nothing.
    pub fn off() -> Self {
        let given_up = Trial {
            given_up: true,
            ..Trial::default()
        };
        Self {
            trials: [given_up; 2],
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_what_never_comes_again_is_not_kept() {
        let mut memo = Memo::default();
        let name = |number: u32| number.to_le_bytes();
        memo.put(b"often", &[1, 2]);
        for number in 0..20_000 {
            memo.put(&name(number), &[]);
            let known = memo.get(b"often", |leaves| assert_eq!(leaves, [1, 2]));
            assert_eq!(known, Recalled::Known);
        }
        let never = |_: &[LeafId]| unreachable!();
        assert_eq!(memo.get(&name(0), never), Recalled::New);
        assert!(memo.young.len() + memo.old.len() < 2 * MOST_BYTES / ENTRY);
        let mut memo = Memo::default();
        for number in 0..2 * TRIAL[0] {
            assert_ne!(memo.get(&name(number), never), Recalled::Known);
            memo.put(&name(number), &[]);
        }
        assert!(memo.trials[0].given_up && !memo.trials[1].given_up);
        assert_eq!(Memo::off().get(b"often", never), Recalled::Never);
    }
}
