//! Three-valued expressions: functions, arithmetic, field-to-field comparison.

use super::test::{Comparison, Test};
use super::{Case, Number};
use crate::lang::function::Function;
use crate::schema::FieldRef;

/// An expression; a missing field is null, and null runs through everything that does not say otherwise.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Null,
    Bool(bool),
    Number(Number),
    Text(Box<str>),
    Field(FieldRef),
    Call(&'static Function, Vec<Expr>),
    /// The value passes the test; null when the value is null (but `Test::Exists` is false then).
    Test(Box<Expr>, Test),
    Compare(Comparison, Case, Box<Expr>, Box<Expr>),
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    Negative(Box<Expr>),
    /// Null unless the operand is true or false.
    Not(Box<Expr>),
    /// False when any is false, else null when any is null.
    And(Vec<Expr>),
    /// True when any is true, else null when any is null.
    Or(Vec<Expr>),
    /// The elements of `field` for which `body` is true (`keep`), or what `body` makes of each.
    Elements {
        field: FieldRef,
        body: Box<Expr>,
        keep: bool,
    },
}

/// What is done with two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    /// Of two whole numbers a whole one, rounded towards zero (Elastic).
    DivideWhole,
    /// Always a float (Splunk).
    Divide,
    Modulo,
    /// Splunk's `+` and `.`: text when one side is text.
    AddOrJoin,
    Join,
}

impl Expr {
    /// Visits every field it reads.
    pub fn fields(&self, see: &mut impl FnMut(FieldRef)) {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => {}
            Self::Field(field) => see(*field),
            Self::Call(_, parts) | Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.fields(see);
                }
            }
            Self::Test(inner, _) | Self::Negative(inner) | Self::Not(inner) => inner.fields(see),
            Self::Elements { field, body, .. } => {
                see(*field);
                body.fields(see);
            }
            Self::Compare(_, _, left, right) | Self::Arithmetic(_, left, right) => {
                left.fields(see);
                right.fields(see);
            }
        }
    }

    /// Changes each part, the parts of a part after it.
    pub fn change(&mut self, how: &mut impl FnMut(&mut Self)) {
        how(self);
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Field(_) => {}
            Self::Call(_, parts) | Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.change(how);
                }
            }
            Self::Test(inner, _)
            | Self::Negative(inner)
            | Self::Not(inner)
            | Self::Elements { body: inner, .. } => inner.change(how),
            Self::Compare(_, _, left, right) | Self::Arithmetic(_, left, right) => {
                left.change(how);
                right.change(how);
            }
        }
    }

    /// Returns whether a missing field always makes it null, whichever field it is.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Field(_) => true,
            Self::Call(function, parts) => function.strict && parts.iter().all(Self::is_strict),
            Self::Test(inner, test) => *test != Test::Exists && inner.is_strict(),
            Self::Negative(inner) | Self::Not(inner) => inner.is_strict(),
            Self::Compare(_, _, left, right) | Self::Arithmetic(_, left, right) => {
                left.is_strict() && right.is_strict()
            }
            Self::And(_) | Self::Or(_) | Self::Elements { .. } => false,
        }
    }
}
