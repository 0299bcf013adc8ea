//! Functions of `eval` and `where`. Names are found in any letter case; null runs through most.
//!
//! Meanings follow Splunk's evaluation function reference.

mod choice;
mod list;
mod math;
mod text;
mod time;

use crate::event::Value;
use crate::lang::function::Function;
use crate::lang::ir::Number;
use crate::lang::ir::test::{number, with_text};

type Arguments<'a> = &'a [Option<Value>];
type Call = fn(Arguments<'_>) -> Option<Value>;

/// Most arguments of a function that takes any number.
const MANY: usize = 1000;

const fn strict(name: &'static str, arguments: (usize, usize), call: Call) -> Function {
    Function {
        name,
        arguments,
        strict: true,
        call,
    }
}

const fn lax(name: &'static str, arguments: (usize, usize), call: Call) -> Function {
    Function {
        name,
        arguments,
        strict: false,
        call,
    }
}

static NUMERIC: Function = strict("(numeric)", (1, 1), |a| {
    let value = a[0].as_ref()?;
    Some(number(value).map_or_else(|| value.clone(), from_number))
});

/// Known functions that are not run.
pub const NOT_RUN: [&str; 17] = [
    "random",
    "searchmatch",
    "spath",
    "printf",
    "commands",
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "json_extract",
    "json_object",
    "json_array",
    "json_keys",
    "json_set",
    "json_valid",
    "lookup",
    "tojson",
];

/// Functions that the compiler makes something else of.
const FORMS: [&str; 9] = [
    "true",
    "false",
    "null",
    "isnull",
    "isnotnull",
    "in",
    "now",
    "mvmap",
    "mvfilter",
];

/// Returns the names of all functions.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().map(|function| function.name).chain(FORMS)
}

fn all() -> impl Iterator<Item = &'static Function> {
    [
        choice::FUNCTIONS,
        text::FUNCTIONS,
        list::FUNCTIONS,
        math::FUNCTIONS,
        time::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
    .chain([&math::FLOOR, &choice::IF])
}

/// Returns the function called `name`, in small letters.
pub fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name == name)
}

/// Returns the function that makes a number of a text that spells one, and leaves everything else.
pub fn numeric() -> &'static Function {
    &NUMERIC
}

/// Returns the function that says whether a text fits another in which `*` stands for any text, letter case apart.
pub fn wildcard() -> &'static Function {
    &text::WILDCARD
}

/// Returns the function that splits a text at another; the third argument keeps empty parts (`makemv delim=`).
pub fn makes_list() -> &'static Function {
    &list::PARTS
}

/// Returns the function that gives what a regular expression finds in a text (`makemv tokenizer=`).
pub fn tokens() -> &'static Function {
    &list::TOKENS
}

/// Returns the function that measures how evenly a text's characters are spread (Shannon, in bits).
pub fn entropy() -> &'static Function {
    &math::ENTROPY
}

/// Returns the function that rounds down.
pub fn floor() -> &'static Function {
    &math::FLOOR
}

/// Returns the function that chooses by a condition.
pub fn choose() -> &'static Function {
    &choice::IF
}

fn text(arguments: Arguments<'_>, n: usize) -> Option<String> {
    with_text(arguments.get(n)?.as_ref()?, str::to_owned)
}

fn float(arguments: Arguments<'_>, n: usize) -> Option<f64> {
    number(arguments.get(n)?.as_ref()?).map(Number::as_f64)
}

fn whole(arguments: Arguments<'_>, n: usize) -> Option<i64> {
    float(arguments, n).map(|float| float as i64)
}

const fn from_number(number: Number) -> Value {
    match number {
        Number::Int(whole) => Value::Int(whole),
        Number::Float(float) => Value::Float(float),
    }
}

/// A float without a fraction is written without one.
fn from_float(float: f64) -> Option<Value> {
    if !float.is_finite() {
        return None;
    }
    Some(if float.fract() == 0.0 && float.abs() < 9e15 {
        Value::Int(float as i64)
    } else {
        Value::Float(float)
    })
}

/// No element is null, one is itself.
fn from_list(mut values: Vec<Value>) -> Option<Value> {
    match values.len() {
        0 => None,
        1 => values.pop(),
        _ => Some(Value::List(values)),
    }
}
