//! The values of an event that tell groups apart, and the past windows that a restart must not begin inside of.

use crate::engine::naive::Scope;
use crate::event::{Event, Time, Value};
use crate::schema::FieldRef;

/// Most combinations of one event whose fields have several values each (Kibana's limit). What is past it has no
/// group, and is counted.
pub(super) const MAX_COMBINATIONS: usize = 100;

/// The values of one group, `None` where a field is missing.
pub(super) type Values = Vec<Option<Value>>;

/// A digest of a group's values: equal for values that read the same, whichever format carried them.
pub(super) type Key = [u8; 16];

/// How values become groups.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grouping {
    /// A missing field is a value like any other; otherwise the event has no group.
    pub missing: bool,
    /// Each element of a list is a value of its own.
    pub each: bool,
}

/// Returns the groups of an event, and how many were left out.
pub(super) fn groups(event: &Event, by: &[FieldRef], how: Grouping) -> (Vec<Values>, u64) {
    let scope = Scope::of(event);
    let mut groups = vec![Vec::with_capacity(by.len())];
    let mut cut = 0;
    for field in by {
        let choices: Values = match scope.value(*field) {
            None if how.missing => vec![None],
            None => return (Vec::new(), 0),
            Some(value) if how.each => distinct(&value).into_iter().map(Some).collect(),
            Some(value) => vec![Some(value.into_owned())],
        };
        let room = (MAX_COMBINATIONS / groups.len()).max(1);
        let kept = choices.len().min(room);
        cut += (groups.len() * (choices.len() - kept)) as u64;
        groups = groups
            .iter()
            .flat_map(|group: &Values| {
                choices.iter().take(kept).map(move |choice| {
                    let mut longer = group.clone();
                    longer.push(choice.clone());
                    longer
                })
            })
            .collect();
    }
    (groups, cut)
}

/// Returns the elements of a value, each once.
pub(super) fn distinct(value: &Value) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    for element in value.elements() {
        if !found.contains(element) {
            found.push(element.clone());
        }
    }
    found
}

/// Returns the digest of a group's values.
pub(super) fn key(values: &[Option<Value>]) -> Key {
    let mut hash = blake3::Hasher::new();
    for value in values {
        match value {
            None => {
                hash.update(&[0]);
            }
            Some(value) => {
                let text = value.text();
                hash.update(&[1]);
                hash.update(&(text.len() as u64).to_be_bytes());
                hash.update(text.as_bytes());
            }
        }
    }
    let mut key = [0; 16];
    hash.finalize_xof().fill(&mut key);
    key
}

/// Windows that have ended. A replay that began inside one would cut it differently, so it begins ahead of it.
#[derive(Debug, Default)]
pub(super) struct Past(Vec<(Time, Time)>);

impl Past {
    /// Remembers a window, both ends included.
    pub fn add(&mut self, from: Time, to: Time) {
        self.0.push((from, to));
    }

    /// Returns `time`, or the beginning of the windows that it lies in.
    pub fn ahead_of(&self, mut time: Time) -> Time {
        while let Some(from) = self
            .0
            .iter()
            .filter(|(from, to)| *from < time && time <= *to)
            .map(|(from, _)| *from)
            .min()
        {
            time = from;
        }
        time
    }

    /// Forgets the windows that end before `needed`; all of them when nothing is.
    pub fn forget(&mut self, needed: Option<Time>) {
        match needed {
            Some(needed) => self.0.retain(|(_, to)| *to >= needed),
            None => self.0.clear(),
        }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_begins_ahead_of_every_window_it_would_cut() {
        let mut past = Past::default();
        past.add(Time(10), Time(20));
        past.add(Time(18), Time(30));
        past.add(Time(40), Time(50));
        assert_eq!(past.ahead_of(Time(25)), Time(10));
        assert_eq!(past.ahead_of(Time(35)), Time(35));
        assert_eq!(past.ahead_of(Time(40)), Time(40));
        past.forget(Some(Time(35)));
        assert_eq!(past.len(), 1);
    }

    #[test]
    fn values_that_read_the_same_are_one_group() {
        let one = |value: Value| key(&[Some(value)]);
        assert_eq!(one(Value::Int(5)), one("5".into()));
        assert_ne!(one("".into()), key(&[None]));
        assert_ne!(
            key(&[Some("a".into()), Some("bc".into())]),
            key(&[Some("ab".into()), Some("c".into())])
        );
    }
}
