//! Rule files as trees, read leniently.
//!
//! Takes the text of a TOML, YAML or JSON file; gives a tree of values, whatever the file's syntax. Vendors' formats
//! drift: a member that is missing, or a number where text was, is never an error here.

use serde_json::Value;

use crate::lang::Span;

/// Why a text is no tree, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub message: String,
    pub span: Span,
}

/// The syntax of a file, told from its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    Toml,
    Yaml,
    /// One JSON object a line.
    JsonLines,
}

/// Tells the syntax of `text` from its first line that says something.
#[must_use]
pub fn syntax(text: &str) -> Syntax {
    let mut lines = text.lines().map(str::trim_start);
    let first = lines
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .unwrap_or("");
    if first.starts_with('{') {
        return Syntax::JsonLines;
    }
    let key = first.trim_start_matches(|c: char| c.is_alphanumeric() || "_-.\"".contains(c));
    if first.starts_with('[') || key.trim_start().starts_with('=') {
        return Syntax::Toml;
    }
    Syntax::Yaml
}

/// Reads a TOML document.
pub fn from_toml(text: &str) -> Result<Value, Fault> {
    toml::from_str(text).map_err(|error| Fault {
        message: error.message().to_owned(),
        span: error.span().unwrap_or(0..0),
    })
}

/// Reads all documents of a YAML stream. Of a member that is there twice the last counts.
pub fn from_yaml(text: &str) -> Result<Vec<Value>, Fault> {
    yaml(text, serde_saphyr::options::DuplicateKeyPolicy::LastWins)
}

/// Returns the place of a member that is there twice in a YAML stream that can be read.
#[must_use]
pub fn duplicate(text: &str) -> Option<Fault> {
    yaml(text, serde_saphyr::options::DuplicateKeyPolicy::Error).err()
}

fn yaml(
    text: &str,
    policy: serde_saphyr::options::DuplicateKeyPolicy,
) -> Result<Vec<Value>, Fault> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        duplicate_keys: policy,
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        let at = error
            .location()
            .map_or(0, |at| offset(text, at.line(), at.column()));
        Fault {
            message: said(&error),
            span: at..end_of_line(text, at),
        }
    })
}

/// Reads one line of JSON that starts at byte `base` of its file.
pub fn from_json_line(line: &str, base: usize) -> Result<Value, Fault> {
    serde_json::from_str(line).map_err(|error| {
        let at = (base + error.column().saturating_sub(1)).min(base + line.len());
        Fault {
            message: error.to_string(),
            span: at..at,
        }
    })
}

/// Returns the byte offset of a line and column, both counted from 1, columns in characters.
fn offset(text: &str, line: u64, column: u64) -> usize {
    let skipped = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let start = match skipped.checked_sub(1) {
        None => 0,
        Some(n) => text
            .match_indices('\n')
            .nth(n)
            .map_or(text.len(), |(at, _)| at + 1),
    };
    let column = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    text[start..]
        .char_indices()
        .nth(column)
        .map_or(text.len(), |(at, _)| start + at)
}

fn end_of_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end)
}

/// Says what is wrong in a YAML stream, without the place, which the caret shows.
fn said(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error as E;
    match error.without_snippet() {
        E::DuplicateMappingKey { key: Some(key), .. } => format!("`{key}` is there twice"),
        E::DuplicateMappingKey { .. } => "a member is there twice".to_owned(),
        other => {
            let text = other.to_string();
            if text.starts_with("budget breached") {
                return "the document becomes larger than a rule can be, perhaps by aliases of aliases"
                    .to_owned();
            }
            let line = text.lines().next().unwrap_or_default();
            let end = line.find(" at line ").unwrap_or(line.len());
            line[..end].to_owned()
        }
    }
}

/// Returns `value[key]` as text; numbers and booleans are written out, blank text is nothing.
#[must_use]
pub fn text(value: &Value, key: &str) -> Option<String> {
    scalar(value.get(key)?)
}

/// Returns `value[key]` as a list of texts; a single text is a list of one.
#[must_use]
pub fn list(value: &Value, key: &str) -> Vec<String> {
    match value.get(key) {
        Some(Value::Array(items)) => items.iter().filter_map(scalar).collect(),
        Some(other) => scalar(other).into_iter().collect(),
        None => Vec::new(),
    }
}

/// Returns the objects of the list `value[key]`; a single object is a list of one.
#[must_use]
pub fn objects<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    match value.get(key) {
        Some(Value::Array(items)) => items.iter().filter(|item| item.is_object()).collect(),
        Some(object @ Value::Object(_)) => vec![object],
        _ => Vec::new(),
    }
}

/// Returns `value[key]` as a number; numbers in quotes count.
#[must_use]
pub fn number(value: &Value, key: &str) -> Option<f64> {
    match value.get(key)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn syntax_is_told_from_content() {
        assert_eq!(syntax("# note\n\n[metadata]\n"), Syntax::Toml);
        assert_eq!(syntax("name = \"x\"\n"), Syntax::Toml);
        assert_eq!(syntax("\n{\"id\": 1}\n"), Syntax::JsonLines);
        assert_eq!(syntax("name: a = b\n"), Syntax::Yaml);
        assert_eq!(syntax(""), Syntax::Yaml);
    }

    #[test]
    fn getters_tolerate_drift() {
        let value = json!({"a": 7, "b": ["x", 2, null, " "], "c": "y", "d": "80", "e": {"f": 1}});
        assert_eq!(text(&value, "a").as_deref(), Some("7"));
        assert_eq!(list(&value, "b"), ["x", "2"]);
        assert_eq!(list(&value, "c"), ["y"]);
        assert_eq!(number(&value, "d"), Some(80.0));
        assert_eq!(objects(&value, "e").len(), 1);
        assert!(text(&value, "zzz").is_none() && list(&value, "zzz").is_empty());
    }

    #[test]
    fn faults_say_where() {
        let text = "name: a\nsearch: [1\nid: b\n";
        let fault = from_yaml(text).unwrap_err();
        assert!(
            fault.span.start > 8 && fault.span.end <= text.len(),
            "{fault:?}"
        );
        let fault = from_toml("a = 1\nb = = 2\n").unwrap_err();
        assert_eq!(&"a = 1\nb = = 2\n"[..fault.span.start], "a = 1\nb = ");
        assert!(!fault.message.contains("line"), "{fault:?}");
        let fault = duplicate("a: 1\nb: 2\na: 3\n").unwrap();
        assert_eq!(fault.message, "`a` is there twice");
        let bomb: String =
            ('b'..='m').fold("a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, name| {
                let below = (name as u8 - 1) as char;
                let nine = vec![format!("*{below}"); 9].join(",");
                format!("{text}{name}: &{name} [{nine}]\n")
            });
        let fault = from_yaml(&bomb).unwrap_err();
        assert!(fault.message.contains("aliases of aliases"), "{fault:?}");
        assert!(from_json_line("{\"a\": }", 100).unwrap_err().span.start >= 100);
    }
}
