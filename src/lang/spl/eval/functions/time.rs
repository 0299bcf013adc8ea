//! Functions of times: seconds since the epoch, shown in UTC.

use std::fmt::Write;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::{Arguments, Function, float, from_float, strict, text};
use crate::event::Value;

pub static FUNCTIONS: &[Function] = &[
    strict("strftime", (2, 2), format),
    strict("strptime", (2, 2), parse),
    strict("relative_time", (2, 2), relative),
];

fn format(a: Arguments<'_>) -> Option<Value> {
    let moment = Timestamp::from_microsecond((float(a, 0)? * 1e6).round() as i64).ok()?;
    let mut out = String::new();
    write!(out, "{}", moment.strftime(&text(a, 1)?)).ok()?;
    Some(out.into())
}

fn parse(a: Arguments<'_>) -> Option<Value> {
    let (moment, format) = (text(a, 0)?, text(a, 1)?);
    let broken = jiff::fmt::strtime::parse(&format, &moment).ok()?;
    let stamp = broken
        .to_timestamp()
        .or_else(|_| TimeZone::UTC.to_timestamp(broken.to_datetime()?))
        .ok()?;
    from_float(stamp.as_microsecond() as f64 / 1e6)
}

/// `relative_time(time, modifiers)`: moves like `-1d`, `+2h`, and `@d`, which goes back to the start of the unit.
fn relative(a: Arguments<'_>) -> Option<Value> {
    let moment = Timestamp::from_microsecond((float(a, 0)? * 1e6).round() as i64).ok()?;
    let mut moment = TimeZone::UTC.to_datetime(moment);
    let modifiers = text(a, 1)?;
    let mut rest = modifiers.trim();
    while let Some(sign) = rest.chars().next() {
        let body = &rest[sign.len_utf8()..];
        let end = body.find(['+', '-', '@']).unwrap_or(body.len());
        let (part, behind) = body.split_at(end);
        rest = behind;
        moment = match sign {
            '+' => moment.checked_add(length(part)?).ok()?,
            '-' => moment.checked_sub(length(part)?).ok()?,
            '@' => start(&moment, part)?,
            _ => return None,
        };
    }
    let moment = TimeZone::UTC.to_timestamp(moment).ok()?;
    from_float(moment.as_microsecond() as f64 / 1e6)
}

fn length(part: &str) -> Option<Span> {
    let digits = part.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = part.split_at(digits);
    let count: i64 = if count.is_empty() {
        1
    } else {
        count.parse().ok()?
    };
    // Bounded, since a span that is too long would panic.
    let count = Some(count).filter(|count| *count < 1_000_000)?;
    let span = match unit {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => Span::new().try_seconds(count),
        "m" | "min" | "mins" | "minute" | "minutes" => Span::new().try_minutes(count),
        "h" | "hr" | "hrs" | "hour" | "hours" => Span::new().try_hours(count),
        "d" | "day" | "days" => Span::new().try_days(count),
        "w" | "week" | "weeks" => Span::new().try_weeks(count),
        "mon" | "month" | "months" => Span::new().try_months(count),
        "q" | "qtr" | "quarter" => Span::new().try_months(count * 3),
        "y" | "yr" | "yrs" | "year" | "years" => Span::new().try_years(count),
        _ => return None,
    };
    span.ok()
}

fn start(moment: &DateTime, unit: &str) -> Option<DateTime> {
    let seconds = |length: i64| {
        let moment = TimeZone::UTC.to_timestamp(*moment).ok()?;
        let second = moment.as_second().div_euclid(length) * length;
        Some(TimeZone::UTC.to_datetime(Timestamp::from_second(second).ok()?))
    };
    match unit {
        "s" | "sec" | "second" => seconds(1),
        "m" | "min" | "minute" => seconds(60),
        "h" | "hr" | "hour" => seconds(3_600),
        "d" | "day" => seconds(86_400),
        // A week starts on Sunday, and `w1` on Monday.
        week if week.starts_with('w') => {
            let digits = week.trim_start_matches(|char: char| !char.is_ascii_digit());
            let first: i64 = digits.parse().unwrap_or(0);
            let today = i64::from(moment.weekday().to_sunday_zero_offset());
            let back = (today - first).rem_euclid(7);
            seconds(86_400)?
                .checked_sub(SignedDuration::from_hours(24 * back))
                .ok()
        }
        "mon" | "month" => first_day(moment, moment.month()),
        "q" | "qtr" | "quarter" => first_day(moment, (moment.month() - 1) / 3 * 3 + 1),
        "y" | "yr" | "year" => first_day(moment, 1),
        _ => None,
    }
}

fn first_day(moment: &DateTime, month: i8) -> Option<DateTime> {
    DateTime::new(moment.year(), month, 1, 0, 0, 0, 0).ok()
}
