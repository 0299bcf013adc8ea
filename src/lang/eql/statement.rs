//! The tree of a whole EQL statement: an event query, a sequence or a sample, and the pipes behind it.
//!
//! It prints as text that parses to an equal tree; spans do not count for equality.

use std::fmt;

use super::tree::{EventQuery, Expr, write_field, write_parts};
use crate::lang::Span;

/// A query and what its results run through.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub query: Query,
    pub pipes: Vec<Pipe>,
}

/// What is searched for.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    Event(EventQuery),
    Sequence(Sequence),
    Sample(Sample),
}

/// `sequence by ... with maxspan=... [...] [...] until [...]`.
#[derive(Debug, Clone)]
pub struct Sequence {
    pub by: Vec<Key>,
    /// Nanoseconds.
    pub maxspan: Option<i64>,
    pub terms: Vec<Term>,
    pub until: Option<Term>,
    /// The word `sequence`.
    pub span: Span,
}

/// `sample by ... [...] [...]`.
#[derive(Debug, Clone)]
pub struct Sample {
    pub by: Vec<Key>,
    pub terms: Vec<Term>,
    /// The word `sample`.
    pub span: Span,
}

/// `[category where condition] by ... with runs=n`.
#[derive(Debug, Clone)]
pub struct Term {
    pub event: EventQuery,
    /// `![...]`
    pub missing: bool,
    pub by: Vec<Key>,
    pub runs: usize,
    pub span: Span,
}

/// A field whose value all events share.
#[derive(Debug, Clone)]
pub struct Key {
    pub name: String,
    /// `?`: an event without the field joins the others without it.
    pub optional: bool,
    pub span: Span,
}

/// `| kind argument, ...`.
#[derive(Debug, Clone)]
pub struct Pipe {
    pub kind: PipeKind,
    pub arguments: Vec<Expr>,
    pub span: Span,
}

/// What a pipe does. Elasticsearch has `head` and `tail`; the others are from EQL's older engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PipeKind {
    Head,
    Tail,
    Count,
    Filter,
    Sort,
    Unique,
    UniqueCount,
}

impl PipeKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Head,
        Self::Tail,
        Self::Count,
        Self::Filter,
        Self::Sort,
        Self::Unique,
        Self::UniqueCount,
    ];

    /// Returns how it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Tail => "tail",
            Self::Count => "count",
            Self::Filter => "filter",
            Self::Sort => "sort",
            Self::Unique => "unique",
            Self::UniqueCount => "unique_count",
        }
    }
}

impl PartialEq for Sequence {
    fn eq(&self, other: &Self) -> bool {
        let parts = |it: &Self| (it.by.clone(), it.maxspan, it.terms.clone());
        parts(self) == parts(other) && self.until == other.until
    }
}

impl PartialEq for Sample {
    fn eq(&self, other: &Self) -> bool {
        self.by == other.by && self.terms == other.terms
    }
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.event == other.event
            && self.missing == other.missing
            && self.by == other.by
            && self.runs == other.runs
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.optional == other.optional
    }
}

impl PartialEq for Pipe {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.arguments == other.arguments
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.query {
            Query::Event(event) => write!(f, "{event}")?,
            Query::Sequence(sequence) => write!(f, "{sequence}")?,
            Query::Sample(sample) => write!(f, "{sample}")?,
        }
        for pipe in &self.pipes {
            write!(f, "\n| {}", pipe.kind.as_str())?;
            if !pipe.arguments.is_empty() {
                f.write_str(" ")?;
                write_parts(f, &pipe.arguments, ", ", 0)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sequence")?;
        write_keys(f, &self.by)?;
        if let Some(nanos) = self.maxspan {
            write!(f, " with maxspan={}ms", nanos / 1_000_000)?;
        }
        for term in &self.terms {
            write!(f, "\n  {term}")?;
        }
        match &self.until {
            Some(until) => write!(f, "\nuntil {until}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sample")?;
        write_keys(f, &self.by)?;
        for term in &self.terms {
            write!(f, "\n  {term}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = if self.missing { "![" } else { "[" };
        write!(f, "{open}{}]", self.event)?;
        write_keys(f, &self.by)?;
        if self.runs > 1 {
            write!(f, " with runs={}", self.runs)?;
        }
        Ok(())
    }
}

fn write_keys(f: &mut fmt::Formatter<'_>, keys: &[Key]) -> fmt::Result {
    for (n, key) in keys.iter().enumerate() {
        f.write_str(if n == 0 { " by " } else { ", " })?;
        write_field(f, &key.name, key.optional)?;
    }
    Ok(())
}
