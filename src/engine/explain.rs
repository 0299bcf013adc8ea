//! Why a query does or does not select an event.

use serde::Serialize;

use super::naive::{Scope, any_field, holds};
use crate::event::{Event, Value};
use crate::lang::ir::Pred;
use crate::lang::{Query, Span};
use crate::schema::FieldRef;

/// A node of the explanation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tree {
    pub kind: Kind,
    /// The condition in a few words; for a group `and`, `or`, `not`.
    pub text: String,
    /// Where it stands in the query text; `None` for a group.
    pub span: Option<Span>,
    /// What the event holds there; empty for a missing field and for a group.
    pub values: Vec<String>,
    pub outcome: Truth,
    pub children: Vec<Tree>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    And,
    Or,
    Not,
    Leaf,
}

/// How a node came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    True,
    False,
    /// False because the field has no value.
    Missing,
}

/// Explains `query` on `event`: the condition that selects, leaf by leaf, whether or not it holds as a whole.
#[must_use]
pub fn explain(query: &Query, event: &Event) -> Tree {
    tree(&query.select, &Scope::of(event))
}

fn tree(pred: &Pred, scope: &Scope<'_>) -> Tree {
    let group = |kind, text: &str, parts: &[Pred]| Tree {
        kind,
        text: text.to_owned(),
        span: None,
        values: Vec::new(),
        outcome: truth(holds(pred, scope)),
        children: parts.iter().map(|part| tree(part, scope)).collect(),
    };
    match pred {
        Pred::And(parts) => group(Kind::And, "and", parts),
        Pred::Or(parts) => group(Kind::Or, "or", parts),
        Pred::Not(inner) => group(Kind::Not, "not", std::slice::from_ref(inner)),
        Pred::Const(value) => leaf(
            pred,
            scope,
            if *value { "always" } else { "never" },
            None,
            &[],
        ),
        Pred::Leaf(test, span) => leaf(
            pred,
            scope,
            test.field.name.name(),
            Some(span),
            &[test.field],
        ),
        Pred::Truth(test, span) => {
            let mut fields = Vec::new();
            test.expr.fields(&mut |field| {
                if !fields.contains(&field) {
                    fields.push(field);
                }
            });
            let names: Vec<&str> = fields.iter().map(|field| field.name.name()).collect();
            leaf(pred, scope, &names.join(", "), Some(span), &fields)
        }
        Pred::Member(dataset, span) => {
            let text = format!("a member of {dataset:?}");
            leaf(pred, scope, &text, Some(span), &[])
        }
        Pred::AnyField(any, span) => {
            let mut fields = Vec::new();
            any_field(any, scope, &mut |field| fields.push(field));
            leaf(pred, scope, "any field", Some(span), &fields)
        }
    }
}

fn leaf(
    pred: &Pred,
    scope: &Scope<'_>,
    text: &str,
    span: Option<&Span>,
    fields: &[FieldRef],
) -> Tree {
    let values: Vec<String> = fields
        .iter()
        .filter_map(|field| scope.value(*field))
        .map(|value| match &*value {
            Value::List(list) => {
                let texts: Vec<_> = list.iter().map(Value::text).collect();
                texts.join(", ")
            }
            single => single.text().into_owned(),
        })
        .collect();
    let outcome = match holds(pred, scope) {
        false if values.is_empty() && !fields.is_empty() => Truth::Missing,
        holds => truth(holds),
    };
    Tree {
        kind: Kind::Leaf,
        text: text.to_owned(),
        span: span.cloned(),
        values,
        outcome,
        children: Vec::new(),
    }
}

const fn truth(holds: bool) -> Truth {
    if holds { Truth::True } else { Truth::False }
}
