//! Queries that nothing marks as such, told by how they begin.

use std::ops::Range;

use super::super::page::Line;

/// First words of an EQL query.
const EQL: [&str; 12] = [
    "any",
    "process",
    "file",
    "registry",
    "network",
    "dns",
    "library",
    "driver",
    "iam",
    "authentication",
    "configuration",
    "api",
];

/// Returns whether a line begins like an EQL query.
pub fn is_eql(text: &str) -> bool {
    let mut words = text.split_whitespace();
    match (words.next(), words.next()) {
        (Some("sequence" | "sample"), None) => true,
        (Some("sequence" | "sample"), Some(next)) => {
            next == "by" || next == "with" || next.starts_with('[')
        }
        (Some(first), Some("where")) => EQL.contains(&first),
        _ => false,
    }
}

/// Returns whether a text begins like an ES|QL query.
pub fn is_esql(text: &str) -> bool {
    let start = text.trim_start().to_lowercase();
    (start.starts_with("from ") || start.starts_with("row ")) && start.contains('|')
}

/// Returns whether a line begins like a KQL query: a field, a colon, a value.
fn is_kql(text: &str) -> bool {
    let start = text.trim_start_matches(['(', ' ']);
    let start = start.strip_prefix("not ").unwrap_or(start);
    let Some((field, value)) = start.split_once(':') else {
        return false;
    };
    let field = field.trim();
    let letters = |char: char| char.is_ascii_alphanumeric() || "._-@*".contains(char);
    field.contains('.') && field.chars().all(letters) && !value.trim().is_empty()
}

/// Finds a query that nothing marks, at the end of some lines: one of the stated type, of any where that tells nothing.
pub fn unmarked(lines: &[Line], stated: &str) -> Option<(String, Range<usize>)> {
    let of = |kinds: &[&str]| stated.is_empty() || kinds.iter().any(|kind| stated.contains(kind));
    let (esql, kql) = (
        of(&["esql", "es|ql"]),
        of(&["query", "threshold", "new", "threat"]),
    );
    let eql = stated.is_empty() || (of(&["eql", "correlation"]));
    let begins = |line: &Line| {
        let text = line.text.trim();
        let from = text.to_lowercase().starts_with("from ") && !text.ends_with('.');
        (eql && is_eql(text))
            || (esql && from && text.contains(['*', '-', '|']))
            || (kql && is_kql(text))
    };
    let mut at = lines.iter().rposition(begins)?;
    while kql && at > 0 && goes_on(&lines[at - 1..]) {
        at -= 1;
    }
    let block = lines[at].code;
    let written: Vec<&Line> = lines[at..]
        .iter()
        .take_while(|line| line.code == block)
        .collect();
    let end = written.last()?.number + 1;
    let texts: Vec<&str> = written.iter().map(|line| line.text.as_str()).collect();
    Some((tidied(&texts.join("\n")), lines[at].number..end))
}

/// Returns whether the second of some lines of KQL goes on with what the first began.
fn goes_on(lines: &[Line]) -> bool {
    let [first, rest @ ..] = lines else {
        return false;
    };
    let (before, after) = (
        first.text.trim(),
        rest.first().map_or("", |line| line.text.trim()),
    );
    let count = |bracket| {
        rest.iter()
            .map(|line| line.text.matches(bracket).count())
            .sum::<usize>()
    };
    let open = count(')') > count('(');
    let ends = before == "not"
        || [" and", " or", " not", "(", ":"]
            .iter()
            .any(|end| before.ends_with(end));
    let starts = ["and ", "or ", "not ", ")"]
        .iter()
        .any(|start| after.starts_with(start))
        || after == "and";
    open || ends || (starts && !before.is_empty() && !before.ends_with('.'))
}

/// Takes empty lines around a query off, and the indentation that all its lines share.
pub fn tidied(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let said = |line: &&str| !line.is_empty();
    let (Some(first), Some(last)) = (lines.iter().position(&said), lines.iter().rposition(&said))
    else {
        return String::new();
    };
    let kept = &lines[first..=last];
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let shared = kept
        .iter()
        .filter(|line| said(line))
        .map(indent)
        .min()
        .unwrap_or(0);
    let cut: Vec<&str> = kept
        .iter()
        .map(|line| line.get(shared..).unwrap_or(""))
        .collect();
    cut.join("\n")
}
