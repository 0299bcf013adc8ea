//! Records that no rule can fire on are told by a few of their members, before an event is built.
//!
//! Takes a line of JSON or an event's XML; gives the rules that its event may fire, or says that only the whole event
//! can tell. What a
//! rule asks of a field is asked of the member that the field is a copy of, or of a small event of the members that it
//! [depends on](crate::schema::depends::Depends); small events are remembered by those members' bytes. Rules that are
//! let through are run plainly on the whole event, so nothing here decides that a rule fires.

mod class;
mod layout;
mod log;
mod plan;

use std::ops::Range;
use std::sync::Arc;

use foldhash::HashMap;

use super::plan::Candidate;
use crate::decode::is_rest;
use crate::decode::members::Members;
use crate::event::Event;
use crate::lang::ir::Pred;
use class::{Class, Line};
use layout::Layout;
use plan::Known;
pub use plan::{Plan, Plans};

/// Most classes that are kept; records of further ones are built whole.
pub const MAX_CLASSES: usize = 2048;

/// What a line turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'s> {
    /// Only the whole event can tell.
    Odd,
    /// A sound record. These rules, in the engine's order, may fire on it; none other does.
    Sound(&'s [Candidate]),
}

/// One worker's sieve.
#[derive(Debug, Default)]
pub struct Sieve {
    members: Members,
    layouts: Vec<Layout>,
    /// What is known of a class, and the place of its plan.
    known: HashMap<Box<[u8]>, Option<(Known, usize)>>,
    classes: Vec<Class>,
    key: Vec<u8>,
    candidates: Vec<Candidate>,
    memo: bool,
    host: Range<usize>,
    /// The place of the last record's class.
    last: Option<usize>,
}

impl Sieve {
    /// Returns a sieve; without `memo` every value is matched anew.
    #[must_use]
    pub fn new(memo: bool) -> Self {
        let mut members = Members::default();
        let layouts = layout::all(&mut members);
        Self {
            members,
            layouts,
            memo,
            ..Self::default()
        }
    }

    /// Finds the members of `line` and nothing else; returns how many there are.
    pub fn extract(&mut self, line: &[u8]) -> Option<usize> {
        self.members.read(line)?;
        Some(self.members.all().len())
    }

    /// Looks at a line; `conditions` gives the rules that may read events of the class of an event.
    pub fn look<'a>(
        &mut self,
        plans: &Plans,
        line: &[u8],
        conditions: impl Fn(&Event) -> Vec<(usize, &'a Pred)>,
    ) -> Verdict<'_> {
        self.candidates.clear();
        self.last = None;
        match self.run(plans, line, conditions) {
            Some(true) => Verdict::Sound(&self.candidates),
            _ => Verdict::Odd,
        }
    }

    /// Returns the bytes that name the host in the last line that was looked at.
    #[must_use]
    pub fn host<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        line.get(self.host.clone()).unwrap_or_default()
    }

    fn run<'a>(
        &mut self,
        plans: &Plans,
        line: &[u8],
        conditions: impl Fn(&Event) -> Vec<(usize, &'a Pred)>,
    ) -> Option<bool> {
        let length = self.members.read(line)?;
        if !is_rest(&line[length..]) {
            return None;
        }
        let members = &self.members;
        let mut layouts = self.layouts.iter_mut();
        let layout = layouts.find(|layout| layout.fits(members))?;
        let xml = line.first() == Some(&b'<');
        self.key.clear();
        self.key.push(u8::from(xml));
        layout.write_key(members, line, &mut self.key)?;
        self.host = layout.host(members).unwrap_or_default();
        let spaced = layout.spaced;
        if !self.known.contains_key(&self.key[..]) {
            if self.known.len() >= MAX_CLASSES {
                return None;
            }
            let known = plans.get(layout, members, line, conditions);
            let known = known.map(|known| {
                let place = self.place(&known, xml);
                (known, place)
            });
            self.known.insert(self.key.as_slice().into(), known);
        }
        let (known, place) = self.known.get(&self.key[..])?.as_ref()?;
        self.last = Some(*place);
        if spaced && known.plan.spaced {
            return None;
        }
        let line = Line {
            members: &self.members,
            bytes: line,
            class: known,
        };
        Some(self.classes[*place].run(line, &mut self.candidates))
    }

    /// Returns the place of the class's plan among [`Sieve::classes`].
    fn place(&mut self, known: &Known, xml: bool) -> usize {
        let same = |class: &Class| class.xml == xml && Arc::ptr_eq(class.plan(), &known.plan);
        if let Some(place) = self.classes.iter().position(same) {
            return place;
        }
        let plan = Arc::clone(&known.plan);
        let class = Class::new(plan, xml, &mut self.members, self.memo);
        self.classes.push(class);
        self.classes.len() - 1
    }

    /// Returns the channel and the event id of the last record, if its class is known.
    #[must_use]
    pub fn class(&self) -> Option<(&str, u32)> {
        Some(self.classes.get(self.last?)?.plan().name())
    }
}
