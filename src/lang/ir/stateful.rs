//! What a query makes of several events: the operators that remember.
//!
//! A lowering gives one of these beside [`Query::select`](super::Query::select), which then holds for every event that
//! the operator wants to see. [`crate::engine::state`] runs it over those events in the order of their time.

use super::Pred;
use crate::lang::Span;
use crate::schema::FieldRef;

/// An operator over several events.
#[derive(Debug, Clone, PartialEq)]
pub enum Stateful {
    Sequence(Sequence),
    Threshold(Threshold),
    NewTerms(NewTerms),
    Suppress(Suppress),
}

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

/// Elastic's `alert_suppression` of anything but a threshold: what follows an alert within a while, with equal values, joins it.
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

/// EQL's `sequence`: events that follow one another.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// In the order of the text; `with runs=n` stands here n times.
    pub stages: Vec<Stage>,
    /// Ends a sequence that is not complete.
    pub until: Option<Stage>,
    /// Nanoseconds from the first event to the last, both included; `None` without `maxspan`.
    pub maxspan: Option<i64>,
}

/// One event of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    pub select: Pred,
    /// `![ ... ]`: no such event may come.
    pub missing: bool,
    /// Values that all stages share, in one order; the flag is `?`, which lets a missing value join.
    pub by: Vec<(FieldRef, bool)>,
    pub span: Span,
}

impl Stateful {
    /// Returns the conditions of the single events, in the order of the text; empty for an operator that wants to see
    /// whatever the query selects.
    #[must_use]
    pub fn conditions(&self) -> Vec<&Pred> {
        match self {
            Self::Sequence(sequence) => {
                let stages = sequence.stages.iter().chain(&sequence.until);
                stages.map(|stage| &stage.select).collect()
            }
            Self::Suppress(suppress) => suppress
                .inner
                .as_ref()
                .map_or_else(Vec::new, |inner| inner.conditions()),
            Self::Threshold(_) | Self::NewTerms(_) => Vec::new(),
        }
    }

    /// Returns the condition that holds for every event that an operator with conditions wants to see.
    #[must_use]
    pub fn select(&self) -> Pred {
        Pred::any(self.conditions().into_iter().cloned())
    }

    /// Visits every field that the operator reads beside its conditions.
    pub fn fields(&self, see: &mut impl FnMut(FieldRef)) {
        match self {
            Self::Sequence(sequence) => {
                let stages = sequence.stages.iter().chain(&sequence.until);
                stages
                    .flat_map(|stage| &stage.by)
                    .for_each(|(field, _)| see(*field));
            }
            Self::Threshold(threshold) => {
                let distinct = threshold.distinct.iter().map(|(field, _)| field);
                threshold.by.iter().chain(distinct).copied().for_each(see);
            }
            Self::NewTerms(terms) => terms.fields.iter().copied().for_each(see),
            Self::Suppress(suppress) => {
                if let Some(inner) = &suppress.inner {
                    inner.fields(see);
                }
                suppress.by.iter().copied().for_each(see);
            }
        }
    }
}

impl Stateful {
    /// Visits the fields without which an event is nothing to the operator.
    pub fn required(&self, see: &mut impl FnMut(FieldRef)) {
        match self {
            Self::Sequence(_) => {}
            Self::Threshold(_) | Self::NewTerms(_) => self.fields(see),
            Self::Suppress(suppress) => {
                if let Some(inner) = &suppress.inner {
                    inner.required(see);
                }
            }
        }
    }
}
