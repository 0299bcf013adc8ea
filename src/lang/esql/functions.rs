//! Functions of ES|QL, one file a family. Names are found in any letter case.
//!
//! Takes values, null being `None`; gives a value. A function over single values gives null for a field with several
//! (Elasticsearch adds a warning header); those of `list` see all of them. Meanings follow the ES|QL function reference
//! of Elasticsearch 9; a result that Elasticsearch refuses with a warning is null.

mod choice;
mod convert;
pub mod date;
mod geo;
mod json;
mod list;
mod net;
mod number;
mod text;
mod web;

use crate::event::Value;
use crate::lang::function::Function;
use crate::lang::ir::Number;
use crate::lang::ir::test::{number as read_number, with_text};

type Arguments<'a> = &'a [Option<Value>];
type Call = fn(Arguments<'_>) -> Option<Value>;

/// Most arguments of a function that takes any number.
const MANY: usize = 1000;

/// Longest text that a function makes, in bytes (`repeat` and `space` have this limit in Elasticsearch).
const MAX_TEXT: usize = 1 << 20;

/// What kind of value an expression gives, as far as the query tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Not known before an event is seen.
    Any,
    Text,
    Number,
    Bool,
    Date,
    Ip,
    Null,
}

/// A function and what the lowering must know of it.
#[derive(Debug)]
pub struct Known {
    pub function: Function,
    pub gives: Gives,
    /// Its result may be a list.
    pub lists: bool,
}

/// The kind of a function's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    Always(Kind),
    /// The kind of the argument at this place.
    Argument(usize),
}

/// A function over single values.
const fn single(name: &'static str, arguments: (usize, usize), gives: Kind, call: Call) -> Known {
    Known {
        function: Function {
            name,
            arguments,
            strict: true,
            call,
        },
        gives: Gives::Always(gives),
        lists: false,
    }
}

/// A function over all values of a field.
const fn whole(name: &'static str, arguments: (usize, usize), gives: Gives, call: Call) -> Known {
    Known {
        function: Function {
            name,
            arguments,
            strict: true,
            call,
        },
        gives,
        lists: true,
    }
}

/// A function over single values that may give several.
const fn spread(name: &'static str, arguments: (usize, usize), gives: Kind, call: Call) -> Known {
    whole(name, arguments, Gives::Always(gives), call)
}

/// A function that sees nulls.
const fn lax(name: &'static str, arguments: (usize, usize), gives: Gives, call: Call) -> Known {
    Known {
        function: Function {
            name,
            arguments,
            strict: false,
            call,
        },
        gives,
        lists: true,
    }
}

/// Functions of ES|QL that are known and not run.
pub const NOT_RUN: &[&str] = &[
    "bit_length",
    "categorize",
    "copy_sign",
    "date_extract",
    "date_format",
    "date_parse",
    "decay",
    "hash",
    "knn",
    "match_phrase",
    "md5",
    "mv_median_absolute_deviation",
    "mv_percentile",
    "mv_pseries_weighted_sum",
    "mv_zip",
    "qstr",
    "score",
    "sha1",
    "sha256",
    "st_contains",
    "st_disjoint",
    "st_intersects",
    "st_within",
    "term",
    "text_embedding",
    "to_aggregate_metric_double",
    "to_cartesianpoint",
    "to_geohash",
    "to_geoshape",
];

/// Every function, by family.
pub fn all() -> impl Iterator<Item = &'static Known> {
    [
        choice::FUNCTIONS,
        convert::FUNCTIONS,
        date::FUNCTIONS,
        geo::FUNCTIONS,
        json::FUNCTIONS,
        list::FUNCTIONS,
        net::FUNCTIONS,
        number::FUNCTIONS,
        text::FUNCTIONS,
        web::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
}

/// Returns the function called `name`, in small letters.
pub fn find(name: &str) -> Option<&'static Known> {
    all().find(|known| known.function.name == name)
}

/// Returns the function that `value::kind` stands for.
pub fn cast(kind: &str) -> Option<&'static Known> {
    find(match kind {
        "keyword" | "string" | "text" => "to_string",
        "int" | "integer" => "to_integer",
        "long" => "to_long",
        "unsigned_long" | "ul" => "to_unsigned_long",
        "double" => "to_double",
        "bool" | "boolean" => "to_boolean",
        "datetime" | "date" => "to_datetime",
        "ip" => "to_ip",
        "version" => "to_version",
        "geo_point" => "to_geopoint",
        _ => return None,
    })
}

/// A single value; a list of one is its element, a longer one is null.
static ONE: Function = Function {
    name: "(one)",
    arguments: (1, 1),
    strict: true,
    call: |a| one(a, 0).cloned(),
};

/// Returns the function that makes null of several values.
pub fn only() -> &'static Function {
    &ONE
}

fn one(arguments: Arguments<'_>, n: usize) -> Option<&Value> {
    match arguments.get(n)?.as_ref()? {
        Value::List(list) => match &**list {
            [single] => Some(single),
            _ => None,
        },
        single => Some(single),
    }
}

/// Every value of an argument.
fn many(arguments: Arguments<'_>, n: usize) -> Option<&[Value]> {
    Some(match arguments.get(n)?.as_ref()? {
        Value::List(list) => list,
        single => std::slice::from_ref(single),
    })
}

fn text(arguments: Arguments<'_>, n: usize) -> Option<String> {
    with_text(one(arguments, n)?, str::to_owned)
}

fn float(arguments: Arguments<'_>, n: usize) -> Option<f64> {
    read_number(one(arguments, n)?).map(Number::as_f64)
}

fn integer(arguments: Arguments<'_>, n: usize) -> Option<i64> {
    match read_number(one(arguments, n)?)? {
        Number::Int(integer) => Some(integer),
        Number::Float(float) => Some(float as i64),
    }
}

const fn from_number(number: Number) -> Value {
    match number {
        Number::Int(integer) => Value::Int(integer),
        Number::Float(float) => Value::Float(float),
    }
}

/// No number where there is none.
fn from_float(float: f64) -> Option<Value> {
    float.is_finite().then_some(Value::Float(float))
}

/// No element is null, one is itself.
fn from_list(mut values: Vec<Value>) -> Option<Value> {
    match values.len() {
        0 => None,
        1 => values.pop(),
        _ => Some(Value::List(values)),
    }
}

fn count(number: usize) -> Option<Value> {
    i64::try_from(number).ok().map(Value::Int)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_small_letters_and_unique() {
        let mut names: Vec<_> = all().map(|known| known.function.name).collect();
        names.extend(NOT_RUN);
        let total = names.len();
        assert!(names.iter().all(|name| *name == name.to_lowercase()));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), total);
    }

    #[test]
    fn several_values_are_no_single_one() {
        let list = Some(Value::from(vec!["a", "b"]));
        assert_eq!((only().call)(std::slice::from_ref(&list)), None);
        assert_eq!((find("to_upper").unwrap().function.call)(&[list]), None);
        let single = Some(Value::from(vec!["a"]));
        assert_eq!(
            (find("to_upper").unwrap().function.call)(&[single]),
            Some("A".into())
        );
    }
}

/// What the tests of the families share.
#[cfg(test)]
mod examples {
    use super::{Value, find};

    /// Calls `name` with JSON values; `null` is null.
    pub fn call(name: &str, arguments: serde_json::Value) -> serde_json::Value {
        let serde_json::Value::Array(arguments) = arguments else {
            panic!("arguments stand in a list");
        };
        let known = find(name).unwrap_or_else(|| panic!("{name}"));
        let (least, most) = known.function.arguments;
        assert!((least..=most).contains(&arguments.len()), "{name}");
        let arguments: Vec<_> = arguments.into_iter().map(Value::from_json).collect();
        if known.function.strict && arguments.contains(&None) {
            return serde_json::Value::Null;
        }
        (known.function.call)(&arguments).map_or(serde_json::Value::Null, |value| value.to_json())
    }

    /// Checks examples: function, arguments, result.
    pub fn check(examples: &[(&str, serde_json::Value, serde_json::Value)]) {
        for (name, arguments, result) in examples {
            assert_eq!(call(name, arguments.clone()), *result, "{name}{arguments}");
        }
    }
}
