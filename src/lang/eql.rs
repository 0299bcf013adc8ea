//! Elastic's Event Query Language.
//!
//! Takes query text; gives a [`Query`] or what is wrong with it. Lexer, tree with spans, parser and lowering are
//! files of their own. Event queries run; sequences, samples, joins and pipes are recognised and named as not runnable.
//!
//! Semantics are Elasticsearch's, not the older Python engine's: `==` keeps case and takes `*` literally, `:` and the
//! `~` forms ignore case, a predicate on a field is two-valued (so `not f : x` is true where `f` is missing), and null
//! runs through functions.

mod functions;
mod lexer;
mod lower;
mod parser;
pub(super) mod regex;
pub mod tree;

use super::{CompileError, Query};

pub use parser::parse;

/// Compiles an event query.
pub fn compile(text: &str) -> Result<Query, CompileError> {
    lower::lower(&parse(text)?)
}

#[cfg(test)]
mod tests;
