//! Records that no rule can fire on are told by a few of their members, before an event is built.
//!
//! Takes a line of JSON or an event's XML; gives the rules that its event may fire, or says that only the whole event can tell. What a
//! rule asks of a field is asked of the member that the field is a copy of, or of a small event of the members that it
//! [depends on](crate::schema::depends::Depends); small events are remembered by those members' bytes. Rules that are
//! let through are run plainly on the whole event, so nothing here decides that a rule fires.

mod class;
mod layout;
mod log;

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::HashMap;

use crate::decode::is_rest;
use crate::decode::members::Members;
use crate::event::Event;
use crate::lang::ir::Pred;
use class::Class;
pub use class::Plan;
use layout::Layout;

/// Most classes that are kept; records of further ones are built whole.
pub const MAX_CLASSES: usize = 2048;

/// The plans of the classes that any worker has met, by the members that tell the class.
#[derive(Debug, Default)]
pub struct Plans(RwLock<HashMap<String, Option<Arc<Plan>>>>);

impl Plans {
    fn get<'a>(
        &self,
        layout: &mut Layout,
        members: &Members,
        line: &[u8],
        conditions: impl Fn(&Event) -> Vec<(usize, &'a Pred)>,
    ) -> Option<Arc<Plan>> {
        let base = Plan::base(layout, members, line)?;
        let key = serde_json::to_string(&(layout.kind as u8, &base)).ok()?;
        {
            let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(plan) = known.get(&key) {
                return plan.clone();
            }
            if known.len() >= MAX_CLASSES {
                return None;
            }
        }
        let plan = Plan::new(layout.kind, base, conditions).map(Arc::new);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(key).or_insert(plan).clone()
    }
}

/// What a line turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'s> {
    /// Only the whole event can tell.
    Odd,
    /// A sound record. These rules, in the engine's order, may fire on it; none other does.
    Sound(&'s [usize]),
}

/// One worker's sieve.
#[derive(Debug, Default)]
pub struct Sieve {
    members: Members,
    layouts: Vec<Layout>,
    classes: HashMap<Box<[u8]>, Option<Box<Class>>>,
    key: Vec<u8>,
    places: Vec<usize>,
    memo: bool,
    host: Range<usize>,
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
        self.places.clear();
        match self.run(plans, line, conditions) {
            Some(true) => Verdict::Sound(&self.places),
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
        self.key.clear();
        layout.write_key(members, line, &mut self.key)?;
        self.host = layout.host(members).unwrap_or_default();
        let spaced = layout.spaced;
        if !self.classes.contains_key(&self.key[..]) {
            if self.classes.len() >= MAX_CLASSES {
                return None;
            }
            let plan = plans.get(layout, members, line, conditions);
            let class = plan.map(|plan| Box::new(Class::new(plan, &mut self.members, self.memo)));
            self.classes.insert(self.key.as_slice().into(), class);
        }
        let class = self.classes.get_mut(&self.key[..])?.as_deref_mut()?;
        if spaced && class.plan().spaced {
            return None;
        }
        Some(class.run(&self.members, line, &mut self.places))
    }

    /// Returns the classes and their programs' counters, for a profile.
    pub fn desks(&self) -> impl Iterator<Item = (&Plan, &super::eval::Desk)> {
        self.classes
            .values()
            .flatten()
            .map(|class| (class.plan(), class.desk()))
    }
}
