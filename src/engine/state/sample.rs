//! EQL's `sample`: different events in any order that share a key.
//!
//! Elasticsearch runs it over the span that a run of the rule looks back and gives one sample a key. Here a sample is
//! found when its last event comes; its key then rests until the span behind its first event is over. Of each event of
//! the sample only so many candidates are kept as the sample has events, the earliest, which is always enough to find
//! different ones.
//!
//! Source: Elasticsearch's `SampleIterator`.

use std::collections::HashMap;
use std::sync::Arc;

use super::Operator;
use super::part::{Key, Part, detect, keys};
use crate::engine::Detection;
use crate::event::{Event, Time};
use crate::lang::ir::stateful::Sample;
use crate::rule::Rule;

/// The candidates of one rule.
pub(super) struct Samples {
    rule: Arc<Rule>,
    sample: Sample,
    /// Nanoseconds that a run looks back; `None`: without end.
    span: Option<i64>,
    keys: HashMap<Key, Candidates>,
}

/// What was seen under one key.
struct Candidates {
    /// By the number of the event in the sample.
    stages: Vec<Vec<Part>>,
    /// The sample was found, and its span ends here.
    rests_until: Option<Time>,
}

impl Candidates {
    fn parts(&self) -> impl Iterator<Item = &Part> {
        self.stages.iter().flatten()
    }

    fn oldest(&self) -> Option<Time> {
        self.parts().map(|part| part.event.time).min()
    }
}

impl Samples {
    pub fn new(rule: Arc<Rule>, sample: Sample) -> Self {
        let seconds = i64::from(rule.schedule.lookback);
        Self {
            rule,
            sample,
            span: (seconds > 0).then(|| seconds.saturating_mul(1_000_000_000)),
            keys: HashMap::new(),
        }
    }

    fn end(&self, from: Time) -> Time {
        Time(from.0.saturating_add(self.span.unwrap_or(i64::MAX)))
    }
}

impl Operator for Samples {
    fn accept(&mut self, event: &Arc<Event>, found: &mut Vec<Detection>) {
        let size = self.sample.stages.len();
        for (n, stage) in self.sample.stages.iter().enumerate() {
            let Some(part) = Part::of(stage, event) else {
                continue;
            };
            for key in keys(stage, event) {
                let candidates = self.keys.entry(key).or_insert_with(|| Candidates {
                    stages: vec![Vec::new(); size],
                    rests_until: None,
                });
                let span = self.span;
                let old = |time: Time| span.is_some_and(|span| time.0 < event.time.0 - span);
                for parts in &mut candidates.stages {
                    parts.retain(|part| !old(part.event.time));
                }
                if candidates.rests_until.is_some_and(|end| event.time <= end) {
                    continue;
                }
                candidates.rests_until = None;
                let parts = &mut candidates.stages[n];
                if parts.len() < size {
                    parts.push(part.clone());
                }
            }
        }
        let touched: Vec<Key> = self
            .sample
            .stages
            .iter()
            .flat_map(|stage| keys(stage, event))
            .collect();
        for key in touched {
            let Some(candidates) = self.keys.get(&key) else {
                continue;
            };
            let mut chosen = Vec::new();
            if candidates.rests_until.is_some() || !choose(&candidates.stages, &mut chosen) {
                continue;
            }
            let first = chosen.iter().map(|part| part.event.time).min();
            let end = self.end(first.unwrap_or(event.time));
            detect(&self.rule, chosen, found);
            if let Some(candidates) = self.keys.get_mut(&key) {
                candidates.rests_until = Some(end);
                candidates.stages.iter_mut().for_each(Vec::clear);
            }
        }
    }

    fn advance(&mut self, moment: Time, _found: &mut Vec<Detection>) {
        let Some(span) = self.span else { return };
        self.keys.retain(|_, candidates| {
            for parts in &mut candidates.stages {
                parts.retain(|part| part.event.time.0.saturating_add(span) >= moment.0);
            }
            candidates.rests_until.is_some_and(|end| end >= moment)
                || candidates.parts().next().is_some()
        });
    }

    fn needs_since(&self) -> Option<Time> {
        let needs = |candidates: &Candidates| match (candidates.rests_until, self.span) {
            // Its own events make the key rest again.
            (Some(end), Some(span)) => Some(Time(end.0.saturating_sub(span))),
            (Some(_), None) => None,
            (None, _) => candidates.oldest(),
        };
        self.keys.values().filter_map(needs).min()
    }

    fn size(&self) -> usize {
        let weight = |candidates: &Candidates| {
            size_of::<Candidates>() + candidates.parts().map(Part::weight).sum::<usize>()
        };
        self.keys.values().map(weight).sum()
    }

    fn evict(&mut self) -> u64 {
        let age = |candidates: &Candidates| candidates.oldest().or(candidates.rests_until);
        let mut ages: Vec<_> = self.keys.values().map(age).collect();
        if ages.is_empty() {
            return 0;
        }
        let middle = ages.len() / 2;
        let bound = *ages.select_nth_unstable(middle).1;
        let before = self.keys.len();
        self.keys.retain(|_, candidates| age(candidates) > bound);
        (before - self.keys.len()) as u64
    }
}

/// Chooses a different event of each stage, the earliest that leave something for the others.
fn choose(stages: &[Vec<Part>], chosen: &mut Vec<Part>) -> bool {
    let Some(parts) = stages.get(chosen.len()) else {
        return true;
    };
    for part in parts {
        if chosen.iter().any(|other| other.event.id == part.event.id) {
            continue;
        }
        chosen.push(part.clone());
        if choose(stages, chosen) {
            return true;
        }
        chosen.pop();
    }
    false
}
