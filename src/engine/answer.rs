//! What a rule makes of one event and of others like it.
//!
//! Takes the [`Outcome`] of one of them, on which the rule fires; gives the rows of another, which differs in nothing that
//! the rule reads but the time.

use std::sync::Arc;

use super::naive::{self, Outcome};
use super::share::Timed;
use super::{Row, Share};
use crate::event::{Event, Value};
use crate::schema::FieldRef;

/// A rule's outcome on an event that it fires on, but for the event's time.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub because: Vec<FieldRef>,
    rows: Box<[(Arc<Row>, Timed)]>,
    /// What the columns that were asked for have; those of the time mean nothing.
    pub values: Option<Values>,
}

/// Values of columns.
pub type Values = Arc<[Option<Value>]>;

impl Answer {
    /// Returns the answer that `outcome` is; `timed` is of each of its rows.
    #[must_use]
    pub fn new(outcome: Outcome, timed: Vec<Timed>, values: Option<Values>) -> Self {
        let rows = outcome.rows.into_iter().map(Arc::new);
        Self {
            because: outcome.because,
            rows: rows.zip(timed).collect(),
            values,
        }
    }

    /// Returns the rows.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().map(|(row, _)| &**row)
    }

    /// Returns the shares of `event` in the rows.
    #[must_use]
    pub fn shares(&self, event: &Event) -> Vec<Share> {
        let rows = self.rows.iter();
        rows.map(|(row, timed)| Share::at(row, timed, || naive::seconds(event)))
            .collect()
    }
}
