//! What a query makes of several events: the operators that remember.
//!
//! A lowering gives one of these beside [`Query::select`](super::Query::select), which then holds for every event that
//! the operator wants to see. [`crate::engine::state`] runs it over those events in the order of their time.

mod windows;

use super::{Correlation, Expr, Pred, Table};
use crate::lang::Span;
use crate::schema::FieldRef;

pub use windows::{NewTerms, Suppress, Threshold};

/// An operator over several events.
#[derive(Debug, Clone, PartialEq)]
pub enum Stateful {
    Sequence(Sequence),
    Threshold(Threshold),
    NewTerms(NewTerms),
    Suppress(Suppress),
    Sample(Sample),
    Piped(Piped),
    Table(Table),
    Correlation(Correlation),
}

/// EQL's `sequence`: events that follow one another.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// In the order of the text; `with runs=n` stands here n times.
    pub stages: Vec<Stage>,
    /// Ends a sequence that is not complete.
    pub until: Option<Stage>,
    /// Nanoseconds from the first event to the last, both included; `None` without `maxspan`.
    pub maxspan: Option<i64>,
}

/// One event of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    pub select: Pred,
    /// `![ ... ]`: no such event may come.
    pub missing: bool,
    /// Values that all stages share, in one order; the flag is `?`, which lets a missing value join.
    pub by: Vec<(FieldRef, bool)>,
    pub span: Span,
}

/// EQL's `sample`: events in any order, all different, that share a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// None of them is missing.
    pub stages: Vec<Stage>,
}

/// Results of a query that run through EQL's pipes, as many as one run of the rule has.
#[derive(Debug, Clone, PartialEq)]
pub struct Piped {
    pub source: Source,
    /// In the order of the text.
    pub pipes: Vec<Pipe>,
}

/// What gives the results.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// Each event that is selected.
    Events(Pred),
    Sequence(Sequence),
    Sample(Sample),
}

/// What becomes of the results. Conditions and values are those of a result's first event.
#[derive(Debug, Clone, PartialEq)]
pub enum Pipe {
    /// The first so many.
    Head(usize),
    /// The last so many.
    Tail(usize),
    Filter(Pred),
    Sort(Vec<Expr>),
    /// The first of each choice of values.
    Unique(Vec<Expr>),
    /// The same, with columns `count` and `percent`.
    UniqueCount(Vec<Expr>),
    /// All of each choice of values as one result, with columns `count` and `percent`, the rarest first.
    Count(Vec<Expr>),
}

impl Sequence {
    /// Returns all conditions with their keys, in the order of the text.
    pub fn all(&self) -> impl Iterator<Item = &Stage> {
        self.stages.iter().chain(&self.until)
    }
}

impl Stateful {
    /// Returns the events that the operator looks for, in the order of the text.
    #[must_use]
    pub fn stages(&self) -> Vec<&Stage> {
        match self {
            Self::Sequence(sequence)
            | Self::Piped(Piped {
                source: Source::Sequence(sequence),
                ..
            }) => sequence.all().collect(),
            Self::Sample(sample)
            | Self::Piped(Piped {
                source: Source::Sample(sample),
                ..
            }) => sample.stages.iter().collect(),
            Self::Correlation(correlation) => correlation.stages().collect(),
            Self::Suppress(suppress) => suppress
                .inner
                .as_ref()
                .map_or_else(Vec::new, |inner| inner.stages()),
            Self::Piped(_) | Self::Table(_) | Self::Threshold(_) | Self::NewTerms(_) => Vec::new(),
        }
    }

    /// Returns the conditions of the single events, in the order of the text; none for an operator that wants to see
    /// whatever the query selects.
    #[must_use]
    pub fn conditions(&self) -> Vec<&Pred> {
        match self {
            Self::Piped(Piped {
                source: Source::Events(select),
                ..
            }) => vec![select],
            Self::Table(table) => table.inputs.iter().map(|input| &input.select).collect(),
            Self::Suppress(suppress) => suppress
                .inner
                .as_ref()
                .map_or_else(Vec::new, |inner| inner.conditions()),
            _ => self.stages().iter().map(|stage| &stage.select).collect(),
        }
    }

    /// Returns the condition that holds for every event that an operator with conditions wants to see.
    #[must_use]
    pub fn select(&self) -> Pred {
        Pred::any(self.conditions().into_iter().cloned())
    }

    /// Returns conditions each of which some event must meet for the operator to find anything.
    #[must_use]
    pub fn required(&self) -> Vec<&Pred> {
        if let Self::Table(table) = self {
            return table.required();
        }
        let stages = match self {
            Self::Suppress(suppress) => {
                let inner = suppress.inner.as_ref();
                return inner.map_or_else(Vec::new, |inner| inner.required());
            }
            Self::Sequence(sequence)
            | Self::Piped(Piped {
                source: Source::Sequence(sequence),
                ..
            }) => sequence.stages.iter().collect(),
            // Some correlations want but one of their rules.
            Self::Correlation(_) => Vec::new(),
            _ => self.stages(),
        };
        let required = stages.into_iter().filter(|stage| !stage.missing);
        required.map(|stage| &stage.select).collect()
    }

    /// Visits the spans of a table's conditions, to move them to another text.
    pub fn spans(&mut self, see: &mut impl FnMut(&mut Span)) {
        if let Self::Table(table) = self {
            for input in &mut table.inputs {
                input.select.spans(see);
            }
        }
    }

    /// Visits every field that the operator reads beside its conditions.
    pub fn fields(&self, see: &mut impl FnMut(FieldRef)) {
        if let Self::Correlation(correlation) = self {
            return correlation.fields(see);
        }
        for stage in self.stages() {
            stage.by.iter().for_each(|(field, _)| see(*field));
        }
        if let Self::Table(table) = self {
            let columns = table.inputs.iter().flat_map(|input| &input.columns);
            columns.for_each(|(_, field)| see(*field));
        }
        self.needs(see);
        if let Self::Suppress(suppress) = self {
            suppress.by.iter().copied().for_each(see);
        }
    }

    /// Visits the fields without which an event is nothing to the operator.
    pub fn needs(&self, see: &mut impl FnMut(FieldRef)) {
        match self {
            Self::Threshold(threshold) => {
                let distinct = threshold.distinct.iter().map(|(field, _)| field);
                threshold.by.iter().chain(distinct).copied().for_each(see);
            }
            Self::NewTerms(terms) => terms.fields.iter().copied().for_each(see),
            Self::Suppress(suppress) => {
                if let Some(inner) = &suppress.inner {
                    inner.needs(see);
                }
            }
            Self::Sequence(_)
            | Self::Sample(_)
            | Self::Piped(_)
            | Self::Correlation(_)
            | Self::Table(_) => {}
        }
    }
}
