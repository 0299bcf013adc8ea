//! Lines that agree in some members, and what is remembered of each such kind of lines.
//!
//! Takes a line; gives what was put for a line with equal members. Several rules depend on the same members of a class:
//! the members are then written, and looked up, once a line, and one small event of them serves all.

use foldhash::HashMap;

use super::class::{Line, small, write_member};
use super::plan::Base;
use crate::decode::members::NameId;
use crate::event::Event;

/// Most kinds of lines that are kept for the same members, in each of two generations.
const KEPT: usize = 256;

/// Longer members, in bytes together, are seldom seen again.
const LONGEST: usize = 2048;

/// Where something is kept for each kind of lines.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    same: usize,
    slot: usize,
}

impl Slot {
    /// Returns a new one for lines with equal `members`, in ascending order.
    pub fn of<T>(all: &mut Vec<Same<T>>, members: Vec<NameId>) -> Self {
        let known = all.iter().position(|same| *same.members == *members);
        let same = known.unwrap_or_else(|| {
            all.push(Same::new(members));
            all.len() - 1
        });
        let slot = all[same].slots;
        all[same].slots += 1;
        Self { same, slot }
    }

    /// Returns which of all members it is for.
    pub const fn same(self) -> usize {
        self.same
    }
}

/// What is remembered of lines by the same members.
#[derive(Debug)]
pub struct Same<T> {
    members: Box<[NameId]>,
    slots: usize,
    /// The number of the line that is open, and its place among the young; `None` for one that is not kept.
    open: (u64, Option<usize>),
    /// The small event of the open line, once it was built.
    event: Option<Event>,
    key: Vec<u8>,
    young: Generation<T>,
    /// Those that were known when it was full last.
    old: Generation<T>,
}

#[derive(Debug)]
struct Generation<T> {
    places: HashMap<Box<[u8]>, usize>,
    kinds: Vec<OfKind<T>>,
    bytes: usize,
}

/// What is kept for one kind of lines, by slots.
#[derive(Debug)]
struct OfKind<T> {
    slots: Vec<Option<T>>,
    bytes: usize,
}

impl<T> Default for OfKind<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            bytes: 0,
        }
    }
}

impl<T> Default for Generation<T> {
    fn default() -> Self {
        Self {
            places: HashMap::default(),
            kinds: Vec::new(),
            bytes: 0,
        }
    }
}

impl<T> Same<T> {
    fn new(members: Vec<NameId>) -> Self {
        Self {
            members: members.into(),
            slots: 0,
            open: (0, None),
            event: None,
            key: Vec::new(),
            young: Generation::default(),
            old: Generation::default(),
        }
    }

    /// Opens the line with that number, if it is not; false when nothing is kept for it. `bytes` are those of all that is
    /// kept.
    pub fn open(&mut self, number: u64, line: Line<'_>, bytes: &mut usize) -> bool {
        if self.open.0 == number {
            return self.open.1.is_some();
        }
        self.event = None;
        self.key.clear();
        for name in &self.members {
            write_member(*name, line, &mut self.key);
        }
        self.key.extend(line.class.number.to_le_bytes());
        let place = (self.key.len() <= LONGEST).then(|| self.place(bytes));
        self.open = (number, place);
        place.is_some()
    }

    /// Returns the place of the line's kind among the young ones.
    fn place(&mut self, bytes: &mut usize) -> usize {
        if let Some(place) = self.young.places.get(&*self.key) {
            return *place;
        }
        let known = self.old.places.remove(&*self.key);
        let kind = if let Some(place) = known {
            let kind = std::mem::take(&mut self.old.kinds[place]);
            self.old.bytes -= kind.bytes;
            kind
        } else {
            *bytes += self.key.len();
            OfKind {
                bytes: self.key.len(),
                ..OfKind::default()
            }
        };
        if self.young.kinds.len() == KEPT {
            *bytes -= self.old.bytes;
            self.old = std::mem::take(&mut self.young);
        }
        let place = self.young.kinds.len();
        self.young.bytes += kind.bytes;
        self.young.kinds.push(kind);
        self.young.places.insert(self.key.as_slice().into(), place);
        place
    }

    /// Returns what is kept there for lines like the open one.
    pub fn get(&self, slot: Slot) -> Option<&T> {
        let kind = self.young.kinds.get(self.open.1?)?;
        kind.slots.get(slot.slot)?.as_ref()
    }

    /// Keeps something of that many bytes there for lines like the open one.
    pub fn put(&mut self, slot: Slot, kept: T, size: usize, bytes: &mut usize) {
        let kind = self
            .open
            .1
            .and_then(|place| self.young.kinds.get_mut(place));
        let Some(kind) = kind else { return };
        if kind.slots.len() <= slot.slot {
            kind.slots.resize_with(slot.slot + 1, || None);
        }
        kind.slots[slot.slot] = Some(kept);
        kind.bytes += size;
        self.young.bytes += size;
        *bytes += size;
    }

    /// Returns the small event of the open line's members.
    pub fn event(&mut self, line: Line<'_>) -> Option<&mut Event> {
        if self.event.is_none() {
            let class = line.class;
            let names = self.members.iter().copied();
            self.event = small(class.plan.kind, Base::clone(&class.base), names, line);
        }
        self.event.as_mut()
    }
}
