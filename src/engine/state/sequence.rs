//! EQL's `sequence`, as Elasticsearch runs it.
//!
//! Of each key and stage only the latest pending sequence is kept: a later one always wins, so an older one can never
//! complete. An event is offered to later stages before earlier ones, so it never follows itself. A sequence that was
//! tried is used up, whether it fitted or not. `maxspan` counts from the first event, its end included. `until` ends
//! what is pending. An absent event counts strictly between its neighbours in time: one that came dooms the sequence,
//! which still runs on and uses up others, as in Elasticsearch, and is dropped at its end. Absent events before the
//! first or behind the last event may lie anywhere in a window of `maxspan` around the sequence; those behind are waited
//! for.
//!
//! Source: Elasticsearch's `SequenceMatcher` and `TumblingWindow`, and its tests of missing events.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::part::{Key, Part, detect, keys};
use super::{Operator, order};
use crate::engine::Detection;
use crate::event::{Event, Time};
use crate::lang::ir::stateful::{Sequence, Stage};
use crate::rule::Rule;

/// The pending sequences of one rule.
pub(super) struct Sequences {
    rule: Arc<Rule>,
    plan: Plan,
    keys: HashMap<Key, Slots>,
    /// Keys in which something may end when the moment has passed.
    timers: BTreeMap<Time, Vec<Key>>,
    bytes: usize,
}

/// The stages by what they do.
struct Plan {
    events: Vec<Stage>,
    /// Absent before the first event.
    leading: Vec<Stage>,
    /// Absent behind this event and before the next.
    between: Vec<(usize, Stage)>,
    /// Absent behind the last event.
    trailing: Vec<Stage>,
    until: Option<Stage>,
    maxspan: Option<i64>,
}

impl Plan {
    fn of(sequence: Sequence) -> Self {
        let last = sequence.stages.iter().rposition(|stage| !stage.missing);
        let mut plan = Self {
            events: Vec::new(),
            leading: Vec::new(),
            between: Vec::new(),
            trailing: Vec::new(),
            until: sequence.until,
            maxspan: sequence.maxspan,
        };
        for (n, stage) in sequence.stages.into_iter().enumerate() {
            match plan.events.len().checked_sub(1) {
                _ if !stage.missing => plan.events.push(stage),
                None => plan.leading.push(stage),
                Some(_) if last < Some(n) => plan.trailing.push(stage),
                Some(before) => plan.between.push((before, stage)),
            }
        }
        plan
    }

    /// Returns the last moment that lies within `maxspan` of `from`.
    fn end(&self, from: Time) -> Time {
        Time(from.0.saturating_add(self.maxspan.unwrap_or(i64::MAX)))
    }
}

/// What is pending under one key.
#[derive(Default)]
struct Slots {
    /// By the number of its last event.
    pending: Vec<Option<Pending>>,
    /// The two latest different times at which an event that must be absent before the first came.
    absent: [Option<Time>; 2],
    /// Complete but for what must stay absent behind the last event.
    waiting: Vec<Waiting>,
}

struct Pending {
    parts: Vec<Part>,
    /// When, behind its last event, one came that must be absent.
    broken: Option<Time>,
    doomed: bool,
    /// When the last event came that must be absent before the first.
    absent: Option<Time>,
}

struct Waiting {
    pending: Pending,
    /// An event up to here that must be absent ends it.
    until: Time,
}

impl Pending {
    fn first(&self) -> Time {
        self.parts.first().map_or(Time(0), |part| part.event.time)
    }

    fn last(&self) -> Time {
        self.parts.last().map_or(Time(0), |part| part.event.time)
    }

    fn weight(&self) -> usize {
        self.parts.iter().map(Part::weight).sum::<usize>() + size_of::<Self>()
    }

    /// The oldest event that it still needs.
    fn needs(&self) -> Time {
        self.absent
            .map_or(self.first(), |absent| absent.min(self.first()))
    }
}

impl Slots {
    fn all(&self) -> impl Iterator<Item = &Pending> {
        let waiting = self.waiting.iter().map(|waiting| &waiting.pending);
        self.pending.iter().flatten().chain(waiting)
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + self.all().map(Pending::weight).sum::<usize>()
    }

    fn is_empty(&self) -> bool {
        self.all().next().is_none() && self.absent[0].is_none()
    }

    fn needs(&self) -> Option<Time> {
        let absent = self.absent.iter().flatten().copied();
        self.all().map(Pending::needs).chain(absent).min()
    }
}

impl Sequences {
    pub fn new(rule: Arc<Rule>, sequence: Sequence) -> Self {
        Self {
            rule,
            plan: Plan::of(sequence),
            keys: HashMap::new(),
            timers: BTreeMap::new(),
            bytes: 0,
        }
    }

    /// Changes what lies under `key`, and keeps count of the bytes.
    fn change<R>(&mut self, key: Key, change: impl FnOnce(&Plan, &mut Slots) -> R) -> R {
        let mut entry = match self.keys.entry(key) {
            Entry::Occupied(entry) => {
                self.bytes = self.bytes.saturating_sub(entry.get().weight());
                entry
            }
            Entry::Vacant(entry) => entry.insert_entry(Slots {
                pending: std::iter::repeat_with(|| None)
                    .take(self.plan.events.len())
                    .collect(),
                ..Slots::default()
            }),
        };
        let result = change(&self.plan, entry.get_mut());
        if entry.get().is_empty() {
            entry.remove();
        } else {
            self.bytes += entry.get().weight();
        }
        result
    }

    fn remind(&mut self, at: Time, key: Key) {
        if self.plan.maxspan.is_some() {
            let keys = self.timers.entry(at).or_default();
            if keys.last() != Some(&key) {
                keys.push(key);
            }
        }
    }

    /// Offers the event as number `n`.
    fn offer(&mut self, n: usize, event: &Arc<Event>, found: &mut Vec<Detection>) {
        let Some(part) = Part::of(&self.plan.events[n], event) else {
            return;
        };
        for key in keys(&self.plan.events[n], event) {
            let part = part.clone();
            let grown = self.change(key, |plan, slots| match n.checked_sub(1) {
                None => Some(start(part, slots)),
                Some(before) => follow(part, before, plan, slots),
            });
            let Some(pending) = grown else { continue };
            if n + 1 == self.plan.events.len() {
                self.complete(pending, key, found);
            } else {
                self.remind(self.plan.end(pending.first()), key);
                self.change(key, |_, slots| slots.pending[n] = Some(pending));
            }
        }
    }

    /// All events are there; what must be absent is looked at.
    fn complete(&mut self, pending: Pending, key: Key, found: &mut Vec<Detection>) {
        let plan = &self.plan;
        if pending.doomed {
            return;
        }
        let until = match (pending.absent, plan.trailing.is_empty()) {
            (Some(absent), true) if plan.end(absent) >= pending.last() => return,
            // Before the first event nothing came, so a window that begins early enough has none behind it either.
            (None, false) if !plan.leading.is_empty() => None,
            (Some(absent), false) => Some(plan.end(absent)),
            (None, false) => Some(plan.end(pending.first())),
            (_, true) => None,
        };
        let Some(until) = until.filter(|until| *until >= pending.last()) else {
            detect(&self.rule, pending.parts, found);
            return;
        };
        self.remind(until, key);
        let waiting = Waiting { pending, until };
        self.change(key, |_, slots| slots.waiting.push(waiting));
    }

    /// An event that must be absent.
    fn absent(&mut self, event: &Arc<Event>) {
        let time = event.time;
        let under = |stage: &Stage| match Part::of(stage, event) {
            Some(_) => keys(stage, event),
            None => HashSet::new(),
        };
        let between: Vec<_> = self
            .plan
            .between
            .iter()
            .map(|(n, s)| (*n, under(s)))
            .collect();
        for (n, keys) in between {
            for key in keys {
                self.change(key, |_, slots| {
                    if let Some(pending) = &mut slots.pending[n]
                        && pending.last() < time
                    {
                        pending.broken.get_or_insert(time);
                    }
                });
            }
        }
        let trailing: Vec<_> = self.plan.trailing.iter().flat_map(under).collect();
        for key in trailing {
            self.change(key, |_, slots| {
                slots.waiting.retain(|waiting| {
                    let behind = waiting.pending.last() < time && time <= waiting.until;
                    !behind
                });
            });
        }
        let leading: Vec<_> = self.plan.leading.iter().flat_map(under).collect();
        for key in leading {
            self.remind(self.plan.end(time), key);
            self.change(key, |_, slots| {
                if slots.absent[0] < Some(time) {
                    slots.absent = [Some(time), slots.absent[0]];
                }
            });
        }
    }

    fn until(&mut self, event: &Arc<Event>) {
        let Some(until) = &self.plan.until else {
            return;
        };
        if Part::of(until, event).is_none() {
            return;
        }
        for key in keys(until, event) {
            self.change(key, |_, slots| {
                for pending in &mut slots.pending {
                    pending.take_if(|pending| pending.last() <= event.time);
                }
            });
        }
    }

    /// Ends what lies whole before `moment`.
    fn expire(&mut self, moment: Time, found: &mut Vec<Detection>) {
        while let Some(entry) = self.timers.first_entry()
            && *entry.key() < moment
        {
            let (end, keys) = entry.remove_entry();
            let mut done: Vec<Pending> = Vec::new();
            for key in keys {
                if self.keys.contains_key(&key) {
                    done.extend(self.change(key, |plan, slots| sweep(plan, slots, end)));
                }
            }
            // The order must not depend on what was pending before a restart.
            done.sort_by_key(|pending| pending.parts.first().map(|part| order(&part.event)));
            for pending in done {
                detect(&self.rule, pending.parts, found);
            }
        }
    }
}

/// The first event of a sequence.
fn start(part: Part, slots: &Slots) -> Pending {
    let mut absent = slots.absent.iter().flatten();
    Pending {
        absent: absent.find(|time| **time < part.event.time).copied(),
        parts: vec![part],
        broken: None,
        doomed: false,
    }
}

/// The event behind number `before`: takes the pending sequence and gives it back longer, unless it does not fit.
fn follow(part: Part, before: usize, plan: &Plan, slots: &mut Slots) -> Option<Pending> {
    let earlier = |pending: &mut Pending| {
        let last = pending.parts.last();
        last.is_some_and(|last| last.is_before(&part.event))
    };
    let mut pending = slots.pending[before].take_if(earlier)?;
    if part.event.time > plan.end(pending.first()) {
        return None;
    }
    let broken = pending.broken.take();
    pending.doomed |= broken.is_some_and(|time| time < part.event.time);
    pending.parts.push(part);
    Some(pending)
}

/// Drops what can no longer complete when the time is past `end`, and returns what has.
fn sweep(plan: &Plan, slots: &mut Slots, end: Time) -> Vec<Pending> {
    for pending in &mut slots.pending {
        pending.take_if(|pending| plan.end(pending.first()) <= end);
    }
    for absent in &mut slots.absent {
        absent.take_if(|time| plan.end(*time) <= end);
    }
    let (done, waiting) = std::mem::take(&mut slots.waiting)
        .into_iter()
        .partition(|waiting: &Waiting| waiting.until <= end);
    slots.waiting = waiting;
    done.into_iter().map(|waiting| waiting.pending).collect()
}

impl Operator for Sequences {
    fn accept(&mut self, event: &Arc<Event>, found: &mut Vec<Detection>) {
        self.expire(event.time, found);
        for n in (0..self.plan.events.len()).rev() {
            self.offer(n, event, found);
        }
        self.absent(event);
        self.until(event);
    }

    fn advance(&mut self, moment: Time, found: &mut Vec<Detection>) {
        self.expire(moment, found);
    }

    fn needs_since(&self) -> Option<Time> {
        self.keys.values().filter_map(Slots::needs).min()
    }

    fn size(&self) -> usize {
        let timers: usize = self.timers.values().map(|keys| 48 + 16 * keys.len()).sum();
        self.bytes + timers
    }

    fn evict(&mut self) -> u64 {
        let mut oldest: Vec<_> = self.keys.values().filter_map(Slots::needs).collect();
        let middle = oldest.len() / 2;
        if oldest.is_empty() {
            self.timers.clear();
            return 0;
        }
        let bound = *oldest.select_nth_unstable(middle).1;
        let mut evicted = 0;
        self.keys.retain(|_, slots| {
            let keep = slots.needs() > Some(bound);
            evicted += if keep {
                0
            } else {
                slots.all().count().max(1) as u64
            };
            keep
        });
        self.bytes = self.keys.values().map(Slots::weight).sum();
        self.timers.retain(|_, keys| {
            keys.retain(|key| self.keys.contains_key(key));
            !keys.is_empty()
        });
        evicted
    }
}

#[cfg(test)]
mod tests;
