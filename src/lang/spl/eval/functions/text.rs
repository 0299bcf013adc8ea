//! Functions of texts.

use std::cell::RefCell;
use std::collections::HashMap;

use super::super::pcre;
use super::{Arguments, Function, strict, whole};
use crate::event::Value;
use crate::lang::ir::limit::first;
use crate::lang::ir::pattern::Piece;
use crate::lang::ir::test::with_text;
use crate::lang::ir::{Case, Pattern, Regex};

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
    strict("match", (2, 2), matches),
    strict("like", (2, 2), like),
    strict("tostring", (1, 2), to_string),
    strict("urldecode", (1, 1), |a| each(a, url_decode)),
];

/// `*` stands for any text, and letter case does not matter.
pub static WILDCARD: Function = strict("(wildcard)", (2, 2), |a| {
    let wanted = text(a, 1)?;
    let pieces = wanted.chars().map(|char| match char {
        '*' => Piece::Many,
        char => Piece::Char(char),
    });
    let pattern = Pattern::new(pieces, Case::Insensitive);
    let mut elements = a[0].as_ref()?.elements();
    let found = elements.any(|one| with_text(one, |text| pattern.fits(text)) == Some(true));
    Some(Value::Bool(found))
});

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
    static KEPT: RefCell<HashMap<String, Option<Regex>>> = RefCell::new(HashMap::new());
}

/// Calls `see` with the compiled expression, which is kept for the next call; `None` when it cannot be compiled.
pub fn with_regex<R>(source: &str, see: impl FnOnce(&Regex) -> R) -> Option<R> {
    KEPT.with_borrow_mut(|kept| {
        if !kept.contains_key(source) {
            if kept.len() >= MAX_KEPT {
                kept.clear();
            }
            let regex = Regex::compile_looking(&pcre::translate(source), Case::Sensitive).ok();
            kept.insert(source.to_owned(), regex);
        }
        kept.get(source)?.as_ref().map(see)
    })
}

/// `replace(text, regex, replacement)`: every match; `\1` stands for the first group.
fn replace(a: Arguments<'_>) -> Option<Value> {
    let (source, with) = (text(a, 1)?, text(a, 2)?);
    with_regex(&source, |regex| {
        each(a, |text| {
            let replaced = regex.replace(text, &with, None);
            if replaced.len() <= MAX_TEXT {
                return replaced;
            }
            first(replaced.chars(), MAX_TEXT).into_iter().collect()
        })
    })?
}

/// `match(text, regex)` with an expression that a row makes.
fn matches(a: Arguments<'_>) -> Option<Value> {
    let source = text(a, 1)?;
    with_regex(&source, |regex| {
        let mut elements = a[0].as_ref()?.elements();
        let found = elements.any(|one| with_text(one, |text| regex.matches(text)) == Some(true));
        Some(Value::Bool(found))
    })?
}

/// `like(text, pattern)` with a pattern that a row makes.
fn like(a: Arguments<'_>) -> Option<Value> {
    let pattern = text(a, 1)?;
    let pieces = pattern.chars().map(|char| match char {
        '%' => Piece::Many,
        '_' => Piece::One,
        char => Piece::Char(char),
    });
    let pattern = Pattern::new(pieces, Case::Sensitive);
    let mut elements = a[0].as_ref()?.elements();
    let found = elements.any(|one| with_text(one, |text| pattern.fits(text)) == Some(true));
    Some(Value::Bool(found))
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
