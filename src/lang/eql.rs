//! Elastic's Event Query Language.
//!
//! Takes query text; gives a [`Query`] or what is wrong with it. Lexer, tree with spans, parser and lowering are
//! files of their own. Event queries, sequences, samples and pipes run, as `docs/eql.md` says; `join`, which
//! Elasticsearch has not either, is named as not runnable.
//!
//! Semantics are Elasticsearch's, not the older Python engine's: `==` keeps case and takes `*` literally, `:` and the
//! `~` forms ignore case, a predicate on a field is two-valued (so `not f : x` is true where `f` is missing), and null
//! runs through functions.

mod functions;
mod lexer;
mod lower;
mod parser;
pub(super) mod regex;
pub mod statement;
pub mod tree;

use super::{CompileError, Query};

pub use parser::parse;
pub use regex::compile as compile_regex;

/// Compiles a statement.
pub fn compile(text: &str) -> Result<Query, CompileError> {
    lower::lower(&parse(text)?)
}

#[cfg(test)]
mod tests;
