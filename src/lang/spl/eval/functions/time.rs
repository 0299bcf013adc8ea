//! Functions of times: seconds since the epoch, shown in UTC.

use std::fmt::Write;

use super::{Arguments, Function, float, from_float, strict, text};
use crate::event::Value;

pub static FUNCTIONS: &[Function] = &[
    strict("strftime", (2, 2), format),
    strict("strptime", (2, 2), parse),
];

fn format(a: Arguments<'_>) -> Option<Value> {
    let moment = jiff::Timestamp::from_microsecond((float(a, 0)? * 1e6).round() as i64).ok()?;
    let mut out = String::new();
    write!(out, "{}", moment.strftime(&text(a, 1)?)).ok()?;
    Some(out.into())
}

fn parse(a: Arguments<'_>) -> Option<Value> {
    let (moment, format) = (text(a, 0)?, text(a, 1)?);
    let broken = jiff::fmt::strtime::parse(&format, &moment).ok()?;
    let stamp = broken
        .to_timestamp()
        .or_else(|_| jiff::tz::TimeZone::UTC.to_timestamp(broken.to_datetime()?))
        .ok()?;
    from_float(stamp.as_microsecond() as f64 / 1e6)
}
