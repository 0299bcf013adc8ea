//! The tree of a Lucene query. It prints as a query that parses to an equal tree; spans do not count for equality.

use std::fmt;

use crate::lang::Span;
use crate::lang::ir::Comparison;
use crate::lang::ir::pattern::Piece;

/// A list of clauses.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Clauses(pub Vec<Clause>);

/// A clause and whether it must, may or must not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub occur: Occur,
    pub node: Node,
}

/// What a clause is to its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occur {
    Must,
    Should,
    MustNot,
}

/// What a clause asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Group(Clauses),
    Term(Term),
}

/// A question to one field, or to any.
#[derive(Debug, Clone)]
pub struct Term {
    /// The name as it was written, without escapes; `*` stands in it as a wildcard.
    pub field: Option<Vec<Piece>>,
    pub value: Value,
    pub span: Span,
}

/// What the field is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An unquoted word; the number is the edit distance of `~`.
    Word(Vec<Piece>, Option<String>),
    /// A quoted text; the number is the slop of `~`.
    Phrase(String, Option<String>),
    /// `/regular expression/`
    Regex(String),
    /// `[low TO high]`: bound and whether it is included; `None` is `*`.
    Range(Option<(String, bool)>, Option<(String, bool)>),
    /// `>=5`
    Compare(Comparison, String),
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.field == other.field && self.value == other.value
    }
}

impl fmt::Display for Clauses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, clause) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str(" ")?;
            }
            f.write_str(match clause.occur {
                Occur::Must => "+",
                Occur::Should => "",
                Occur::MustNot => "-",
            })?;
            match &clause.node {
                Node::Group(inner) => write!(f, "({inner})")?,
                Node::Term(term) => write!(f, "{term}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            write_pieces(f, field)?;
            f.write_str(":")?;
        }
        let suffix = |f: &mut fmt::Formatter<'_>, number: &Option<String>| match number {
            Some(number) => write!(f, "~{number}"),
            None => Ok(()),
        };
        match &self.value {
            Value::Word(pieces, fuzzy) => {
                write_pieces(f, pieces)?;
                suffix(f, fuzzy)
            }
            Value::Phrase(text, slop) => {
                write_quoted(f, text)?;
                suffix(f, slop)
            }
            Value::Regex(source) => write!(f, "/{}/", source.replace('/', "\\/")),
            Value::Range(low, high) => {
                let open = low.as_ref().is_none_or(|(_, included)| *included);
                let shut = high.as_ref().is_none_or(|(_, included)| *included);
                f.write_str(if open { "[" } else { "{" })?;
                write_bound(f, low.as_ref())?;
                f.write_str(" TO ")?;
                write_bound(f, high.as_ref())?;
                f.write_str(if shut { "]" } else { "}" })
            }
            Value::Compare(op, bound) => {
                f.write_str(op.as_str())?;
                write_quoted(f, bound)
            }
        }
    }
}

fn write_bound(f: &mut fmt::Formatter<'_>, bound: Option<&(String, bool)>) -> fmt::Result {
    match bound {
        Some((text, _)) => write_quoted(f, text),
        None => f.write_str("*"),
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Every character that is no letter or digit is escaped, and the first of all, so that no word reads as an operator.
fn write_pieces(f: &mut fmt::Formatter<'_>, pieces: &[Piece]) -> fmt::Result {
    for (n, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Many => f.write_str("*")?,
            Piece::One => f.write_str("?")?,
            Piece::Char('u') if n == 0 => f.write_str("u")?,
            Piece::Char(char) if n == 0 || !(char.is_alphanumeric() || "._".contains(*char)) => {
                write!(f, "\\{char}")?;
            }
            Piece::Char(char) => write!(f, "{char}")?,
        }
    }
    Ok(())
}
