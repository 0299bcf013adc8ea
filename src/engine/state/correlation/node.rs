//! One correlation of a tree of them: matches of its inputs come in, completions go out.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::super::order;
use super::super::part::{Key, Part, keys_by};
use super::measure;
use super::memory::{Match, Memory, drop_old, follow, keep_enough};
use crate::engine::naive::Scope;
use crate::event::{Event, Time, Value};
use crate::lang::ir::correlation::{Condition, Input, Kind, Source};
use crate::lang::ir::test::number;
use crate::lang::ir::{Correlation, Number};
use crate::schema::FieldRef;

/// A correlation and what it remembers.
pub struct Node {
    correlation: Correlation,
    grows: bool,
    /// Of the inputs that are correlations themselves.
    inner: Vec<Option<Node>>,
    keys: HashMap<Key, Memory>,
}

/// That a correlation matched.
pub struct Completion {
    pub key: Key,
    /// Which stretch it lies in.
    pub stretch: i64,
    /// Whether it is the first of its key in its stretch.
    pub first: bool,
    /// When.
    pub time: Time,
    /// All its events, the oldest first.
    pub parts: Vec<Part>,
    /// Those that its alert does not have yet.
    pub new: Vec<Part>,
    /// Names and values that the events share.
    pub shared: Vec<(Box<str>, Value)>,
    pub number: Number,
}

impl Node {
    pub fn new(correlation: Correlation) -> Self {
        let inner = correlation.inputs.iter().map(|input| match &input.source {
            Source::Events => None,
            Source::Correlation(inner) => Some(Self::new((**inner).clone())),
        });
        Self {
            grows: correlation.grows(),
            inner: inner.collect(),
            correlation,
            keys: HashMap::new(),
        }
    }

    pub const fn correlation(&self) -> &Correlation {
        &self.correlation
    }

    /// Takes an event and adds what it completes.
    pub fn accept(&mut self, event: &Arc<Event>, completions: &mut Vec<Completion>) {
        // Later inputs first, so that an event never follows itself.
        for n in (0..self.correlation.inputs.len()).rev() {
            match &mut self.inner[n] {
                None => {
                    if let Some(part) = Part::of(&self.correlation.inputs[n].stage, event) {
                        self.take(n, event.time, &[part], completions);
                    }
                }
                Some(inner) => {
                    let mut found = Vec::new();
                    inner.accept(event, &mut found);
                    self.take_all(n, found, completions);
                }
            }
        }
    }

    /// Ends the stretches that lie before `moment` and adds what they complete.
    pub fn end(&mut self, moment: Time, completions: &mut Vec<Completion>) {
        for n in 0..self.inner.len() {
            let mut found = Vec::new();
            if let Some(inner) = &mut self.inner[n] {
                inner.end(moment, &mut found);
            }
            self.take_all(n, found, completions);
        }
        if self.grows {
            return;
        }
        let current = self.stretch(moment);
        let mut ended: Vec<Key> = Vec::new();
        for (key, memory) in &self.keys {
            if memory
                .stretch
                .is_some_and(|stretch| stretch < current || moment.0 == i64::MAX)
            {
                ended.push(*key);
            }
        }
        ended.sort_unstable();
        for key in ended {
            if let Some(memory) = self.keys.remove(&key) {
                completions.extend(self.ended(key, memory));
            }
        }
    }

    /// Forgets what can no longer matter when all events up to `moment` have come.
    pub fn forget(&mut self, moment: Time) {
        for inner in self.inner.iter_mut().flatten() {
            inner.forget(moment);
        }
        if !self.grows {
            return;
        }
        let oldest = Time(moment.0.saturating_sub(self.correlation.span));
        let current = self.stretch(moment);
        self.keys.retain(|_, memory| {
            drop_old(memory, oldest);
            if memory.stretch.is_some_and(|stretch| stretch < current) {
                memory.enter(current);
            }
            memory.all().next().is_some() || !memory.given.is_empty()
        });
    }

    /// Returns whether some of its inputs are correlations.
    pub fn is_nested(&self) -> bool {
        self.inner.iter().any(Option::is_some)
    }

    /// Returns how far back events can matter, in nanoseconds: its stretch, the timespan before that, and what its
    /// inner correlations reach back from there.
    pub fn reach(&self) -> i64 {
        let inner = self.inner.iter().flatten().map(Self::reach).max();
        let own = self.correlation.span.saturating_mul(2);
        own.saturating_add(inner.unwrap_or(0))
    }

    /// Returns the time of the oldest event that it keeps.
    pub fn oldest(&self) -> Option<Time> {
        let own = self.keys.values().filter_map(Memory::oldest).min();
        let inner = self.inner.iter().flatten().filter_map(Self::oldest).min();
        own.into_iter().chain(inner).min()
    }

    pub fn size(&self) -> usize {
        let own: usize = self.keys.values().map(Memory::size).sum();
        own + self.inner.iter().flatten().map(Self::size).sum::<usize>()
    }

    /// Gives up the keys that were quiet longest, about half of them; returns how many those were.
    pub fn evict(&mut self) -> u64 {
        let inner: u64 = self.inner.iter_mut().flatten().map(Self::evict).sum();
        let mut times: Vec<Time> = self.keys.values().map(Memory::newest).collect();
        if times.is_empty() {
            return inner;
        }
        let middle = times.len() / 2;
        let bound = *times.select_nth_unstable(middle).1;
        let before = self.keys.len();
        self.keys.retain(|_, memory| memory.newest() > bound);
        inner + (before - self.keys.len()) as u64
    }

    const fn stretch(&self, time: Time) -> i64 {
        time.0.div_euclid(if self.correlation.span > 0 {
            self.correlation.span
        } else {
            1
        })
    }

    /// Takes the completions of an inner correlation as matches of input `n`.
    fn take_all(&mut self, n: usize, found: Vec<Completion>, completions: &mut Vec<Completion>) {
        let every = matches!(self.correlation.kind, Kind::Temporal | Kind::Ordered);
        for completion in found {
            // A count counts alerts, not how often one grew.
            if every || completion.first {
                self.take(n, completion.time, &completion.parts, completions);
            }
        }
    }

    /// Takes a match of input `n`, once for each key that its events have.
    fn take(&mut self, n: usize, time: Time, parts: &[Part], completions: &mut Vec<Completion>) {
        let input = &self.correlation.inputs[n];
        let fields: Vec<FieldRef> = input.stage.by.iter().map(|(field, _)| *field).collect();
        let Some(event) = event_with(parts, &fields) else {
            return;
        };
        let numbers = if computes(self.correlation.kind) {
            numbers(input, parts)
        } else {
            Vec::new()
        };
        if computes(self.correlation.kind) && numbers.is_empty() {
            return;
        }
        let values: Vec<Option<Key>> = if self.correlation.kind == Kind::ValueCount {
            let Some(event) = event_with(parts, &input.values) else {
                return;
            };
            let values: BTreeSet<Key> = keys_by(&required(&input.values), event)
                .into_iter()
                .collect();
            values.into_iter().map(Some).collect()
        } else {
            vec![None]
        };
        let keys: BTreeSet<Key> = keys_by(&input.stage.by, event).into_iter().collect();
        let shared = shared(&self.correlation.group_by, &fields, event);
        for key in keys {
            for value in &values {
                let one = Match {
                    input: n,
                    time,
                    parts: parts.to_vec(),
                    value: *value,
                    numbers: numbers.clone(),
                };
                completions.extend(self.add(key, one, &shared));
            }
        }
    }

    fn add(&mut self, key: Key, one: Match, shared: &[(Box<str>, Value)]) -> Option<Completion> {
        let stretch = self.stretch(one.time);
        let oldest = Time(one.time.0.saturating_sub(self.correlation.span));
        let memory = match self.keys.entry(key) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Memory::default()),
        };
        shared.clone_into(&mut memory.shared);
        memory.enter(stretch);
        if !self.grows {
            memory.matches.push(one);
            return None;
        }
        drop_old(memory, oldest);
        let time = one.time;
        if self.correlation.kind == Kind::Ordered {
            let whole = follow(memory, one, self.correlation.inputs.len(), oldest)?;
            let number = Number::Int(self.correlation.inputs.len() as i64);
            return Some(complete(
                self.correlation.kind,
                key,
                memory,
                time,
                &whole,
                number,
            ));
        }
        memory.matches.push(one);
        keep_enough(memory, &self.correlation);
        let matches = std::mem::take(&mut memory.matches);
        let number = satisfied(&self.correlation, &matches);
        let completion = number
            .map(|number| complete(self.correlation.kind, key, memory, time, &matches, number));
        memory.matches = matches;
        completion
    }

    /// Returns the completion of a stretch that has ended.
    fn ended(&self, key: Key, mut memory: Memory) -> Option<Completion> {
        let matches = std::mem::take(&mut memory.matches);
        let number = satisfied(&self.correlation, &matches)?;
        let stretch = memory.stretch.unwrap_or_default();
        let end = Time(
            stretch
                .saturating_add(1)
                .saturating_mul(self.correlation.span),
        );
        Some(complete(
            self.correlation.kind,
            key,
            &mut memory,
            end,
            &matches,
            number,
        ))
    }
}

const fn computes(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Sum | Kind::Average | Kind::Percentile(_) | Kind::Median
    )
}

/// Returns the number that the matches reach when they satisfy the condition.
fn satisfied(correlation: &Correlation, matches: &[Match]) -> Option<Number> {
    let matched: BTreeSet<usize> = matches.iter().map(|one| one.input).collect();
    let count = |count: usize| Number::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let number = match correlation.kind {
        Kind::EventCount => count(matches.len()),
        Kind::ValueCount => {
            let values: BTreeSet<Key> = matches.iter().filter_map(|one| one.value).collect();
            count(values.len())
        }
        Kind::Temporal | Kind::Ordered => count(matched.len()),
        kind => {
            let numbers: Vec<Number> = matches
                .iter()
                .flat_map(|one| one.numbers.iter().copied())
                .collect();
            measure::of(kind, &numbers)?
        }
    };
    let holds = match &correlation.condition {
        Condition::Rules(rules) => rules.holds(&|input| matched.contains(&input)),
        bounds @ Condition::Number(_) => bounds.accepts(number),
    };
    holds.then_some(number)
}

fn complete(
    kind: Kind,
    key: Key,
    memory: &mut Memory,
    time: Time,
    matches: &[Match],
    number: Number,
) -> Completion {
    let mut parts: Vec<Part> = Vec::new();
    let mut seen = HashSet::new();
    for part in matches.iter().flat_map(|one| &one.parts) {
        if seen.insert(part.event.id) {
            parts.push(part.clone());
        }
    }
    parts.sort_by_key(|part| order(&part.event));
    let first = memory.given.is_empty();
    let new: Vec<Part> = parts
        .iter()
        .filter(|part| memory.given.insert(part.event.id))
        .cloned()
        .collect();
    // Of a count no more is kept than it needs: the alert knows how many there were.
    let number = match kind {
        Kind::EventCount => Number::Int(memory.given.len() as i64),
        _ => number,
    };
    let since = parts.first().map(|part| part.event.time);
    memory.given_since = memory.given_since.into_iter().chain(since).min();
    Completion {
        key,
        stretch: memory.stretch.unwrap_or_default(),
        first,
        time,
        parts,
        new,
        shared: memory.shared.clone(),
        number,
    }
}

/// Fields that must have a value.
fn required(fields: &[FieldRef]) -> Vec<(FieldRef, bool)> {
    fields.iter().map(|field| (*field, false)).collect()
}

/// Returns the newest event that has all of `fields`, for the matches of correlations.
fn event_with<'p>(parts: &'p [Part], fields: &[FieldRef]) -> Option<&'p Event> {
    let mut newest_first = parts.iter().rev();
    let has_all = |part: &&Part| {
        let scope = Scope::of(&part.event);
        fields.iter().all(|field| scope.value(*field).is_some())
    };
    newest_first.find(has_all).map(|part| &*part.event)
}

fn numbers(input: &Input, parts: &[Part]) -> Vec<Number> {
    let Some(event) = event_with(parts, &input.values) else {
        return Vec::new();
    };
    let scope = Scope::of(event);
    let values = input.values.iter().filter_map(|field| scope.value(*field));
    values
        .flat_map(|value| value.elements().filter_map(number).collect::<Vec<_>>())
        .collect()
}

fn shared(names: &[Box<str>], fields: &[FieldRef], event: &Event) -> Vec<(Box<str>, Value)> {
    let scope = Scope::of(event);
    let values = names.iter().zip(fields).filter_map(|(name, field)| {
        let value = scope.value(*field)?.into_owned();
        Some((name.clone(), value))
    });
    values.collect()
}
