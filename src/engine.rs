//! Events meet rules.
//!
//! Takes [`Event`]s and [`Rule`]s; gives [`Detection`]s: which rule, which event, why, and the result row of a
//! grouped search. Stateless for single-event rules; merging a row over time is the alert store's work, which
//! counts each contributing event once.

use std::sync::Arc;

use crate::event::{Event, Value};
use crate::rule::Rule;
use crate::schema::FieldRef;

/// A rule fired on an event.
#[derive(Debug, Clone)]
pub struct Detection {
    pub rule: Arc<Rule>,
    pub event: Arc<Event>,
    /// Fields of the predicate leaves that were true, in the order of the rule, each once.
    pub because: Vec<FieldRef>,
    /// The result row, for a search that groups.
    pub row: Option<Row>,
}

/// One event's share of a grouped result row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub columns: Vec<Column>,
}

/// A column and how two events' shares become one.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name after all `rename`s and prefix removals.
    pub name: String,
    pub value: Value,
    pub merge: Merge,
    /// `convert ctime`: times are shown as text in this strftime format.
    pub time_format: Option<String>,
}

/// How a column of the row changes when another event joins it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// Part of the row's identity: equal in all its events.
    Key,
    /// Summed (`count`).
    Sum,
    /// Smallest kept (`min(_time)`).
    Min,
    /// Largest kept (`max(_time)`).
    Max,
    /// Distinct values, sorted (`values`).
    Values,
}
