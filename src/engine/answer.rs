//! What a rule makes of one event and of others like it.
//!
//! Takes the [`Outcome`] of one of them; gives that of another, which differs in nothing that the rule reads but the time.

use std::sync::Arc;

use super::Column;
use super::naive::{self, Outcome};
use crate::event::{Event, Value};

/// A rule's outcome on an event, but for the event's time.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub outcome: Outcome,
    /// Names of the columns that hold the event's time.
    pub timed: Arc<[Box<str>]>,
    /// Of a rule that makes a table with one input, the values of its columns; those of the time mean nothing.
    pub values: Values,
}

/// Values of columns.
pub type Values = Arc<[Option<Value>]>;

impl Answer {
    /// Returns the outcome on `event`.
    #[must_use]
    pub fn at(&self, event: &Event) -> Outcome {
        let mut outcome = self.outcome.clone();
        let columns = outcome.rows.iter_mut().flat_map(|row| &mut row.columns);
        let is_timed = |column: &&mut Column| self.timed.iter().any(|name| **name == column.name);
        for column in columns.filter(is_timed) {
            column.value = naive::seconds(event);
        }
        outcome
    }
}
