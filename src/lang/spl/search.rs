//! Search expressions: the arguments of `search`, and of `tstats` after `where`.
//!
//! Values match whole and ignore case, `*` is the only wildcard and works in quotes too, and `OR` binds tighter than
//! the `AND` that may be left out: `a=1 b=2 OR c=3` is `a=1 AND (b=2 OR c=3)`.

mod lower;
mod parser;
mod place;
mod print;

use crate::lang::Span;
use crate::lang::ir::Comparison;

pub use lower::lower;
pub use parser::{Parser, parse};

/// A search expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Compare {
        field: Word,
        operator: Comparison,
        value: Word,
    },
    In {
        field: Word,
        values: Vec<Word>,
    },
    /// Text that occurs somewhere in the event.
    Term(Word),
    /// The same in the letters as they are written: `CASE(text)`.
    Exact(Word),
}

/// A word and where it stands, which does not count for equality.
#[derive(Debug, Clone)]
pub struct Word {
    pub text: String,
    pub span: Span,
}

impl PartialEq for Word {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Word {}
