//! `dissect` patterns: texts between keys.
//!
//! Takes a pattern such as `%{user} [%{+name}] %{}`; gives an expression in the `regex` crate's syntax that covers the
//! text from its start, and the columns with the groups that each is joined from. A key takes as little as it can, the
//! last one the rest. Key signs: `%{}` and `%{?name}` skip, `->` lets what follows repeat, `+name` appends (with `/n` in
//! the order of the numbers). `*` and `&`, which take a column's name from the text, are not run.

use crate::lang::{Diagnostic, Span};

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dissect {
    pub regex: String,
    /// Column and its groups in the order in which they are joined.
    pub columns: Vec<(String, Vec<String>)>,
}

/// Reads a pattern that stands at `span`; groups are called `prefix` and a number.
pub fn parse(pattern: &str, prefix: &str, span: &Span) -> Result<Dissect, Box<Diagnostic>> {
    let fail = |message: &str| {
        let error = Diagnostic::error("E541", message, span.clone(), "in this pattern");
        Err(Box::new(error))
    };
    let mut regex = r"(?s)\A".to_owned();
    // Name, order and group of each key that is kept.
    let mut keys: Vec<(String, usize, String)> = Vec::new();
    let Some((head, mut rest)) = pattern.split_once("%{") else {
        return fail("a dissect pattern has at least one key: `%{name}`");
    };
    regex.push_str(&regex::escape(head));
    for n in 0.. {
        let Some((key, after)) = rest.split_once('}') else {
            return fail("the key is not closed with `}`");
        };
        let (between, next) = match after.split_once("%{") {
            Some((between, next)) => (between, Some(next)),
            None => (after, None),
        };
        let (key, repeats) = match key.strip_suffix("->") {
            Some(key) => (key, true),
            None => (key, false),
        };
        // The last key takes the rest, every other what is before the next delimiter.
        let value = if next.is_none() && between.is_empty() {
            ".*"
        } else {
            ".*?"
        };
        match key.chars().next() {
            None | Some('?') => regex.push_str(value),
            Some('*' | '&') => return fail("keys that are named by the text are not run"),
            Some(first) => {
                let key = if first == '+' { &key[1..] } else { key };
                let (name, order) = match key.rsplit_once('/') {
                    Some((name, order)) if first == '+' => (name, order.parse().unwrap_or(n)),
                    _ => (key, n),
                };
                let group = format!("{prefix}{n}");
                regex.push_str(&format!("(?P<{group}>{value})"));
                keys.push((name.to_owned(), order, group));
            }
        }
        let delimiter = regex::escape(between);
        if repeats && !between.is_empty() {
            regex.push_str(&format!("(?:{delimiter})+"));
        } else {
            regex.push_str(&delimiter);
        }
        match next {
            Some(next) => rest = next,
            None => break,
        }
    }
    Ok(Dissect {
        regex,
        columns: columns(keys),
    })
}

fn columns(mut keys: Vec<(String, usize, String)>) -> Vec<(String, Vec<String>)> {
    let mut columns: Vec<(String, Vec<String>)> = Vec::new();
    for (name, _, _) in &keys {
        if columns.iter().all(|(known, _)| known != name) {
            columns.push((name.clone(), Vec::new()));
        }
    }
    keys.sort_by_key(|(_, order, _)| *order);
    for (name, _, group) in keys {
        if let Some((_, groups)) = columns.iter_mut().find(|(known, _)| *known == name) {
            groups.push(group);
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pattern: &str, text: &str) -> Option<Vec<(String, String)>> {
        let dissect = parse(pattern, "g", &(0..0)).unwrap();
        let found = regex::Regex::new(&dissect.regex).unwrap().captures(text)?;
        let joined = dissect.columns.iter().map(|(name, groups)| {
            let groups = groups
                .iter()
                .map(|group| found.name(group).unwrap().as_str());
            (name.clone(), groups.collect::<Vec<_>>().join(" "))
        });
        Some(joined.collect())
    }

    fn is(pattern: &str, text: &str, wanted: &[(&str, &str)]) {
        let wanted: Vec<_> = wanted
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(run(pattern, text), Some(wanted), "{pattern}");
    }

    #[test]
    fn keys_take_what_is_between() {
        is(
            "verdict=%{a.verdict} confidence=%{c} summary=%{s}",
            "verdict=TP confidence=0.9 summary=it is bad",
            &[("a.verdict", "TP"), ("c", "0.9"), ("s", "it is bad")],
        );
        is(
            r#"%{}"Issuer":"%{issuer}"%{}"#,
            r#"{"a":1,"Issuer":"https://x"}"#,
            &[("issuer", "https://x")],
        );
        is("%{a->} %{b}", "x    y", &[("a", "x"), ("b", "y")]);
        is(
            "%{+n/2} %{+n/1} %{?skip} %{b}",
            "1 2 3 4",
            &[("n", "2 1"), ("b", "4")],
        );
        is("%{a} %{+a}", "x y", &[("a", "x y")]);
        is("%{a},%{b}", "x,\ny", &[("a", "x"), ("b", "\ny")]);
        assert_eq!(run("a=%{x};", "b=1;"), None);
    }

    #[test]
    fn wrong_patterns_are_named() {
        for pattern in ["no key", "%{open", "%{*name}=%{&name}"] {
            assert_eq!(
                parse(pattern, "g", &(0..2)).unwrap_err().code,
                "E541",
                "{pattern}"
            );
        }
    }
}
