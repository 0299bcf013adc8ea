//! How a search expression is written.

use std::fmt::{self, Display, Formatter};

use super::{Node, Word};
use crate::lang::ir::Comparison;
use crate::lang::spl::lexer::{quote, sign};

/// Words that mean something else when they stand bare.
const KEYWORDS: [&str; 8] = ["and", "or", "not", "in", "by", "groupby", "term", "case"];

impl Node {
    /// How tightly the node holds together; a child that holds less needs brackets. `OR` binds tighter than `AND`.
    const fn power(&self) -> u8 {
        match self {
            Self::And(_) => 1,
            Self::Or(_) => 2,
            _ => 3,
        }
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => chain(f, parts, " ", 2),
            Self::Or(parts) => chain(f, parts, " OR ", 3),
            Self::Not(inner) => {
                f.write_str("NOT ")?;
                inside(f, inner, 3)
            }
            Self::Compare {
                field,
                operator,
                value,
            } => compare(f, field, *operator, value),
            Self::In { field, values } => {
                write!(f, "{field} IN (")?;
                for (n, value) in values.iter().enumerate() {
                    f.write_str(if n == 0 { "" } else { ", " })?;
                    write!(f, "{value}")?;
                }
                f.write_str(")")
            }
            Self::Term(word) => write!(f, "{word}"),
            Self::Exact(word) => write!(f, "CASE({word})"),
        }
    }
}

impl Display for Word {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if is_plain(&self.text) {
            f.write_str(&self.text)
        } else {
            quote(f, &self.text)
        }
    }
}

fn compare(f: &mut Formatter<'_>, field: &Word, operator: Comparison, value: &Word) -> fmt::Result {
    write!(f, "{field}{}{value}", sign(operator))
}

fn inside(f: &mut Formatter<'_>, node: &Node, least: u8) -> fmt::Result {
    if node.power() < least {
        write!(f, "({node})")
    } else {
        write!(f, "{node}")
    }
}

fn chain(f: &mut Formatter<'_>, parts: &[Node], by: &str, least: u8) -> fmt::Result {
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            f.write_str(by)?;
        }
        inside(f, part, least)?;
    }
    Ok(())
}

/// Whether a word is read back whole without quotes.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|char| {
            char.is_alphanumeric() || matches!(char, '_' | '.' | '*' | '-' | ':' | '$' | '/' | '%')
        })
        && !KEYWORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}
