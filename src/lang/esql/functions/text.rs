//! Texts. Lengths and places count characters.

use super::{
    Arguments, Gives, Kind, Known, MANY, MAX_TEXT, count, from_list, integer, many, one, single,
    spread, text, whole,
};
use crate::event::Value;
use crate::lang::esql::java;

pub const FUNCTIONS: &[Known] = &[
    single("byte_length", (1, 1), Kind::Number, |a| {
        count(text(a, 0)?.len())
    }),
    single("concat", (1, MANY), Kind::Text, |a| {
        let parts: Option<Vec<String>> = (0..a.len()).map(|n| text(a, n)).collect();
        bounded(parts?.concat())
    }),
    single("contains", (2, 2), Kind::Bool, |a| {
        Some(text(a, 0)?.contains(&text(a, 1)?).into())
    }),
    single("ends_with", (2, 2), Kind::Bool, |a| {
        Some(text(a, 0)?.ends_with(&text(a, 1)?).into())
    }),
    single("left", (2, 2), Kind::Text, |a| {
        let length = usize::try_from(integer(a, 1)?).unwrap_or(0);
        Some(text(a, 0)?.chars().take(length).collect::<String>().into())
    }),
    single("length", (1, 1), Kind::Number, |a| {
        count(text(a, 0)?.chars().count())
    }),
    single("locate", (2, 3), Kind::Number, locate),
    single("ltrim", (1, 1), Kind::Text, |a| {
        Some(text(a, 0)?.trim_start().into())
    }),
    single("repeat", (2, 2), Kind::Text, |a| {
        repeated(&text(a, 0)?, integer(a, 1)?)
    }),
    single("replace", (3, 3), Kind::Text, |a| {
        bounded(java::replace(&text(a, 0)?, &text(a, 1)?, &text(a, 2)?)?)
    }),
    single("reverse", (1, 1), Kind::Text, |a| {
        Some(text(a, 0)?.chars().rev().collect::<String>().into())
    }),
    single("right", (2, 2), Kind::Text, |a| {
        let text = text(a, 0)?;
        let length = usize::try_from(integer(a, 1)?).unwrap_or(0);
        let skip = text.chars().count().saturating_sub(length);
        Some(text.chars().skip(skip).collect::<String>().into())
    }),
    single("rtrim", (1, 1), Kind::Text, |a| {
        Some(text(a, 0)?.trim_end().into())
    }),
    single("space", (1, 1), Kind::Text, |a| {
        repeated(" ", integer(a, 0)?)
    }),
    spread("split", (2, 2), Kind::Text, |a| {
        let (text, by) = (text(a, 0)?, text(a, 1)?);
        if by.is_empty() {
            return None;
        }
        from_list(text.split(by.as_str()).map(Value::from).collect())
    }),
    single("starts_with", (2, 2), Kind::Bool, |a| {
        Some(text(a, 0)?.starts_with(&text(a, 1)?).into())
    }),
    single("substring", (2, 3), Kind::Text, substring),
    whole("to_lower", (1, 1), Gives::Always(Kind::Text), |a| {
        each(a, str::to_lowercase)
    }),
    whole("to_upper", (1, 1), Gives::Always(Kind::Text), |a| {
        each(a, str::to_uppercase)
    }),
    single("trim", (1, 1), Kind::Text, |a| {
        Some(text(a, 0)?.trim().into())
    }),
];

fn bounded(text: String) -> Option<Value> {
    (text.len() <= MAX_TEXT).then(|| text.into())
}

fn repeated(text: &str, times: i64) -> Option<Value> {
    let times = usize::try_from(times).ok()?;
    (text.len().checked_mul(times)? <= MAX_TEXT).then(|| text.repeat(times).into())
}

fn each(a: Arguments<'_>, change: fn(&str) -> String) -> Option<Value> {
    one(a, 0)?;
    let values = many(a, 0)?.iter();
    from_list(
        values
            .filter_map(|value| Some(change(value.as_str()?).into()))
            .collect(),
    )
}

/// `locate(text, part[, start])`: the first place, from 1; 0 when it is nowhere.
fn locate(a: Arguments<'_>) -> Option<Value> {
    let (text, part) = (text(a, 0)?, text(a, 1)?);
    let start = integer(a, 2).unwrap_or(1).max(1);
    let start = usize::try_from(start - 1).ok()?;
    let Some(from) = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .nth(start)
    else {
        return Some(Value::Int(0));
    };
    match text[from..].find(&part) {
        Some(at) => count(text[..from + at].chars().count() + 1),
        None => Some(Value::Int(0)),
    }
}

/// `substring(text, start[, length])`: from 1; a negative start counts from the end.
fn substring(a: Arguments<'_>) -> Option<Value> {
    let chars: Vec<char> = text(a, 0)?.chars().collect();
    let start = match integer(a, 1)? {
        start if start > 0 => usize::try_from(start - 1).ok()?,
        start => chars
            .len()
            .saturating_sub(usize::try_from(start.unsigned_abs()).ok()?),
    };
    let start = if integer(a, 1)? == 0 { 0 } else { start };
    let length = match a.get(2) {
        Some(_) => usize::try_from(integer(a, 2)?).ok()?,
        None => chars.len(),
    };
    Some(
        chars
            .iter()
            .skip(start)
            .take(length)
            .collect::<String>()
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::examples::check;
    use serde_json::json;

    #[test]
    fn texts() {
        check(&[
            ("byte_length", json!(["é"]), json!(2)),
            ("concat", json!(["a", 1, "c"]), json!("a1c")),
            ("concat", json!(["a", null]), json!(null)),
            ("concat", json!(["a", ["b", "c"]]), json!(null)),
            ("contains", json!(["hello", "ell"]), json!(true)),
            ("ends_with", json!(["a.exe", ".EXE"]), json!(false)),
            ("left", json!(["héllo", 2]), json!("hé")),
            ("length", json!(["🔥a"]), json!(2)),
            ("locate", json!(["hello", "l"]), json!(3)),
            ("locate", json!(["hello", "l", 4]), json!(4)),
            ("locate", json!(["hello", "x"]), json!(0)),
            ("locate", json!(["hé é", "é", 3]), json!(4)),
            ("ltrim", json!([" a "]), json!("a ")),
            ("repeat", json!(["ab", 2]), json!("abab")),
            ("repeat", json!(["ab", 10_000_000]), json!(null)),
            ("replace", json!(["a-b-c", "-", "+"]), json!("a+b+c")),
            ("replace", json!(["ab", "(a)(b)", "$2$1"]), json!("ba")),
            ("reverse", json!(["abc"]), json!("cba")),
            ("right", json!(["hello", 3]), json!("llo")),
            ("rtrim", json!([" a "]), json!(" a")),
            ("space", json!([3]), json!("   ")),
            ("space", json!([-1]), json!(null)),
            ("split", json!(["a b c", " "]), json!(["a", "b", "c"])),
            ("split", json!(["abc", " "]), json!("abc")),
            ("starts_with", json!(["-o", "-"]), json!(true)),
            ("substring", json!(["hello", 2]), json!("ello")),
            ("substring", json!(["hello", -3, 2]), json!("ll")),
            ("substring", json!(["hello", 0, 2]), json!("he")),
            ("substring", json!(["hello", -9]), json!("hello")),
            ("to_lower", json!(["ABÉ"]), json!("abé")),
            ("to_upper", json!(["abé"]), json!("ABÉ")),
            ("trim", json!([" a "]), json!("a")),
        ]);
    }
}
