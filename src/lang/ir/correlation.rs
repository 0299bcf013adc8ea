//! Sigma's correlations: what a rule makes of the matches of other rules.
//!
//! [`crate::engine::state`] runs them; `docs/sigma.md` says what they mean on a stream.

use super::stateful::Stage;
use super::{Comparison, Number};
use crate::schema::FieldRef;

/// A correlation.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    pub kind: Kind,
    /// In the order of `rules`.
    pub inputs: Vec<Input>,
    /// Nanoseconds.
    pub span: i64,
    pub condition: Condition,
    /// Names of the fields to group by, as the rule writes them.
    pub group_by: Vec<Box<str>>,
}

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    EventCount,
    /// Distinct values.
    ValueCount,
    Sum,
    Average,
    /// The nearest rank of so many percent; 50 is the median of a set of odd size.
    Percentile(f64),
    Median,
    /// Rules that match in any order.
    Temporal,
    /// Rules that match in the order of the inputs.
    Ordered,
}

/// Matches of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// As the rule refers to it.
    pub name: Box<str>,
    pub source: Source,
    /// The rule's condition, and the fields that stand for the names to group by; in the condition of a correlation,
    /// any of its own inputs' holds.
    pub stage: Stage,
    /// What is counted or computed with.
    pub values: Vec<FieldRef>,
}

/// Where the matches come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// Each event that meets the input's condition.
    Events,
    Correlation(Box<Correlation>),
}

/// When a correlation matches.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of these hold of the number.
    Number(Vec<(Comparison, Number)>),
    /// Which inputs must have matched.
    Rules(Rules),
}

/// A condition on inputs, by their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rules {
    Matched(usize),
    And(Vec<Rules>),
    Or(Vec<Rules>),
    Not(Box<Rules>),
}

impl Rules {
    /// Returns whether it holds when `matched` says which inputs did.
    pub fn holds(&self, matched: &impl Fn(usize) -> bool) -> bool {
        match self {
            Self::Matched(input) => matched(*input),
            Self::And(parts) => parts.iter().all(|part| part.holds(matched)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(matched)),
            Self::Not(inner) => !inner.holds(matched),
        }
    }

    fn negates(&self) -> bool {
        match self {
            Self::Matched(_) => false,
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::negates),
            Self::Not(_) => true,
        }
    }
}

impl Condition {
    /// Returns whether the number satisfies it.
    #[must_use]
    pub fn accepts(&self, number: Number) -> bool {
        match self {
            Self::Number(bounds) => bounds.iter().all(|(op, bound)| {
                number
                    .compare(*bound)
                    .is_some_and(|order| op.accepts(order))
            }),
            Self::Rules(_) => false,
        }
    }

    /// Returns whether more matches can only make it true.
    #[must_use]
    pub fn grows(&self) -> bool {
        match self {
            Self::Number(bounds) => {
                let grows = |op| matches!(op, Comparison::Greater | Comparison::GreaterOrEqual);
                bounds.iter().all(|(op, _)| grows(*op))
            }
            Self::Rules(rules) => !rules.negates(),
        }
    }
}

impl Correlation {
    /// Returns whether it is known as soon as a match comes. Else the stretch must have ended.
    #[must_use]
    pub fn grows(&self) -> bool {
        let grows = matches!(
            self.kind,
            Kind::EventCount | Kind::ValueCount | Kind::Sum | Kind::Temporal | Kind::Ordered
        );
        grows && self.condition.grows()
    }

    /// Returns the conditions of the single events, in the order of the inputs.
    pub fn stages(&self) -> impl Iterator<Item = &Stage> {
        self.inputs.iter().map(|input| &input.stage)
    }

    /// Visits every field that it reads beside its conditions.
    pub fn fields(&self, see: &mut impl FnMut(FieldRef)) {
        for input in &self.inputs {
            input.stage.by.iter().for_each(|(field, _)| see(*field));
            input.values.iter().for_each(|field| see(*field));
            if let Source::Correlation(inner) = &input.source {
                inner.fields(see);
            }
        }
    }
}
