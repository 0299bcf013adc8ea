//! The list of alerts, compact enough for a million.
//!
//! Takes [`AlertRow`](crate::alert::AlertRow)s as they change; gives the rows in the order and under the filter the
//! analyst asked for. [`table`] holds the rows, [`mod@arrange`] orders them off the drawing thread, [`view`] is the window
//! the analyst looks through: cursor, marks, folds, what came in above.

pub mod arrange;
pub mod table;
pub mod view;

pub use arrange::{Arranged, Column, Grouping, Order, Request, arrange};
pub use table::{Row, Rows, Table};
pub use view::{Line, View};
