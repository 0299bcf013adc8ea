//! Operators of Elastic's rule types and of their suppression.

use super::Stateful;
use crate::schema::FieldRef;

/// Elastic's `threshold`: so many events of one group within a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    /// Fields whose values name the group; an event without one of them is in none. Empty: all events are one group.
    pub by: Vec<FieldRef>,
    /// Fewest events, at least 1.
    pub count: u64,
    /// Fewest distinct values of each field.
    pub distinct: Vec<(FieldRef, u64)>,
    /// Nanoseconds from the first event to the last, both included.
    pub window: i64,
    /// Nanoseconds after an alert's first event within which further alerts of its group join it.
    pub suppress: Option<i64>,
}

/// Elastic's `new_terms`: a value, or a combination of values, that did not occur for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTerms {
    /// An event without one of them has no term.
    pub fields: Vec<FieldRef>,
    /// Nanoseconds for which a term is remembered.
    pub window: i64,
}

/// Elastic's `alert_suppression` of anything but a threshold: what follows an alert within a while, with equal values,
/// joins it.
#[derive(Debug, Clone, PartialEq)]
pub struct Suppress {
    /// What finds the alerts; `None`: each selected event is one.
    pub inner: Option<Box<Stateful>>,
    /// Fields whose values must be equal.
    pub by: Vec<FieldRef>,
    /// Nanoseconds after the alert's first event, both included.
    pub duration: i64,
    /// An event without one of the fields is grouped with others that lack it; otherwise it is an alert of its own.
    pub missing: bool,
    /// Each element of a list has a group of its own; otherwise the list is one value.
    pub each: bool,
}
