//! Sigma's correlations on a stream.
//!
//! A match completes a correlation when the matches of its key in the timespan up to it, both ends included, satisfy
//! the condition. Completions of one key in the same stretch, a timespan long and counted from the epoch, are one alert
//! with all their events: what an alert is depends on nothing but the events around it, so a restart that reads them
//! again finds the same. What more matches can undo (an upper bound, an average, a `not`) is asked when the stretch has
//! ended, of the matches in it. A match without a value for a field to group by does not count.
//!
//! Of a key no more is kept than can still matter: the newest `n` matches for a count of at least `n`, the newest match
//! of each of `n` values, the newest of each rule; everything in the timespan only where a sum or the like needs it.

mod measure;
mod memory;
mod node;

use std::sync::Arc;

use super::Operator;
use super::part::Part;
use crate::engine::{Column, Detection, Group, Merge, Row, Share};
use crate::event::{Event, Time, Value};
use crate::lang::ir::{Correlation, Number};
use crate::rule::Rule;
use node::{Completion, Node};

/// The memory of one correlation rule.
pub(super) struct Correlations {
    rule: Arc<Rule>,
    root: Node,
    /// The time of its newest event.
    newest: Option<Time>,
    /// How far the events have come.
    moment: Time,
}

impl Correlations {
    pub fn new(rule: Arc<Rule>, correlation: Correlation) -> Self {
        Self {
            rule,
            root: Node::new(correlation),
            newest: None,
            moment: Time(i64::MIN),
        }
    }

    fn detect(&self, completions: Vec<Completion>, found: &mut Vec<Detection>) {
        for completion in completions {
            let number = completion.stretch.to_be_bytes();
            let group = Group::of([completion.key.as_slice(), &number]);
            let row = Share::from(Row {
                columns: self.columns(&completion),
            });
            found.extend(completion.new.into_iter().map(|part| Detection {
                rule: Arc::clone(&self.rule),
                event: part.event,
                because: part.because,
                row: Some(row.clone()),
                group: Some(group),
            }));
        }
    }

    /// What the alert shows: the values that its events share, and the number that was reached.
    fn columns(&self, completion: &Completion) -> Vec<Column> {
        let column = |name: &str, value| Column {
            name: name.to_owned(),
            value,
            merge: Merge::Set,
            time_format: None,
        };
        let shared = completion.shared.iter();
        let mut columns: Vec<Column> = shared
            .map(|(name, value)| column(name, value.clone()))
            .collect();
        let value = match completion.number {
            Number::Int(whole) => Value::Int(whole),
            Number::Float(float) => Value::Float(float),
        };
        columns.push(column(measure::name(self.root.correlation().kind), value));
        columns
    }
}

impl Operator for Correlations {
    fn accept(&mut self, event: &Arc<Event>, found: &mut Vec<Detection>) {
        let mut completions = Vec::new();
        self.newest = self.newest.max(Some(event.time));
        self.moment = self.moment.max(event.time);
        self.root.end(event.time, &mut completions);
        self.root.accept(event, &mut completions);
        self.detect(completions, found);
    }

    fn advance(&mut self, moment: Time, found: &mut Vec<Detection>) {
        let mut completions = Vec::new();
        self.moment = self.moment.max(moment);
        self.root.end(moment, &mut completions);
        self.root.forget(moment);
        self.detect(completions, found);
    }

    fn needs_since(&self) -> Option<Time> {
        let kept = self.root.oldest();
        if !self.root.is_nested() {
            return kept;
        }
        // Which match of an inner correlation is the first of its stretch is told by events that are kept nowhere.
        let since = Time(self.moment.0.saturating_sub(self.root.reach()));
        let heard = self.newest.filter(|newest| *newest >= since);
        kept.into_iter().chain(heard.map(|_| since)).min()
    }

    fn size(&self) -> usize {
        self.root.size()
    }

    fn evict(&mut self) -> u64 {
        self.root.evict()
    }
}

/// Returns about how many bytes parts take.
fn weight(parts: &[Part]) -> usize {
    parts.iter().map(Part::weight).sum()
}

#[cfg(test)]
mod tests;
