//! `xmlkv`: `<name>value</name>` inside a text becomes a column.

use super::Rows;
use crate::event::Value;
use crate::lang::ir::limit::VALUES;

/// Most pairs that one text gives.
const MAX_PAIRS: usize = 200;

/// Sets a column for each pair that the texts of `column` hold.
pub fn run(column: &str, rows: &mut Rows) {
    let Some(at) = rows.place(column) else { return };
    for n in 0..rows.rows.len() {
        let Some(text) = rows.rows[n].get(at).map(|value| value.text().into_owned()) else {
            continue;
        };
        for (name, value) in pairs(&text) {
            let at = rows.place_or_add(&name);
            rows.rows[n].set(at, Some(Value::from(value)));
        }
    }
}

/// Returns the elements that hold nothing but text, with their text; of two with one name the last counts.
#[must_use]
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let after = &rest[open + 1..];
        let Some(close) = after.find('>') else { break };
        let tag = &after[..close];
        let body = &after[close + 1..];
        let name: &str = tag.split_whitespace().next().unwrap_or_default();
        let opens = name.starts_with(|char: char| char.is_alphabetic() || char == '_');
        let ends = format!("</{name}>");
        if opens
            && !tag.ends_with('/')
            && let Some(end) = body.find('<')
            && body[end..].starts_with(&ends)
        {
            let value = unescape(body[..end].trim());
            found.retain(|(known, _)| known != name);
            if !value.is_empty() {
                found.push((name.to_owned(), value));
            }
            if found.len() >= MAX_PAIRS {
                VALUES.add(1);
                break;
            }
        }
        rest = body;
    }
    found
}

/// Replaces the five entities of XML.
fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}
