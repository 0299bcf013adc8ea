//! Why an event did not fire a rule: the first condition that it does not meet.

use crate::engine::explain::outline::outline;
use crate::engine::explain::{Kind, Tree, Truth, explain};
use crate::engine::patterns;
use crate::event::Event;
use crate::rule::Rule;
use crate::schema::index::Indices;

/// Why an event did not fire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The condition as the rule's author wrote it, or what else keeps the rule from firing.
    pub condition: String,
    /// What the event has there; empty where there is nothing to show.
    pub seen: String,
    /// Further alternatives of the same `or` that it does not meet either.
    pub alternatives: usize,
}

impl Why {
    fn plain(condition: &str, seen: String) -> Self {
        Self {
            condition: condition.to_owned(),
            seen,
            alternatives: 0,
        }
    }
}

/// Tells why `event`, which the rule did not fire on, did not.
pub fn of(rule: &Rule, event: &Event) -> Why {
    let tree = explain(&rule.query, event);
    if tree.outcome != Truth::True {
        return first(&tree, &rule.query_text);
    }
    let indices = Indices::of(event);
    if !patterns(rule).admit(&indices) {
        let has: Vec<&str> = indices.names().collect();
        let seen = format!("the event is in {}", has.join(", "));
        return Why::plain(&format!("index: {}", rule.sources.join(", ")), seen);
    }
    if rule.query.stateful.is_some() {
        let seen = "this event is one of those; the others are missing, late or of another key";
        return Why::plain("several events together", seen.to_owned());
    }
    let seen = "this event is selected, and no row is left of it".to_owned();
    Why::plain("the later commands of the search", seen)
}

/// Returns how many of the outermost conditions hold.
pub fn met(rule: &Rule, event: &Event) -> usize {
    let tree = explain(&rule.query, event);
    let holds = |tree: &Tree| usize::from(tree.outcome == Truth::True);
    match tree.kind {
        Kind::And => tree.children.iter().map(holds).sum(),
        _ => holds(&tree),
    }
}

fn first(tree: &Tree, query: &str) -> Why {
    let mut alternatives = 0;
    let (at, negated) = culprit(tree, 0, true, &mut alternatives);
    let lines = outline(tree, query);
    let Some(line) = lines.get(at) else {
        return Why::plain("its conditions", String::new());
    };
    // A line leaves out what the line above says of the same fields.
    let seen = lines[..=at]
        .iter()
        .rev()
        .take_while(|above| above.fields == line.fields)
        .find(|above| !above.seen.is_empty())
        .map_or_else(String::new, |above| above.seen.clone());
    let condition = if negated {
        format!("not {}", line.text)
    } else {
        line.text.clone()
    };
    Why {
        condition,
        seen,
        alternatives,
    }
}

/// Returns the number of the first line that keeps `tree` from coming out as `wanted`, and whether it stands under a
/// negation; `at` is the tree's own line.
fn culprit(tree: &Tree, at: usize, wanted: bool, alternatives: &mut usize) -> (usize, bool) {
    let is = |child: &Tree| (child.outcome == Truth::True) == wanted;
    let every = matches!((tree.kind, wanted), (Kind::And, true) | (Kind::Or, false));
    let mut line = at + 1;
    for child in &tree.children {
        match tree.kind {
            Kind::Not => return culprit(child, line, !wanted, alternatives),
            // Of alternatives none holds: the first stands for all.
            _ if !every => {
                *alternatives += tree.children.len() - 1;
                return culprit(child, line, wanted, alternatives);
            }
            _ if !is(child) => return culprit(child, line, wanted, alternatives),
            _ => line += size(child),
        }
    }
    (at, !wanted)
}

fn size(tree: &Tree) -> usize {
    1 + tree.children.iter().map(size).sum::<usize>()
}
