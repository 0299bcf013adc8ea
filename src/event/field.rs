//! Field names as small numbers.
//!
//! Takes a dotted name, gives a [`FieldId`] that is equal for equal names for the life of the process.
//! Names come from rules and mapping tables and from log records alike; the number of names that log
//! records may add is bounded by [`MAX_NAMES`], so a hostile log cannot grow the table for ever.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, RwLock};

use foldhash::HashMap;

/// How many names the table holds at most; names past it share [`FieldId::OVERFLOW`].
pub const MAX_NAMES: usize = 200_000;

/// A field name, interned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(u32);

#[derive(Default)]
struct Names {
    by_name: HashMap<&'static str, u32>,
    by_id: Vec<&'static str>,
}

fn names() -> &'static RwLock<Names> {
    static NAMES: OnceLock<RwLock<Names>> = OnceLock::new();
    NAMES.get_or_init(Default::default)
}

thread_local! {
    /// What this thread has asked of the table before: threads that build events ask hundreds of times an event, and
    /// would wait for each other.
    static ASKED: RefCell<Names> = RefCell::default();
}

/// How often a name found the table full.
static OVERFLOWED: AtomicU64 = AtomicU64::new(0);

impl FieldId {
    /// Returns how often a name was not told apart from others because the table was full.
    #[must_use]
    pub fn overflowed() -> u64 {
        OVERFLOWED.load(Ordering::Relaxed)
    }

    /// Stands for every name that came after the table was full.
    pub const OVERFLOW: Self = Self(u32::MAX);

    /// Returns the number of `name`, adding it when it is new.
    #[must_use]
    pub fn of(name: &str) -> Self {
        if let Some(known) = Self::known(name) {
            return known;
        }
        let mut table = names()
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(&id) = table.by_name.get(name) {
            return Self(id);
        }
        if table.by_id.len() >= MAX_NAMES {
            OVERFLOWED.fetch_add(1, Ordering::Relaxed);
            return Self::OVERFLOW;
        }
        // Interned names live as long as the process; MAX_NAMES bounds them.
        let kept: &'static str = Box::leak(name.into());
        let id = u32::try_from(table.by_id.len()).unwrap_or(u32::MAX);
        table.by_id.push(kept);
        table.by_name.insert(kept, id);
        Self(id)
    }

    /// Returns the number of `name` when it has one.
    #[must_use]
    pub fn known(name: &str) -> Option<Self> {
        ASKED.with_borrow_mut(|asked| {
            if let Some(&id) = asked.by_name.get(name) {
                return Some(Self(id));
            }
            let table = names()
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            let (&name, &id) = table.by_name.get_key_value(name)?;
            asked.by_name.insert(name, id);
            Some(Self(id))
        })
    }

    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        ASKED.with_borrow_mut(|asked| {
            let at = self.0 as usize;
            if at >= asked.by_id.len() {
                let table = names()
                    .read()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                let new = table.by_id.get(asked.by_id.len()..).unwrap_or_default();
                asked.by_id.extend_from_slice(new);
            }
            let name = asked.by_id.get(at).copied();
            name.unwrap_or("(too many field names)")
        })
    }
}
