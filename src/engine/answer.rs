//! What a rule makes of one event and of others like it.
//!
//! Takes the [`Outcome`] of one of them; gives that of another, which differs in nothing that the rule reads but the time.

use std::sync::Arc;

use super::naive::{self, Outcome};
use crate::event::{Event, Value};

/// A rule's outcome on an event, but for the event's time.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub outcome: Outcome,
    /// The row and the column of each value that is the event's time.
    pub timed: Box<[(usize, usize)]>,
    /// What the columns that were asked for have; those of the time mean nothing.
    pub values: Option<Values>,
}

/// Values of columns.
pub type Values = Arc<[Option<Value>]>;

impl Answer {
    /// Returns the outcome on `event`.
    #[must_use]
    pub fn at(&self, event: &Event) -> Outcome {
        let mut outcome = self.outcome.clone();
        for (row, column) in &self.timed {
            let columns = outcome.rows.get_mut(*row).map(|row| &mut row.columns);
            if let Some(column) = columns.and_then(|columns| columns.get_mut(*column)) {
                column.value = naive::seconds(event);
            }
        }
        outcome
    }
}
