//! The documents of a Sigma file, each whole and with its place.
//!
//! Takes the trees of a YAML stream and the file's text; gives [`Document`]s with Sigma 1's `action: global`, `repeat`
//! and `reset` carried out (semantics: pySigma's `SigmaCollection`).

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

/// One document.
#[derive(Debug, Clone)]
pub struct Document {
    pub value: Value,
    pub path: PathBuf,
    pub file: Arc<str>,
    /// Where in the file it stands.
    pub range: Range<usize>,
    /// Which document of its file it is, from 0.
    pub number: usize,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Rule,
    Correlation,
    Filter,
    Placeholders,
}

/// Returns what a tree is, `None` when it is nothing of Sigma's.
#[must_use]
pub fn kind(value: &Value) -> Option<Kind> {
    let has = |key: &str| value.get(key).is_some();
    if has("correlation") {
        Some(Kind::Correlation)
    } else if value.get("filter").is_some_and(Value::is_object) && has("logsource") {
        Some(Kind::Filter)
    } else if has("detection") && (has("logsource") || has("title") || has("action")) {
        Some(Kind::Rule)
    } else if value.get("placeholders").is_some_and(Value::is_object)
        || value.get("vars").is_some_and(Value::is_object) && has("transformations")
    {
        Some(Kind::Placeholders)
    } else {
        None
    }
}

/// Returns whether a tree belongs to a Sigma file: is something itself, or is an `action` on the others.
#[must_use]
pub fn is_sigma(value: &Value) -> bool {
    kind(value).is_some() || action(value).is_some() && value.get("logsource").is_some()
}

fn action(value: &Value) -> Option<&str> {
    value.get("action").and_then(Value::as_str)
}

/// Returns the documents of a file.
#[must_use]
pub fn of_file(path: &Path, file: &Arc<str>, trees: &[Value]) -> Vec<Arc<Document>> {
    let ranges = ranges(file);
    let whole = 0..file.len();
    let mut global = Value::Object(Map::new());
    let mut previous = Value::Object(Map::new());
    let mut documents = Vec::new();
    for (n, tree) in trees.iter().enumerate() {
        match action(tree) {
            Some("global") => {
                update(&mut global, tree);
                remove_action(&mut global);
                continue;
            }
            Some("reset") => {
                global = Value::Object(Map::new());
                continue;
            }
            Some("repeat") => {
                update(&mut previous, tree);
            }
            _ => {
                previous = tree.clone();
                update(&mut previous, &global);
            }
        }
        remove_action(&mut previous);
        let own = ranges.len() == trees.len();
        documents.push(Arc::new(Document {
            value: previous.clone(),
            path: path.to_owned(),
            file: Arc::clone(file),
            range: if own {
                ranges[n].clone()
            } else {
                whole.clone()
            },
            number: documents.len(),
        }));
    }
    documents
}

fn remove_action(value: &mut Value) {
    if let Value::Object(members) = value {
        members.shift_remove("action");
    }
}

/// Puts the members of `from` into `into`; maps are joined, everything else is replaced.
fn update(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(key) {
                    Some(known) => update(known, value),
                    None => {
                        into.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// Splits a YAML stream at its `---` lines; stretches that say nothing are no documents.
fn ranges(file: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in file.split_inclusive('\n') {
        if line.starts_with("---") && !line[3..].starts_with(|char: char| !char.is_whitespace()) {
            ranges.push(start..at);
            start = at + line.len();
        }
        at += line.len();
    }
    ranges.push(start..file.len());
    let says = |range: &Range<usize>| {
        let mut lines = file[range.clone()].lines().map(str::trim);
        lines.any(|line| !line.is_empty() && !line.starts_with('#') && line != "...")
    };
    ranges.retain(says);
    ranges
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Vec<Arc<Document>> {
        let file: Arc<str> = Arc::from(text);
        let trees = crate::rule::document::from_yaml(text).unwrap();
        of_file(Path::new("x.yml"), &file, &trees)
    }

    #[test]
    fn documents_know_their_place() {
        let found = read("# head\n---\ntitle: a\ndetection: {}\n---\ntitle: b\n--- \n# nothing\n");
        assert_eq!(found.len(), 2);
        assert_eq!(&found[1].file[found[1].range.clone()], "title: b\n");
    }

    #[test]
    fn actions_are_carried_out() {
        let found = read(
            "action: global\ntitle: t\ndetection: {condition: a}\n---\nlogsource: {service: x}\ndetection: {a: {EventID: 1}}\n---\n\
             action: repeat\ndetection: {a: {EventID: 2}}\n---\naction: reset\n---\ntitle: own\n",
        );
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].value.pointer("/detection/condition").unwrap(), "a");
        assert_eq!(found[1].value.pointer("/detection/a/EventID").unwrap(), 2);
        assert_eq!(found[1].value.pointer("/logsource/service").unwrap(), "x");
        assert_eq!(found[2].value.get("title").unwrap(), "own");
        assert!(found[2].value.get("detection").is_none());
    }

    #[test]
    fn kinds_are_told_apart() {
        let kind = |json: Value| kind(&json);
        assert_eq!(
            kind(json!({"detection": {}, "logsource": {}})),
            Some(Kind::Rule)
        );
        assert_eq!(kind(json!({"correlation": {}})), Some(Kind::Correlation));
        assert_eq!(
            kind(json!({"filter": {}, "logsource": {}})),
            Some(Kind::Filter)
        );
        assert_eq!(kind(json!({"placeholders": {}})), Some(Kind::Placeholders));
        assert_eq!(kind(json!({"search": "x", "name": "y"})), None);
    }
}
