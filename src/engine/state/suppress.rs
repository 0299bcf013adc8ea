//! Elastic's alert suppression: alerts with equal values within a while are one.
//!
//! The first alert of a group opens a window; whatever the rule finds for the group until the window has passed joins
//! it. An alert over several events joins whole, by its first event.
//!
//! After a restart the events since the oldest open window are seen again. Where the inner operator has a long history
//! (`new_terms`) they would find nothing, because it remembers them: there the open windows are part of the history.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::key::{self, Grouping, Key, Past};
use super::{Memory, Operator};
use crate::engine::{Detection, Group, naive};
use crate::event::{Event, Time};
use crate::lang::ir::Stateful;
use crate::lang::ir::stateful::Suppress;
use crate::rule::Rule;

/// Bytes of a remembered window, about.
const WINDOW: usize = 96;

/// In the history, the last time of a window that is open.
const OPEN: Time = Time(i64::MAX);

/// The windows of one rule.
pub(super) struct Suppressed {
    rule: Arc<Rule>,
    suppress: Suppress,
    inner: Option<Box<dyn Operator>>,
    /// When the window of each group opened.
    windows: HashMap<Key, Time>,
    /// Windows that opened or ended since the store was told; `None`: the events tell of them after a restart.
    changed: Option<HashSet<Key>>,
    /// The alerts that those of the inner operator joined, and when that was last needed.
    joined: HashMap<Group, (Vec<Option<Group>>, Time)>,
    past: Past,
    /// Nanoseconds from the first event of an alert of the inner operator to its last, at most.
    span: i64,
    cut: u64,
}

impl Suppressed {
    pub fn new(rule: Arc<Rule>, suppress: Suppress, inner: Option<Box<dyn Operator>>) -> Self {
        let span = match suppress.inner.as_deref() {
            Some(Stateful::Sequence(sequence)) => sequence.maxspan.unwrap_or(suppress.duration),
            _ => 0,
        };
        let kept = matches!(suppress.inner.as_deref(), Some(Stateful::NewTerms(_)));
        Self {
            rule,
            span,
            changed: kept.then(HashSet::new),
            suppress,
            inner,
            windows: HashMap::new(),
            joined: HashMap::new(),
            past: Past::default(),
            cut: 0,
        }
    }

    fn end(&self, start: Time) -> Time {
        Time(start.0.saturating_add(self.suppress.duration))
    }

    /// Returns the alerts that something found on `event` belongs to; `None` is one of its own.
    fn groups(&mut self, event: &Event) -> Vec<Option<Group>> {
        let how = Grouping {
            missing: self.suppress.missing,
            each: self.suppress.each,
        };
        let (values, cut) = key::groups(event, &self.suppress.by, how);
        self.cut += cut;
        if values.is_empty() {
            return vec![None];
        }
        let keys = values.iter().map(|values| key::key(values));
        keys.map(|key| Some(self.window(key, event))).collect()
    }

    fn window(&mut self, key: Key, event: &Event) -> Group {
        // Apart from the keys of the inner operator's history.
        let key = Group::of([b"window", &key[..]]).0;
        let open = self.windows.get(&key).copied();
        let open = open.filter(|start| {
            let end = self.end(*start);
            let is_open = event.time <= end;
            if !is_open {
                self.past.add(*start, end);
            }
            is_open
        });
        let start = open.unwrap_or_else(|| {
            self.windows.insert(key, event.time);
            self.note(key);
            event.time
        });
        Group::of([b"suppressed", &key[..], &start.0.to_be_bytes()[..]])
    }

    /// Notes that a window opened or ended.
    fn note(&mut self, key: Key) {
        if let Some(changed) = &mut self.changed {
            changed.insert(key);
        }
    }

    fn take(&mut self, detection: &Detection, found: &mut Vec<Detection>) {
        let known = detection.group.and_then(|group| {
            let (groups, used) = self.joined.get_mut(&group)?;
            *used = (*used).max(detection.event.time);
            Some(groups.clone())
        });
        let groups = known.unwrap_or_else(|| {
            let groups = self.groups(&detection.event);
            if let Some(group) = detection.group {
                self.joined
                    .insert(group, (groups.clone(), detection.event.time));
            }
            groups
        });
        for group in groups {
            found.push(Detection {
                group: group.or(detection.group),
                ..detection.clone()
            });
        }
    }
}

impl Operator for Suppressed {
    fn accept(&mut self, event: &Arc<Event>, found: &mut Vec<Detection>) {
        let mut inner = Vec::new();
        match &mut self.inner {
            Some(operator) => operator.accept(event, &mut inner),
            None => inner.push(Detection {
                rule: Arc::clone(&self.rule),
                event: Arc::clone(event),
                because: naive::eval(&self.rule.query, event).because,
                row: None,
                group: None,
            }),
        }
        for detection in inner {
            self.take(&detection, found);
        }
    }

    fn rebuilt(&mut self) {
        if let Some(operator) = &mut self.inner {
            operator.rebuilt();
        }
    }

    fn advance(&mut self, moment: Time, found: &mut Vec<Detection>) {
        let mut inner = Vec::new();
        if let Some(operator) = &mut self.inner {
            operator.advance(moment, &mut inner);
        }
        for detection in inner {
            self.take(&detection, found);
        }
        let (duration, span) = (self.suppress.duration, self.span);
        let (past, changed) = (&mut self.past, &mut self.changed);
        self.windows.retain(|key, start| {
            let end = Time(start.0.saturating_add(duration));
            // What the inner operator completes now may have begun when the window was open.
            let over = end.0.saturating_add(span) < moment.0;
            if over {
                past.add(*start, end);
                if let Some(changed) = changed {
                    changed.insert(*key);
                }
            }
            !over
        });
        self.joined
            .retain(|_, (_, used)| used.0.saturating_add(span) >= moment.0);
        let needed = self.needs_since();
        self.past.forget(needed);
    }

    fn needs_since(&self) -> Option<Time> {
        let replayed = self.changed.is_none();
        let windows = self.windows.values().copied().filter(|_| replayed);
        let inner = self.inner.as_ref().and_then(|inner| inner.needs_since());
        windows
            .chain(inner)
            .min()
            .map(|needed| self.past.ahead_of(needed))
    }

    fn size(&self) -> usize {
        let own = self.windows.len() + self.joined.len() + self.past.len();
        own * WINDOW + self.inner.as_ref().map_or(0, |inner| inner.size())
    }

    fn evict(&mut self) -> u64 {
        if let Some(inner) = &mut self.inner {
            let evicted = inner.evict();
            if evicted > 0 {
                return evicted;
            }
        }
        let mut oldest: Vec<_> = self
            .windows
            .iter()
            .map(|(key, start)| (*start, *key))
            .collect();
        oldest.sort_unstable();
        let half = oldest.len().div_ceil(2);
        for (_, key) in oldest.drain(..half) {
            self.windows.remove(&key);
            self.note(key);
        }
        half as u64
    }

    fn changes(&mut self) -> Vec<Memory> {
        let inner = self.inner.as_mut().map(|inner| inner.changes());
        let mut changes = inner.unwrap_or_default();
        let changed = self.changed.iter_mut().flat_map(HashSet::drain);
        changes.extend(changed.map(|key| Memory {
            key,
            seen: self.windows.get(&key).map(|start| (*start, OPEN)),
        }));
        changes
    }

    fn restore(&mut self, history: Vec<Memory>) {
        let mut inner = Vec::new();
        for memory in history {
            match memory.seen {
                Some((start, OPEN)) => {
                    self.windows.insert(memory.key, start);
                }
                _ => inner.push(memory),
            }
        }
        if let Some(operator) = &mut self.inner {
            operator.restore(inner);
        }
    }

    fn cut(&self) -> u64 {
        self.cut + self.inner.as_ref().map_or(0, |inner| inner.cut())
    }
}
