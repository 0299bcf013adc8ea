//! Lucene's query syntax, as Elasticsearch's `query_string` reads it.
//!
//! Takes query text; gives a [`Query`] or what is wrong with it. Clauses combine as in Lucene's classic parser: each is
//! required (`+`, or joined by `AND`), forbidden (`-`, `!`, `NOT`) or optional, and an optional one counts only where
//! none is required. So `a OR b AND c` requires `b` and `c`. The default operator is OR, the default field is any.
//! Boosts change no match and are passed over; fuzzy terms and phrases with slop are not run.

mod lower;
mod parser;
pub mod tree;

use super::{CompileError, Query};

pub use parser::parse;

/// Compiles a query; an empty one selects everything.
pub fn compile(text: &str) -> Result<Query, CompileError> {
    lower::lower(&parse(text)?)
}

#[cfg(test)]
mod tests;
