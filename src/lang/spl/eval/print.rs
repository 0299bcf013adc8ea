//! How an expression is written.

use std::fmt::{self, Display, Formatter, Write};

use super::lexer::is_plain;
use super::{Kind, Node};
use crate::lang::ir::Number;
use crate::lang::ir::expr::Arithmetic;
use crate::lang::spl::{self, lexer::quote};

/// Operators in words, which no bare field is called.
const KEYWORDS: [&str; 6] = ["and", "or", "xor", "not", "like", "in"];

impl Kind {
    /// How tightly the node holds together; a child that holds less needs brackets.
    const fn power(&self) -> u8 {
        match self {
            Self::Xor(..) => 0,
            Self::Or(_) => 1,
            Self::And(_) => 2,
            Self::Not(_) => 3,
            Self::Compare(..) | Self::Like(..) | Self::In(..) => 4,
            Self::Arithmetic(operator, ..) => power(*operator),
            Self::Negative(_) => 8,
            _ => 9,
        }
    }
}

const fn power(operator: Arithmetic) -> u8 {
    match operator {
        Arithmetic::Join => 5,
        Arithmetic::AddOrJoin | Arithmetic::Add | Arithmetic::Subtract => 6,
        _ => 7,
    }
}

const fn sign(operator: Arithmetic) -> &'static str {
    match operator {
        Arithmetic::Join => ".",
        Arithmetic::AddOrJoin | Arithmetic::Add => "+",
        Arithmetic::Subtract => "-",
        Arithmetic::Multiply => "*",
        Arithmetic::Divide | Arithmetic::DivideWhole => "/",
        Arithmetic::Modulo => "%",
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Number(number) => write_number(f, *number),
            Kind::Text(text) => quote(f, text),
            Kind::Field(name) => write_field(f, name),
            Kind::Call(name, arguments) => {
                write!(f, "{name}(")?;
                list(f, arguments)
            }
            Kind::Compare(operator, left, right) => {
                infix(f, left, spl::lexer::sign(*operator), right, 5)
            }
            Kind::Like(text, pattern) => infix(f, text, "LIKE", pattern, 5),
            Kind::In(one, values) => {
                inside(f, one, 5)?;
                f.write_str(" IN (")?;
                list(f, values)
            }
            Kind::Arithmetic(operator, left, right) => {
                inside(f, left, power(*operator))?;
                write!(f, " {} ", sign(*operator))?;
                inside(f, right, power(*operator) + 1)
            }
            Kind::Negative(inner) => {
                f.write_char('-')?;
                inside(f, inner, 8)
            }
            Kind::Not(inner) => {
                f.write_str("NOT ")?;
                inside(f, inner, 3)
            }
            Kind::And(parts) => chain(f, parts, " AND ", 3),
            Kind::Or(parts) => chain(f, parts, " OR ", 2),
            Kind::Xor(left, right) => {
                inside(f, left, 0)?;
                f.write_str(" XOR ")?;
                inside(f, right, 1)
            }
        }
    }
}

/// Writes the name of a column that is set.
pub fn write_column(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    if is_plain(name) {
        f.write_str(name)
    } else {
        quote(f, name)
    }
}

fn infix(f: &mut Formatter<'_>, left: &Node, sign: &str, right: &Node, least: u8) -> fmt::Result {
    inside(f, left, least)?;
    write!(f, " {sign} ")?;
    inside(f, right, least)
}

fn inside(f: &mut Formatter<'_>, node: &Node, least: u8) -> fmt::Result {
    if node.kind.power() < least {
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

/// Expressions and the bracket that closes them.
fn list(f: &mut Formatter<'_>, nodes: &[Node]) -> fmt::Result {
    for (n, node) in nodes.iter().enumerate() {
        if n > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{node}")?;
    }
    f.write_char(')')
}

/// A float keeps its point, and has no exponent.
fn write_number(f: &mut Formatter<'_>, number: Number) -> fmt::Result {
    match number {
        Number::Int(whole) => write!(f, "{whole}"),
        Number::Float(float) if float.fract() == 0.0 => write!(f, "{float}.0"),
        Number::Float(float) => write!(f, "{float}"),
    }
}

/// A name that is no plain word stands in single quotes. A backslash ahead of a quote keeps it from closing.
fn write_field(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    if is_plain(name) && !KEYWORDS.iter().any(|word| name.eq_ignore_ascii_case(word)) {
        return f.write_str(name);
    }
    f.write_char('\'')?;
    let mut chars = name.chars().peekable();
    while let Some(char) = chars.next() {
        if char == '\\' && chars.peek() != Some(&'\'') {
            f.write_char('\\')?;
        }
        f.write_char(char)?;
    }
    f.write_char('\'')
}
