//! The plain evaluator: what every faster one must equal.
//!
//! Takes a [`Query`] and an [`Event`]; gives whether it selects the event, why, and the rows.

use super::Row;
use crate::event::Event;
use crate::lang::Query;
use crate::schema::FieldRef;

/// What a query makes of one event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// The query selects the event and, if it groups, at least one row is left.
    pub matched: bool,
    /// Fields of the leaves that were true and count for the match, in the order of the query, each once.
    pub because: Vec<FieldRef>,
    /// The event's share of each result row; empty for a query without a pipeline.
    pub rows: Vec<Row>,
}

/// Evaluates `query` on `event`.
#[must_use]
pub fn eval(query: &Query, event: &Event) -> Outcome {
    let _ = (query, event);
    Outcome::default()
}
