//! The query of the filter bar.
//!
//! Takes `sev:high host:ws* status:open -rule:lsass words`; gives a [`Query`], or a [`Problem`] that points at what it
//! does not understand. All terms must hold; a comma inside a value means "or"; a word without a field is matched
//! fuzzily against rule, host, user and owner. [`matcher`] applies it to rows.

pub mod matcher;
mod parse;

use std::fmt;
use std::ops::Range;

use crate::alert::{Disposition, Status};
use crate::rule::Severity;

pub use matcher::Matcher;
pub use parse::parse;

/// What the analyst asked for; all terms must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    pub terms: Vec<Term>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub negated: bool,
    pub test: Test,
}

/// What a term looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    Severity(Vec<Severity>),
    Status(Vec<Status>),
    Disposition(Vec<Disposition>),
    Text(TextField, Vec<Pattern>),
    Number(NumberField, Comparison, u64),
    Is(Flag),
    Word(String),
}

/// A field that is compared as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextField {
    Rule,
    Host,
    User,
    Owner,
    Technique,
    Id,
}

/// A field that is compared as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberField {
    Risk,
    Count,
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    Less,
    AtMost,
    Equal,
    AtLeast,
    Greater,
}

/// What an alert can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flag {
    Marked,
    /// Owned by the analyst.
    Mine,
    /// Owned by somebody.
    Owned,
    /// Counts what a cap held back.
    Overflow,
    /// A building block, which is hidden unless asked for.
    BuildingBlock,
}

/// A text to find, in lower case: anywhere in the value, or as the whole value when it has `*` or `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(pub String);

/// What the query does not say clearly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    /// Bytes of the query it is about.
    pub span: Range<usize>,
}

impl Pattern {
    /// Returns whether `text` holds it.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        if self.0.contains(['*', '?']) {
            return glob(self.0.as_bytes(), text.as_bytes());
        }
        text.contains(&self.0)
    }
}

/// Matches with one point of return, so that hostile patterns cost at most length times length.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

impl Query {
    /// Returns whether every alert passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Returns whether building blocks are asked for by name.
    #[must_use]
    pub fn wants_building_blocks(&self) -> bool {
        self.terms
            .iter()
            .any(|term| term.test == Test::Is(Flag::BuildingBlock) && !term.negated)
    }

    /// Returns whether the marks decide; then each change of a mark filters anew.
    #[must_use]
    pub fn depends_on_marks(&self) -> bool {
        self.terms
            .iter()
            .any(|term| term.test == Test::Is(Flag::Marked))
    }
}

impl TextField {
    const fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Host => "host",
            Self::User => "user",
            Self::Owner => "owner",
            Self::Technique => "technique",
            Self::Id => "id",
        }
    }
}

impl Flag {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Marked, "marked"),
        (Self::Mine, "mine"),
        (Self::Owned, "owned"),
        (Self::Overflow, "overflow"),
        (Self::BuildingBlock, "building_block"),
    ];
}

/// The severities and the words for them; the first word of each is printed.
const SEVERITIES: &[(Severity, &str)] = &[
    (Severity::Critical, "critical"),
    (Severity::Critical, "crit"),
    (Severity::High, "high"),
    (Severity::Medium, "medium"),
    (Severity::Medium, "med"),
    (Severity::Low, "low"),
    (Severity::Info, "info"),
    (Severity::Info, "informational"),
];

const STATUSES: &[(Status, &str)] = &[
    (Status::Open, "open"),
    (Status::Acknowledged, "acknowledged"),
    (Status::Acknowledged, "acked"),
    (Status::Acknowledged, "ack"),
    (Status::Closed, "closed"),
];

const DISPOSITIONS: &[(Disposition, &str)] = &[
    (Disposition::TruePositive, "true_positive"),
    (Disposition::TruePositive, "tp"),
    (Disposition::BenignPositive, "benign_positive"),
    (Disposition::BenignPositive, "bp"),
    (Disposition::FalsePositive, "false_positive"),
    (Disposition::FalsePositive, "fp"),
    (Disposition::Duplicate, "duplicate"),
    (Disposition::Other, "other"),
];

fn word_of<T: PartialEq>(table: &[(T, &'static str)], value: &T) -> &'static str {
    table
        .iter()
        .find(|(known, _)| known == value)
        .map_or("", |(_, word)| word)
}

fn words_of<T: PartialEq>(table: &[(T, &'static str)], values: &[T]) -> String {
    let words: Vec<&str> = values.iter().map(|value| word_of(table, value)).collect();
    words.join(",")
}

fn quoted(text: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | ',' | ':' | '\\' | '-');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Severity(values) => write!(f, "sev:{}", words_of(SEVERITIES, values)),
            Self::Status(values) => write!(f, "status:{}", words_of(STATUSES, values)),
            Self::Disposition(values) => write!(f, "as:{}", words_of(DISPOSITIONS, values)),
            Self::Text(field, patterns) => {
                let patterns: Vec<String> = patterns.iter().map(|p| quoted(&p.0)).collect();
                write!(f, "{}:{}", field.name(), patterns.join(","))
            }
            Self::Number(field, comparison, number) => {
                let field = match field {
                    NumberField::Risk => "risk",
                    NumberField::Count => "count",
                };
                let sign = match comparison {
                    Comparison::Less => "<",
                    Comparison::AtMost => "<=",
                    Comparison::Equal => "",
                    Comparison::AtLeast => ">=",
                    Comparison::Greater => ">",
                };
                write!(f, "{field}:{sign}{number}")
            }
            Self::Is(flag) => write!(f, "is:{}", word_of(&Flag::ALL, flag)),
            Self::Word(word) => f.write_str(&quoted(word)),
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, term) in self.terms.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            let minus = if term.negated { "-" } else { "" };
            write!(f, "{space}{minus}{}", term.test)?;
        }
        Ok(())
    }
}
