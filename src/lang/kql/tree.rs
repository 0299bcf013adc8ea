//! The tree of a KQL query. It prints as a query that parses to an equal tree; spans do not count for equality.

use std::fmt;

use crate::lang::Span;
use crate::lang::ir::Comparison;

/// A query or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// The empty query.
    Everything,
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    /// `field : values`, or free text without a field.
    Is {
        field: Option<Literal>,
        values: Values,
    },
    Range {
        field: Literal,
        op: Comparison,
        value: Literal,
    },
    /// `field : { query }`
    Nested {
        field: Literal,
        query: Box<Node>,
    },
}

/// A value, or a list with operators of its own.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    One(Literal),
    Or(Vec<Values>),
    And(Vec<Values>),
    Not(Box<Values>),
}

/// A field's name or a value.
#[derive(Debug, Clone)]
pub struct Literal {
    pub parts: Vec<Part>,
    pub quoted: bool,
    pub span: Span,
}

/// A stretch of a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(String),
    /// An unescaped, unquoted `*`.
    Any,
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts && self.quoted == other.quoted
    }
}

impl Literal {
    /// Returns the text when it has no wildcard.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Returns whether it is `*` alone.
    #[must_use]
    pub fn is_any(&self) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(|part| *part == Part::Any)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => Ok(()),
            Self::Or(parts) => write_parts(f, parts, " or ", |part| matches!(part, Self::Or(_))),
            Self::And(parts) => write_parts(f, parts, " and ", |part| {
                matches!(part, Self::Or(_) | Self::And(_))
            }),
            Self::Not(inner) => match **inner {
                Self::Or(_) | Self::And(_) => write!(f, "not ({inner})"),
                _ => write!(f, "not {inner}"),
            },
            Self::Is {
                field: None,
                values: Values::One(value),
            } => write!(f, "{value}"),
            Self::Is {
                field: None,
                values,
            } => write!(f, "({values})"),
            Self::Is {
                field: Some(field),
                values: Values::One(value),
            } => {
                write!(f, "{field}: {value}")
            }
            Self::Is {
                field: Some(field),
                values,
            } => write!(f, "{field}: ({values})"),
            Self::Range { field, op, value } => write!(f, "{field} {} {value}", op.as_str()),
            Self::Nested { field, query } => write!(f, "{field}: {{ {query} }}"),
        }
    }
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(value) => write!(f, "{value}"),
            Self::Or(parts) => write_parts(f, parts, " or ", |part| matches!(part, Self::Or(_))),
            Self::And(parts) => write_parts(f, parts, " and ", |part| {
                matches!(part, Self::Or(_) | Self::And(_))
            }),
            Self::Not(inner) => match **inner {
                Self::Or(_) | Self::And(_) => write!(f, "not ({inner})"),
                _ => write!(f, "not {inner}"),
            },
        }
    }
}

fn write_parts<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    parts: &[T],
    by: &str,
    wraps: fn(&T) -> bool,
) -> fmt::Result {
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            f.write_str(by)?;
        }
        if wraps(part) {
            write!(f, "({part})")?;
        } else {
            write!(f, "{part}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.quoted { "\"" } else { "" };
        let last = self.parts.len().saturating_sub(1);
        f.write_str(quote)?;
        for (n, part) in self.parts.iter().enumerate() {
            match part {
                Part::Any => f.write_str("*")?,
                Part::Text(text) if self.quoted => write_quoted(f, text)?,
                Part::Text(text) => write_unquoted(f, text, n == 0, n == last)?,
            }
        }
        f.write_str(quote)
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for char in text.chars() {
        match char {
            '"' | '\\' => write!(f, "\\{char}")?,
            _ => write!(f, "{char}")?,
        }
    }
    Ok(())
}

fn write_unquoted(f: &mut fmt::Formatter<'_>, text: &str, first: bool, last: bool) -> fmt::Result {
    for (at, char) in text.char_indices() {
        let end = at + char.len_utf8() == text.len();
        let outer = (first && at == 0) || (last && end);
        let before = text[..at].chars().next_back();
        let starts_word = before.map_or(first, char::is_whitespace);
        match char {
            '\t' => f.write_str("\\t")?,
            // Not `\n`: ahead of `ot` that would read as an escaped `not`.
            '\n' => f.write_str("\\u000a")?,
            '\r' => f.write_str("\\r")?,
            _ if outer && char.is_whitespace() => write!(f, "\\u{:04x}", char as u32)?,
            _ if super::parser::is_special(char) => write!(f, "\\{char}")?,
            _ if starts_word && super::parser::keyword(&text[at..]).is_some() => {
                write!(f, "\\{char}")?;
            }
            _ => write!(f, "{char}")?,
        }
    }
    Ok(())
}
