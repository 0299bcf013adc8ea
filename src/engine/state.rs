//! Rules over several events: hits in the order of their time become detections.
//!
//! Takes [`Hit`]s, in whatever order they arrive, and the moment up to which all are there; gives [`Detection`]s, the
//! same for the same hits however they were cut into pieces. Hits wait until the moment has passed them, are sorted by
//! time and then by identity, and meet their rule's [`Operator`]. Memory is bounded by [`BUDGET`]: past it the oldest
//! hits are handled before all others are there, and what arrives behind them is counted as late.

mod correlation;
mod key;
mod new_terms;
mod part;
mod pipes;
mod recent;
mod sample;
mod sequence;
mod suppress;
pub(super) mod table;
#[cfg(test)]
pub mod testing;
mod threshold;

#[cfg(test)]
mod esql_tests;

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::{Detection, Group, Hit};
use crate::event::{Event, EventId, FieldId, Time};
use crate::lang::ir::Stateful;
use crate::lang::ir::limit::{COMBINATIONS, SEARCHES, VALUES};
use crate::rule::Rule;
use recent::Recent;

/// Most bytes of waiting hits and of what operators keep, half each, about; see [`weight`].
pub const BUDGET: usize = 128 << 20;

/// Events that are handled before it is looked at whether operators keep too much.
const HANDLED: usize = 4096;

/// One rule's memory.
pub trait Operator: Send {
    /// Takes the rule's next event, never older than the one before, and adds what it completes.
    fn accept(&mut self, event: &Arc<Event>, found: &mut Vec<Detection>);

    /// The same for what the engine told of the event.
    fn accept_hit(&mut self, hit: &Hit, found: &mut Vec<Detection>) {
        self.accept(&hit.event, found);
    }

    /// Says that no event older than `moment` comes any more: windows that end in silence end here.
    fn advance(&mut self, moment: Time, found: &mut Vec<Detection>);

    /// Returns the time of the oldest event that can still matter, `None` when none can: what a restart has to see
    /// again.
    fn needs_since(&self) -> Option<Time>;

    /// Returns about how many bytes it keeps.
    fn size(&self) -> usize;

    /// Gives up its oldest memory, about half, and returns how many events or groups that were.
    fn evict(&mut self) -> u64;

    /// Returns how many groups it left out because one event would have had too many, and rows that fit into no table.
    fn cut(&self) -> u64 {
        0
    }

    /// Returns the keys of its long history that changed since it was last asked. An operator that a restart rebuilds
    /// from the events since [`Operator::needs_since`] has none.
    fn changes(&mut self) -> Vec<Memory> {
        Vec::new()
    }

    /// Was handed again what it had seen before a restart, and what it gave was dropped. An operator that may give more
    /// than it had then, because it was asked at other moments, gives it again.
    fn rebuilt(&mut self) {}

    /// Takes back the history that [`Operator::changes`] gave before a restart; comes before any event.
    fn restore(&mut self, _history: Vec<Memory>) {}
}

/// A key of a history that is too long to be read again, as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// A digest of the key.
    pub key: [u8; 16],
    /// When it was first and last seen; `None`: it is forgotten.
    pub seen: Option<(Time, Time)>,
}

/// Names the memory of one version of a rule: a digest of its id and its query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateId(pub [u8; 16]);

impl StateId {
    /// Returns the name of the memory of `rule`.
    #[must_use]
    pub fn of(rule: &Rule) -> Self {
        Self(Group::of([rule.id.as_bytes(), rule.query_text.as_bytes()]).0)
    }
}

/// Counters that a status line shows: none of them is ever silent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// Hits that wait for their turn.
    pub waiting: u64,
    /// Bytes kept, about.
    pub bytes: u64,
    /// Events that came when later ones had been handled; they were handled out of order.
    pub late: u64,
    /// Events and groups given up because of the budget, by each rule that kept them.
    pub evicted: u64,
    /// Groups left out because one event had too many, and rows past the end of a table.
    pub cut: u64,
    /// Combinations of values that were not tried, by all rules of the process.
    pub combinations: u64,
    /// Times that only the first of many values were looked at, by all rules of the process.
    pub values: u64,
    /// Searches of regular expressions that were given up, by all rules of the process.
    pub searches: u64,
}

/// The memory of all rules over several events.
#[derive(Default)]
pub struct States {
    rules: HashMap<String, (Arc<Rule>, Box<dyn Operator>)>,
    /// Of each event that waits the hits of all rules that wait for it.
    waiting: Vec<Box<[Hit]>>,
    /// What those events weigh.
    waiting_bytes: usize,
    /// All hits up to here have been handled.
    handled: Time,
    /// The moment to which all operators advanced last.
    advanced: Time,
    late: u64,
    evicted: u64,
    recent: Recent,
}

impl std::fmt::Debug for States {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("States")
            .field("health", &self.health())
            .finish_non_exhaustive()
    }
}

/// Returns about how many bytes an event takes in memory of which nothing is read: its record. The same whatever made the
/// event, so that what is given up for want of memory does not depend on the number of threads.
#[must_use]
pub fn weight(event: &Event) -> usize {
    512 + event.record.raw.len()
}

/// The same for an event whose fields are read while it is kept.
#[must_use]
fn weight_read(event: &Event) -> usize {
    const FIELDS: usize = 8 << 10;
    FIELDS + 3 * event.record.raw.len() + weight(event)
}

/// The order of events: by time; of one time by what numbers them in their log, as `event.sequence` does where a
/// source has it; then by identity, so that it never depends on the arrival.
#[must_use]
pub fn order(event: &Event) -> (Time, u64, EventId) {
    let number = event.sequence.or(event.record_id);
    (
        event.time,
        number.unwrap_or(event.record.place.offset),
        event.id,
    )
}

impl States {
    /// Returns the empty memory of those of `rules` that look at several events.
    #[must_use]
    pub fn new(rules: &[Arc<Rule>]) -> Self {
        let mut states = Self {
            handled: Time(i64::MIN),
            advanced: Time(i64::MIN),
            ..Self::default()
        };
        states.replace(rules);
        states
    }

    /// Takes the rules of a reload: a rule whose query is the same keeps its memory. Returns those that start anew.
    pub fn replace(&mut self, rules: &[Arc<Rule>]) -> Vec<Arc<Rule>> {
        let mut before = std::mem::take(&mut self.rules);
        let mut fresh = Vec::new();
        for rule in rules {
            let Some(stateful) = &rule.query.stateful else {
                continue;
            };
            let kept = before
                .remove(&rule.id)
                .filter(|(old, _)| old.query == rule.query)
                .map(|(_, operator)| operator);
            let operator = kept.unwrap_or_else(|| {
                fresh.push(Arc::clone(rule));
                operator(rule, stateful)
            });
            self.rules
                .insert(rule.id.clone(), (Arc::clone(rule), operator));
        }
        if !fresh.is_empty() {
            // They may be handed events that older versions of theirs have seen.
            self.recent = Recent::default();
        }
        fresh
    }

    /// Takes hits, in the order of arrival, and handles the oldest when they outgrow the budget.
    pub fn take(&mut self, hits: impl IntoIterator<Item = Hit>, found: &mut Vec<Detection>) {
        for of_event in by_event(hits) {
            self.waiting_bytes += weight(&of_event[0].event);
            self.waiting.push(of_event);
            if self.waiting_bytes > BUDGET / 2 {
                self.relieve(found);
            }
        }
    }

    /// Handles all hits up to `moment`: none older will come.
    pub fn advance(&mut self, moment: Time, found: &mut Vec<Detection>) {
        sort(&mut self.waiting);
        let waiting = &self.waiting;
        let ready = waiting.partition_point(|hits| hits[0].event.time <= moment);
        self.handle(ready, found);
        // Behind the end of all there may be more: what came so far is what was reached.
        self.advanced = if moment == Time(i64::MAX) {
            self.handled
        } else {
            moment
        };
        self.handled = self.handled.max(moment);
        for (_, operator) in self.rules.values_mut() {
            operator.advance(moment, found);
        }
        self.keep_within_budget();
    }

    /// Returns up to which time everything has been handled, in the past of all hits that still wait: what it completed
    /// has been given, once.
    #[must_use]
    pub fn settled(&self) -> Time {
        let waiting = self.waiting.iter().map(|hits| hits[0].event.time.0);
        let before = waiting.min().map(|oldest| oldest.saturating_sub(1));
        Time(self.advanced.0.min(before.unwrap_or(i64::MAX)))
    }

    /// Brings rules that start anew to where they were when everything up to `settled` had been handled, by the hits
    /// that they may still need. What they complete on the way was given then.
    pub fn rebuild(&mut self, fresh: &[Arc<Rule>], hits: Vec<Hit>, settled: Time) {
        let mut given = Vec::new();
        let mut hits: Vec<_> = by_event(hits).collect();
        sort(&mut hits);
        for hits in hits {
            let mut handed = self.recent.open(hits[0].event.id);
            for hit in hits {
                if handed.is_new(&hit.rule)
                    && let Some((_, operator)) = self.rules.get_mut(&hit.rule.id)
                {
                    operator.accept_hit(&hit, &mut given);
                    given.clear();
                }
            }
        }
        for rule in fresh {
            if let Some((_, operator)) = self.rules.get_mut(&rule.id) {
                operator.advance(settled, &mut given);
                operator.rebuilt();
            }
        }
        self.advanced = self.advanced.max(settled);
        self.keep_within_budget();
    }

    /// Handles all hits that there are: no more come.
    pub fn finish(&mut self, found: &mut Vec<Detection>) {
        self.advance(Time(i64::MAX), found);
    }

    /// Returns the time of the oldest event that each rule may still need; `None` when it needs none.
    #[must_use]
    pub fn needs_since(&self) -> Vec<(Arc<Rule>, Option<Time>)> {
        let mut waiting: HashMap<&str, Time> = HashMap::new();
        for hit in self.waiting.iter().flatten() {
            let oldest = waiting.entry(&hit.rule.id).or_insert(hit.event.time);
            *oldest = hit.event.time.min(*oldest);
        }
        let needs = |(rule, operator): &(Arc<Rule>, Box<dyn Operator>)| {
            let waiting = waiting.get(rule.id.as_str()).copied();
            let kept = operator.needs_since();
            (Arc::clone(rule), waiting.into_iter().chain(kept).min())
        };
        self.rules.values().map(needs).collect()
    }

    /// Returns what changed in the long histories since they were last asked for, by rule.
    pub fn changes(&mut self) -> Vec<(Arc<Rule>, Vec<Memory>)> {
        let changed = self.rules.values_mut().map(|(rule, operator)| {
            let changes = operator.changes();
            (Arc::clone(rule), changes)
        });
        changed.filter(|(_, changes)| !changes.is_empty()).collect()
    }

    /// Gives a rule its long history back, before its first event.
    pub fn restore(&mut self, rule: &str, history: Vec<Memory>) {
        if let Some((_, operator)) = self.rules.get_mut(rule) {
            operator.restore(history);
        }
    }

    /// Returns the counters.
    #[must_use]
    pub fn health(&self) -> Health {
        Health {
            waiting: self.waiting.iter().map(|hits| hits.len() as u64).sum(),
            bytes: (self.waiting_bytes + self.kept()) as u64,
            late: self.late,
            evicted: self.evicted,
            cut: self
                .rules
                .values()
                .map(|(_, operator)| operator.cut())
                .sum(),
            combinations: COMBINATIONS.total(),
            values: VALUES.total() + FieldId::overflowed(),
            searches: SEARCHES.total(),
        }
    }

    fn kept(&self) -> usize {
        self.rules
            .values()
            .map(|(_, operator)| operator.size())
            .sum()
    }

    /// Handles the older half of the waiting events.
    fn relieve(&mut self, found: &mut Vec<Detection>) {
        sort(&mut self.waiting);
        let half = self.waiting.len().div_ceil(2);
        self.handle(half, found);
        self.keep_within_budget();
    }

    /// Hands the hits of the first `count` waiting events, which are sorted, to their operators.
    fn handle(&mut self, count: usize, found: &mut Vec<Detection>) {
        let ready: Vec<_> = self.waiting.drain(..count).collect();
        for (number, hits) in ready.into_iter().enumerate() {
            // What operators keep is read, and takes more than what waits.
            if number % HANDLED == HANDLED - 1 {
                self.keep_within_budget();
            }
            self.hand(hits, found);
        }
        let events = self.waiting.iter();
        self.waiting_bytes = events.map(|hits| weight(&hits[0].event)).sum();
    }

    /// Hands the hits of one event to their operators.
    fn hand(&mut self, hits: Box<[Hit]>, found: &mut Vec<Detection>) {
        let (event, time) = (hits[0].event.id, hits[0].event.time);
        let mut handed = self.recent.open(event);
        let mut new = false;
        for hit in hits {
            if !handed.is_new(&hit.rule) {
                continue;
            }
            new = true;
            if let Some((_, operator)) = self.rules.get_mut(&hit.rule.id) {
                operator.accept_hit(&hit, found);
            }
        }
        if new {
            self.late += u64::from(time < self.handled);
            self.handled = self.handled.max(time);
        }
    }

    fn keep_within_budget(&mut self) {
        let operators = self.rules.values_mut();
        let mut operators: Vec<_> = operators
            .map(|(rule, operator)| (operator.size(), rule.id.as_str(), operator))
            .collect();
        let mut kept: usize = operators.iter().map(|(size, ..)| size).sum();
        while kept > BUDGET / 2 {
            // By id among equals, so that the same is given up in every run.
            let largest = operators.iter_mut();
            let largest = largest.max_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
            let Some((size, _, operator)) = largest else {
                return;
            };
            match operator.evict() {
                0 => return,
                evicted => self.evicted += evicted,
            }
            kept -= std::mem::replace(size, operator.size());
            kept += *size;
        }
    }
}

/// Joins the hits of each event, which come one after the other; the event is one of which nothing is read.
fn by_event(hits: impl IntoIterator<Item = Hit>) -> impl Iterator<Item = Box<[Hit]>> {
    let mut hits = hits.into_iter().peekable();
    let mut of_event = Vec::new();
    std::iter::from_fn(move || {
        let mut first = hits.next()?;
        let arrived = Arc::clone(&first.event);
        if arrived.is_read() {
            first.event = Arc::new(arrived.forgotten());
        }
        let event = Arc::clone(&first.event);
        of_event.push(first);
        while let Some(hit) = hits.next_if(|next| Arc::ptr_eq(&next.event, &arrived)) {
            let event = Arc::clone(&event);
            of_event.push(Hit { event, ..hit });
        }
        Some(of_event.drain(..).collect())
    })
}

/// Sorts hits by their events.
fn sort(hits: &mut [Box<[Hit]>]) {
    hits.sort_by_cached_key(|hits| order(&hits[0].event));
}

fn operator(rule: &Arc<Rule>, stateful: &Stateful) -> Box<dyn Operator> {
    let rule = Arc::clone(rule);
    match stateful {
        Stateful::Sequence(of) => Box::new(sequence::Sequences::new(rule, of.clone())),
        Stateful::Sample(of) => Box::new(sample::Samples::new(rule, of.clone())),
        Stateful::Piped(of) => Box::new(pipes::Pipes::new(rule, of.clone())),
        Stateful::Correlation(of) => Box::new(correlation::Correlations::new(rule, of.clone())),
        Stateful::Table(of) => Box::new(table::Tables::new(rule, of.clone())),
        Stateful::Threshold(of) => Box::new(threshold::Thresholds::new(rule, of.clone())),
        Stateful::NewTerms(of) => Box::new(new_terms::Terms::new(rule, of.clone())),
        Stateful::Suppress(of) => {
            let inner = of.inner.as_deref().map(|inner| operator(&rule, inner));
            Box::new(suppress::Suppressed::new(rule, of.clone(), inner))
        }
    }
}

#[cfg(test)]
mod elastic_tests;
