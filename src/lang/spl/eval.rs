//! Expressions of `eval` and `where`.
//!
//! Takes a stretch of the expanded text; gives a tree with spans, then an [`Expr`](crate::lang::ir::Expr). Texts compare with case, a bare
//! word is a field on either side of a comparison, and a missing field makes a comparison neither true nor false.

mod functions;
mod lexer;
mod lower;
mod parser;
pub mod pcre;
mod print;

use crate::lang::Span;
use crate::lang::ir::Comparison;
use crate::lang::ir::expr::Arithmetic;

pub use functions::{entropy, floor, makes_list, numeric, tokens, wildcard};
pub use lower::{condition, counted, function, now, regex, value};
pub use parser::{assignments, parse};
pub use print::write_column;

/// An expression and where it stands, which does not count for equality.
#[derive(Debug, Clone)]
pub struct Node {
    pub kind: Kind,
    pub span: Span,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Number(crate::lang::ir::Number),
    Text(String),
    Field(String),
    Call(String, Vec<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    Like(Box<Node>, Box<Node>),
    In(Box<Node>, Vec<Node>),
    Arithmetic(Arithmetic, Box<Node>, Box<Node>),
    Negative(Box<Node>),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Xor(Box<Node>, Box<Node>),
}
