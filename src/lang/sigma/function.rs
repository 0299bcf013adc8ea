//! What expressions call: where one field's value stands in another's, and the parts of a moment.

use super::item::{Part, Position};
use crate::event::Value;
use crate::lang::function::Function;
use crate::lang::ir::Case;
use crate::lang::ir::test::{time, with_text};

type Arguments<'a> = &'a [Option<Value>];

const fn function(
    name: &'static str,
    count: usize,
    call: fn(Arguments<'_>) -> Option<Value>,
) -> Function {
    Function {
        name,
        arguments: (count, count),
        strict: true,
        call,
    }
}

static STARTS: Function = function("startswith", 2, |a| {
    compare(a, Case::Insensitive, |a, b| a.starts_with(b))
});
static STARTS_CASED: Function = function("startswith|cased", 2, |a| {
    compare(a, Case::Sensitive, |a, b| a.starts_with(b))
});
static ENDS: Function = function("endswith", 2, |a| {
    compare(a, Case::Insensitive, |a, b| a.ends_with(b))
});
static ENDS_CASED: Function = function("endswith|cased", 2, |a| {
    compare(a, Case::Sensitive, |a, b| a.ends_with(b))
});
static CONTAINS: Function = function("contains", 2, |a| {
    compare(a, Case::Insensitive, |a, b| a.contains(b))
});
static CONTAINS_CASED: Function = function("contains|cased", 2, |a| {
    compare(a, Case::Sensitive, |a, b| a.contains(b))
});

static MINUTE: Function = function("minute", 1, |a| moment(a, |at| at.minute().into()));
static HOUR: Function = function("hour", 1, |a| moment(a, |at| at.hour().into()));
static DAY: Function = function("day", 1, |a| moment(a, |at| at.day().into()));
static WEEK: Function = function("week", 1, |a| {
    moment(a, |at| at.date().iso_week_date().week().into())
});
static MONTH: Function = function("month", 1, |a| moment(a, |at| at.month().into()));
static YEAR: Function = function("year", 1, |a| moment(a, |at| at.year().into()));

/// Returns the function for a place; `None` for the whole, which is a plain comparison.
#[must_use]
pub const fn position(position: Position, case: Case) -> Option<&'static Function> {
    Some(match (position, case) {
        (Position::Whole, _) => return None,
        (Position::Start, Case::Insensitive) => &STARTS,
        (Position::Start, Case::Sensitive) => &STARTS_CASED,
        (Position::End, Case::Insensitive) => &ENDS,
        (Position::End, Case::Sensitive) => &ENDS_CASED,
        (Position::Anywhere, Case::Insensitive) => &CONTAINS,
        (Position::Anywhere, Case::Sensitive) => &CONTAINS_CASED,
    })
}

/// Returns the function for a part of a moment.
#[must_use]
pub const fn part(part: Part) -> &'static Function {
    match part {
        Part::Minute => &MINUTE,
        Part::Hour => &HOUR,
        Part::Day => &DAY,
        Part::Week => &WEEK,
        Part::Month => &MONTH,
        Part::Year => &YEAR,
    }
}

/// An empty value stands nowhere: it would stand everywhere.
fn compare(arguments: Arguments<'_>, case: Case, holds: fn(&str, &str) -> bool) -> Option<Value> {
    let text = |n: usize| with_text(arguments.get(n)?.as_ref()?, |text| case.fold_text(text));
    let (whole, part) = (text(0)?, text(1)?);
    Some(Value::Bool(!part.is_empty() && holds(&whole, &part)))
}

fn moment(arguments: Arguments<'_>, part: fn(jiff::civil::DateTime) -> i64) -> Option<Value> {
    let time = time(arguments.first()?.as_ref()?)?;
    let stamp = jiff::Timestamp::from_nanosecond(time.0.into()).ok()?;
    Some(Value::Int(part(jiff::tz::TimeZone::UTC.to_datetime(stamp))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(function: &Function, arguments: &[&str]) -> Option<Value> {
        let values: Vec<_> = arguments
            .iter()
            .map(|text| Some(Value::from(*text)))
            .collect();
        (function.call)(&values)
    }

    #[test]
    fn parts_of_a_moment() {
        let at = |part| call(super::part(part), &["2026-11-24 23:59:58.123"]);
        assert_eq!(at(Part::Minute), Some(Value::Int(59)));
        assert_eq!(at(Part::Hour), Some(Value::Int(23)));
        assert_eq!(at(Part::Day), Some(Value::Int(24)));
        assert_eq!(at(Part::Week), Some(Value::Int(48)));
        assert_eq!(at(Part::Month), Some(Value::Int(11)));
        assert_eq!(at(Part::Year), Some(Value::Int(2026)));
        assert_eq!(call(&HOUR, &["yesterday"]), None);
        assert_eq!(
            call(&HOUR, &["2026-11-24T23:30:00+02:00"]),
            Some(Value::Int(21))
        );
    }

    #[test]
    fn places_of_a_value() {
        let yes = Some(Value::Bool(true));
        let at = |place, case, a, b| call(position(place, case).unwrap(), &[a, b]);
        assert_eq!(at(Position::Start, Case::Insensitive, "ABc", "ab"), yes);
        assert_ne!(at(Position::Start, Case::Sensitive, "ABc", "ab"), yes);
        assert_eq!(at(Position::End, Case::Insensitive, "abC", "Bc"), yes);
        assert_eq!(at(Position::Anywhere, Case::Sensitive, "abc", "b"), yes);
        assert_ne!(at(Position::Anywhere, Case::Insensitive, "abc", ""), yes);
        assert!(position(Position::Whole, Case::Sensitive).is_none());
    }
}
