//! The tree of an EQL event query. It prints as a query that parses to an equal tree; spans do not count for equality.

use std::fmt;

use crate::lang::Span;
use crate::lang::ir::{Comparison, Number};

/// `category where condition`.
#[derive(Debug, Clone)]
pub struct EventQuery {
    /// `None` for `any`.
    pub category: Option<String>,
    pub category_span: Span,
    pub condition: Expr,
}

impl PartialEq for EventQuery {
    fn eq(&self, other: &Self) -> bool {
        self.category == other.category && self.condition == other.condition
    }
}

/// A node and its place.
#[derive(Debug, Clone)]
pub struct Expr {
    pub node: Node,
    pub span: Span,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

/// What stands there.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Field {
        name: String,
        optional: bool,
    },
    Call {
        name: String,
        ignore_case: bool,
        arguments: Vec<Expr>,
    },
    Compare(Comparison, Box<Expr>, Box<Expr>),
    Arithmetic(Operator, Box<Expr>, Box<Expr>),
    Negative(Box<Expr>),
    /// `:`, `like`, `regex` with one or several constants.
    Match {
        kind: MatchKind,
        value: Box<Expr>,
        patterns: Vec<Expr>,
    },
    In {
        negated: bool,
        ignore_case: bool,
        value: Box<Expr>,
        list: Vec<Expr>,
    },
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
}

/// An operator that takes patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchKind {
    /// `:`
    Colon,
    Like,
    LikeIgnoreCase,
    Regex,
    RegexIgnoreCase,
}

impl MatchKind {
    /// Returns how it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Colon => ":",
            Self::Like => "like",
            Self::LikeIgnoreCase => "like~",
            Self::Regex => "regex",
            Self::RegexIgnoreCase => "regex~",
        }
    }
}

/// An arithmetic operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Operator {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
        }
    }

    const fn power(self) -> u8 {
        match self {
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Divide | Self::Modulo => 6,
        }
    }
}

impl Node {
    /// How tightly the node holds together; a child that holds less needs parentheses.
    const fn power(&self) -> u8 {
        match self {
            Self::Or(_) => 1,
            Self::And(_) => 2,
            Self::Not(_) => 3,
            Self::Compare(..) | Self::Match { .. } | Self::In { .. } => 4,
            Self::Arithmetic(operator, ..) => operator.power(),
            Self::Negative(_) => 7,
            _ => 8,
        }
    }
}

impl fmt::Display for EventQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.category {
            None => f.write_str("any")?,
            Some(name) if is_word(name) => f.write_str(name)?,
            Some(name) => write_text(f, name)?,
        }
        write!(f, " where {}", self.condition)
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node {
            Node::Null => f.write_str("null"),
            Node::Bool(value) => write!(f, "{value}"),
            Node::Number(value) => write!(f, "{value}"),
            Node::Text(text) => write_text(f, text),
            Node::Field { name, optional } => write_field(f, name, *optional),
            Node::Call {
                name,
                ignore_case,
                arguments,
            } => {
                write!(f, "{name}{}(", if *ignore_case { "~" } else { "" })?;
                write_list(f, arguments, ", ")?;
                f.write_str(")")
            }
            Node::Compare(op, left, right) => {
                write_inside(f, left, 5)?;
                write!(f, " {} ", op.as_str())?;
                write_inside(f, right, 5)
            }
            Node::Arithmetic(operator, left, right) => {
                write_inside(f, left, operator.power())?;
                write!(f, " {} ", operator.as_str())?;
                write_inside(f, right, operator.power() + 1)
            }
            Node::Negative(inner) => {
                f.write_str("-")?;
                write_inside(f, inner, 8)
            }
            Node::Match {
                kind,
                value,
                patterns,
            } => {
                write_inside(f, value, 5)?;
                write!(f, " {} (", kind.as_str())?;
                write_list(f, patterns, ", ")?;
                f.write_str(")")
            }
            Node::In {
                negated,
                ignore_case,
                value,
                list,
            } => {
                write_inside(f, value, 5)?;
                f.write_str(if *negated { " not in" } else { " in" })?;
                f.write_str(if *ignore_case { "~ (" } else { " (" })?;
                write_list(f, list, ", ")?;
                f.write_str(")")
            }
            Node::Not(inner) => {
                f.write_str("not ")?;
                write_inside(f, inner, 3)
            }
            Node::And(parts) => write_parts(f, parts, " and ", 3),
            Node::Or(parts) => write_parts(f, parts, " or ", 2),
        }
    }
}

fn write_inside(f: &mut fmt::Formatter<'_>, expr: &Expr, least: u8) -> fmt::Result {
    if expr.node.power() < least {
        write!(f, "({expr})")
    } else {
        write!(f, "{expr}")
    }
}

pub(super) fn write_parts(
    f: &mut fmt::Formatter<'_>,
    parts: &[Expr],
    by: &str,
    least: u8,
) -> fmt::Result {
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            f.write_str(by)?;
        }
        write_inside(f, part, least)?;
    }
    Ok(())
}

fn write_list(f: &mut fmt::Formatter<'_>, parts: &[Expr], by: &str) -> fmt::Result {
    write_parts(f, parts, by, 0)
}

pub(super) fn write_field(f: &mut fmt::Formatter<'_>, name: &str, optional: bool) -> fmt::Result {
    if optional {
        f.write_str("?")?;
    }
    for (n, part) in name.split('.').enumerate() {
        if n > 0 {
            f.write_str(".")?;
        }
        if is_word(part) {
            f.write_str(part)?;
        } else {
            write!(f, "`{}`", part.replace('`', "``"))?;
        }
    }
    Ok(())
}

fn is_word(text: &str) -> bool {
    let mut chars = text.chars();
    let starts = chars
        .next()
        .is_some_and(|char| char.is_ascii_alphabetic() || char == '_' || char == '@');
    starts
        && chars.all(|char| char.is_ascii_alphanumeric() || char == '_')
        && !super::lexer::KEYWORDS.contains(&text)
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for char in text.chars() {
        match char {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            other => write!(f, "{other}")?,
        }
    }
    f.write_str("\"")
}
