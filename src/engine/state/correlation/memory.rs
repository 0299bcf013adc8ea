//! What a correlation keeps of one key, and what it may drop.

use std::collections::HashSet;

use super::super::order;
use super::super::part::{Key, Part};
use super::weight;
use crate::event::{EventId, Time, Value};
use crate::lang::ir::correlation::{Condition, Kind};
use crate::lang::ir::{Comparison, Correlation, Number};

/// A match of an input: one event, or those of a correlation.
#[derive(Clone)]
pub struct Match {
    pub input: usize,
    pub time: Time,
    pub parts: Vec<Part>,
    /// What a distinct count tells matches apart by.
    pub value: Option<Key>,
    /// What is computed with.
    pub numbers: Vec<Number>,
}

/// What is kept of one key.
#[derive(Default)]
pub struct Memory {
    /// The oldest first.
    pub matches: Vec<Match>,
    /// Of an ordered correlation: by the number of the last input, the parts so far.
    pub chains: Vec<Option<Vec<Match>>>,
    pub stretch: Option<i64>,
    /// Events that the alert of this stretch has already.
    pub given: HashSet<EventId>,
    /// The oldest of them.
    pub given_since: Option<Time>,
    pub shared: Vec<(Box<str>, Value)>,
}

impl Memory {
    pub fn all(&self) -> impl Iterator<Item = &Match> {
        self.matches
            .iter()
            .chain(self.chains.iter().flatten().flatten())
    }

    pub fn oldest(&self) -> Option<Time> {
        let parts = self
            .all()
            .flat_map(|one| &one.parts)
            .map(|part| part.event.time);
        parts.chain(self.given_since).min()
    }

    pub fn newest(&self) -> Time {
        self.all().map(|one| one.time).max().unwrap_or_default()
    }

    pub fn size(&self) -> usize {
        size_of::<Self>()
            + self.given.len() * 24
            + self.all().map(|one| weight(&one.parts)).sum::<usize>()
    }

    pub fn enter(&mut self, stretch: i64) {
        if self.stretch != Some(stretch) {
            self.stretch = Some(stretch);
            self.given.clear();
            self.given_since = None;
        }
    }
}

/// Drops matches before `oldest`.
pub fn drop_old(memory: &mut Memory, oldest: Time) {
    memory.matches.retain(|one| one.time >= oldest);
    for chain in &mut memory.chains {
        if chain
            .as_ref()
            .and_then(|chain| chain.first())
            .is_some_and(|first| first.time < oldest)
        {
            *chain = None;
        }
    }
}

/// Drops matches that newer ones make needless.
pub fn keep_enough(memory: &mut Memory, correlation: &Correlation) {
    let matches = &mut memory.matches;
    let least = match &correlation.condition {
        Condition::Number(bounds) => least(bounds),
        Condition::Rules(_) => usize::MAX,
    };
    match correlation.kind {
        Kind::EventCount => {
            let surplus = matches.len().saturating_sub(least);
            matches.drain(..surplus);
        }
        Kind::ValueCount => keep_newest(matches, |one| one.value, least),
        Kind::Temporal => keep_newest(matches, |one| Some(one.input), usize::MAX),
        _ => {}
    }
}

/// Keeps the newest match of each name, and of those the newest `most`.
fn keep_newest<N: std::hash::Hash + Eq>(
    matches: &mut Vec<Match>,
    name: impl Fn(&Match) -> N,
    most: usize,
) {
    let mut seen = HashSet::new();
    matches.reverse();
    matches.retain(|one| seen.insert(name(one)));
    matches.truncate(most);
    matches.reverse();
}

/// How many matches suffice for lower bounds.
fn least(bounds: &[(Comparison, Number)]) -> usize {
    let needed = bounds.iter().map(|(op, bound)| {
        let bound = bound.as_f64().max(0.0);
        let above = if *op == Comparison::Greater {
            bound.floor() + 1.0
        } else {
            bound.ceil()
        };
        above as usize
    });
    needed.max().unwrap_or(1).max(1)
}

/// Puts a match behind the chain that it follows; returns the whole chain when it was the last.
pub fn follow(memory: &mut Memory, one: Match, inputs: usize, oldest: Time) -> Option<Vec<Match>> {
    memory.chains.resize_with(inputs, || None);
    let place = one.input;
    let chain = match place.checked_sub(1) {
        None => vec![one],
        Some(before) => {
            let mut chain = memory.chains.get(before)?.clone()?;
            let follows = chain.last().is_some_and(|last| comes_before(last, &one));
            if !follows || chain.first().is_some_and(|first| first.time < oldest) {
                return None;
            }
            chain.push(one);
            chain
        }
    };
    if place + 1 == inputs {
        return Some(chain);
    }
    memory.chains[place] = Some(chain);
    None
}

fn comes_before(first: &Match, second: &Match) -> bool {
    match (first.parts.last(), second.parts.last()) {
        (Some(first), Some(second)) => order(&first.event) < order(&second.event),
        _ => first.time < second.time,
    }
}
