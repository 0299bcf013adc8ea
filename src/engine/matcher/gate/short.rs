//! Texts that are too short to be met by a search in long strides.
//!
//! Takes a few such texts; tells where in a value three bytes of one stand. Sixteen places are compared at once, in loops
//! that the compiler turns into vector instructions of any machine.

use super::FOLD;

/// Places that are compared at once.
const LANES: usize = 16;

/// Bytes of a text that are compared.
const BYTES: usize = 3;

/// Bytes that are read for these places.
const READ: usize = LANES + BYTES - 1;

/// Three bytes of a text.
#[derive(Debug, Clone, Copy)]
pub struct Short {
    bytes: [u8; BYTES],
    /// The number of the text, and behind how many of its bytes they stand.
    pub text: u32,
    pub offset: usize,
}

impl Short {
    /// Returns those of the folded `text` with this number that `frequency` is least for; `None` for fewer bytes.
    pub fn of(text: &[u8], number: u32, frequency: impl Fn(&[u8]) -> u32) -> Option<Self> {
        let places = 0..=text.len().checked_sub(BYTES)?;
        let offset = places.min_by_key(|at| frequency(&text[*at..*at + BYTES]))?;
        Some(Self {
            bytes: *text[offset..].first_chunk()?,
            text: number,
            offset,
        })
    }
}

/// Returns whether `is` says so of a place in `raw` where the three bytes of one of `shorts` stand.
pub fn any(shorts: &[Short], raw: &[u8], mut is: impl FnMut(&Short, usize) -> bool) -> bool {
    if shorts.is_empty() {
        return false;
    }
    let mut at = 0;
    while let Some(read) = raw[at..].first_chunk::<READ>() {
        if in_lanes(shorts, read) && shorts.iter().any(|short| each(short, raw, at, &mut is)) {
            return true;
        }
        at += LANES;
    }
    shorts.iter().any(|short| each(short, raw, at, &mut is))
}

/// Returns whether the bytes of one of them stand at one of the places; other bytes that are taken for equal do no harm.
fn in_lanes(shorts: &[Short], read: &[u8; READ]) -> bool {
    let mut folded = [[0; LANES]; BYTES];
    for (offset, folded) in folded.iter_mut().enumerate() {
        for (lane, byte) in folded.iter_mut().enumerate() {
            *byte = read[offset + lane] | FOLD as u8;
        }
    }
    let [first, second, third] = folded;
    let mut found = [0; LANES];
    for Short { bytes, .. } in shorts {
        for lane in 0..LANES {
            let differ =
                (first[lane] ^ bytes[0]) | (second[lane] ^ bytes[1]) | (third[lane] ^ bytes[2]);
            found[lane] |= u8::from(differ == 0);
        }
    }
    found != [0; LANES]
}

/// Looks at each of the places from `at` on.
fn each(short: &Short, raw: &[u8], at: usize, is: &mut impl FnMut(&Short, usize) -> bool) -> bool {
    let end = raw.len().min(at + READ);
    let mut places = raw[at..end].windows(BYTES).enumerate();
    places.any(|(place, there)| {
        let mut pairs = there.iter().zip(&short.bytes);
        pairs.all(|(byte, own)| byte | FOLD as u8 == *own) && is(short, at + place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_looked_at() {
        let short = Short::of(b"abcx", 7, |bytes| u32::from(bytes[0] == b'a')).unwrap();
        assert_eq!((short.bytes, short.offset), (*b"bcx", 1));
        for length in 3..70 {
            for at in 0..=length - 3 {
                let mut raw = vec![b'-'; length];
                raw[at..at + 3].copy_from_slice(b"BcX");
                let mut met = Vec::new();
                let found = any(&[short], &raw, |_, place| {
                    met.push(place);
                    true
                });
                assert!(found && met == [at], "{length} {at}");
            }
        }
        assert!(!any(&[short], b"bc", |_, _| true) && !any(&[], b"bcx", |_, _| true));
        assert!(Short::of(b"ab", 0, |_| 0).is_none());
    }
}
