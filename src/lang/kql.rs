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

use super::{CompileError, Query};

pub use parser::parse;

/// Compiles a query; an empty one selects everything.
pub fn compile(text: &str) -> Result<Query, CompileError> {
    lower::lower(&parse(text)?)
}

#[cfg(test)]
mod tests;
