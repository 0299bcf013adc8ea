//! Elastic's piped query language, ES|QL.
//!
//! Takes query text; gives a [`Query`] or what is wrong with it. Lexer, tree with spans, parser, functions and lowering
//! are files of their own; `docs/esql.md` lists what runs.
//!
//! Conditions are three-valued and keep what is true; a field with several values is null to everything that takes
//! one. Full-text predicates ask the index and are two-valued.

mod aggregate;
mod dissect;
mod functions;
mod grok;
mod java;
mod lexer;
mod lower;
mod parser;
pub mod tree;

use super::{CompileError, Query};

pub use parser::parse;

/// A compiled query and what it reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    pub query: Query,
    /// The index patterns behind `from`.
    pub sources: Vec<String>,
}

/// Compiles a query of a rule that looks back so many seconds: the length of its windows.
pub fn compile(text: &str, lookback: u32) -> Result<Compiled, CompileError> {
    let pipeline = parse(text)?;
    Ok(Compiled {
        query: lower::lower(&pipeline, lookback)?,
        sources: lower::sources(&pipeline),
    })
}

#[cfg(test)]
mod tests;
