//! The tree of a condition. It prints as text that parses to an equal tree; spans do not count for equality.

use std::fmt;

use crate::lang::Span;

/// A condition or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    /// One search.
    Search(Name),
    /// Several searches.
    Of(Quantity, Target),
}

/// How many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    All,
    AtLeast(u32),
}

/// Which ones.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// All whose name does not begin with `_`.
    Them,
    /// All whose name fits; `*` stands for any text.
    Like(Name),
}

/// A search's name or a pattern, and where it stands.
#[derive(Debug, Clone)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(parts) => write_parts(f, parts, " or ", |part| matches!(part, Self::Or(_))),
            Self::And(parts) => write_parts(f, parts, " and ", |part| {
                matches!(part, Self::Or(_) | Self::And(_))
            }),
            Self::Not(inner) => match **inner {
                Self::Or(_) | Self::And(_) => write!(f, "not ({inner})"),
                _ => write!(f, "not {inner}"),
            },
            Self::Search(name) => f.write_str(&name.text),
            Self::Of(quantity, target) => {
                match quantity {
                    Quantity::All => f.write_str("all")?,
                    Quantity::AtLeast(count) => write!(f, "{count}")?,
                }
                match target {
                    Target::Them => f.write_str(" of them"),
                    Target::Like(name) => write!(f, " of {}", name.text),
                }
            }
        }
    }
}

fn write_parts(
    f: &mut fmt::Formatter<'_>,
    parts: &[Node],
    by: &str,
    wraps: fn(&Node) -> bool,
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
