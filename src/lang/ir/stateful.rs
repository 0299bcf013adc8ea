//! What a query makes of several events: the operators that remember.
//!
//! A lowering gives one of these beside [`Query::select`](super::Query::select), which then holds for every event that
//! the operator wants to see. [`crate::engine::state`] runs it over those events in the order of their time.

use super::{Pred, Table};
use crate::lang::Span;
use crate::schema::FieldRef;

/// An operator over several events.
#[derive(Debug, Clone, PartialEq)]
pub enum Stateful {
    Sequence(Sequence),
    Table(Table),
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

impl Stateful {
    /// Returns the conditions of the single events, in the order of the text.
    #[must_use]
    pub fn conditions(&self) -> Vec<&Pred> {
        match self {
            Self::Sequence(sequence) => {
                let stages = sequence.stages.iter().chain(&sequence.until);
                stages.map(|stage| &stage.select).collect()
            }
            Self::Table(table) => table.inputs.iter().map(|input| &input.select).collect(),
        }
    }

    /// Returns the condition that holds for every event that the operator wants to see.
    #[must_use]
    pub fn select(&self) -> Pred {
        Pred::any(self.conditions().into_iter().cloned())
    }

    /// Visits every field that the operator reads beside its conditions.
    pub fn fields(&self, see: &mut impl FnMut(FieldRef)) {
        match self {
            Self::Sequence(sequence) => {
                let stages = sequence.stages.iter().chain(&sequence.until);
                stages
                    .flat_map(|stage| &stage.by)
                    .for_each(|(field, _)| see(*field));
            }
            Self::Table(table) => {
                let columns = table.inputs.iter().flat_map(|input| &input.columns);
                columns.for_each(|(_, field)| see(*field));
            }
        }
    }
}
