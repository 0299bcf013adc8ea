//! Kibana's query language.
//!
//! Takes query text; gives a [`Query`] or what is wrong with it. The grammar has no tokens of its own (spaces belong
//! to values), so the parser reads characters; tree and lowering are files of their own.
//!
//! Keyword fields keep case and match whole; analysed text matches by tokens: a quoted value as a phrase, an unquoted
//! one when any of its tokens occurs. Every predicate is two-valued: `not f : x` holds where `f` is missing.

mod lower;
mod parser;
pub mod tree;

use super::elastic::Clock;
use super::{CompileError, Query};

pub use parser::parse;

/// Compiles a query; an empty one selects everything. `now` in date math is the time of each event.
pub fn compile(text: &str) -> Result<Query, CompileError> {
    compile_at(text, Clock::Event)
}

/// Compiles a query whose `now` is what `clock` says.
pub fn compile_at(text: &str, clock: Clock) -> Result<Query, CompileError> {
    lower::lower(&parse(text)?, clock)
}

#[cfg(test)]
mod tests;
