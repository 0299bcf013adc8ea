//! Query text becomes one predicate IR and stateful operators.
//!
//! `lang/{eql,esql,kql,sigma,spl}/` hold a lexer, a tree with spans, a parser and a lowering each; [`ir`] is what
//! they lower to; [`diagnostic`] is what they say when they can't.

pub mod diagnostic;
pub mod dsl;
pub mod elastic;
pub mod eql;
pub mod esql;
pub mod function;
pub mod grams;
pub mod ir;
pub mod kql;
pub mod lookup;
pub mod lucene;
pub mod sigma;
pub mod spl;

pub use diagnostic::{CompileError, Diagnostic, Span};
pub use ir::Query;
