//! Query text becomes one predicate IR and stateful operators.
//!
//! `lang/{eql,kql,spl}/` hold a lexer, a tree with spans, a parser and a lowering each; [`ir`] is what they lower to;
//! [`diagnostic`] is what they say when they can't.

pub mod diagnostic;
pub mod ir;

pub use diagnostic::{Diagnostic, Span};
pub use ir::Query;
