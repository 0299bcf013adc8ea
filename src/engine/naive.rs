//! The plain evaluator: what every faster one must equal.
//!
//! Takes a [`Query`] and an [`Event`]; gives whether it selects the event, why, and the rows.

pub(super) mod expr;
mod rows;
mod scope;

use super::Row;
use crate::event::{Event, Value};
use crate::lang::Query;
use crate::lang::ir::rows::Rows;
use crate::lang::ir::{AnyField, Expr, Nested, Pred};
use crate::schema::{self, FieldKind, FieldRef, Vocabulary};

pub use scope::{Fields, Kept, Places, Scope, is_time, seconds, seconds_of};

/// What a query makes of one event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// The query selects the event and, if it groups, at least one row is left.
    pub matched: bool,
    /// Fields of the leaves that were true and count for the match, in the order of the query, each once.
    pub because: Vec<FieldRef>,
    /// The event's share of each result row; empty for a query that does not group.
    pub rows: Vec<Row>,
}

/// Evaluates `query` on `event`.
#[must_use]
pub fn eval(query: &Query, event: &Event) -> Outcome {
    eval_in(query, &Scope::of(event))
}

/// Evaluates `query` on the event of `scope`.
#[must_use]
pub fn eval_in(query: &Query, scope: &Scope<'_>) -> Outcome {
    outcome(&query.select, query.rows.as_ref(), scope)
}

/// Evaluates a condition and a pipeline on the event of `scope`.
#[must_use]
pub fn outcome(select: &Pred, rows: Option<&Rows>, scope: &Scope<'_>) -> Outcome {
    if !holds(select, scope) {
        return Outcome::default();
    }
    let rows = match rows {
        None => Vec::new(),
        Some(rows) => match rows::shares(rows, scope) {
            Some(shares) => shares,
            None => return Outcome::default(),
        },
    };
    let mut because = Vec::new();
    reasons(select, scope, &mut because);
    Outcome {
        matched: true,
        because,
        rows,
    }
}

/// Returns the fields that make the condition true, or `None` when it is not.
#[must_use]
pub fn because(pred: &Pred, scope: &Scope<'_>) -> Option<Vec<FieldRef>> {
    holds(pred, scope).then(|| {
        let mut because = Vec::new();
        reasons(pred, scope, &mut because);
        because
    })
}

/// Returns the value of an expression; `None` is null.
#[must_use]
pub fn value(expr: &Expr, scope: &Scope<'_>) -> Option<Value> {
    expr::value(expr, scope, &Vec::new())
}

/// Returns whether the condition holds.
#[must_use]
pub fn holds(pred: &Pred, scope: &impl Fields) -> bool {
    match pred {
        Pred::Const(value) => *value,
        Pred::And(parts) => parts.iter().all(|part| holds(part, scope)),
        Pred::Or(parts) => parts.iter().any(|part| holds(part, scope)),
        Pred::Not(inner) => !holds(inner, scope),
        Pred::Leaf(leaf, _) => leaf.test.passes(scope.value(leaf.field).as_deref()),
        Pred::AnyField(any, _) => scope.any_field(any, &mut |_| {}),
        Pred::Member(dataset, _) => scope.is_member(*dataset),
        Pred::Nested(nested, _) => any_object(nested, scope),
        Pred::Truth(truth, _) => expr::is_true(truth, scope),
    }
}

/// Adds the fields of the leaves that make a condition true, which is known to hold.
fn reasons(pred: &Pred, scope: &Scope<'_>, because: &mut Vec<FieldRef>) {
    let mut add = |field: FieldRef| {
        if !because.contains(&field) {
            because.push(field);
        }
    };
    match pred {
        Pred::Leaf(leaf, _) => add(leaf.field),
        Pred::Nested(nested, _) => add(nested.path),
        Pred::Truth(truth, _) => truth.expr.fields(&mut |field| {
            if scope.value(field).is_some() {
                add(field);
            }
        }),
        Pred::AnyField(any, _) => {
            any_field(any, scope, &mut add);
        }
        Pred::And(parts) => parts.iter().for_each(|part| reasons(part, scope, because)),
        Pred::Or(parts) => {
            for part in parts.iter().filter(|part| holds(part, scope)) {
                reasons(part, scope, because);
            }
        }
        // What is absent made nothing fire.
        Pred::Not(_) | Pred::Const(_) | Pred::Member(..) => {}
    }
}

/// Tries the condition on each object of the list.
fn any_object(nested: &Nested, scope: &impl Fields) -> bool {
    let Some(value) = scope.value(nested.path) else {
        return false;
    };
    let path = nested.path.name.name();
    let mut objects = value.elements();
    objects.any(|object| holds(&nested.inner, &scope::Object::new(path, object)))
}

/// Tries every field whose name fits, and calls `see` with each that passes.
pub(super) fn any_field(any: &AnyField, scope: &Scope<'_>, see: &mut impl FnMut(FieldRef)) -> bool {
    let event = scope.event();
    let (fields, vocabulary) = if any.ecs {
        (event.ecs(), Vocabulary::Ecs)
    } else {
        (event.native(), Vocabulary::Windows)
    };
    let mut found = false;
    for (name, value) in fields.iter() {
        let named = any
            .names
            .as_ref()
            .is_none_or(|names| names.fits(name.name()));
        let analysed = any.ecs && schema::kind(name) == FieldKind::Text;
        let test = if analysed { &any.analysed } else { &any.test };
        if named && test.passes(Some(value)) {
            found = true;
            see(FieldRef { vocabulary, name });
        }
    }
    if !any.ecs {
        let own = [&event.channel, &event.computer].map(|text| Value::from(&**text));
        found |= any.names.is_none() && own.iter().any(|value| any.test.passes(Some(value)));
    }
    found
}

#[cfg(test)]
mod sigma_tests;
#[cfg(test)]
mod spl_tests;
#[cfg(test)]
mod tests;
