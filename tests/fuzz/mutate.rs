//! Damaged inputs: takes seeds, words of the language and a state of chance; gives bytes that are nearly right.

/// A small generator of chance (xorshift64*): the same seed gives the same inputs on every machine.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() >> 16) as usize % end.max(1)
    }
}

/// Longest input: what grows past it is cut.
const LONGEST: usize = 256 << 10;

/// Bytes that mean something to most formats.
const ODD: &[&[u8]] = &[
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xe2\x80\xae",
    b"\xf0\x9f\x98\x80",
    b"\"",
    b"'",
    b"\\",
    b"\n",
    b"\r\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b"*",
    b"%",
    b"&",
    b"9223372036854775808",
    b"-1",
    b"1e309",
    b"0x",
    b"null",
    b"\\ud800",
];

/// Returns a seed after one to eight changes.
pub fn mutate(seeds: &[Vec<u8>], words: &[&str], chance: &mut Chance) -> Vec<u8> {
    let mut input = pick(seeds, chance).clone();
    for _ in 0..=chance.below(8) {
        change(&mut input, seeds, words, chance);
        input.truncate(LONGEST);
    }
    input
}

fn pick<'s, T>(all: &'s [T], chance: &mut Chance) -> &'s T {
    &all[chance.below(all.len())]
}

fn stretch(length: usize, chance: &mut Chance) -> std::ops::Range<usize> {
    let start = chance.below(length + 1);
    let most = [1, 4, 16, 256, length][chance.below(5)];
    start..(start + chance.below(most + 1)).min(length)
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str], chance: &mut Chance) {
    let at = chance.below(input.len() + 1);
    match chance.below(9) {
        0 => {
            input.drain(stretch(input.len(), chance));
        }
        1 => {
            let again = input[stretch(input.len(), chance)].to_vec();
            input.splice(at..at, again);
        }
        2 => {
            let other = pick(seeds, chance);
            let part = other[stretch(other.len(), chance)].to_vec();
            input.splice(at..at, part);
        }
        3 if !words.is_empty() => {
            let word = format!(" {} ", pick(words, chance));
            input.splice(at..at, word.into_bytes());
        }
        4 if !words.is_empty() => {
            let end = stretch(input.len(), chance);
            let word = pick(words, chance).as_bytes().to_vec();
            input.splice(end, word);
        }
        5 => {
            input.splice(at..at, pick(ODD, chance).iter().copied());
        }
        6 => {
            let place = stretch(input.len(), chance);
            input.splice(place, pick(ODD, chance).iter().copied());
        }
        7 => {
            let many = [2, 16, 300][chance.below(3)];
            let again = input[stretch(input.len(), chance)].to_vec();
            let again = &again[..again.len().min(64)];
            input.splice(at..at, again.repeat(many));
        }
        _ => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << chance.below(8);
            }
        }
    }
}
