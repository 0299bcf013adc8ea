//! The predicate IR that every language lowers to.
//!
//! Takes nothing; is what a lowering gives and what the engine evaluates. Case rules, wildcards, missing fields and
//! multi-value fields differ between languages: a lowering writes them out here, so that no evaluator has to know
//! which language a query came from.
//!
//! A [`Pred`] is two-valued. A [`Leaf`] is true when *any* element of its field's value passes its test, and false
//! when the field is missing; `Not` of it is therefore true on a missing field. What must be three-valued (functions,
//! Splunk's `where`) is an [`Expr`] inside [`Pred::Truth`], which is true only when the expression is.

pub mod backend;
pub mod correlation;
pub mod expr;
pub mod limit;
pub mod number;
pub mod operators;
pub mod pattern;
pub mod rows;
mod run;
pub mod sets;
pub mod stateful;
pub mod table;
pub mod test;

use super::diagnostic::{Diagnostic, Span};
use crate::schema::{Dataset, FieldRef};

pub use correlation::Correlation;
pub use expr::Expr;
pub use number::Number;
pub use pattern::{Case, Pattern};
pub use rows::{Aggregate, By, Measure, Rows, Step};
pub use sets::{AddressSet, TextSet};
pub use stateful::Stateful;
pub use table::Table;
pub use test::{Comparison, Network, Regex, Test, Tokens};

/// A compiled query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Which events it selects.
    pub select: Pred,
    /// What it makes of them, for a language with a pipeline; `None` means that each selected event is a hit.
    pub rows: Option<Rows>,
    /// What it makes of several events together: each selected event is then handed to the operator, and only what
    /// that finds is a hit.
    pub stateful: Option<Box<Stateful>>,
    /// Why no event can ever be selected, when the query names a source that watchglass does not read.
    pub starved: Option<String>,
    /// Findings that do not keep the query from running.
    pub warnings: Vec<Diagnostic>,
}

/// A two-valued condition on one event.
#[derive(Debug, Clone, PartialEq)]
pub enum Pred {
    Const(bool),
    And(Vec<Pred>),
    Or(Vec<Pred>),
    Not(Box<Pred>),
    Leaf(Leaf, Span),
    /// Some field whose name fits the pattern passes the test (`process.hash.*: x`, free text).
    AnyField(AnyField, Span),
    /// The event belongs to a CIM dataset.
    Member(Dataset, Span),
    /// One and the same object of a list of objects passes (KQL's `dns.answers: { type: CNAME and ttl < 9 }`).
    Nested(Nested, Span),
    /// A three-valued expression is true; false when it is false or null.
    Truth(Truth, Span),
}

impl Default for Pred {
    fn default() -> Self {
        Self::Const(false)
    }
}

/// A test on one field. Equal leaves give equal results on every event, so they can be evaluated once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Leaf {
    pub field: FieldRef,
    pub test: Test,
}

/// A test on every field whose name fits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AnyField {
    /// `None`: all fields.
    pub names: Option<Pattern>,
    /// Tried on ECS fields; otherwise on the verbatim Windows values.
    pub ecs: bool,
    pub test: Test,
    /// Tried instead on fields that Elasticsearch analyses.
    pub analysed: Test,
}

/// A condition on each object of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Nested {
    /// The field that holds the objects.
    pub path: FieldRef,
    /// Names its fields in full, `path` ahead.
    pub inner: Box<Pred>,
}

/// A three-valued expression used as a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    pub expr: Expr,
    pub lists: Lists,
}

/// How an expression meets a field with several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lists {
    /// It is tried with each element; one that makes it true suffices (Elastic).
    Any,
    /// It sees the list (Splunk's multivalue functions).
    Whole,
}

impl Pred {
    /// Returns the conjunction of `parts`, flattened and with constants folded.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Const(true) => {}
                Self::Const(false) => return Self::Const(false),
                Self::And(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::Const(true),
            1 => kept.swap_remove(0),
            _ => Self::And(kept),
        }
    }

    /// Returns the disjunction of `parts`, flattened and with constants folded.
    #[must_use]
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Const(false) => {}
                Self::Const(true) => return Self::Const(true),
                Self::Or(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::Const(false),
            1 => kept.swap_remove(0),
            _ => Self::Or(kept),
        }
    }

    /// Returns the negation.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Const(value) => Self::Const(!value),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Visits every span, to move it to another text.
    pub fn spans(&mut self, see: &mut impl FnMut(&mut Span)) {
        match self {
            Self::Const(_) => {}
            Self::And(parts) | Self::Or(parts) => parts.iter_mut().for_each(|part| part.spans(see)),
            Self::Not(inner) => inner.spans(see),
            Self::Leaf(_, span)
            | Self::AnyField(_, span)
            | Self::Member(_, span)
            | Self::Truth(_, span) => see(span),
            Self::Nested(nested, span) => {
                see(span);
                nested.inner.spans(see);
            }
        }
    }

    /// Visits every field that the condition reads, in the order of the text.
    pub fn fields(&self, see: &mut impl FnMut(FieldRef)) {
        match self {
            Self::Const(_) | Self::AnyField(..) | Self::Member(..) => {}
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.fields(see)),
            Self::Not(inner) => inner.fields(see),
            Self::Leaf(leaf, _) => see(leaf.field),
            Self::Truth(truth, _) => truth.expr.fields(see),
            Self::Nested(nested, _) => see(nested.path),
        }
    }
}

impl Query {
    /// Returns every field of an event that the query reads, each once, in the order of the text.
    #[must_use]
    pub fn fields(&self) -> Vec<FieldRef> {
        let mut fields = Vec::new();
        let mut see = |field| {
            if !fields.contains(&field) {
                fields.push(field);
            }
        };
        self.select.fields(&mut see);
        if let Some(rows) = &self.rows {
            rows.fields(&mut see);
        }
        if let Some(stateful) = &self.stateful {
            stateful.fields(&mut see);
        }
        fields
    }

    /// Returns a field without which the query can never select an event, when `can_fill` says that no source has it.
    ///
    /// A field that stands only in one of several alternatives, or only under a negation, blocks nothing.
    #[must_use]
    pub fn blocked_by(&self, can_fill: impl Fn(FieldRef) -> bool) -> Option<FieldRef> {
        self.required()
            .into_iter()
            .find_map(|pred| blocked(pred, &can_fill))
    }

    /// Returns a test that must hold for the query to select an event, when `can_pass` says that no event passes it.
    #[must_use]
    pub fn unmet_by(&self, can_pass: impl Fn(&Leaf) -> bool) -> Option<&Leaf> {
        self.required()
            .into_iter()
            .find_map(|pred| unmet(pred, &can_pass))
    }

    /// Returns conditions each of which some event must meet.
    fn required(&self) -> Vec<&Pred> {
        let stateful = self.stateful.as_ref();
        let stages = stateful.map(|stateful| stateful.required());
        [&self.select]
            .into_iter()
            .chain(stages.into_iter().flatten())
            .collect()
    }
}

fn unmet<'a>(pred: &'a Pred, can_pass: &impl Fn(&Leaf) -> bool) -> Option<&'a Leaf> {
    match pred {
        Pred::Leaf(leaf, _) => (!can_pass(leaf)).then_some(leaf),
        Pred::And(parts) => parts.iter().find_map(|part| unmet(part, can_pass)),
        Pred::Or(parts) => {
            let mut found = None;
            for part in parts {
                let leaf = unmet(part, can_pass)?;
                found = found.or(Some(leaf));
            }
            found
        }
        _ => None,
    }
}

fn blocked(pred: &Pred, can_fill: &impl Fn(FieldRef) -> bool) -> Option<FieldRef> {
    match pred {
        Pred::Leaf(leaf, _) => (!can_fill(leaf.field)).then_some(leaf.field),
        Pred::Nested(nested, _) => (!can_fill(nested.path)).then_some(nested.path),
        Pred::And(parts) => parts.iter().find_map(|part| blocked(part, can_fill)),
        Pred::Or(parts) => {
            let mut found = None;
            for part in parts {
                let field = blocked(part, can_fill)?;
                found = found.or(Some(field));
            }
            found
        }
        // Null runs through Elastic's functions; Splunk's `isnull` and `coalesce` may want the field absent.
        Pred::Truth(truth, _) if truth.lists == Lists::Any && truth.expr.is_strict() => {
            let mut missing = None;
            truth.expr.fields(&mut |field| {
                if missing.is_none() && !can_fill(field) {
                    missing = Some(field);
                }
            });
            missing
        }
        Pred::Truth(..) | Pred::Const(_) | Pred::Not(_) | Pred::AnyField(..) | Pred::Member(..) => {
            None
        }
    }
}
