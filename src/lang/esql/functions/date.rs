//! Moments and spans of time. A moment is text: ISO 8601 in UTC with milliseconds, so that texts sort as moments do.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Unit};

use super::{Arguments, Call, Gives, Kind, Known, integer, one, single, text, whole};
use crate::event::Value;
use crate::lang::esql::parser::unit;
use crate::lang::function::Function;
use crate::lang::ir::test::time;

pub const FUNCTIONS: &[Known] = &[
    single("date_trunc", (3, 3), Kind::Date, date_trunc),
    single("date_diff", (3, 3), Kind::Number, date_diff),
];

const fn helper(name: &'static str, arguments: (usize, usize), call: Call) -> Known {
    whole(name, arguments, Gives::Always(Kind::Date), call)
}

static NORMAL: Known = helper("(date)", (1, 1), |a| match a.first()?.as_ref()? {
    Value::List(list) => super::from_list(list.iter().filter_map(normal).collect()),
    value => normal(value),
});

static MILLIS: Known = helper("(milliseconds)", (1, 1), |a| {
    millis(one(a, 0)?).map(Value::Int)
});

static MOMENT: Known = helper("(moment)", (1, 1), |a| {
    from_millis(integer(a, 0)?.checked_mul(1_000)?)
});

static ADD: Known = helper("(date add)", (3, 3), add);

/// Returns the function that writes a moment as this module does.
pub fn as_date() -> &'static Function {
    &NORMAL.function
}

/// Returns the function that counts a moment's milliseconds since 1970.
pub fn as_millis() -> &'static Function {
    &MILLIS.function
}

/// Returns the function that takes seconds since 1970.
pub fn from_seconds() -> &'static Function {
    &MOMENT.function
}

/// Returns the function of a moment, a number and a unit that adds so many of them.
pub fn plus() -> &'static Function {
    &ADD.function
}

/// Returns milliseconds since 1970.
pub fn millis(value: &Value) -> Option<i64> {
    time(value).map(|time| time.0.div_euclid(1_000_000))
}

/// Returns the moment as text.
pub fn normal(value: &Value) -> Option<Value> {
    from_millis(millis(value)?)
}

/// Returns the moment so many milliseconds after 1970 as text.
pub fn from_millis(millis: i64) -> Option<Value> {
    let stamp = Timestamp::from_millisecond(millis).ok()?;
    Some(format!("{stamp:.3}").into())
}

fn moment(a: Arguments<'_>, n: usize) -> Option<DateTime> {
    let stamp = Timestamp::from_millisecond(millis(one(a, n)?)?).ok()?;
    Some(TimeZone::UTC.to_datetime(stamp))
}

fn written(moment: DateTime) -> Option<Value> {
    let stamp = TimeZone::UTC.to_timestamp(moment).ok()?;
    from_millis(stamp.as_millisecond())
}

/// Milliseconds of a unit of fixed length.
fn fixed(unit: &str) -> Option<i64> {
    Some(match unit {
        "millisecond" => 1,
        "second" => 1_000,
        "minute" => 60_000,
        "hour" => 3_600_000,
        "day" => 86_400_000,
        "week" => 604_800_000,
        _ => return None,
    })
}

fn add(a: Arguments<'_>) -> Option<Value> {
    let (count, name) = (integer(a, 1)?, text(a, 2)?);
    if let Some(length) = fixed(&name) {
        return from_millis(millis(one(a, 0)?)?.checked_add(count.checked_mul(length)?)?);
    }
    let span = match &*name {
        "month" => Span::new().try_months(count),
        "quarter" => Span::new().try_months(count.checked_mul(3)?),
        _ => Span::new().try_years(count),
    };
    written(moment(a, 0)?.checked_add(span.ok()?).ok()?)
}

/// `date_trunc(count, unit, moment)`: the start of the interval that the moment is in. Weeks begin on Monday; fixed
/// lengths count from 1970, as Elasticsearch's roundings do.
fn date_trunc(a: Arguments<'_>) -> Option<Value> {
    let (count, name) = (integer(a, 0)?.max(1), text(a, 1)?);
    if let Some(length) = fixed(&name) {
        let length = length.checked_mul(count)?;
        // 1970 began on a Thursday: the Monday before is where weeks are counted from.
        let origin = if name == "week" { -3 * 86_400_000 } else { 0 };
        let at = millis(one(a, 2)?)? - origin;
        return from_millis(at.div_euclid(length) * length + origin);
    }
    let months = count.checked_mul(match &*name {
        "month" => 1,
        "quarter" => 3,
        _ => 12,
    })?;
    let date = moment(a, 2)?.date();
    let month = i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
    let month = month.div_euclid(months) * months;
    let year = i16::try_from(month.div_euclid(12)).ok()?;
    let month = i8::try_from(month.rem_euclid(12) + 1).ok()?;
    let start = Date::new(year, month, 1).ok()?;
    written(start.at(0, 0, 0, 0))
}

/// `date_diff(unit, start, end)`: whole units from the one to the other.
fn date_diff(a: Arguments<'_>) -> Option<Value> {
    let name = text(a, 0)?;
    let name = abbreviation(&name).or_else(|| unit(&name)).unwrap_or(&name);
    let (start, end) = (millis(one(a, 1)?)?, millis(one(a, 2)?)?);
    let difference = end.checked_sub(start)?;
    let unit = match name.trim_end_matches('s') {
        "microsecond" => return difference.checked_mul(1_000).map(Value::Int),
        "nanosecond" => return difference.checked_mul(1_000_000).map(Value::Int),
        "month" => 1,
        "quarter" => 3,
        "year" => 12,
        name => return Some(Value::Int(difference / fixed(unit(name)?)?)),
    };
    let (start, end) = (moment(a, 1)?, moment(a, 2)?);
    let months = start.until((Unit::Month, end)).ok()?.get_months();
    Some(Value::Int(i64::from(months) / unit))
}

/// Short names that only `date_diff` knows; `m` is a month there and a minute in a span.
fn abbreviation(name: &str) -> Option<&'static str> {
    Some(match name {
        "yyyy" | "yy" => "year",
        "qq" | "q" => "quarter",
        "mm" | "m" => "month",
        "dd" | "d" | "dy" | "dayofyear" | "y" => "day",
        "wk" | "ww" => "week",
        "hh" => "hour",
        "mi" | "n" => "minute",
        "ss" | "s" => "second",
        "mcs" => "microsecond",
        "ns" => "nanosecond",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::examples::check;
    use super::{Value, plus as plus_function};
    use serde_json::json;

    #[test]
    fn moments() {
        let at = "2023-10-23T13:55:01.543Z";
        check(&[
            (
                "date_trunc",
                json!([60, "second", at]),
                json!("2023-10-23T13:55:00.000Z"),
            ),
            (
                "date_trunc",
                json!([30, "minute", at]),
                json!("2023-10-23T13:30:00.000Z"),
            ),
            (
                "date_trunc",
                json!([1, "week", at]),
                json!("2023-10-23T00:00:00.000Z"),
            ),
            (
                "date_trunc",
                json!([1, "month", at]),
                json!("2023-10-01T00:00:00.000Z"),
            ),
            (
                "date_trunc",
                json!([1, "quarter", "2023-12-31"]),
                json!("2023-10-01T00:00:00.000Z"),
            ),
            (
                "date_trunc",
                json!([1, "year", at]),
                json!("2023-01-01T00:00:00.000Z"),
            ),
            (
                "date_diff",
                json!(["minute", "2023-10-23T13:00:00Z", "2023-10-23T13:02:59Z"]),
                json!(2),
            ),
            (
                "date_diff",
                json!(["seconds", "2023-10-23T13:00:10Z", "2023-10-23T13:00:00Z"]),
                json!(-10),
            ),
            (
                "date_diff",
                json!([
                    "microseconds",
                    "2023-12-02T11:00:00.000Z",
                    "2023-12-02T11:00:00.001Z"
                ]),
                json!(1000),
            ),
            (
                "date_diff",
                json!(["year", "2023-12-31", "2024-12-30"]),
                json!(0),
            ),
            (
                "date_diff",
                json!(["month", "2023-10-31", "2023-12-31"]),
                json!(2),
            ),
            ("date_diff", json!(["minute", "soon", at]), json!(null)),
        ]);
    }

    #[test]
    fn spans_are_added() {
        let plus = |count: i64, unit: &str| {
            let arguments = [
                Some("2024-01-31T00:00:00Z".into()),
                Some(Value::Int(count)),
                Some(unit.into()),
            ];
            (plus_function().call)(&arguments)
                .unwrap()
                .text()
                .into_owned()
        };
        assert_eq!(plus(-1, "hour"), "2024-01-30T23:00:00.000Z");
        assert_eq!(plus(1, "month"), "2024-02-29T00:00:00.000Z");
        assert_eq!(plus(1, "year"), "2025-01-31T00:00:00.000Z");
    }
}
