//! What was delivered out of an EVTX file, slot by slot.
//!
//! Takes what a slot holds now; tells from where on its records are new. Slots that follow on from each other are
//! one [`Span`], so that the state of a large log stays a few numbers.

use serde::{Deserialize, Serialize};

use super::chunk::First;

/// Slots whose records were delivered.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Slots {
    spans: Vec<Span>,
}

/// Slots that follow on from each other, by number and by record id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Span {
    slot: usize,
    slots: usize,
    /// The lowest and the highest record id.
    first: u64,
    last: u64,
    /// When the first slot's first record was written; `None` once that slot was split off.
    written: Option<u64>,
    /// How far the last slot was read, in bytes of its chunk.
    end: usize,
}

impl Span {
    fn last_slot(&self) -> usize {
        self.slot + self.slots - 1
    }

    fn holds(&self, slot: usize) -> bool {
        (self.slot..=self.last_slot()).contains(&slot)
    }

    /// Tells whether the chunk that begins with `first` is the one that was in `slot` when it was read.
    fn knows(&self, slot: usize, first: First) -> bool {
        let same = slot != self.slot || self.written.is_none_or(|written| written == first.written);
        same && (self.first..=self.last).contains(&first.id)
    }
}

impl Slots {
    /// Returns how far the chunk in `slot`, which begins with `first`, was read: bytes of the chunk, 0 for nothing,
    /// `usize::MAX` when it was left for the next slot and is done.
    pub(super) fn read_to(&self, slot: usize, first: First) -> usize {
        let Some(span) = self.spans.iter().find(|span| span.holds(slot)) else {
            return 0;
        };
        match span.knows(slot, first) {
            false => 0,
            true if slot == span.last_slot() => span.end,
            true => usize::MAX,
        }
    }

    /// Returns the slot that holds the highest record id: the one Windows writes to.
    pub(super) fn active(&self) -> Option<usize> {
        self.spans
            .iter()
            .max_by_key(|span| span.last)
            .map(Span::last_slot)
    }

    /// Remembers that `slot`, which begins with `first`, was read to `end` bytes and record `last`.
    pub(super) fn set(&mut self, slot: usize, first: First, last: u64, end: usize) {
        let old = self.spans.iter().position(|span| span.holds(slot));
        if let Some(at) = old {
            let span = &mut self.spans[at];
            if span.knows(slot, first) && slot == span.last_slot() {
                span.last = last.max(span.last);
                span.end = end;
                return;
            }
            if first.id <= span.first {
                // Record ids went back: the log was cleared or put back, so nothing that was read is there now.
                self.spans.clear();
            } else {
                self.split_off(at, slot);
            }
        }
        let follows =
            |span: &Span| span.last_slot() + 1 == slot && span.last.wrapping_add(1) == first.id;
        if let Some(span) = self.spans.iter_mut().find(|span| follows(span)) {
            span.slots += 1;
            span.last = last;
            span.end = end;
        } else {
            let written = Some(first.written);
            self.spans.push(Span {
                slot,
                slots: 1,
                first: first.id,
                last,
                written,
                end,
            });
        }
    }

    /// Takes `slot` out of a span; what lies before and after it stays known.
    fn split_off(&mut self, at: usize, slot: usize) {
        let span = self.spans.remove(at);
        if slot > span.slot {
            // How far the new last slot was read is not known any more; it was left for the next, so it is done.
            self.spans.push(Span {
                slots: slot - span.slot,
                end: usize::MAX,
                ..span.clone()
            });
        }
        if slot < span.last_slot() {
            let slots = span.last_slot() - slot;
            self.spans.push(Span {
                slot: slot + 1,
                slots,
                written: None,
                ..span
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(id: u64) -> First {
        First {
            id,
            written: id + 1000,
        }
    }

    #[test]
    fn consecutive_slots_are_one_span() {
        let mut slots = Slots::default();
        for slot in 0..100 {
            slots.set(
                slot,
                first(slot as u64 * 10 + 1),
                slot as u64 * 10 + 10,
                60_000,
            );
        }
        assert_eq!(slots.spans.len(), 1);
        assert_eq!(slots.active(), Some(99));
        assert_eq!(slots.read_to(4, first(41)), usize::MAX);
        assert_eq!(slots.read_to(99, first(991)), 60_000);
        assert_eq!(slots.read_to(100, first(1001)), 0);
    }

    #[test]
    fn a_wrapped_log_begins_again_at_the_first_slot() {
        let mut slots = Slots::default();
        for slot in 0..4 {
            slots.set(
                slot,
                first(slot as u64 * 10 + 1),
                slot as u64 * 10 + 10,
                60_000,
            );
        }
        assert_eq!(slots.read_to(0, first(41)), 0);
        slots.set(0, first(41), 43, 2000);
        assert_eq!(slots.active(), Some(0));
        assert_eq!(slots.read_to(0, first(41)), 2000);
        assert_eq!(slots.read_to(1, first(11)), usize::MAX);
        assert_eq!(slots.read_to(3, first(31)), 60_000);
    }

    #[test]
    fn a_cleared_log_is_new() {
        let mut slots = Slots::default();
        slots.set(0, first(1), 10, 60_000);
        slots.set(1, first(11), 20, 60_000);
        let cleared = First { id: 1, written: 9 };
        assert_eq!(slots.read_to(0, cleared), 0);
        slots.set(0, cleared, 2, 1000);
        assert_eq!(slots.read_to(1, first(11)), 0);
    }
}
