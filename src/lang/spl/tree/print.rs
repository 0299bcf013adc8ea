//! How a search is written.

use std::fmt::{self, Display, Formatter, Write};

use super::{Arguments, Command, Part, Pipeline};
use crate::lang::spl::eval;
use crate::lang::spl::lexer::{quote, sign};

impl Display for Pipeline {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (n, command) in self.commands.iter().enumerate() {
            match (n, command.name.as_str()) {
                (0, "search") => {}
                (0, _) => f.write_str("| ")?,
                _ => f.write_str(" | ")?,
            }
            write!(f, "{command}")?;
        }
        Ok(())
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.arguments {
            Arguments::Search(None) => Ok(()),
            Arguments::Search(Some(node)) => write!(f, " {node}"),
            Arguments::Condition(node) => write!(f, " {node}"),
            Arguments::Columns(columns) => {
                for (n, (name, value)) in columns.iter().enumerate() {
                    f.write_str(if n == 0 { " " } else { ", " })?;
                    eval::write_column(f, name)?;
                    write!(f, "={value}")?;
                }
                Ok(())
            }
            Arguments::Parts(parts) => {
                if !parts.is_empty() {
                    f.write_char(' ')?;
                }
                write_parts(f, parts)
            }
        }
    }
}

fn write_parts(f: &mut Formatter<'_>, parts: &[Part]) -> fmt::Result {
    let mut before = None;
    for part in parts {
        if before.is_some_and(|before| !adjoins(before, part)) {
            f.write_char(' ')?;
        }
        write!(f, "{part}")?;
        before = Some(part);
    }
    Ok(())
}

/// Whether the parts are written without a blank between them.
fn adjoins(before: &Part, part: &Part) -> bool {
    match (before, part) {
        (_, Part::Comma)
        | (Part::Word { .. }, Part::Group { touches: true, .. })
        | (Part::Operator(_), Part::Subsearch(_) | Part::Group { .. } | Part::Eval(_)) => true,
        // A word that ends or starts with a sign would become part of the operator.
        (Part::Word { text, quoted }, Part::Operator(_)) => *quoted || !text.ends_with(is_sign),
        (Part::Operator(_), Part::Word { text, quoted }) => *quoted || !text.starts_with(is_sign),
        _ => false,
    }
}

const fn is_sign(char: char) -> bool {
    matches!(char, '=' | '!' | '<' | '>')
}

impl Display for Part {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word { text, quoted: true } => quote(f, text),
            Self::Word { text, .. } => f.write_str(&text.replace('\\', r"\\")),
            Self::Operator(operator) => f.write_str(sign(*operator)),
            Self::Comma => f.write_char(','),
            Self::Group { parts, .. } => {
                f.write_char('(')?;
                write_parts(f, parts)?;
                f.write_char(')')
            }
            Self::Eval(node) => write!(f, "eval({node})"),
            Self::Subsearch(pipeline) => write!(f, "[{pipeline}]"),
        }
    }
}
