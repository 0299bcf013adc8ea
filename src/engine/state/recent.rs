//! What was handed to rules last.
//!
//! Takes an event's identity and the rules that it is handed to; tells which of them were handed it before. A log whose
//! place is in doubt after a rotation is read again, and what it brings a second time must not count twice.

use std::collections::VecDeque;
use std::hash::BuildHasher;

use foldhash::HashMap;
use foldhash::quality::RandomState;

use crate::event::EventId;
use crate::rule::Rule;

/// Hits and their events that are remembered, counted together: 8 bytes each hit, some 130 each event.
const KEPT: usize = 1 << 17;

/// The hits that were handled last.
#[derive(Default)]
pub struct Recent {
    hasher: RandomState,
    /// Digests of the ids of the rules that were handed an event.
    known: HashMap<EventId, Vec<u64>>,
    order: VecDeque<EventId>,
    kept: usize,
}

/// The rules that were handed one event.
pub struct Handed<'r> {
    hasher: &'r RandomState,
    rules: &'r mut Vec<u64>,
    kept: &'r mut usize,
}

impl Recent {
    /// Begins to hand an event out.
    pub fn open(&mut self, event: EventId) -> Handed<'_> {
        while self.kept > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            let rules = self.known.remove(&oldest);
            self.kept -= rules.map_or(0, |rules| 1 + rules.len());
        }
        let rules = self.known.entry(event).or_insert_with(|| {
            self.order.push_back(event);
            self.kept += 1;
            Vec::new()
        });
        Handed {
            hasher: &self.hasher,
            rules,
            kept: &mut self.kept,
        }
    }
}

impl Handed<'_> {
    /// Returns whether the rule was not handed the event before, which it is from now on.
    pub fn is_new(&mut self, rule: &Rule) -> bool {
        let digest = self.hasher.hash_one(&rule.id);
        let new = !self.rules.contains(&digest);
        if new {
            self.rules.push(digest);
            *self.kept += 1;
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::state::testing;

    #[test]
    fn each_rule_is_handed_an_event_once_until_it_is_forgotten() {
        let (one, other) = (
            testing::eql_rule("one", "any where true"),
            testing::eql_rule("other", "any where true"),
        );
        let event = |number: usize| {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_le_bytes());
            EventId(id)
        };
        let mut recent = Recent::default();
        assert!(recent.open(event(0)).is_new(&one));
        assert!(!recent.open(event(0)).is_new(&one));
        assert!(recent.open(event(0)).is_new(&other));
        for number in 1..KEPT / 2 {
            assert!(recent.open(event(number)).is_new(&one));
        }
        assert!(!recent.open(event(1)).is_new(&one));
        assert!(recent.open(event(KEPT / 2)).is_new(&one));
        assert!(recent.open(event(0)).is_new(&other));
        assert!(recent.kept <= KEPT + 2 && recent.order.len() == recent.known.len());
    }
}
