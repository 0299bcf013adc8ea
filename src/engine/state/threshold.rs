//! Elastic's `threshold`: so many events of one group within a window.
//!
//! A group's events are kept for the window. The event that brings them to the threshold opens an alert with all of
//! them; what follows until the window has passed since the first joins it, and then the group begins anew. So one
//! storm is one alert, as in Kibana, which does not count an event into two alerts. With suppression, the alerts that
//! begin within its duration after the first are one.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::key::{self, Grouping, Key, Past, Values};
use super::{Operator, weight_read};
use crate::engine::{Column, Detection, Group, Merge, Row, naive};
use crate::event::{Event, Time, Value};
use crate::lang::ir::stateful::Threshold;
use crate::rule::Rule;

/// The groups of one rule.
pub(super) struct Thresholds {
    rule: Arc<Rule>,
    threshold: Threshold,
    groups: HashMap<Key, Bucket>,
    past: Past,
    bytes: usize,
    /// Groups of events with more combinations of values than are looked at.
    cut: u64,
}

/// One group.
struct Bucket {
    values: Values,
    waiting: VecDeque<Waiting>,
    /// How many waiting events have each value of each field that is counted.
    seen: Vec<HashMap<Key, u32>>,
    /// First event's time and the alert that events join.
    open: Option<(Time, Group)>,
    /// First event's time and the alert that further alerts join.
    suppressing: Option<(Time, Group)>,
}

struct Waiting {
    event: Arc<Event>,
    /// Values of each field that is counted.
    counted: Vec<Vec<Value>>,
}

impl Thresholds {
    pub fn new(rule: Arc<Rule>, threshold: Threshold) -> Self {
        Self {
            rule,
            threshold,
            groups: HashMap::new(),
            past: Past::default(),
            bytes: 0,
            cut: 0,
        }
    }

    fn join(&mut self, event: &Arc<Event>, values: Values, found: &mut Vec<Detection>) {
        let key = key::key(&values);
        let window = self.threshold.window;
        let fields = self.threshold.distinct.len();
        let bucket = self
            .groups
            .entry(key)
            .or_insert_with(|| Bucket::new(values, fields));
        let waiting = Waiting::new(event, &self.threshold);
        if let Some((start, group)) = bucket.open {
            if event.time <= end(start, window) {
                found.push(bucket.detection(&self.rule, &self.threshold, &waiting, group));
                return;
            }
            self.past.add(start, end(start, window));
            bucket.open = None;
        }
        self.bytes -= bucket.slide(event.time, window);
        self.bytes += weight_read(event);
        bucket.push(waiting);
        if bucket.suffices(&self.threshold) {
            let first = bucket.waiting.front().map_or(event, |first| &first.event);
            let (first, id) = (first.time, first.id);
            let joined = self.threshold.suppress.and_then(|duration| {
                let (start, group) = bucket.suppressing?;
                if first <= end(start, duration) {
                    return Some(group);
                }
                self.past.add(start, end(start, duration));
                None
            });
            let group = joined.unwrap_or_else(|| {
                let group = Group::of([&key[..], &id.0[..]]);
                bucket.suppressing = self.threshold.suppress.map(|_| (first, group));
                group
            });
            bucket.open = Some((first, group));
            for waiting in bucket.clear() {
                self.bytes -= weight_read(&waiting.event);
                found.push(bucket.detection(&self.rule, &self.threshold, &waiting, group));
            }
        }
    }
}

fn end(start: Time, window: i64) -> Time {
    Time(start.0.saturating_add(window))
}

impl Waiting {
    fn new(event: &Arc<Event>, threshold: &Threshold) -> Self {
        let scope = naive::Scope::of(event);
        let counted = threshold.distinct.iter().map(|(field, _)| {
            scope
                .value(*field)
                .map_or_else(Vec::new, |value| key::distinct(&value))
        });
        Self {
            event: Arc::clone(event),
            counted: counted.collect(),
        }
    }
}

impl Bucket {
    fn new(values: Values, fields: usize) -> Self {
        Self {
            values,
            waiting: VecDeque::new(),
            seen: vec![HashMap::new(); fields],
            open: None,
            suppressing: None,
        }
    }

    fn push(&mut self, waiting: Waiting) {
        for (seen, values) in self.seen.iter_mut().zip(&waiting.counted) {
            for value in values {
                *seen.entry(one(value)).or_default() += 1;
            }
        }
        self.waiting.push_back(waiting);
    }

    /// Drops what is older than the window; returns how many bytes that frees.
    fn slide(&mut self, now: Time, window: i64) -> usize {
        let mut freed = 0;
        while let Some(first) = self.waiting.front()
            && end(first.event.time, window) < now
        {
            for (seen, values) in self.seen.iter_mut().zip(&first.counted) {
                for value in values {
                    let value = one(value);
                    if let Some(count) = seen.get_mut(&value) {
                        *count -= 1;
                        if *count == 0 {
                            seen.remove(&value);
                        }
                    }
                }
            }
            freed += weight_read(&first.event);
            self.waiting.pop_front();
        }
        freed
    }

    fn oldest(&self) -> Option<Time> {
        let waiting = self.waiting.front().map(|first| first.event.time);
        let alerts = self.open.into_iter().chain(self.suppressing);
        waiting
            .into_iter()
            .chain(alerts.map(|(start, _)| start))
            .min()
    }

    fn is_needed(&self) -> bool {
        self.open.is_some() || self.suppressing.is_some() || !self.waiting.is_empty()
    }

    fn clear(&mut self) -> VecDeque<Waiting> {
        self.seen.iter_mut().for_each(HashMap::clear);
        std::mem::take(&mut self.waiting)
    }

    fn suffices(&self, threshold: &Threshold) -> bool {
        let distinct = self.seen.iter().zip(&threshold.distinct);
        self.waiting.len() as u64 >= threshold.count
            && distinct
                .into_iter()
                .all(|(seen, (_, wanted))| seen.len() as u64 >= *wanted)
    }

    fn detection(
        &self,
        rule: &Arc<Rule>,
        threshold: &Threshold,
        waiting: &Waiting,
        group: Group,
    ) -> Detection {
        let column = |name: &str, value, merge| Column {
            name: name.to_owned(),
            value,
            merge,
            time_format: None,
        };
        let by = threshold.by.iter().zip(&self.values);
        let mut columns: Vec<_> = by
            .filter_map(|(field, value)| {
                Some(column(field.name.name(), value.clone()?, Merge::Key))
            })
            .collect();
        for ((field, _), values) in threshold.distinct.iter().zip(&waiting.counted) {
            let name = format!("distinct {}", field.name.name());
            columns.push(column(&name, Value::List(values.clone()), Merge::Distinct));
        }
        let because = naive::eval(&rule.query, &waiting.event).because;
        Detection {
            rule: Arc::clone(rule),
            event: Arc::clone(&waiting.event),
            because,
            row: (!columns.is_empty()).then(|| Row { columns }.into()),
            group: Some(group),
        }
    }
}

fn one(value: &Value) -> Key {
    key::key(&[Some(value.clone())])
}

impl Operator for Thresholds {
    fn accept(&mut self, event: &Arc<Event>, found: &mut Vec<Detection>) {
        let how = Grouping {
            missing: false,
            each: true,
        };
        let (groups, cut) = key::groups(event, &self.threshold.by, how);
        self.cut += cut;
        for values in groups {
            self.join(event, values, found);
        }
    }

    fn advance(&mut self, moment: Time, _found: &mut Vec<Detection>) {
        let (window, suppress) = (self.threshold.window, self.threshold.suppress);
        let (bytes, past) = (&mut self.bytes, &mut self.past);
        self.groups.retain(|_, bucket| {
            *bytes -= bucket.slide(moment, window);
            if let Some((start, _)) = bucket
                .open
                .take_if(|(start, _)| end(*start, window) < moment)
            {
                past.add(start, end(start, window));
            }
            let duration = suppress.unwrap_or_default();
            // An alert that is completed now may have begun when the suppression lasted.
            let over = |start: Time| end(end(start, duration), window) < moment;
            if let Some((start, _)) = bucket.suppressing.take_if(|(start, _)| over(*start)) {
                past.add(start, end(start, duration));
            }
            bucket.is_needed()
        });
        let needed = self.needs_since();
        self.past.forget(needed);
    }

    fn needs_since(&self) -> Option<Time> {
        let oldest = self.groups.values().filter_map(Bucket::oldest).min();
        oldest.map(|time| self.past.ahead_of(time))
    }

    fn size(&self) -> usize {
        self.bytes + (self.groups.len() + self.past.len()) * 128
    }

    fn evict(&mut self) -> u64 {
        let mut oldest: Vec<_> = self
            .groups
            .iter()
            .map(|(key, bucket)| (bucket.oldest(), *key))
            .collect();
        oldest.sort_unstable();
        let half = oldest.len().div_ceil(2);
        for (_, key) in oldest.drain(..half) {
            if let Some(bucket) = self.groups.remove(&key) {
                let freed = bucket
                    .waiting
                    .iter()
                    .map(|waiting| weight_read(&waiting.event));
                self.bytes -= freed.sum::<usize>();
            }
        }
        half as u64
    }

    fn cut(&self) -> u64 {
        self.cut
    }
}
