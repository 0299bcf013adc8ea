//! What takes long to make is made by one worker, and the others wait for it.
//!
//! Takes how to find what is there and how to make it; gives it. What differs is made side by side.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;

/// A lock for each thing that was ever made, by what names it: callers bound how many there are.
#[derive(Debug)]
pub struct Making<K>(Mutex<HashMap<K, Arc<Mutex<()>>>>);

impl<K> Default for Making<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Making<K> {
    /// Returns what `known` finds, or else what `make` makes, which `known` finds from then on.
    pub fn once<T>(&self, key: K, known: impl Fn() -> Option<T>, make: impl FnOnce() -> T) -> T {
        if let Some(known) = known() {
            return known;
        }
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(key).or_default())
        };
        let _held = lock.lock().unwrap_or_else(PoisonError::into_inner);
        known().unwrap_or_else(make)
    }
}
