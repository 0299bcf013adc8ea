//! Why a query does or does not select an event.

use serde::Serialize;

use crate::event::Event;
use crate::lang::{Query, Span};

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

/// Explains `query` on `event`.
#[must_use]
pub fn explain(query: &Query, event: &Event) -> Tree {
    let _ = (query, event);
    Tree {
        kind: Kind::Leaf,
        text: String::new(),
        span: None,
        values: Vec::new(),
        outcome: Truth::False,
        children: Vec::new(),
    }
}
