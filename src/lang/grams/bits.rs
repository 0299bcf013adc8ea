//! Whether four bytes in a row may be among some that were noted, told by a bit each.
//!
//! Takes grams; answers no for most that were not noted, in a table that stays near the processor.

/// Bytes that are looked at together.
pub const GRAM: usize = 4;

/// A table of bits.
#[derive(Debug, Default)]
pub struct Bits {
    shift: u32,
    words: Box<[u64]>,
}

impl Bits {
    /// Returns a table of about so many bits, of two to the power of `most` at most.
    pub fn of(bits: usize, most: u32) -> Self {
        let bits = bits.next_power_of_two().ilog2().clamp(6, most);
        Self {
            shift: u32::BITS - bits,
            words: vec![0; 1 << (bits - 6)].into(),
        }
    }

    /// Notes a gram.
    pub fn add(&mut self, gram: u32) {
        let (word, bit) = self.place(gram);
        self.words[word] |= bit;
    }

    /// Returns whether a gram may have been noted.
    pub fn may_have(&self, gram: u32) -> bool {
        let (word, bit) = self.place(gram);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    const fn place(&self, gram: u32) -> (usize, u64) {
        let hash = gram.wrapping_mul(0x9e37_79b1) >> self.shift;
        ((hash >> 6) as usize, 1 << (hash & 63))
    }
}

/// Returns the four bytes at `at`.
pub fn gram(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk::<GRAM>()?;
    Some(u32::from_le_bytes(*bytes))
}

/// Returns about how often bytes, folded, are met in logs: small numbers for rare ones.
pub fn frequency(bytes: &[u8]) -> u32 {
    bytes.iter().map(|byte| frequency_of(*byte)).sum()
}

/// Returns about how often a byte, folded, is met in logs.
pub const fn frequency_of(byte: u8) -> u32 {
    match byte {
        b'e' | b's' | b't' | b'i' | b'o' | b'r' | b'n' | b'|' => 8,
        b'a' | b'c' | b'd' | b'l' | b'm' | b'w' | b' ' | b'.' | b'0' => 6,
        b'f' | b'h' | b'p' | b'u' | b'y' | b'1'..=b'9' | b':' | b'-' => 4,
        b'b' | b'g' | b'k' | b'v' | b'x' => 3,
        _ => 1,
    }
}
