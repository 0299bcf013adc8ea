//! An explanation as lines, outermost condition first.
//!
//! Takes a [`Tree`] and the query's text; gives one [`Line`] a condition, for a screen or a page to indent and colour.

use std::collections::HashMap;

use super::{Kind, Tree, Truth};
use crate::lang::Span;

/// A condition and how it came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub depth: usize,
    pub kind: Kind,
    pub outcome: Truth,
    /// The condition as the rule's author wrote it, where its place is known and its own; else in our words.
    pub text: String,
    /// What the event has there, in a sentence; empty for a group.
    pub seen: String,
    pub fields: Vec<String>,
}

/// Returns the lines of `tree`; `query` is the text that its spans point into.
#[must_use]
pub fn outline(tree: &Tree, query: &str) -> Vec<Line> {
    let mut shared = HashMap::new();
    count(tree, &mut shared);
    let mut lines = Vec::new();
    add(tree, query, 0, &shared, &mut lines);
    lines
}

/// Counts the conditions of each place: those of a macro, or of a list of values, all stand where it is written.
fn count(tree: &Tree, shared: &mut HashMap<Span, usize>) {
    if let Some(span) = &tree.span {
        *shared.entry(span.clone()).or_default() += 1;
    }
    for child in &tree.children {
        count(child, shared);
    }
}

fn add(
    tree: &Tree,
    query: &str,
    depth: usize,
    shared: &HashMap<Span, usize>,
    lines: &mut Vec<Line>,
) {
    let own = tree.span.as_ref().filter(|span| shared[*span] == 1);
    let written = own
        .and_then(|span| query.get(span.clone()))
        .filter(|written| !written.trim_start().starts_with('`') && !written.trim().is_empty());
    let text = match tree.kind {
        Kind::And => "all of these",
        Kind::Or => "at least one of these",
        Kind::Not => "not",
        Kind::Leaf => written.unwrap_or(&tree.text),
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    lines.push(Line {
        depth,
        kind: tree.kind,
        outcome: tree.outcome,
        text: words.join(" "),
        seen: seen(tree),
        fields: tree.fields.clone(),
    });
    for child in &tree.children {
        add(child, query, depth + 1, shared, lines);
    }
}

fn seen(tree: &Tree) -> String {
    match (tree.kind, tree.outcome) {
        (Kind::Leaf, Truth::Missing) if tree.fields.is_empty() => {
            "the event has no such field".to_owned()
        }
        (Kind::Leaf, Truth::Missing) => format!("the event has no {}", tree.fields.join(", ")),
        (Kind::Leaf, _) if !tree.values.is_empty() => {
            format!("the event has {}", tree.values.join("; "))
        }
        _ => String::new(),
    }
}

/// Returns the word for an outcome.
#[must_use]
pub const fn word(outcome: Truth) -> &'static str {
    match outcome {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Missing => "missing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(text: &str, span: Span, values: &[&str], outcome: Truth) -> Tree {
        Tree {
            kind: Kind::Leaf,
            text: text.to_owned(),
            span: Some(span),
            fields: vec!["a".to_owned()],
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            outcome,
            children: Vec::new(),
        }
    }

    #[test]
    fn a_condition_is_shown_as_written_unless_others_stand_in_the_same_place() {
        let query = "a=1 `m` b";
        let tree = Tree {
            kind: Kind::And,
            text: "and".to_owned(),
            span: None,
            fields: Vec::new(),
            values: Vec::new(),
            outcome: Truth::False,
            children: vec![
                leaf("a 1", 0..3, &["1"], Truth::True),
                leaf("x is 1", 4..7, &["2"], Truth::False),
                leaf("y is 1", 4..7, &[], Truth::Missing),
            ],
        };
        let lines: Vec<String> = outline(&tree, query)
            .into_iter()
            .map(|line| {
                format!(
                    "{}{}: {} [{}]",
                    line.depth,
                    word(line.outcome),
                    line.text,
                    line.seen
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                "0false: all of these []",
                "1true: a=1 [the event has 1]",
                "1false: x is 1 [the event has 2]",
                "1missing: y is 1 [the event has no a]",
            ]
        );
    }
}
