//! EQL's pipes over the results of one run.
//!
//! A pipe needs an end: in Kibana a rule runs once an interval. Here results are put into intervals of that length by
//! the time of their last event, and run through the pipes when the interval is over.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::part::{Part, detect};
use super::{Operator, order, sample, sequence, weight_read};
use crate::engine::naive::{self, Scope};
use crate::engine::{Column, Detection, Merge, Row, Share};
use crate::event::{Event, FieldId, Time, Value};
use crate::lang::ir::Expr;
use crate::lang::ir::stateful::{Pipe, Piped, Source};
use crate::lang::ir::test::{number, with_text};
use crate::rule::Rule;

/// The results of the intervals that are not over.
pub(super) struct Pipes {
    rule: Arc<Rule>,
    then: Vec<Pipe>,
    source: Feed,
    /// Nanoseconds of an interval.
    interval: i64,
    /// How long after its last event a result may be found.
    delay: i64,
    runs: BTreeMap<i64, Vec<Found>>,
    bytes: usize,
}

enum Feed {
    Events(Box<crate::lang::ir::Pred>),
    Operator(Box<dyn Operator>),
}

/// One result.
#[derive(Clone)]
struct Found {
    detections: Vec<Detection>,
    columns: Vec<(FieldId, Value)>,
}

impl Found {
    fn first(&self) -> Option<&Arc<Event>> {
        self.detections.first().map(|detection| &detection.event)
    }

    fn last_time(&self) -> Time {
        let times = self.detections.iter().map(|one| one.event.time);
        times.max().unwrap_or_default()
    }

    fn weight(&self) -> usize {
        self.detections
            .iter()
            .map(|one| weight_read(&one.event))
            .sum()
    }

    /// Asks something of its first event and its columns.
    fn ask<R>(&self, ask: impl FnOnce(&Scope<'_>) -> R) -> Option<R> {
        let mut scope = Scope::of(self.first()?);
        for (name, value) in &self.columns {
            scope.set(*name, Some(value.clone()));
        }
        Some(ask(&scope))
    }

    fn values(&self, exprs: &[Expr]) -> Vec<Option<Value>> {
        let values =
            |scope: &Scope<'_>| exprs.iter().map(|expr| naive::value(expr, scope)).collect();
        self.ask(values).unwrap_or_default()
    }
}

impl Pipes {
    pub fn new(rule: Arc<Rule>, piped: Piped) -> Self {
        let mut delay = 0;
        let source = match piped.source {
            Source::Events(select) => Feed::Events(Box::new(select)),
            Source::Sequence(of) => {
                delay = of.maxspan.unwrap_or(0);
                Feed::Operator(Box::new(sequence::Sequences::new(Arc::clone(&rule), of)))
            }
            Source::Sample(of) => {
                Feed::Operator(Box::new(sample::Samples::new(Arc::clone(&rule), of)))
            }
        };
        Self {
            interval: i64::from(rule.schedule.interval.max(1)).saturating_mul(1_000_000_000),
            rule,
            then: piped.pipes,
            source,
            delay,
            runs: BTreeMap::new(),
            bytes: 0,
        }
    }

    /// Takes results, whose detections lie side by side.
    fn keep(&mut self, detections: &[Detection]) {
        let same = |a: &Detection, b: &Detection| a.group == b.group;
        let results: Vec<_> = detections.chunk_by(same).map(<[_]>::to_vec).collect();
        for detections in results {
            let found = Found {
                detections,
                columns: Vec::new(),
            };
            self.bytes += found.weight();
            let run = found.last_time().0.div_euclid(self.interval);
            self.runs.entry(run).or_default().push(found);
        }
    }

    fn close(&mut self, moment: Time, found: &mut Vec<Detection>) {
        while let Some(entry) = self.runs.first_entry() {
            let end = entry.key().saturating_add(1).saturating_mul(self.interval);
            if end.saturating_add(self.delay) > moment.0 {
                return;
            }
            let mut results = entry.remove();
            self.bytes = self
                .bytes
                .saturating_sub(results.iter().map(Found::weight).sum());
            results.sort_by_cached_key(|found| found.first().map(|event| order(event)));
            for pipe in &self.then {
                results = run(pipe, results);
            }
            found.extend(results.into_iter().flat_map(|result| self.shown(result)));
        }
    }

    /// A result with columns shows them as its row.
    fn shown(&self, result: Found) -> Vec<Detection> {
        if result.columns.is_empty() {
            return result.detections;
        }
        let columns = result.columns.iter().map(|(name, value)| Column {
            name: name.name().to_owned(),
            value: value.clone(),
            merge: Merge::Set,
            time_format: None,
        });
        let row = Share::from(Row {
            columns: columns.collect(),
        });
        let mut detections = Vec::new();
        let parts = result.detections.into_iter().map(|one| Part {
            event: one.event,
            because: one.because,
        });
        detect(&self.rule, parts.collect(), &mut detections);
        for detection in &mut detections {
            detection.row = Some(row.clone());
        }
        detections
    }
}

impl Operator for Pipes {
    fn accept(&mut self, event: &Arc<Event>, _found: &mut Vec<Detection>) {
        let mut detections = Vec::new();
        match &mut self.source {
            Feed::Operator(operator) => operator.accept(event, &mut detections),
            Feed::Events(select) => {
                if let Some(because) = naive::because(select, &Scope::of(event)) {
                    let event = Arc::clone(event);
                    detect(&self.rule, vec![Part { event, because }], &mut detections);
                }
            }
        }
        self.keep(&detections);
    }

    fn advance(&mut self, moment: Time, found: &mut Vec<Detection>) {
        if let Feed::Operator(operator) = &mut self.source {
            let mut detections = Vec::new();
            operator.advance(moment, &mut detections);
            self.keep(&detections);
        }
        self.close(moment, found);
    }

    fn needs_since(&self) -> Option<Time> {
        let inner = match &self.source {
            Feed::Operator(operator) => operator.needs_since(),
            Feed::Events(_) => None,
        };
        let results = self.runs.values().flatten();
        let events = results.flat_map(|found| &found.detections);
        events.map(|one| one.event.time).chain(inner).min()
    }

    fn size(&self) -> usize {
        match &self.source {
            Feed::Operator(operator) => self.bytes + operator.size(),
            Feed::Events(_) => self.bytes,
        }
    }

    fn evict(&mut self) -> u64 {
        if let Feed::Operator(operator) = &mut self.source
            && operator.size() >= self.bytes
        {
            return operator.evict();
        }
        let Some(mut entry) = self.runs.first_entry() else {
            return 0;
        };
        let results = entry.get_mut();
        let half = results.len().div_ceil(2);
        let evicted: Vec<_> = results.drain(..half).collect();
        if results.is_empty() {
            entry.remove();
        }
        let bytes: usize = evicted.iter().map(Found::weight).sum();
        self.bytes = self.bytes.saturating_sub(bytes);
        evicted.len() as u64
    }

    fn cut(&self) -> u64 {
        match &self.source {
            Feed::Operator(operator) => operator.cut(),
            Feed::Events(_) => 0,
        }
    }
}

fn run(pipe: &Pipe, mut results: Vec<Found>) -> Vec<Found> {
    match pipe {
        Pipe::Head(count) => results.truncate(*count),
        Pipe::Tail(count) => drop(results.drain(..results.len().saturating_sub(*count))),
        Pipe::Filter(select) => {
            results.retain(|found| found.ask(|scope| naive::holds(select, scope)) == Some(true));
        }
        Pipe::Sort(by) => {
            let mut keyed: Vec<_> = results
                .into_iter()
                .map(|one| (one.values(by), one))
                .collect();
            keyed.sort_by(|(a, _), (b, _)| compare_all(a, b));
            return keyed.into_iter().map(|(_, one)| one).collect();
        }
        Pipe::Unique(by) => {
            return group(results, by)
                .into_iter()
                .map(|mut same| same.swap_remove(0))
                .collect();
        }
        Pipe::UniqueCount(by) => {
            let (total, groups) = (results.len(), group(results, by));
            return counted(total, groups, |mut same| same.swap_remove(0));
        }
        Pipe::Count(by) => {
            let (total, mut groups) = (results.len(), group(results, by));
            groups.sort_by_key(Vec::len);
            return counted(total, groups, |same| Found {
                detections: same.into_iter().flat_map(|one| one.detections).collect(),
                columns: Vec::new(),
            });
        }
    }
    results
}

/// Returns the results by their values, in the order in which each choice of values came first.
fn group(results: Vec<Found>, by: &[Expr]) -> Vec<Vec<Found>> {
    let mut at: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Vec<Found>> = Vec::new();
    for found in results {
        // Case does not tell values apart in the older engine, whose pipe it is.
        let key = format!("{:?}", found.values(by)).to_lowercase();
        let at = *at.entry(key).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[at].push(found);
    }
    groups
}

fn counted(
    total: usize,
    groups: Vec<Vec<Found>>,
    choose: impl Fn(Vec<Found>) -> Found,
) -> Vec<Found> {
    let counted = groups.into_iter().map(|same| {
        let count = same.len();
        let mut found = choose(same);
        let columns = [
            ("count", Value::Int(count as i64)),
            ("percent", Value::Float(count as f64 / total as f64)),
        ];
        found.columns = columns
            .map(|(name, value)| (FieldId::of(name), value))
            .into();
        found
    });
    counted.collect()
}

fn compare_all(a: &[Option<Value>], b: &[Option<Value>]) -> Ordering {
    let pairs = a.iter().zip(b);
    pairs
        .map(|(a, b)| compare(a.as_ref(), b.as_ref()))
        .fold(Ordering::Equal, Ordering::then)
}

/// Null first; numbers as numbers; texts without regard to case.
fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    let (Some(a), Some(b)) = (a, b) else {
        return a.is_some().cmp(&b.is_some());
    };
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a.compare(b).unwrap_or(Ordering::Equal);
    }
    let text = |value| with_text(value, str::to_lowercase);
    text(a).cmp(&text(b))
}
