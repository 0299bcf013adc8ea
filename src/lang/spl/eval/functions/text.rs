//! Functions of texts.

use std::cell::RefCell;
use std::collections::HashMap;

use super::super::pcre;
use super::{Arguments, Function, strict, whole};
use crate::event::Value;
use crate::lang::ir::test::with_text;

/// Most regular expressions of `replace` that are kept compiled on a thread.
const MAX_KEPT: usize = 256;
/// Most characters of a text that is put together, so that a hostile value cannot grow without end.
const MAX_TEXT: usize = 1 << 20;

pub static FUNCTIONS: &[Function] = &[
    strict("len", (1, 1), |a| {
        i64::try_from(text(a, 0)?.chars().count())
            .ok()
            .map(Value::Int)
    }),
    strict("lower", (1, 1), |a| each(a, str::to_lowercase)),
    strict("upper", (1, 1), |a| each(a, str::to_uppercase)),
    strict("substr", (2, 3), substring),
    strict("trim", (1, 2), |a| trim(a, true, true)),
    strict("ltrim", (1, 2), |a| trim(a, true, false)),
    strict("rtrim", (1, 2), |a| trim(a, false, true)),
    strict("replace", (3, 3), replace),
    strict("tostring", (1, 2), to_string),
    strict("urldecode", (1, 1), |a| each(a, url_decode)),
];

use super::text;

/// Applies to a text, or to each of several.
fn each(a: Arguments<'_>, change: impl Fn(&str) -> String) -> Option<Value> {
    match a.first()?.as_ref()? {
        Value::List(values) => {
            let changed = values
                .iter()
                .filter_map(|value| with_text(value, |text| Value::from(change(text))));
            super::from_list(changed.collect())
        }
        value => with_text(value, |text| Value::from(change(text))),
    }
}

/// `substr(text, start[, length])`: positions count from 1, negative ones from the end.
fn substring(a: Arguments<'_>) -> Option<Value> {
    let chars: Vec<char> = text(a, 0)?.chars().collect();
    let start = whole(a, 1)?;
    let start = match usize::try_from(start) {
        Ok(start) => start.saturating_sub(1),
        Err(_) => chars
            .len()
            .saturating_sub(usize::try_from(start.unsigned_abs()).ok()?),
    };
    let length = if a.len() == 3 {
        usize::try_from(whole(a, 2)?).unwrap_or(0)
    } else {
        chars.len()
    };
    let part: String = chars.into_iter().skip(start).take(length).collect();
    Some(part.into())
}

fn trim(a: Arguments<'_>, left: bool, right: bool) -> Option<Value> {
    let set = if a.len() == 2 {
        text(a, 1)?
    } else {
        " \t".to_owned()
    };
    each(a, |text| {
        let mut text = text;
        if left {
            text = text.trim_start_matches(|char| set.contains(char));
        }
        if right {
            text = text.trim_end_matches(|char| set.contains(char));
        }
        text.to_owned()
    })
}

thread_local! {
    static KEPT: RefCell<HashMap<String, Option<regex::Regex>>> = RefCell::new(HashMap::new());
}

/// `replace(text, regex, replacement)`: every match; `\1` stands for the first group.
fn replace(a: Arguments<'_>) -> Option<Value> {
    let (source, replacement) = (text(a, 1)?, groups(&text(a, 2)?));
    KEPT.with_borrow_mut(|kept| {
        if !kept.contains_key(&source) {
            if kept.len() >= MAX_KEPT {
                kept.clear();
            }
            kept.insert(
                source.clone(),
                regex::Regex::new(&pcre::translate(&source)).ok(),
            );
        }
        let regex = kept.get(&source)?.as_ref()?;
        each(a, |text| {
            let replaced = regex.replace_all(text, replacement.as_str());
            replaced.chars().take(MAX_TEXT).collect()
        })
    })
}

/// Rewrites `\1` as the `regex` crate writes it.
pub fn groups(replacement: &str) -> String {
    let mut out = String::new();
    let mut chars = replacement.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '$' => out.push_str("$$"),
            '\\' => match chars.next_if(char::is_ascii_digit) {
                Some(digit) => out.push_str(&format!("${{{digit}}}")),
                None => out.push('\\'),
            },
            char => out.push(char),
        }
    }
    out
}

fn to_string(a: Arguments<'_>) -> Option<Value> {
    let plain = text(a, 0)?;
    if a.len() == 1 {
        let flag = matches!(a[0], Some(Value::Bool(_)));
        // Splunk writes `True` and `False`.
        return Some(match (flag, plain.as_str()) {
            (true, "true") => "True".into(),
            (true, _) => "False".into(),
            _ => plain.into(),
        });
    }
    let number = super::float(a, 0)?;
    match text(a, 1)?.as_str() {
        "hex" => Some(format!("0x{:X}", number as i64).into()),
        "duration" => {
            let seconds = number as i64;
            Some(
                format!(
                    "{:02}:{:02}:{:02}",
                    seconds / 3600,
                    seconds / 60 % 60,
                    seconds % 60
                )
                .into(),
            )
        }
        "commas" => Some(commas(number).into()),
        _ => None,
    }
}

fn commas(number: f64) -> String {
    let shown = if number.fract() == 0.0 {
        format!("{number:.0}")
    } else {
        format!("{number:.2}")
    };
    let (whole, fraction) = shown
        .split_once('.')
        .map_or((shown.as_str(), None), |(w, f)| (w, Some(f)));
    let (sign, digits) = whole
        .strip_prefix('-')
        .map_or(("", whole), |rest| ("-", rest));
    let mut out = String::from(sign);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    match fraction {
        Some(fraction) => out + "." + fraction,
        None => out,
    }
}

fn url_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = match tail {
            [a, b, ..] if *first == b'%' => {
                char::from(*a).to_digit(16).zip(char::from(*b).to_digit(16))
            }
            _ => None,
        };
        if let Some((high, low)) = hex {
            bytes.push((high * 16 + low) as u8);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
