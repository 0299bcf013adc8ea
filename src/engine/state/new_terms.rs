//! Elastic's `new_terms`: a value, or a combination of values, that did not occur for a while.
//!
//! A term is new when the rule's query selected no event with it within the window before the event. As in Kibana, a
//! rule without history finds every term new; while the history is shorter than the window, the alert says in the
//! column [`WARM_UP`] how much of it there was.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::key::{self, Grouping, Key, Values};
use super::{Memory, Operator};
use crate::engine::{Column, Detection, Group, Merge, Row, naive};
use crate::event::{Event, Time};
use crate::lang::ir::stateful::NewTerms;
use crate::rule::Rule;

/// Column of an alert whose history was shorter than the rule's window.
pub const WARM_UP: &str = "history so far";

/// Bytes of a remembered term, about.
const TERM: usize = 64;

/// Under this key the history keeps its own beginning.
const SINCE: Key = [0xff; 16];

/// The history of one rule.
pub(super) struct Terms {
    rule: Arc<Rule>,
    spec: NewTerms,
    /// When each term occurred first and last.
    seen: HashMap<Key, (Time, Time)>,
    /// Terms whose times changed, or that were forgotten, since the store was told.
    changed: HashSet<Key>,
    /// The first event of the history.
    since: Option<Time>,
    /// Terms that have gone out of the window are dropped when the history has grown to this length.
    tidy_at: usize,
    cut: u64,
}

impl Terms {
    pub fn new(rule: Arc<Rule>, spec: NewTerms) -> Self {
        Self {
            rule,
            spec,
            seen: HashMap::new(),
            changed: HashSet::new(),
            since: None,
            tidy_at: 1024,
            cut: 0,
        }
    }

    fn oldest(&self, now: Time) -> Time {
        Time(now.0.saturating_sub(self.spec.window))
    }

    /// Notes the term; returns whether it is new.
    fn note(&mut self, key: Key, now: Time) -> bool {
        let oldest = self.oldest(now);
        self.changed.insert(key);
        let Some((_, last)) = self.seen.get_mut(&key) else {
            self.seen.insert(key, (now, now));
            return true;
        };
        let is_new = *last < oldest;
        *last = (*last).max(now);
        is_new
    }

    /// Drops the terms that have gone out of the window, now and then.
    fn tidy(&mut self, now: Time) {
        if self.seen.len() < self.tidy_at {
            return;
        }
        let oldest = self.oldest(now);
        let changed = &mut self.changed;
        self.seen.retain(|key, (_, last)| {
            let kept = *last >= oldest;
            if !kept {
                changed.insert(*key);
            }
            kept
        });
        self.tidy_at = (self.seen.len() * 2).max(1024);
    }

    fn detection(&self, event: &Arc<Event>, key: Key, values: Values) -> Detection {
        let column = |name: &str, value, merge| Column {
            name: name.to_owned(),
            value,
            merge,
            time_format: None,
        };
        let named = self.spec.fields.iter().zip(values);
        let mut columns: Vec<_> = named
            .filter_map(|(field, value)| Some(column(field.name.name(), value?, Merge::Key)))
            .collect();
        let seen = self.since.map_or(0, |since| event.time.0 - since.0);
        if seen < self.spec.window {
            let text = format!("{} of {}", span(seen), span(self.spec.window));
            columns.push(column(WARM_UP, text.into(), Merge::Set));
        }
        Detection {
            rule: Arc::clone(&self.rule),
            event: Arc::clone(event),
            because: naive::eval(&self.rule.query, event).because,
            row: Some(Row { columns }.into()),
            group: Some(Group::of([&key[..], &event.id.0[..]])),
        }
    }
}

/// Writes nanoseconds in the largest unit that keeps two digits.
fn span(nanos: i64) -> String {
    let seconds = nanos.max(0) / 1_000_000_000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

impl Operator for Terms {
    fn accept(&mut self, event: &Arc<Event>, found: &mut Vec<Detection>) {
        let how = Grouping {
            missing: false,
            each: true,
        };
        let (groups, cut) = key::groups(event, &self.spec.fields, how);
        self.cut += cut;
        self.since.get_or_insert(event.time);
        for values in groups {
            let key = key::key(&values);
            if self.note(key, event.time) {
                found.push(self.detection(event, key, values));
            }
        }
        self.tidy(event.time);
    }

    fn advance(&mut self, _moment: Time, _found: &mut Vec<Detection>) {}

    fn needs_since(&self) -> Option<Time> {
        None
    }

    fn size(&self) -> usize {
        self.seen.len() * TERM
    }

    fn evict(&mut self) -> u64 {
        let mut oldest: Vec<_> = self
            .seen
            .iter()
            .map(|(key, (_, last))| (*last, *key))
            .collect();
        oldest.sort_unstable();
        let half = oldest.len().div_ceil(2);
        for (_, key) in oldest.drain(..half) {
            self.seen.remove(&key);
            self.changed.insert(key);
        }
        half as u64
    }

    fn changes(&mut self) -> Vec<Memory> {
        let since = self.since.filter(|_| !self.changed.is_empty());
        let since = since.map(|since| Memory {
            key: SINCE,
            seen: Some((since, since)),
        });
        let changed = self.changed.drain().map(|key| Memory {
            key,
            seen: self.seen.get(&key).copied(),
        });
        changed.chain(since).collect()
    }

    fn restore(&mut self, history: Vec<Memory>) {
        for memory in history {
            match memory.seen {
                Some((first, _)) if memory.key == SINCE => self.since = Some(first),
                Some(seen) => {
                    self.seen.insert(memory.key, seen);
                }
                None => {}
            }
        }
    }

    fn cut(&self) -> u64 {
        self.cut
    }
}
