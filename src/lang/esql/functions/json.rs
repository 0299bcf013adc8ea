//! Values inside a JSON text.

use serde_json::Value as Json;

use super::{Arguments, Kind, Known, single, text};
use crate::event::Value;

pub const FUNCTIONS: &[Known] = &[single("json_extract", (2, 2), Kind::Text, extract)];

/// `json_extract(text, path)`: the path is dotted, with `[n]` for elements and perhaps `$.` ahead. A text comes out
/// without its quotes, everything else as JSON; null when nothing is there.
fn extract(a: Arguments<'_>) -> Option<Value> {
    let document: Json = serde_json::from_str(&text(a, 0)?).ok()?;
    let path = text(a, 1)?;
    let path = path.strip_prefix('$').unwrap_or(&path);
    match reach(&document, path.trim_start_matches('.'))? {
        Json::Null => None,
        Json::String(text) => Some(text.as_str().into()),
        other => Some(other.to_string().into()),
    }
}

/// Members may be called by a dotted name as a whole, as in flattened documents.
fn reach<'j>(value: &'j Json, path: &str) -> Option<&'j Json> {
    if path.is_empty() {
        return Some(value);
    }
    if let Some(rest) = path.strip_prefix('[') {
        let (inside, rest) = rest.split_once(']')?;
        let inner = match inside.trim_matches(['\'', '"']) {
            name if name.len() < inside.len() => value.get(name)?,
            index => value.get(index.parse::<usize>().ok()?)?,
        };
        return reach(inner, rest.trim_start_matches('.'));
    }
    let ends = path.match_indices(['.', '[']).map(|(at, _)| at);
    ends.chain([path.len()]).find_map(|end| {
        let inner = value.get(&path[..end])?;
        let rest = &path[end..];
        reach(inner, rest.strip_prefix('.').unwrap_or(rest))
    })
}

#[cfg(test)]
mod tests {
    use super::super::examples::check;
    use serde_json::json;

    #[test]
    fn paths() {
        let text = r#"{"sip": {"code": 200, "to": [{"user": "ann"}]}, "a.b": true, "n": null}"#;
        check(&[
            ("json_extract", json!([text, "sip.code"]), json!("200")),
            (
                "json_extract",
                json!([text, "$.sip.to[0].user"]),
                json!("ann"),
            ),
            ("json_extract", json!([text, "sip['code']"]), json!("200")),
            ("json_extract", json!([text, "a.b"]), json!("true")),
            ("json_extract", json!([text, "n"]), json!(null)),
            ("json_extract", json!([text, "sip.from"]), json!(null)),
            ("json_extract", json!(["no json", "a"]), json!(null)),
        ]);
    }
}
