//! Functions of fields with several values.

use super::text::with_regex;
use super::{Arguments, Function, MANY, from_list, lax, strict, text, whole};
use crate::event::Value;
use crate::lang::ir::limit::first;
use crate::lang::ir::test::with_text;

/// Most values of a list that a function makes.
const MAX_VALUES: usize = 10_000;

/// `makemv`: the parts of a text between a delimiter; empty ones only when the third argument says so.
pub static PARTS: Function = strict("(parts)", (3, 3), |a| {
    let (whole, at) = (text(a, 0)?, text(a, 1)?);
    let empty = a[2] == Some(Value::Bool(true));
    if at.is_empty() {
        return Some(whole.into());
    }
    let parts = whole.split(at.as_str());
    let parts = parts.filter(|part| empty || !part.is_empty());
    from_list(first(parts.map(Value::from), MAX_VALUES))
});

/// `makemv`: the first group of each match, or the match where there is no group.
pub static TOKENS: Function = strict("(tokens)", (2, 2), |a| {
    let whole = text(a, 0)?;
    let found = with_regex(&text(a, 1)?, |regex| {
        regex.first_groups(&whole, MAX_VALUES + 1)
    })?;
    from_list(first(found.into_iter().map(Value::from), MAX_VALUES))
});

pub static FUNCTIONS: &[Function] = &[
    strict("mvreverse", (1, 1), |a| {
        let mut values: Vec<Value> = a[0].as_ref()?.elements().cloned().collect();
        values.reverse();
        from_list(values)
    }),
    lax("mvcount", (1, 1), |a| {
        let count = a[0].as_ref()?.elements().len();
        i64::try_from(count)
            .ok()
            .filter(|count| *count > 0)
            .map(Value::Int)
    }),
    strict("mvindex", (2, 3), index),
    strict("mvjoin", (2, 2), |a| {
        let between = text(a, 1)?;
        let parts: Vec<String> = texts(a, 0)?;
        Some(parts.join(&between).into())
    }),
    lax("mvappend", (1, MANY), |a| {
        let all = a.iter().flatten().flat_map(Value::elements);
        from_list(first(all.cloned(), MAX_VALUES))
    }),
    strict("mvdedup", (1, 1), |a| {
        let mut kept: Vec<Value> = Vec::new();
        for value in a[0].as_ref()?.elements() {
            if !kept.contains(value) {
                kept.push(value.clone());
            }
        }
        from_list(kept)
    }),
    strict("mvsort", (1, 1), |a| {
        let mut sorted = texts(a, 0)?;
        sorted.sort();
        from_list(sorted.into_iter().map(Value::from).collect())
    }),
    strict("mvfind", (2, 2), |a| {
        let source = text(a, 1)?;
        let texts = texts(a, 0)?;
        let at = with_regex(&source, |regex| {
            texts.iter().position(|text| regex.matches(text))
        })??;
        i64::try_from(at).ok().map(Value::Int)
    }),
    strict("mvrange", (2, 3), range),
    strict("mvzip", (2, 3), zip),
    strict("split", (2, 2), |a| {
        let (whole, at) = (text(a, 0)?, text(a, 1)?);
        from_list(if at.is_empty() {
            first(
                whole.chars().map(|char| char.to_string().into()),
                MAX_VALUES,
            )
        } else {
            first(whole.split(at.as_str()).map(Value::from), MAX_VALUES)
        })
    }),
];

fn texts(a: Arguments<'_>, n: usize) -> Option<Vec<String>> {
    let elements = a.get(n)?.as_ref()?.elements();
    Some(
        elements
            .filter_map(|value| with_text(value, str::to_owned))
            .collect(),
    )
}

/// `mvrange(start, end[, step])`: numbers from the start up to the end, which is left out.
fn range(a: Arguments<'_>) -> Option<Value> {
    let (start, end) = (whole(a, 0)?, whole(a, 1)?);
    let step = if a.len() == 3 { whole(a, 2)? } else { 1 };
    let step = usize::try_from(step).ok().filter(|step| *step > 0)?;
    let numbers = (start..end).step_by(step).map(Value::Int);
    from_list(first(numbers, MAX_VALUES))
}

/// `mvzip(left, right[, between])`: pairs as one text each.
fn zip(a: Arguments<'_>) -> Option<Value> {
    let between = if a.len() == 3 {
        text(a, 2)?
    } else {
        ",".to_owned()
    };
    let (left, right) = (texts(a, 0)?, texts(a, 1)?);
    let pairs = left.into_iter().zip(right);
    from_list(
        pairs
            .map(|(left, right)| Value::from(left + &between + &right))
            .collect(),
    )
}

/// `mvindex(list, start[, end])`: positions count from 0, negative ones from the end, `end` included.
fn index(a: Arguments<'_>) -> Option<Value> {
    let values: Vec<&Value> = a[0].as_ref()?.elements().collect();
    let length = i64::try_from(values.len()).ok()?;
    let place = |position: i64| {
        if position < 0 {
            position + length
        } else {
            position
        }
    };
    let start = place(whole(a, 1)?);
    let end = if a.len() == 3 {
        place(whole(a, 2)?)
    } else {
        start
    };
    if start < 0 || start > end || start >= length {
        return None;
    }
    let (start, end) = (
        usize::try_from(start).ok()?,
        usize::try_from(end.min(length - 1)).ok()?,
    );
    from_list(
        values[start..=end]
            .iter()
            .map(|value| (*value).clone())
            .collect(),
    )
}
