//! How a tree is written.

use std::fmt::{self, Display, Formatter};

use super::{
    Assignment, Command, Expr, Measure, Name, Node, Operator, Order, Pipeline, Source, Stats,
    Unread, Verb,
};
use crate::lang::esql::parser::KEYWORDS;

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
            Self::Compare(..)
            | Self::Match(..)
            | Self::Like { .. }
            | Self::In { .. }
            | Self::IsNull { .. } => 4,
            Self::Arithmetic(operator, ..) => operator.power(),
            Self::Negative(_) => 7,
            // Numbers below zero are written with their sign.
            Self::Number(number) if number.as_f64() < 0.0 => 7,
            Self::Cast(..) => 8,
            _ => 9,
        }
    }
}

impl Display for Pipeline {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        self.commands
            .iter()
            .try_for_each(|command| write!(f, "\n| {command}"))
    }
}

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::From { patterns, metadata } => {
                f.write_str("FROM ")?;
                list(f, patterns, |f, name| text(f, &name.text))?;
                if !metadata.is_empty() {
                    f.write_str(" METADATA ")?;
                    list(f, metadata, |f, name| field(f, &name.text))?;
                }
                Ok(())
            }
            Self::Other(unread) => write!(f, "{unread}"),
        }
    }
}

impl Display for Unread {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.rest)
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.verb {
            Verb::Where(condition) => write!(f, "WHERE {condition}"),
            Verb::Eval(columns) => {
                f.write_str("EVAL ")?;
                list(f, columns, |f, column| write!(f, "{column}"))
            }
            Verb::Keep(names) => {
                f.write_str("KEEP ")?;
                list(f, names, |f, name| write!(f, "{name}"))
            }
            Verb::Drop(names) => {
                f.write_str("DROP ")?;
                list(f, names, |f, name| write!(f, "{name}"))
            }
            Verb::Rename(pairs) => {
                f.write_str("RENAME ")?;
                list(f, pairs, |f, (from, to)| write!(f, "{from} AS {to}"))
            }
            Verb::Stats(stats) => write!(f, "{stats}"),
            Verb::Sort(keys) => {
                f.write_str("SORT ")?;
                list(f, keys, |f, key| write!(f, "{key}"))
            }
            Verb::Limit(most) => write!(f, "LIMIT {most}"),
            Verb::Grok { input, patterns } => {
                write!(f, "GROK {input} ")?;
                list(f, patterns, |f, (pattern, _)| text(f, pattern))
            }
            Verb::Dissect {
                input,
                pattern,
                separator,
            } => {
                write!(f, "DISSECT {input} ")?;
                text(f, &pattern.0)?;
                if !separator.is_empty() {
                    f.write_str(" APPEND_SEPARATOR=")?;
                    text(f, separator)?;
                }
                Ok(())
            }
            Verb::MvExpand(name) => write!(f, "MV_EXPAND {name}"),
            Verb::Unread(unread) => write!(f, "{unread}"),
        }
    }
}

impl Display for Stats {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.inline { "INLINE STATS" } else { "STATS" })?;
        if !self.measures.is_empty() {
            f.write_str(" ")?;
            list(f, &self.measures, |f, measure| write!(f, "{measure}"))?;
        }
        if !self.by.is_empty() {
            f.write_str(" BY ")?;
            list(f, &self.by, |f, column| write!(f, "{column}"))?;
        }
        Ok(())
    }
}

impl Display for Measure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.column)?;
        match &self.filter {
            Some(filter) => write!(f, " WHERE {filter}"),
            None => Ok(()),
        }
    }
}

impl Display for Assignment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name} = ")?;
        }
        write!(f, "{}", self.value)
    }
}

impl Display for Order {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}",
            self.key,
            if self.descending { "DESC" } else { "ASC" }
        )?;
        match self.nulls_first {
            None => Ok(()),
            Some(true) => f.write_str(" NULLS FIRST"),
            Some(false) => f.write_str(" NULLS LAST"),
        }
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        field(f, &self.text)
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.node {
            Node::Null => f.write_str("NULL"),
            Node::Bool(value) => write!(f, "{value}"),
            Node::Number(value) => write!(f, "{value}"),
            Node::Text(value) => text(f, value),
            Node::Duration(count, unit) => write!(f, "{count} {unit}"),
            Node::Field(name) => field(f, name),
            Node::Star => f.write_str("*"),
            Node::Call { name, arguments } => {
                write!(f, "{name}(")?;
                list(f, arguments, |f, argument| write!(f, "{argument}"))?;
                f.write_str(")")
            }
            Node::List(items) => {
                f.write_str("[")?;
                list(f, items, |f, item| write!(f, "{item}"))?;
                f.write_str("]")
            }
            Node::Options(options) => {
                f.write_str("{")?;
                list(f, options, |f, (name, value)| {
                    text(f, name)?;
                    write!(f, ": {value}")
                })?;
                f.write_str("}")
            }
            Node::Cast(value, kind) => {
                inside(f, value, 8)?;
                write!(f, "::{kind}")
            }
            Node::Compare(op, left, right) => {
                inside(f, left, 5)?;
                write!(f, " {} ", op.as_str())?;
                inside(f, right, 5)
            }
            Node::Arithmetic(operator, left, right) => {
                inside(f, left, operator.power())?;
                write!(f, " {} ", operator.as_str())?;
                inside(f, right, operator.power() + 1)
            }
            Node::Negative(inner) => {
                f.write_str("-")?;
                inside(f, inner, 8)
            }
            Node::Match(value, query) => {
                inside(f, value, 8)?;
                f.write_str(" : ")?;
                inside(f, query, 7)
            }
            Node::Like {
                negated,
                regex,
                value,
                patterns,
            } => {
                inside(f, value, 5)?;
                f.write_str(if *negated { " NOT" } else { "" })?;
                f.write_str(if *regex { " RLIKE (" } else { " LIKE (" })?;
                list(f, patterns, |f, pattern| write!(f, "{pattern}"))?;
                f.write_str(")")
            }
            Node::In {
                negated,
                value,
                list: items,
            } => {
                inside(f, value, 5)?;
                f.write_str(if *negated { " NOT IN (" } else { " IN (" })?;
                list(f, items, |f, item| write!(f, "{item}"))?;
                f.write_str(")")
            }
            Node::IsNull { negated, value } => {
                inside(f, value, 5)?;
                f.write_str(if *negated { " IS NOT NULL" } else { " IS NULL" })
            }
            Node::Not(inner) => {
                f.write_str("NOT ")?;
                inside(f, inner, 3)
            }
            Node::And(parts) => chain(f, parts, " AND ", 3),
            Node::Or(parts) => chain(f, parts, " OR ", 2),
        }
    }
}

fn inside(f: &mut Formatter<'_>, expr: &Expr, least: u8) -> fmt::Result {
    if expr.node.power() < least {
        write!(f, "({expr})")
    } else {
        write!(f, "{expr}")
    }
}

fn chain(f: &mut Formatter<'_>, parts: &[Expr], by: &str, least: u8) -> fmt::Result {
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            f.write_str(by)?;
        }
        inside(f, part, least)?;
    }
    Ok(())
}

fn list<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    write: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            f.write_str(", ")?;
        }
        write(f, item)?;
    }
    Ok(())
}

/// A dotted name; parts that are no plain words stand in backticks. `*` is kept for `keep` and `drop`.
fn field(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    for (n, part) in name.split('.').enumerate() {
        if n > 0 {
            f.write_str(".")?;
        }
        if is_plain(part) {
            f.write_str(part)?;
        } else {
            write!(f, "`{}`", part.replace('`', "``"))?;
        }
    }
    Ok(())
}

fn is_plain(part: &str) -> bool {
    let mut chars = part.chars();
    chars
        .next()
        .is_some_and(|first| first.is_alphabetic() || matches!(first, '_' | '@' | '*'))
        && chars.all(|char| char.is_alphanumeric() || matches!(char, '_' | '*'))
        && !KEYWORDS.iter().any(|word| part.eq_ignore_ascii_case(word))
}

fn text(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for char in text.chars() {
        match char {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            other => write!(f, "{other}")?,
        }
    }
    f.write_str("\"")
}
