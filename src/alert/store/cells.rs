//! The columns of a grouped search's row, as they are kept and as they merge.
//!
//! Takes each new event's [`Share`]; gives the row over all events, the same in whatever order they came.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::engine::{Column, Merge, Share};
use crate::event::Value;

/// How many distinct values `values()` keeps (the smallest ones, so order of arrival does not matter); more
/// than an analyst reads, and a row of a noisy rule stays small enough to be rewritten with each event.
const VALUES_KEPT: usize = 500;

/// A column as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Cell {
    #[serde(rename = "n")]
    pub name: String,
    #[serde(rename = "v")]
    value: serde_json::Value,
    #[serde(rename = "m", with = "MergeDef")]
    merge: Merge,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    time_format: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Merge")]
enum MergeDef {
    #[serde(rename = "k")]
    Key,
    #[serde(rename = "s")]
    Sum,
    #[serde(rename = "i")]
    Min,
    #[serde(rename = "a")]
    Max,
    #[serde(rename = "v")]
    Values,
    #[serde(rename = "d")]
    Distinct,
    #[serde(rename = "l")]
    Latest,
    #[serde(rename = "e")]
    Earliest,
    #[serde(rename = "r")]
    Set,
}

impl Cell {
    fn new(column: &Column, value: &Value) -> Self {
        let mut value = plain(value);
        if matches!(column.merge, Merge::Values | Merge::Distinct) {
            value = union(serde_json::Value::Array(Vec::new()), value);
        }
        Self {
            name: column.name.clone(),
            value,
            merge: column.merge,
            time_format: column.time_format.clone(),
        }
    }

    fn join(&mut self, column: &Column, value: &Value) {
        self.time_format.clone_from(&column.time_format);
        // A key is equal in all its events.
        if self.merge == Merge::Key {
            return;
        }
        let (mine, other) = (self.value.take(), plain(value));
        self.value = match self.merge {
            Merge::Key => mine,
            Merge::Set => other,
            Merge::Sum => sum(&mine, &other),
            Merge::Min => pick(mine, other, Ordering::Less),
            Merge::Max => pick(mine, other, Ordering::Greater),
            Merge::Latest => timed(mine, other, Ordering::Greater),
            Merge::Earliest => timed(mine, other, Ordering::Less),
            Merge::Values | Merge::Distinct => union(mine, other),
        };
    }

    /// Returns the value as a person reads it; several values stand on a line each.
    pub fn shown(&self) -> String {
        if self.merge == Merge::Distinct {
            let values = self.value.as_array().map_or(0, Vec::len);
            return if values > VALUES_KEPT {
                format!("{VALUES_KEPT}+")
            } else {
                values.to_string()
            };
        }
        if let (Merge::Values, Some(values)) = (self.merge, self.value.as_array())
            && values.len() > VALUES_KEPT
        {
            let first: Vec<String> = values.iter().take(VALUES_KEPT).map(shown).collect();
            return format!("{}\nand more than these {VALUES_KEPT}", first.join("\n"));
        }
        let value = match self.merge {
            Merge::Latest | Merge::Earliest => self.value.get(1).unwrap_or(&self.value),
            _ => &self.value,
        };
        let time = self.time_format.as_deref().and_then(|format| {
            let seconds = value.as_f64()?;
            shown_time(value, seconds, format)
        });
        time.unwrap_or_else(|| shown(value))
    }
}

/// Adds one event's share to the row so far.
pub(super) fn join(cells: &mut Vec<Cell>, row: &Share) {
    for (column, value) in row.columns() {
        match cells.iter_mut().find(|cell| cell.name == column.name) {
            Some(cell) => cell.join(column, value),
            None => cells.push(Cell::new(column, value)),
        }
    }
}

/// `convert ctime`: seconds since the epoch in `format`, in UTC so that every analyst reads the same.
fn shown_time(value: &serde_json::Value, seconds: f64, format: &str) -> Option<String> {
    let moment = match value.as_i64() {
        Some(whole) => jiff::Timestamp::from_second(whole).ok()?,
        None => jiff::Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()?,
    };
    let mut text = String::new();
    std::fmt::Write::write_fmt(&mut text, format_args!("{}", moment.strftime(format))).ok()?;
    Some(text)
}

fn shown(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

/// Returns `value` as JSON; a float that JSON cannot hold becomes null.
pub(super) fn plain(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(flag) => (*flag).into(),
        Value::Int(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Str(text) => (&**text).into(),
        Value::List(values) => values.iter().map(plain).collect(),
        Value::Object(members) => serde_json::Value::Object(
            members
                .iter()
                .map(|(name, value)| (name.to_string(), plain(value)))
                .collect(),
        ),
    }
}

fn sum(mine: &serde_json::Value, other: &serde_json::Value) -> serde_json::Value {
    match (mine.as_i64(), other.as_i64()) {
        (Some(a), Some(b)) => a.saturating_add(b).into(),
        _ => (mine.as_f64().unwrap_or(0.0) + other.as_f64().unwrap_or(0.0)).into(),
    }
}

fn pick(mine: serde_json::Value, other: serde_json::Value, wanted: Ordering) -> serde_json::Value {
    if mine.is_null() || order(&other, &mine) == wanted && !other.is_null() {
        other
    } else {
        mine
    }
}

/// Of two lists of time and value the one whose time is `wanted`; of equal times the greater value, so that the order
/// of arrival does not matter.
fn timed(mine: serde_json::Value, other: serde_json::Value, wanted: Ordering) -> serde_json::Value {
    let time = |value: &serde_json::Value| value.get(0).and_then(serde_json::Value::as_i64);
    let chosen = match time(&other).cmp(&time(&mine)) {
        Ordering::Equal => shown(&other) > shown(&mine),
        order => order == wanted,
    };
    if chosen { other } else { mine }
}

/// Splunk's order of `min`, `max` and `values`: numbers as numbers, all else as text.
fn order(a: &serde_json::Value, b: &serde_json::Value) -> Ordering {
    match (a.as_i64(), b.as_i64(), a.as_f64(), b.as_f64()) {
        (Some(a), Some(b), ..) => a.cmp(&b),
        (.., Some(a), Some(b)) => a.total_cmp(&b),
        _ => shown(a).cmp(&shown(b)),
    }
}

fn union(mine: serde_json::Value, other: serde_json::Value) -> serde_json::Value {
    let mut values = match mine {
        serde_json::Value::Array(values) => values,
        single => vec![single],
    };
    let added = match other {
        serde_json::Value::Array(values) => values,
        serde_json::Value::Null => Vec::new(),
        single => vec![single],
    };
    for value in added {
        // `values()` is lexicographic, numbers included.
        let text = shown(&value);
        if let Err(at) = values.binary_search_by(|known| shown(known).cmp(&text)) {
            values.insert(at, value);
        }
    }
    // One more tells that there are more.
    values.truncate(VALUES_KEPT + 1);
    serde_json::Value::Array(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Row;

    fn merged(merge: Merge, values: &[Value]) -> String {
        let mut cells = Vec::new();
        for value in values {
            let column = Column {
                name: "x".to_owned(),
                value: value.clone(),
                merge,
                time_format: None,
            };
            let columns = vec![column];
            join(&mut cells, &Row { columns }.into());
        }
        cells[0].shown()
    }

    #[test]
    fn shares_merge_in_any_order() {
        let texts =
            |texts: &[&str]| Value::List(texts.iter().map(|text| Value::from(*text)).collect());
        let timed = |time: i64, text: &str| Value::List(vec![Value::Int(time), text.into()]);
        let cases = [
            (Merge::Distinct, texts(&["a", "b"]), texts(&["b", "c"]), "3"),
            (Merge::Distinct, texts(&["a"]), texts(&[]), "1"),
            (Merge::Latest, timed(1, "z"), timed(2, "a"), "a"),
            (Merge::Latest, timed(2, "z"), timed(2, "a"), "z"),
            (Merge::Earliest, timed(1, "z"), timed(2, "a"), "z"),
        ];
        for (merge, one, other, expected) in cases {
            assert_eq!(merged(merge, &[one.clone(), other.clone()]), expected);
            assert_eq!(merged(merge, &[other, one]), expected);
        }
    }

    #[test]
    fn values_past_the_most_that_are_kept_are_said() {
        let texts = |count: usize| -> Vec<Value> {
            let texts = (0..count).map(|n| Value::from(format!("v{n:04}")));
            texts.collect()
        };
        let at_most = merged(Merge::Values, &texts(VALUES_KEPT));
        assert_eq!(at_most.lines().count(), VALUES_KEPT);
        let more = merged(Merge::Values, &texts(VALUES_KEPT + 2));
        assert_eq!(more, format!("{at_most}\nand more than these 500"));
        assert_eq!(merged(Merge::Distinct, &texts(VALUES_KEPT)), "500");
        assert_eq!(merged(Merge::Distinct, &texts(VALUES_KEPT + 2)), "500+");
    }
}
