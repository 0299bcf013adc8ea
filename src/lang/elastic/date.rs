//! Dates and date math (`now-1d/d`, `2024-01-01||+1M`), as Elasticsearch reads them in queries.
//!
//! Takes a text; gives a condition. `now` is the time of the event: a rule that runs as events arrive looks back from
//! there, and the same log gives the same alerts whenever it is read. Days, weeks and months are UTC's.

use jiff::Span as Length;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

use crate::event::{Time, Value};
use crate::lang::Span;
use crate::lang::function::Function;
use crate::lang::ir::test::{parse_time, time};
use crate::lang::ir::{Case, Comparison, Expr, Leaf, Lists, Pred, Test, Truth};
use crate::schema::FieldRef;

/// What `now` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The `@timestamp` of the event.
    Event,
    /// This moment.
    At(Time),
}

/// The last nanosecond of a millisecond, Elasticsearch's finest unit of time in a `date` field.
const LAST: i64 = 999_999;

/// A moment as a query writes it.
#[derive(Debug, Clone, PartialEq)]
struct Moment {
    anchor: Anchor,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
enum Anchor {
    Now,
    /// The first moment that the text can mean, and the unit that it leaves open.
    Fixed(Time, Option<Unit>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Add(i64, Unit),
    Round(Unit),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

/// Returns whether `text` is date math on `now`.
#[must_use]
pub fn is_math(text: &str) -> bool {
    let rest = text.strip_prefix("now");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '+', '/']))
}

/// Returns the condition that the field is within what `text` names: a day, when it names a day.
#[must_use]
pub fn equal(field: FieldRef, text: &str, clock: Clock, span: &Span) -> Option<Pred> {
    let from = range(field, Comparison::GreaterOrEqual, text, clock, span)?;
    let to = range(field, Comparison::LessOrEqual, text, clock, span)?;
    Some(Pred::all([from, to]))
}

/// Returns the condition that the field compares so with the moment; `None` when `text` is no moment.
#[must_use]
pub fn range(
    field: FieldRef,
    op: Comparison,
    text: &str,
    clock: Clock,
    span: &Span,
) -> Option<Pred> {
    let moment = Moment::parse(text)?;
    let now = match (&moment.anchor, clock) {
        (Anchor::Fixed(..), _) => Time(0),
        (Anchor::Now, Clock::At(now)) => now,
        (Anchor::Now, Clock::Event) => return Some(relative(field, op, text, span)),
    };
    let bound = moment.resolve(now, rounds_up(op))?;
    let test = Test::Time(op, bound);
    Some(Pred::Leaf(Leaf { field, test }, span.clone()))
}

/// `<` and `>=` mean the beginning of a unit, `<=` and `>` its end.
const fn rounds_up(op: Comparison) -> bool {
    matches!(op, Comparison::LessOrEqual | Comparison::Greater)
}

/// The comparison with a moment that each event's own time gives.
fn relative(field: FieldRef, op: Comparison, text: &str, span: &Span) -> Pred {
    let now = Expr::Field(super::field("@timestamp"));
    let bound = vec![now, Expr::Text(text.into()), Expr::Bool(rounds_up(op))];
    let expr = Expr::Compare(
        op,
        Case::Sensitive,
        Box::new(Expr::Call(&NANOS, vec![Expr::Field(field)])),
        Box::new(Expr::Call(&SHIFT, bound)),
    );
    let lists = Lists::Any;
    Pred::Truth(Truth { expr, lists }, span.clone())
}

/// A moment as a number that can be compared.
static NANOS: Function = Function {
    name: "moment",
    arguments: (1, 1),
    strict: true,
    call: |arguments| {
        let value = arguments.first()?.as_ref()?;
        time(value).map(|time| Value::Int(time.0))
    },
};

/// The moment that date math gives at another: (moment, text, whether to round up).
static SHIFT: Function = Function {
    name: "date math",
    arguments: (3, 3),
    strict: true,
    call: |arguments| {
        let [Some(now), Some(Value::Str(text)), Some(Value::Bool(up))] = arguments else {
            return None;
        };
        let bound = Moment::parse(text)?.resolve(time(now)?, *up)?;
        Some(Value::Int(bound.0))
    },
};

impl Moment {
    fn parse(text: &str) -> Option<Self> {
        let (anchor, steps) = if is_math(text) {
            (Anchor::Now, &text["now".len()..])
        } else if let Some((date, steps)) = text.split_once("||") {
            (fixed(date)?, steps)
        } else {
            (fixed(text)?, "")
        };
        let steps = read_steps(steps)?;
        Some(Self { anchor, steps })
    }

    fn resolve(&self, now: Time, up: bool) -> Option<Time> {
        let (start, open) = match self.anchor {
            Anchor::Now => (now, None),
            Anchor::Fixed(time, open) => (time, open),
        };
        let mut at = civil(start)?;
        let mut rounded = open;
        for step in &self.steps {
            match *step {
                Step::Add(count, unit) => {
                    rounded = None;
                    at = add(at, count, unit)?;
                }
                Step::Round(unit) => {
                    at = floor(at, unit)?;
                    rounded = Some(unit);
                    if up {
                        let next = instant(add(at, 1, unit)?)?;
                        at = civil(Time(next.0 - 1_000_000))?;
                    }
                }
            }
        }
        let exact = instant(at)?;
        Some(match rounded {
            Some(unit) if up && self.steps.is_empty() => Time(instant(add(at, 1, unit)?)?.0 - 1),
            Some(_) if up => Time(exact.0 + LAST),
            _ => exact,
        })
    }
}

fn civil(time: Time) -> Option<DateTime> {
    let stamp = jiff::Timestamp::from_nanosecond(i128::from(time.0)).ok()?;
    Some(TimeZone::UTC.to_datetime(stamp))
}

fn instant(at: DateTime) -> Option<Time> {
    let stamp = TimeZone::UTC.to_timestamp(at).ok()?;
    i64::try_from(stamp.as_nanosecond()).ok().map(Time)
}

fn add(at: DateTime, count: i64, unit: Unit) -> Option<DateTime> {
    let length = match unit {
        Unit::Year => Length::new().try_years(count),
        Unit::Month => Length::new().try_months(count),
        Unit::Week => Length::new().try_weeks(count),
        Unit::Day => Length::new().try_days(count),
        Unit::Hour => Length::new().try_hours(count),
        Unit::Minute => Length::new().try_minutes(count),
        Unit::Second => Length::new().try_seconds(count),
    };
    at.checked_add(length.ok()?).ok()
}

/// Returns the beginning of the unit; a week begins on Monday.
fn floor(at: DateTime, unit: Unit) -> Option<DateTime> {
    let day = at.date();
    let hour = |hour, minute, second| day.to_datetime(jiff::civil::time(hour, minute, second, 0));
    Some(match unit {
        Unit::Year => Date::new(at.year(), 1, 1).ok()?.into(),
        Unit::Month => day.first_of_month().into(),
        Unit::Week => {
            let back = day.weekday().since(Weekday::Monday);
            day.checked_sub(Length::new().days(i64::from(back)))
                .ok()?
                .into()
        }
        Unit::Day => day.into(),
        Unit::Hour => hour(at.hour(), 0, 0),
        Unit::Minute => hour(at.hour(), at.minute(), 0),
        Unit::Second => hour(at.hour(), at.minute(), at.second()),
    })
}

fn read_steps(mut text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while let Some(sign) = text.chars().next() {
        text = &text[sign.len_utf8()..];
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let count = match digits {
            0 => 1,
            _ => text[..digits].parse().ok()?,
        };
        text = &text[digits..];
        let letter = text.chars().next()?;
        let unit = unit(letter)?;
        text = &text[letter.len_utf8()..];
        steps.push(match sign {
            '+' => Step::Add(count, unit),
            '-' => Step::Add(-count, unit),
            '/' if digits == 0 => Step::Round(unit),
            _ => return None,
        });
    }
    Some(steps)
}

const fn unit(letter: char) -> Option<Unit> {
    Some(match letter {
        'y' => Unit::Year,
        'M' => Unit::Month,
        'w' => Unit::Week,
        'd' => Unit::Day,
        'h' | 'H' => Unit::Hour,
        'm' => Unit::Minute,
        's' => Unit::Second,
        _ => return None,
    })
}

/// Reads `strict_date_optional_time` or milliseconds since the epoch.
fn fixed(text: &str) -> Option<Anchor> {
    let text = text.trim();
    if text.len() > 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let millis: i64 = text.parse().ok()?;
        return Some(Anchor::Fixed(Time(millis.checked_mul(1_000_000)?), None));
    }
    let shape: String = text
        .chars()
        .map(|char| if char.is_ascii_digit() { '0' } else { char })
        .collect();
    let (whole, open) = match shape.as_str() {
        "0000" => (format!("{text}-01-01"), Some(Unit::Year)),
        "0000-00" => (format!("{text}-01"), Some(Unit::Month)),
        "0000-00-00" => (text.to_owned(), Some(Unit::Day)),
        "0000-00-00T00" => (format!("{text}:00"), Some(Unit::Hour)),
        "0000-00-00T00:00" => (text.to_owned(), Some(Unit::Minute)),
        "0000-00-00T00:00:00" => (text.to_owned(), Some(Unit::Second)),
        _ => (text.to_owned(), None),
    };
    parse_time(&whole).map(|time| Anchor::Fixed(time, open))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, now: &str, up: bool) -> String {
        let now = parse_time(now).unwrap();
        Moment::parse(text)
            .unwrap()
            .resolve(now, up)
            .unwrap()
            .to_rfc3339()
    }

    #[test]
    fn math_steps_and_rounds() {
        let now = "2024-03-31T12:34:56.789Z";
        for (text, up, expected) in [
            ("now", false, "2024-03-31T12:34:56.789Z"),
            ("now-1d", true, "2024-03-30T12:34:56.789Z"),
            ("now-1M", false, "2024-02-29T12:34:56.789Z"),
            ("now/d", false, "2024-03-31T00:00:00.000Z"),
            ("now-30d/d", false, "2024-03-01T00:00:00.000Z"),
            ("now/w", false, "2024-03-25T00:00:00.000Z"),
            ("now/y+1d", false, "2024-01-02T00:00:00.000Z"),
            ("now+d", false, "2024-04-01T12:34:56.789Z"),
            ("2024-01-15||/M", false, "2024-01-01T00:00:00.000Z"),
        ] {
            let expected = parse_time(expected).unwrap();
            let found = parse_time(&at(text, now, up)).unwrap();
            assert_eq!(found, expected, "{text}");
        }
        for (text, beginning) in [
            ("now/d", "2024-04-01T00:00:00Z"),
            ("2024-02", "2024-03-01T00:00:00Z"),
            ("2024-02-10T11", "2024-02-10T12:00:00Z"),
        ] {
            let next = parse_time(beginning).unwrap();
            let found = Moment::parse(text)
                .unwrap()
                .resolve(parse_time(now).unwrap(), true);
            assert_eq!(found, Some(Time(next.0 - 1)), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment() {
        for text in [
            "nowhere",
            "now-",
            "now-1x",
            "now/2d",
            "soon",
            "2024-13-01",
            "",
            "now--1d",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
        assert!(!is_math("nowhere") && is_math("now") && is_math("now/d"));
    }
}
