//! How often four bytes in a row are met in the values of one input.
//!
//! Takes some of the values; gives about how often a gram was in them. What a text is looked for by should be seldom met,
//! and what is seldom met differs from input to input: of a call trace hardly any place is without `\system32\`.

use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};

use super::{GRAM, folded};

/// Grams that share a place are counted together.
const PLACES: usize = 4096;

/// Bytes of values after which no more are counted, and of one value at most.
const ENOUGH: u16 = 60_000;
const OF_ONE: usize = 2048;

/// What a place has by chance: grams that are met less often are all the same.
const NOISE: u32 = ENOUGH as u32 / PLACES as u32;

/// Most that there are at once, of all classes and inputs: four megabytes. Others choose by which bytes are rare in general.
const MOST: usize = 512;

/// How many there are.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Counters that all workers share: eight kilobytes.
#[derive(Debug)]
pub struct Common {
    counts: Box<[AtomicU16]>,
    /// How many bytes were counted.
    bytes: AtomicU16,
}

impl Drop for Common {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Common {
    /// Returns one that has met nothing; `None` where there are as many as there may be.
    pub fn new() -> Option<Self> {
        if COUNT.fetch_add(1, Ordering::Relaxed) >= MOST {
            COUNT.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let counts = std::iter::repeat_with(AtomicU16::default);
        Some(Self {
            counts: counts.take(PLACES).collect(),
            bytes: AtomicU16::default(),
        })
    }

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

    /// Returns about how often a folded gram was met: 0 for what is seldom met.
    pub fn often(&self, gram: u32) -> u32 {
        u32::from(self.counts[place(gram)].load(Ordering::Relaxed)) / NOISE
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
        let common = Common::new().unwrap();
        for number in 0..100 {
            common.see(format!("C:\\SYSTEM32\\{number:08}").as_bytes());
        }
        let often = |text: &str| common.often(folded(text.as_bytes(), 0).unwrap());
        assert_eq!((often("stem"), often("abcd")), (100 / NOISE, 0));
        for _ in 0..1000 {
            common.see(&[b'a'; 3000]);
        }
        let most = u32::from(ENOUGH) / NOISE;
        assert!((most - 300..most + 300).contains(&often("aaaa")));
    }
}
