//! `spath`: values of JSON or XML inside a text become columns.

use serde_json::Value as Json;

use super::{Rows, xml};
use crate::event::Value;
use crate::lang::ir::limit::VALUES;
use crate::lang::ir::table::PathOf;

/// Longest text that is read as JSON or XML.
const MAX_TEXT: usize = 1 << 20;
/// Most leaves that one text gives.
const MAX_LEAVES: usize = 1_000;
/// Deepest nesting that is walked.
const MAX_DEPTH: usize = 64;

/// Sets the columns.
pub fn run(path: &PathOf, rows: &mut Rows) {
    let Some(input) = rows.place(&path.input) else {
        return;
    };
    for n in 0..rows.rows.len() {
        let Some(text) = rows.rows[n]
            .get(input)
            .map(|value| value.text().into_owned())
        else {
            continue;
        };
        for (name, values) in found(path, &text) {
            let at = rows.place_or_add(&name);
            rows.rows[n].set(at, list(values));
        }
    }
}

fn list(mut values: Vec<Value>) -> Option<Value> {
    match values.len() {
        0 => None,
        1 => values.pop(),
        _ => Some(Value::List(values)),
    }
}

fn found(path: &PathOf, text: &str) -> Vec<(String, Vec<Value>)> {
    if text.len() > MAX_TEXT {
        VALUES.add(1);
        return Vec::new();
    }
    let leaves = match serde_json::from_str::<Json>(text) {
        Ok(json @ (Json::Object(_) | Json::Array(_))) => json_leaves(&json),
        _ => xml_leaves(text),
    };
    let Some(wanted) = path.path.as_deref() else {
        return leaves;
    };
    let output = path.output.as_deref().unwrap_or(wanted).to_owned();
    if let Ok(json) = serde_json::from_str::<Json>(text) {
        let mut values = Vec::new();
        follow(&json, &steps(wanted), &mut values);
        return vec![(output, values)];
    }
    let values = leaves.into_iter().find(|(name, _)| name == wanted);
    vec![(output, values.map(|(_, values)| values).unwrap_or_default())]
}

/// Leaves by their path; elements of a list share the path with `{}`.
fn json_leaves(json: &Json) -> Vec<(String, Vec<Value>)> {
    let mut leaves = Vec::new();
    walk(json, String::new(), 0, &mut leaves);
    leaves
}

fn walk(json: &Json, path: String, depth: usize, leaves: &mut Vec<(String, Vec<Value>)>) {
    if depth > MAX_DEPTH || leaves.len() >= MAX_LEAVES {
        VALUES.add(1);
        return;
    }
    match json {
        Json::Object(members) => {
            for (name, value) in members {
                let inner = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                walk(value, inner, depth + 1, leaves);
            }
        }
        Json::Array(items) => {
            for item in items {
                walk(item, format!("{path}{{}}"), depth + 1, leaves);
            }
        }
        leaf => {
            let Some(value) = value(leaf) else { return };
            match leaves.iter_mut().find(|(known, _)| *known == path) {
                Some((_, values)) => values.push(value),
                None => leaves.push((path, vec![value])),
            }
        }
    }
}

fn value(json: &Json) -> Option<Value> {
    match json {
        Json::Object(_) | Json::Array(_) => Some(Value::from(json.to_string())),
        leaf => Value::from_json(leaf.clone()),
    }
}

/// A step of a path.
enum Step<'p> {
    Member(&'p str),
    Element(usize),
    Elements,
}

fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, mut rest) = part.find('{').map_or((part, ""), |at| part.split_at(at));
        if !name.is_empty() {
            steps.push(Step::Member(name));
        }
        while let Some(inside) = rest.strip_prefix('{') {
            let Some((index, behind)) = inside.split_once('}') else {
                break;
            };
            steps.push(index.parse().map_or(Step::Elements, Step::Element));
            rest = behind;
        }
    }
    steps
}

fn follow(json: &Json, steps: &[Step<'_>], out: &mut Vec<Value>) {
    if out.len() >= MAX_LEAVES {
        return;
    }
    let Some((first, rest)) = steps.split_first() else {
        out.extend(value(json));
        return;
    };
    match (first, json) {
        (Step::Member(name), Json::Object(members)) => {
            if let Some(inner) = members.get(*name) {
                follow(inner, rest, out);
            }
        }
        (Step::Element(at), Json::Array(items)) => {
            if let Some(inner) = items.get(*at) {
                follow(inner, rest, out);
            }
        }
        (Step::Elements, Json::Array(items)) => {
            for inner in items {
                follow(inner, rest, out);
            }
        }
        _ => {}
    }
}

/// Elements of XML by their name and by the path that leads to them.
fn xml_leaves(text: &str) -> Vec<(String, Vec<Value>)> {
    let mut leaves: Vec<(String, Vec<Value>)> = Vec::new();
    let mut path: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let after = &rest[open + 1..];
        let Some(close) = after.find('>') else { break };
        let tag = &after[..close];
        let body = &after[close + 1..];
        let name = tag.split_whitespace().next().unwrap_or_default();
        if let Some(name) = name.strip_prefix('/') {
            if path.last() == Some(&name) {
                path.pop();
            }
        } else if !tag.ends_with('/') && !name.starts_with(['?', '!']) && path.len() < MAX_DEPTH {
            path.push(name);
            let value = body.split('<').next().unwrap_or_default().trim();
            if !value.is_empty() && leaves.len() < MAX_LEAVES {
                let value = xml::pairs(&format!("<v>{value}</v>"));
                let value = value.into_iter().map(|(_, value)| Value::from(value));
                let path = path.join(".");
                match leaves.iter_mut().find(|(known, _)| *known == path) {
                    Some((_, values)) => values.extend(value),
                    None => leaves.push((path, value.collect())),
                }
            }
        }
        rest = body;
    }
    leaves
}
