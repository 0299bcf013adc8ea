//! Why a query does or does not select an event.

pub mod outline;
pub(super) mod words;

use serde::Serialize;

use super::naive::{Scope, holds};
use crate::event::{Event, Value};
use crate::lang::ir::test::with_text;
use crate::lang::ir::{Pred, Test};
use crate::lang::{Query, Span};
use crate::schema::FieldRef;

/// Most values of a node; a script block may hold thousands.
pub const MAX_VALUES: usize = 16;

/// A node of the explanation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tree {
    pub kind: Kind,
    /// The condition in a few words; for a group `and`, `or`, `not`.
    pub text: String,
    /// Where it stands in the query text; `None` for a group.
    pub span: Option<Span>,
    /// The fields that it reads, as the language names them; empty for a group and for a test on any field.
    pub fields: Vec<String>,
    /// Texts that a value passes by, where the test looks for texts.
    pub wanted: Vec<String>,
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

impl Tree {
    /// Hands each condition that holds, and does so for the query and not against it, to `sink`.
    pub fn holding(&self, sink: &mut dyn FnMut(&Self)) {
        match self.kind {
            Kind::Leaf if self.outcome == Truth::True => sink(self),
            Kind::And | Kind::Or => self.children.iter().for_each(|child| child.holding(sink)),
            Kind::Leaf | Kind::Not => {}
        }
    }
}

/// Explains what `query` asks of each event; what its pipeline does later is not part of it.
#[must_use]
pub fn explain(query: &Query, event: &Event) -> Tree {
    tree(&query.select, &Scope::of(event))
}

fn tree(pred: &Pred, scope: &Scope<'_>) -> Tree {
    let group = |kind, text: &str, children: Vec<Tree>| Tree {
        kind,
        text: text.to_owned(),
        span: None,
        fields: Vec::new(),
        wanted: Vec::new(),
        values: Vec::new(),
        outcome: truth(holds(pred, scope)),
        children,
    };
    let all = |parts: &[Pred]| parts.iter().map(|part| tree(part, scope)).collect();
    match pred {
        Pred::And(parts) => group(Kind::And, "and", all(parts)),
        Pred::Or(parts) => group(Kind::Or, "or", all(parts)),
        Pred::Not(inner) => group(Kind::Not, "not", vec![tree(inner, scope)]),
        Pred::Const(true) => group(Kind::Leaf, "every event", Vec::new()),
        Pred::Const(false) => group(Kind::Leaf, "no event", Vec::new()),
        Pred::Leaf(leaf, span) => {
            let values = values(leaf.field, scope);
            let name = leaf.field.name.name();
            let mut node = leaf_node(
                words::test(name, &leaf.test),
                span,
                values,
                holds(pred, scope),
            );
            node.fields.push(name.to_owned());
            node.wanted = words::literals(&leaf.test);
            if node.values.is_empty() && node.outcome == Truth::False && leaf.test != Test::Exists {
                node.outcome = Truth::Missing;
            }
            node
        }
        Pred::AnyField(any, span) => {
            let text = words::test("any field", &any.test);
            leaf_node(text, span, Vec::new(), holds(pred, scope))
        }
        Pred::Member(dataset, _) => {
            let text = format!("in the data model {}.{}", dataset.model(), dataset.prefix());
            group(Kind::Leaf, &text, Vec::new())
        }
        Pred::Nested(nested, span) => {
            let text = format!("one object of {}", nested.path.name.name());
            leaf_node(text, span, values(nested.path, scope), holds(pred, scope))
        }
        Pred::Truth(condition, span) => {
            let mut fields: Vec<FieldRef> = Vec::new();
            condition.expr.fields(&mut |field| {
                if !fields.contains(&field) {
                    fields.push(field);
                }
            });
            let named = fields.iter().flat_map(|field| {
                let name = field.name.name();
                values(*field, scope)
                    .into_iter()
                    .map(move |value| format!("{name}: {value}"))
            });
            let values = named.take(MAX_VALUES).collect();
            let mut node = leaf_node(words::expression(&fields), span, values, holds(pred, scope));
            node.fields = fields
                .iter()
                .map(|field| field.name.name().to_owned())
                .collect();
            node
        }
    }
}

fn leaf_node(text: String, span: &Span, values: Vec<String>, holds: bool) -> Tree {
    Tree {
        kind: Kind::Leaf,
        text,
        span: Some(span.clone()),
        fields: Vec::new(),
        wanted: Vec::new(),
        values,
        outcome: truth(holds),
        children: Vec::new(),
    }
}

const fn truth(holds: bool) -> Truth {
    if holds { Truth::True } else { Truth::False }
}

fn values(field: FieldRef, scope: &Scope<'_>) -> Vec<String> {
    let Some(value) = scope.value(field) else {
        return Vec::new();
    };
    let text = |element: &Value| {
        with_text(element, str::to_owned).unwrap_or_else(|| format!("{element:?}"))
    };
    value.elements().take(MAX_VALUES).map(text).collect()
}
