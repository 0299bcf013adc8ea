//! The investigation guide of a page as the Markdown of a rule's `note`.
//!
//! Pages that were saved as text lost the marks of the guide's headings, or have all of it on one line.

use std::ops::Range;

use super::super::label::{Label, plain};
use super::super::page::Line;
use super::parts::Parts;

/// Titles of the parts of a guide, lower case.
const TITLES: [&str; 17] = [
    "triage and analysis",
    "possible investigation steps",
    "possible investigation steps:",
    "investigation steps",
    "triage checklist",
    "false positive analysis",
    "false positives analysis",
    "false positives",
    "related rules",
    "response and remediation",
    "related alerts",
    "config",
    "setup",
    "note",
    "osquery",
    "investigation guide",
    "response",
];

/// Returns the guide, and what has to be set up; `query` are lines of the page that are neither.
pub fn of(parts: &Parts, query: &Range<usize>) -> (String, String) {
    let mut note: Vec<String> = Vec::new();
    if let Some(section) = parts.get(Label::Guide) {
        note.extend(Some(section.rest.clone()).filter(|rest| !rest.is_empty()));
        note.extend(marked(&section.lines));
    } else if let Some(section) = parts
        .get(Label::License)
        .filter(|section| !section.rest.is_empty())
    {
        // A page without the heading has the guide below the last fact.
        let below = section.lines.iter();
        let below = below.filter(|line| !query.contains(&line.number)).cloned();
        note.extend(marked(&below.collect::<Vec<_>>()));
    }
    let setup = parts.get(Label::Setup).map(|section| {
        let mut lines = vec![section.rest.clone()];
        let own = section.lines.iter();
        let own = own.filter(|line| !query.contains(&line.number)).cloned();
        lines.extend(marked(&own.collect::<Vec<_>>()));
        joined(&lines)
    });
    (joined(&spread(&note)), setup.unwrap_or_default())
}

fn joined(lines: &[String]) -> String {
    let mut text = String::new();
    for line in lines {
        if line.trim().is_empty() && (text.is_empty() || text.ends_with("\n\n")) {
            continue;
        }
        text.push_str(line);
        text.push('\n');
    }
    text.trim().to_owned()
}

/// Gives headings and items the marks of Markdown.
fn marked(lines: &[Line]) -> Vec<String> {
    let mut out = Vec::new();
    let mut block = None;
    for line in lines {
        if line.code != block {
            out.push("```".to_owned());
            if line.code.is_some() && block.is_some() {
                out.push("```".to_owned());
            }
            block = line.code;
        }
        out.extend(if line.code.is_some() {
            Some(line.text.clone())
        } else {
            one(&line.text)
        });
    }
    if block.is_some() {
        out.push("```".to_owned());
    }
    out
}

fn one(text: &str) -> Option<String> {
    let bare = text.trim();
    // What is left of a quote that the page could not show, and of lists that a crawler broke.
    if bare.starts_with("[TBC:") || bare == "-" || bare == "edit" {
        return None;
    }
    let plain = plain(text);
    let lower = plain.to_lowercase();
    let titled = TITLES.contains(&lower.as_str())
        || lower.starts_with("investigating ") && plain.len() < 200 && !plain.ends_with('.');
    if titled && !bare.starts_with('#') {
        return Some(format!("### {}", plain.trim_end_matches(':')));
    }
    let indent = text.len() - text.trim_start().len();
    let item = ["•", "▪", "●", "‣"]
        .iter()
        .find_map(|mark| bare.strip_prefix(mark));
    if let Some(item) = item {
        // What text browsers indent all lists by is no nesting.
        let depth = " ".repeat(indent.saturating_sub(2));
        return Some(format!("{depth}- {}", item.trim()));
    }
    if let Some(item) = bare.strip_prefix("** ") {
        return Some(format!("  - {item}"));
    }
    Some(text.to_owned())
}

/// Puts a guide that stands on one line on lines of its own: before each heading and each item.
fn spread(lines: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for line in lines {
        let headings = line.matches(" ## ").count()
            + line.matches(" ### ").count()
            + line.matches(" #### ").count();
        if headings < 2 {
            out.push(line.clone());
            continue;
        }
        let mut text = line.clone();
        for mark in ["#### ", "### ", "## "] {
            text = text.replace(&format!(" {mark}"), &format!("\n\n{mark}"));
        }
        let fenced = text.replace(" ``` ", "\n```\n");
        let fenced = match fenced.strip_suffix(" ```") {
            Some(open) => format!("{open}\n```"),
            None => fenced,
        };
        out.extend(items(&fenced).lines().flat_map(cut));
    }
    out
}

/// Puts each item on a line of its own; a dash before a rule's id belongs to its name.
fn items(text: &str) -> String {
    let mut parts = text.split(" - ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let id = part.get(..9).is_some_and(|start| {
            start.ends_with('-') && start.chars().take(8).all(|char| char.is_ascii_hexdigit())
        });
        out.push_str(if id { " - " } else { "\n- " });
        out.push_str(part);
    }
    out
}

/// Cuts a heading off the prose that follows it on its line: a title is known, or ends with a colon.
fn cut(line: &str) -> Vec<String> {
    let title = line.trim_start_matches('#');
    if title.len() == line.len() {
        return vec![line.to_owned()];
    }
    let lower = title.trim_start().to_lowercase();
    let marks = line.len() - title.len();
    let known = TITLES
        .iter()
        .filter(|known| lower.starts_with(**known))
        .max_by_key(|known| known.len());
    let length = known.map(|known| known.len());
    // `Investigating NAME NAME is a ...`: the name is said again where the prose begins.
    let again = lower.strip_prefix("investigating ").and_then(|rest| {
        let words: Vec<&str> = rest.split(' ').collect();
        let first = words.first()?;
        let at = words.iter().skip(1).position(|word| word == first)? + 1;
        Some("investigating ".len() + words[..at].join(" ").len())
    });
    let title = title.trim_start();
    let Some((head, rest)) = length
        .or(again)
        .and_then(|length| title.split_at_checked(length))
    else {
        return vec![line.to_owned()];
    };
    let mut lines = vec![format!("{} {}", "#".repeat(marks), head.trim())];
    let rest = rest.trim_start_matches([':', '.', ' ']);
    if !rest.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}
