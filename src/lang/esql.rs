//! Elastic's piped query language, ES|QL.
//!
//! Takes query text; gives a [`Query`] or what is wrong with it.

mod functions;
mod java;
mod lexer;
mod parser;
pub mod tree;

pub use parser::parse;

#[cfg(test)]
mod tests;
