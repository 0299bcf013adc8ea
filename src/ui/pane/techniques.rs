//! The techniques pane: tactic, technique, sub-technique; what the one under the cursor is, and how often it was seen.

use std::collections::BTreeSet;

use super::event::prose;
use crate::rule::attack::{self, catalogue, parent};
use crate::ui::detail::Detail;
use crate::ui::ink::Ink;
use crate::ui::sheet::SheetLine;
use crate::ui::theme::Role;

pub use crate::text::{counted, grouped};

/// A line of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    id: String,
    depth: usize,
}

/// Returns the ids in the order of the tree: each tactic, its techniques, their sub-techniques.
#[must_use]
pub fn ids(detail: &Detail) -> Vec<String> {
    tree(detail).into_iter().map(|node| node.id).collect()
}

/// Returns the line of the most exact technique, where the cursor starts.
#[must_use]
pub fn first_line(detail: &Detail) -> usize {
    let nodes = tree(detail);
    let deepest = nodes
        .iter()
        .enumerate()
        .max_by_key(|(at, node)| (node.depth, usize::MAX - at));
    deepest.map_or(0, |(at, _)| at)
}

fn tree(detail: &Detail) -> Vec<Node> {
    let Some(alert) = detail.alert() else {
        return Vec::new();
    };
    let mut pairs: Vec<(Option<String>, String)> = Vec::new();
    for threat in detail.rule.iter().flat_map(|rule| &rule.threat) {
        if threat.techniques.is_empty() {
            pairs.push((threat.tactic.clone(), String::new()));
        }
        for technique in &threat.techniques {
            pairs.push((threat.tactic.clone(), technique.clone()));
        }
    }
    for technique in &alert.techniques {
        if !pairs.iter().any(|(_, known)| known == technique) {
            pairs.push((None, technique.clone()));
        }
    }
    let mut by_tactic: Vec<(String, BTreeSet<String>)> = Vec::new();
    for (tactic, technique) in pairs {
        let base = parent(&technique).unwrap_or(&technique);
        // A vendor that names only techniques gets the tactics that ATT&CK lists for them.
        let tactics = tactic.map_or_else(
            || {
                let known = catalogue()
                    .technique(&technique)
                    .or_else(|| catalogue().technique(base));
                known.map_or_else(|| vec![String::new()], |known| known.tactics.clone())
            },
            |tactic| vec![tactic],
        );
        for tactic in tactics {
            let at = if let Some(at) = by_tactic.iter().position(|(known, _)| *known == tactic) {
                at
            } else {
                by_tactic.push((tactic, BTreeSet::new()));
                by_tactic.len() - 1
            };
            let set = &mut by_tactic[at].1;
            if !technique.is_empty() {
                set.insert(base.to_owned());
                set.insert(technique.clone());
            }
        }
    }
    let mut nodes = Vec::new();
    for (tactic, techniques) in by_tactic {
        let shift = usize::from(!tactic.is_empty());
        if shift == 1 {
            nodes.push(Node {
                id: tactic,
                depth: 0,
            });
        }
        nodes.extend(techniques.into_iter().map(|id| Node {
            depth: shift + usize::from(parent(&id).is_some()),
            id,
        }));
    }
    nodes
}

/// Returns what ATT&CK calls it and what we say about it.
fn named(id: &str) -> (String, String) {
    if let Some(tactic) = catalogue().tactic(id) {
        return (tactic.name.clone(), tactic.description.clone());
    }
    catalogue().technique(id).map_or_else(
        || (id.to_owned(), String::new()),
        |technique| (technique.name.clone(), technique.description.clone()),
    )
}

/// Returns the lines.
#[must_use]
pub fn lines(detail: &Detail, ink: Ink<'_>, columns: usize) -> Vec<SheetLine> {
    let nodes = tree(detail);
    if nodes.is_empty() {
        let said = if detail.opened.is_some() {
            "The rule names no ATT&CK technique."
        } else {
            ""
        };
        return prose(said, Role::Dim, columns);
    }
    let mut lines = Vec::new();
    for (item, node) in nodes.iter().enumerate() {
        let branch = if node.depth == 0 {
            ""
        } else {
            ink.symbol("└ ", "`- ")
        };
        let indent = "  ".repeat(node.depth.saturating_sub(1));
        let role = if node.depth == 0 {
            Role::Title
        } else {
            Role::Text
        };
        let (name, _) = named(&node.id);
        lines.push(
            SheetLine::of(item)
                .with(Role::Border, format!("{indent}{branch}"))
                .with(role, ink.clean(&name).into_owned())
                .right(Role::Dim, ink.clean(&node.id).into_owned()),
        );
    }
    let cursor = detail.techniques.cursor().unwrap_or(0);
    let at = cursor.min(nodes.len() - 1);
    let id = &nodes[at].id;
    let (_, description) = named(id);
    lines.push(SheetLine::default());
    if description.is_empty() {
        lines.extend(prose(
            "watchglass carries no description of it.",
            Role::Dim,
            columns,
        ));
    } else {
        lines.extend(prose(&description, Role::Text, columns));
    }
    let url = attack::url(id);
    let url = url.trim_start_matches("https://");
    let fits = url.len() + 2 <= columns;
    // Broken where it can be read and put together again, not within a word.
    let pieces = match url.split_once("/techniques/").filter(|_| !fits) {
        Some((site, rest)) => vec![format!("{site}/techniques/"), rest.to_owned()],
        None => vec![url.to_owned()],
    };
    for piece in pieces {
        lines.extend(prose(&piece, Role::Link, columns));
    }
    if let Some((_, alerts, hosts)) = detail
        .survey
        .techniques
        .iter()
        .find(|(known, ..)| known == id)
    {
        let said = if *alerts == 0 {
            "not seen here in the last 24h".to_owned()
        } else {
            let hosts = counted(*hosts, "host");
            format!("seen: {}, {hosts}, 24h", counted(*alerts, "alert"))
        };
        lines.extend(prose(&said, Role::Dim, columns));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1204), "1,204");
        assert_eq!(grouped(1_000_000), "1,000,000");
        assert_eq!(counted(1, "alert"), "1 alert");
    }
}
