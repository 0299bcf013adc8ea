//! An event's share of a grouped result row.
//!
//! Takes a [`Row`]; gives it to many detections without a copy for each. Events that differ in nothing but the time have the
//! same row but for the columns that show the time, which lie beside it.

use std::fmt;
use std::sync::Arc;

use super::{Column, Row};
use crate::event::Value;

/// The places of the columns of a row that are the event's time.
pub type Timed = Arc<[usize]>;

/// A row, whose columns that are the event's time may have a value of their own.
#[derive(Clone)]
pub struct Share {
    row: Arc<Row>,
    time: Option<(Timed, Value)>,
}

impl Share {
    /// Returns the share in `row` of an event at `time`.
    #[must_use]
    pub fn at(row: &Arc<Row>, timed: &Timed, time: impl FnOnce() -> Value) -> Self {
        Self {
            row: Arc::clone(row),
            time: (!timed.is_empty()).then(|| (Arc::clone(timed), time())),
        }
    }

    /// Returns the columns, each with its value.
    pub fn columns(&self) -> impl Iterator<Item = (&Column, &Value)> {
        let columns = self.row.columns.iter().enumerate();
        columns.map(|(place, column)| match &self.time {
            Some((timed, time)) if timed.contains(&place) => (column, time),
            _ => (column, &column.value),
        })
    }
}

impl From<Row> for Share {
    fn from(row: Row) -> Self {
        Self {
            row: Arc::new(row),
            time: None,
        }
    }
}

impl PartialEq for Share {
    fn eq(&self, other: &Self) -> bool {
        Row::from(self) == Row::from(other)
    }
}

impl From<&Share> for Row {
    fn from(share: &Share) -> Self {
        let columns = share.columns().map(|(column, value)| Column {
            value: value.clone(),
            ..column.clone()
        });
        Self {
            columns: columns.collect(),
        }
    }
}

/// As the row reads.
impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Row::from(self).fmt(f)
    }
}
