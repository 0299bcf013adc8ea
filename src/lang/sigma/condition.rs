//! The condition of a rule: which of its searches must find something.
//!
//! Takes text such as `1 of selection_* and not filter`; gives a [`Node`] with spans, or what is wrong. Source: Sigma
//! rules specification 2.1, "Condition". `or` binds weakest, then `and`, then `not`.

mod lexer;
mod parser;
pub mod tree;

pub use parser::parse;
pub use tree::{Node, Quantity, Target};

#[cfg(test)]
mod tests;
