//! How often four bytes in a row are met in the values of one input.
//!
//! Takes some of the values; gives about how often a gram was in them. What a text is looked for by should be seldom met,
//! and what is seldom met differs from input to input: of a call trace hardly any place is without `\system32\`.

use std::sync::atomic::{AtomicU16, Ordering};

use super::{GRAM, folded};

/// Grams that share a place are counted together.
const PLACES: usize = 4096;

/// Bytes of values after which no more are counted, and of one value at most.
const ENOUGH: u16 = 60_000;
const OF_ONE: usize = 2048;

/// Counters that all workers share: eight kilobytes.
#[derive(Debug)]
pub struct Common {
    counts: Box<[AtomicU16]>,
    /// How many bytes were counted.
    bytes: AtomicU16,
}

impl Default for Common {
    fn default() -> Self {
        let counts = std::iter::repeat_with(AtomicU16::default);
        Self {
            counts: counts.take(PLACES).collect(),
            bytes: AtomicU16::default(),
        }
    }
}

impl Common {
    /// Counts the grams of a value.
    pub fn see(&self, raw: &[u8]) {
        let raw = &raw[..raw.len().min(OF_ONE)];
        let bytes = self.bytes.load(Ordering::Relaxed);
        if bytes >= ENOUGH {
            return;
        }
        // Two workers may lose a count: that is no harm.
        self.bytes
            .store(bytes + raw.len() as u16, Ordering::Relaxed);
        for at in 0..=raw.len().saturating_sub(GRAM) {
            let Some(gram) = folded(raw, at) else { break };
            let count = &self.counts[place(gram)];
            count.store(
                count.load(Ordering::Relaxed).saturating_add(1),
                Ordering::Relaxed,
            );
        }
    }

    /// Returns about how often a folded gram was met.
    pub fn count(&self, gram: u32) -> u32 {
        self.counts[place(gram)].load(Ordering::Relaxed).into()
    }
}

const fn place(gram: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> 20) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_each_value_is_common() {
        let common = Common::default();
        for number in 0..100 {
            common.see(format!("C:\\SYSTEM32\\{number:08}").as_bytes());
        }
        let count = |text: &str| common.count(folded(text.as_bytes(), 0).unwrap());
        assert_eq!(count("stem"), 100);
        assert!(count("abcd") < 10);
        for _ in 0..1000 {
            common.see(&[b'a'; 3000]);
        }
        let most = u32::from(ENOUGH);
        assert!((most - 3000..most + 3000).contains(&count("aaaa")));
    }
}
