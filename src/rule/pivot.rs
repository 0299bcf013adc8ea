//! Pivots: questions to the logs that a rule carries, and where its guide refers to them.
//!
//! Takes a rule file's `[transform]` tables and the markers in a guide's text; gives the text without the markers and
//! the [`Pivot`]s. Queries for osquery need an agent on the host: they stay in the text, to be copied.

use serde_json::Value;

use super::{Pivot, document};

/// What the markers `$investigate_N` and `$osquery_N` of one rule stand for.
#[derive(Debug, Clone, Default)]
pub struct Transforms {
    investigate: Vec<Pivot>,
    osquery: Vec<(String, String)>,
}

/// How far a pivot looks around the alert when it does not say.
const WINDOW: u32 = 3600;

/// Reads the `[transform]` table of a rule file.
#[must_use]
pub fn transforms(document: &Value) -> Transforms {
    let Some(table) = document.get("transform") else {
        return Transforms::default();
    };
    Transforms {
        investigate: document::objects(table, "investigate")
            .into_iter()
            .map(pivot)
            .collect(),
        osquery: document::objects(table, "osquery")
            .into_iter()
            .map(osquery)
            .collect(),
    }
}

/// Takes the markers out of `text` and returns what they stand for.
#[must_use]
pub fn resolve(text: &str, transforms: &Transforms) -> (String, Vec<Pivot>) {
    let mut clean = String::with_capacity(text.len());
    let mut pivots = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '!']) {
        let (before, marker) = rest.split_at(at);
        clean.push_str(before);
        match read_marker(marker, transforms) {
            Some((Found::Pivot(pivot), length)) => {
                pivots.push(pivot);
                rest = &marker[length..];
            }
            Some((Found::Osquery(label, query), length)) => {
                clean.push_str(&format!("\nosquery, {label}:\n{query}"));
                rest = &marker[length..];
            }
            None => {
                clean.push_str(&marker[..1]);
                rest = &marker[1..];
            }
        }
    }
    clean.push_str(rest);
    (tidy(&clean), pivots)
}

/// Drops the bullets and spaces that a marker leaves behind.
fn tidy(text: &str) -> String {
    let lines = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !matches!(line.trim(), "" | "-"));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

enum Found {
    Pivot(Pivot),
    Osquery(String, String),
}

/// Reads the marker that `text` starts with; returns it and its length.
fn read_marker(text: &str, transforms: &Transforms) -> Option<(Found, usize)> {
    if let Some(number) = text.strip_prefix("$investigate_") {
        let (n, digits) = leading_number(number)?;
        let pivot = transforms.investigate.get(n)?.clone();
        return Some((Found::Pivot(pivot), "$investigate_".len() + digits));
    }
    if let Some(number) = text.strip_prefix("$osquery_") {
        let (n, digits) = leading_number(number)?;
        let (label, query) = transforms.osquery.get(n)?.clone();
        return Some((Found::Osquery(label, query), "$osquery_".len() + digits));
    }
    inline(text, "!{investigate")
        .map(|(value, length)| (Found::Pivot(pivot(&value)), length))
        .or_else(|| {
            inline(text, "!{osquery").map(|(value, length)| {
                let (label, query) = osquery(&value);
                (Found::Osquery(label, query), length)
            })
        })
}

fn leading_number(text: &str) -> Option<(usize, usize)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    Some((text[..digits].parse().ok()?, digits))
}

/// Reads `!{investigate{...}}`, the form of Kibana's exports.
fn inline(text: &str, opening: &str) -> Option<(Value, usize)> {
    let json = text.strip_prefix(opening)?;
    let mut values = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    let value = values.next()?.ok()?;
    let end = values.byte_offset();
    json[end..]
        .starts_with('}')
        .then(|| (value, opening.len() + end + 1))
}

fn osquery(value: &Value) -> (String, String) {
    let label = document::text(value, "label").unwrap_or_default();
    (label, document::text(value, "query").unwrap_or_default())
}

fn pivot(value: &Value) -> Pivot {
    let providers = value
        .get("providers")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let any = providers
        .iter()
        .filter_map(Value::as_array)
        .filter_map(|group| conditions(group));
    let from = document::text(value, "relativeFrom").and_then(|text| relative(&text));
    let to = document::text(value, "relativeTo").and_then(|text| relative(&text));
    Pivot {
        label: document::text(value, "label").unwrap_or_else(|| "Related events".to_owned()),
        any: any.collect(),
        before: from.map_or(WINDOW, |seconds| seconds.min(0).unsigned_abs()),
        after: to.map_or(0, |seconds| seconds.max(0).unsigned_abs()),
    }
}

/// Reads a group of conditions; `None` when one of them is more than "field is value".
fn conditions(group: &[Value]) -> Option<Vec<(String, String)>> {
    group
        .iter()
        .map(|condition| {
            let plain = condition.get("excluded").and_then(Value::as_bool) != Some(true)
                && document::text(condition, "queryType").is_none_or(|kind| kind == "phrase");
            let field = document::text(condition, "field")?;
            plain.then_some((field, document::text(condition, "value")?))
        })
        .collect()
}

/// Reads Elastic date math relative to now (`now-48h/h`, `now+15m`) as seconds; rounding is left out.
#[must_use]
pub fn relative(text: &str) -> Option<i32> {
    let rest = text.trim().strip_prefix("now")?;
    let rest = rest.split('/').next().unwrap_or("");
    if rest.is_empty() {
        return Some(0);
    }
    let sign = if rest.starts_with('-') { -1 } else { 1 };
    let seconds = i32::try_from(duration(rest.trim_start_matches(['-', '+']))?).ok()?;
    Some(sign * seconds)
}

/// Reads a length of time (`5m`, `48h`, `7d`) as seconds.
#[must_use]
pub fn duration(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let count: u32 = text[..digits].parse().ok()?;
    let unit = match &text[digits..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    count.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_math_is_seconds_around_the_alert() {
        assert_eq!(relative("now-48h/h"), Some(-172_800));
        assert_eq!(relative("now+15m"), Some(900));
        assert_eq!(relative("now"), Some(0));
        assert_eq!(relative("now/d"), Some(0));
        assert_eq!(relative("yesterday"), None);
        assert_eq!(duration("5m"), Some(300));
        assert_eq!(duration("5 parsecs"), None);
        assert_eq!(duration("99999999d"), None);
    }

    #[test]
    fn a_marker_without_its_table_stays_in_sight() {
        let (text, pivots) = resolve("See $investigate_4 and pay 5$!", &Transforms::default());
        assert_eq!(text, "See $investigate_4 and pay 5$!");
        assert!(pivots.is_empty());
    }

    #[test]
    fn a_group_that_excludes_is_left_out_whole() {
        let value = serde_json::json!({"providers": [[{"field": "a", "value": "1", "excluded": true}], [{"field": "b", "value": "2"}]]});
        assert_eq!(pivot(&value).any, [[("b".to_owned(), "2".to_owned())]]);
    }
}
