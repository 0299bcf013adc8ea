//! An explanation as lines, outermost condition first.
//!
//! Takes a [`Tree`] and the query's text; gives one [`Line`] a condition, for a screen or a page to indent and colour.

use std::collections::HashSet;

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
    let mut spans = Vec::new();
    collect(tree, &mut spans);
    let shared = overlapping(spans);
    let mut lines = Vec::new();
    add(tree, query, 0, &shared, &mut lines);
    // Conditions on one field, one below the other, need its value once.
    let seen: Vec<String> = lines.iter().map(|line: &Line| line.seen.clone()).collect();
    for (line, before) in lines.iter_mut().skip(1).zip(&seen) {
        if line.seen == *before {
            line.seen.clear();
        }
    }
    lines
}

fn collect(tree: &Tree, spans: &mut Vec<Span>) {
    spans.extend(tree.span.clone());
    for child in &tree.children {
        collect(child, spans);
    }
}

/// Returns the places that conditions share: those of a macro all stand where it is written, and each value of
/// `field:(a or b)` begins at the field.
fn overlapping(mut spans: Vec<Span>) -> HashSet<Span> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut shared = HashSet::new();
    let mut longest: Option<Span> = None;
    for span in spans {
        match &longest {
            Some(other) if span.start < other.end => {
                shared.insert(other.clone());
                shared.insert(span.clone());
                if span.end > other.end {
                    longest = Some(span);
                }
            }
            _ => longest = Some(span),
        }
    }
    shared
}

fn add(tree: &Tree, query: &str, depth: usize, shared: &HashSet<Span>, lines: &mut Vec<Line>) {
    let own = tree.span.as_ref().filter(|span| !shared.contains(*span));
    let written = own
        .and_then(|span| query.get(span.clone()))
        .filter(|written| !written.trim_start().starts_with('`') && names_field(written, tree));
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

/// Returns whether what is written says which field it is about: of Sigma's conditions the value is what is written there,
/// and EQL's categories are bare words.
fn names_field(written: &str, tree: &Tree) -> bool {
    let written = written.to_ascii_lowercase();
    let mut fields = tree.fields.iter();
    let named = fields.any(|field| written.contains(&field.to_ascii_lowercase()));
    !written.trim().is_empty() && (named || tree.fields.is_empty())
}

fn seen(tree: &Tree) -> String {
    match (tree.kind, tree.outcome) {
        (Kind::Leaf, Truth::Missing) if tree.fields.is_empty() => {
            "the event has no such field".to_owned()
        }
        (Kind::Leaf, Truth::Missing) => format!("the event has no {}", tree.fields.join(", ")),
        (Kind::Leaf, _) if !tree.values.is_empty() => {
            let values = tree.values.iter().map(|value| excerpt(value, &tree.wanted));
            format!("the event has {}", values.collect::<Vec<_>>().join("; "))
        }
        _ => String::new(),
    }
}

/// Characters of a long value that are shown around what a condition looks for.
const AROUND: usize = 60;

/// Returns a value, or of a long one the part that a condition looks for, else its beginning.
fn excerpt(value: &str, wanted: &[String]) -> String {
    if value.chars().count() <= 3 * AROUND {
        return value.to_owned();
    }
    let lower = value.to_ascii_lowercase();
    let hits = wanted.iter().filter(|text| !text.is_empty());
    let hit = hits
        .filter_map(|text| lower.find(&text.to_ascii_lowercase()))
        .min();
    // ASCII folding keeps every place where it was.
    let before = value.get(..hit.unwrap_or(0)).unwrap_or_default();
    let skipped = before.chars().count().saturating_sub(AROUND);
    let shown: String = value.chars().skip(skipped).take(3 * AROUND).collect();
    let more = value.chars().count() > skipped + 3 * AROUND;
    format!(
        "{}{}{}",
        if skipped > 0 { "… " } else { "" },
        shown.trim(),
        if more { " …" } else { "" }
    )
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
            wanted: Vec::new(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            outcome,
            children: Vec::new(),
        }
    }

    #[test]
    fn of_a_long_value_the_telling_part_is_shown() {
        let value = format!("{}MiniDumpWriteDump{}", "a ".repeat(500), " b".repeat(500));
        let shown = excerpt(&value, &["minidumpwritedump".to_owned()]);
        assert!(
            shown.contains("MiniDumpWriteDump") && shown.chars().count() < 200,
            "{shown}"
        );
        assert!(excerpt(&value, &[]).starts_with("a a "));
        assert_eq!(excerpt("short", &[]), "short");
    }

    #[test]
    fn values_of_one_field_are_each_shown_by_themselves() {
        let spans = vec![0..4, 0..9, 0..20, 25..30, 30..40];
        let shared = overlapping(spans);
        assert_eq!(shared, HashSet::from([0..4, 0..9, 0..20]));
    }

    #[test]
    fn a_condition_is_shown_as_written_unless_others_stand_in_the_same_place() {
        let query = "a=1 `m` b";
        let tree = Tree {
            kind: Kind::And,
            text: "and".to_owned(),
            span: None,
            fields: Vec::new(),
            wanted: Vec::new(),
            values: Vec::new(),
            outcome: Truth::False,
            children: vec![
                leaf("a 1", 0..3, &["1"], Truth::True),
                leaf("a is \"b\"", 8..9, &["b"], Truth::True),
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
                "1true: a is \"b\" [the event has b]",
                "1false: x is 1 [the event has 2]",
                "1missing: y is 1 [the event has no a]",
            ]
        );
    }
}
