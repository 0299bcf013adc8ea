//! What was left out at a cap while conditions and rows were worked out, since the program started.
//!
//! These caps bite deep inside evaluation, where no rule's own memory is at hand; so they are counted for all rules
//! together. An event that is looked at again counts again.

use std::sync::atomic::{AtomicU64, Ordering};

/// A count that any thread may add to.
#[derive(Debug)]
pub struct Tally(AtomicU64);

impl Tally {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts `more`.
    pub fn add(&self, more: usize) {
        if more > 0 {
            self.0.fetch_add(more as u64, Ordering::Relaxed);
        }
    }

    /// Returns the count.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Combinations of the values of one event or row, whose fields have several each, that were not tried.
pub static COMBINATIONS: Tally = Tally::new();

/// Searches of a regular expression that took too many steps; the text counts as no match.
pub static SEARCHES: Tally = Tally::new();

/// Times that a command or function looked at the first of many values, leaves or matches of a text and no further.
pub static VALUES: Tally = Tally::new();

/// Returns the first `most`; counts it when there are more.
pub fn first<T>(mut values: impl Iterator<Item = T>, most: usize) -> Vec<T> {
    let kept = values.by_ref().take(most).collect();
    VALUES.add(usize::from(values.next().is_some()));
    kept
}

/// Returns the first `most` combinations of what is there so far with each of `choices`; counts the others.
pub fn combine<T, C, R>(
    so_far: &[T],
    choices: &[C],
    most: usize,
    join: impl Fn(&T, &C) -> R,
) -> Vec<R> {
    let all = so_far.len().saturating_mul(choices.len());
    COMBINATIONS.add(all.saturating_sub(most));
    let pairs = so_far
        .iter()
        .flat_map(|one| choices.iter().map(move |choice| (one, choice)));
    pairs
        .take(most)
        .map(|(one, choice)| join(one, choice))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_past_the_cap_are_counted() {
        let before = VALUES.total();
        assert_eq!(first(1..=3, 2), [1, 2]);
        assert!(VALUES.total() > before);
    }

    #[test]
    fn combinations_past_the_cap_are_counted() {
        let before = COMBINATIONS.total();
        let pairs = combine(&[1, 2], &[10, 20], 3, |a, b| a + b);
        assert_eq!(pairs, [11, 21, 12]);
        assert!(COMBINATIONS.total() > before);
    }
}
