//! A moment, in nanoseconds since 1970-01-01T00:00:00Z.
//!
//! Takes the spellings that logs use: RFC 3339 with 0 to 9 (or more) digits of a second and `Z`, an offset or nothing
//! (UTC); a blank instead of the `T`, as Sysmon's `UtcTime`; whole seconds or milliseconds since the epoch.

use std::fmt::Write as _;

use jiff::civil::{Date, DateTime, Time as Clock};
use jiff::tz::Offset;

/// Nanoseconds since the Unix epoch; covers 1677 to 2262.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub i64);

/// Epoch numbers at or above this count milliseconds, below it seconds (year 5138 in seconds, 1973 in milliseconds).
const FIRST_MILLIS: i64 = 100_000_000_000;

impl Time {
    /// Returns whole milliseconds since the epoch, rounded down.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Returns whole seconds since the epoch, rounded down.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }

    /// Returns the moment `millis` milliseconds after the epoch, unless it lies outside 1677 to 2262.
    #[must_use]
    pub fn from_millis(millis: i64) -> Option<Self> {
        millis.checked_mul(1_000_000).map(Self)
    }

    /// Returns the moment that an epoch number names: milliseconds, or seconds when it is too small for that.
    #[must_use]
    pub fn from_epoch(number: i64) -> Option<Self> {
        if number.abs() >= FIRST_MILLIS {
            Self::from_millis(number)
        } else {
            number.checked_mul(1_000_000_000).map(Self)
        }
    }

    /// Returns the moment that `text` spells, or `None` when it spells none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(number) = text.parse() {
            return Self::from_epoch(number);
        }
        let bytes = text.as_bytes();
        if bytes.len() < 19 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        if !matches!(bytes[10], b'T' | b't' | b' ') || bytes[13] != b':' || bytes[16] != b':' {
            return None;
        }
        let part = |from: usize, to: usize| digits(&bytes[from..to]);
        let year = i16::try_from(part(0, 4)?).ok()?;
        let date = Date::new(year, small(part(5, 7)?)?, small(part(8, 10)?)?).ok()?;
        let (fraction, rest) = fraction(&bytes[19..])?;
        // A leap second reads as the second before it: no log orders events inside one.
        let second = small(part(17, 19)?)?.min(59);
        let clock = Clock::new(
            small(part(11, 13)?)?,
            small(part(14, 16)?)?,
            second,
            fraction,
        );
        let moment = offset(rest)?.to_timestamp(DateTime::from_parts(date, clock.ok()?));
        i64::try_from(moment.ok()?.as_nanosecond()).ok().map(Self)
    }

    /// Returns the moment as RFC 3339 in UTC; the fraction has as many digits as it needs, at most 9.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let fraction = self.0.rem_euclid(1_000_000_000);
        let mut text = self.to_second();
        if fraction != 0 {
            let nanos = format!("{fraction:09}");
            text.push('.');
            text.push_str(nanos.trim_end_matches('0'));
        }
        text.push('Z');
        text
    }

    /// Returns the moment as RFC 3339 in UTC with exactly three digits: how Elasticsearch's date processor writes it.
    #[must_use]
    pub fn to_rfc3339_millis(self) -> String {
        let mut text = self.to_second();
        // Writing to a String cannot fail.
        let _ = write!(text, ".{:03}Z", self.millis().rem_euclid(1000));
        text
    }

    /// Returns the moment as Sysmon writes it in `UtcTime`: `2026-11-24 00:10:04.123`.
    #[must_use]
    pub fn to_sysmon(self) -> String {
        let text = self.to_rfc3339_millis();
        text.trim_end_matches('Z').replacen('T', " ", 1)
    }

    fn to_second(self) -> String {
        jiff::Timestamp::from_second(self.seconds())
            .map(|at| Offset::UTC.to_datetime(at))
            .map(|at| {
                format!(
                    "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
                    at.year(),
                    at.month(),
                    at.day(),
                    at.hour(),
                    at.minute(),
                    at.second()
                )
            })
            .unwrap_or_default()
    }
}

fn digits(bytes: &[u8]) -> Option<i32> {
    bytes.iter().try_fold(0_i32, |sum, byte| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + i32::from(byte - b'0'))
    })
}

fn small(number: i32) -> Option<i8> {
    i8::try_from(number).ok()
}

/// Reads `.fff...`; digits after the ninth are dropped. Returns nanoseconds and what follows.
fn fraction(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let Some((b'.' | b',', rest)) = bytes.split_first() else {
        return Some((0, bytes));
    };
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let kept = digits(&rest[..length.min(9)])?;
    let missing = 9 - u32::try_from(length.min(9)).ok()?;
    Some((kept * 10_i32.pow(missing), &rest[length..]))
}

/// Reads `Z`, `UTC`, `+hh:mm`, `+hhmm`, `+hh` or nothing.
fn offset(bytes: &[u8]) -> Option<Offset> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    if text.is_empty()
        || ["z", "utc"]
            .iter()
            .any(|utc| text.eq_ignore_ascii_case(utc))
    {
        return Some(Offset::UTC);
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let plain: Vec<u8> = text.bytes().skip(1).filter(|byte| *byte != b':').collect();
    let (hours, minutes) = match plain.len() {
        2 => (digits(&plain)?, 0),
        4 => (digits(&plain[..2])?, digits(&plain[2..])?),
        _ => return None,
    };
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_of_one_moment_is_equal() {
        let moment = Time(1_603_852_766_374_000_000);
        for text in [
            "2020-10-28T02:39:26.374Z",
            "2020-10-28 02:39:26.374",
            "2020-10-28T02:39:26.374000000+00:00",
            "2020-10-28T02:39:26.3740000000000Z",
            "2020-10-28T04:39:26.374+0200",
            "2020-10-28 02:39:26.374 UTC",
            "1603852766374",
        ] {
            assert_eq!(Time::parse(text), Some(moment), "{text}");
        }
        assert_eq!(moment.to_rfc3339(), "2020-10-28T02:39:26.374Z");
    }

    #[test]
    fn nonsense_is_no_moment() {
        for text in [
            "",
            "-",
            "2020-13-01T00:00:00Z",
            "2020-10-28T25:00:00",
            "9999-01-01T00:00:00Z",
        ] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
        assert_eq!(Time::parse("ééééééééééééééééééééé"), None);
    }

    #[test]
    fn the_fraction_is_as_long_as_needed_or_three_digits() {
        let moment = Time::parse("2019-11-07T15:22:57.6553291Z").unwrap();
        assert_eq!(moment.to_rfc3339(), "2019-11-07T15:22:57.6553291Z");
        assert_eq!(moment.to_rfc3339_millis(), "2019-11-07T15:22:57.655Z");
        assert_eq!(Time(0).to_rfc3339(), "1970-01-01T00:00:00Z");
    }

    proptest! {
        #[test]
        fn writing_and_reading_gives_the_same_moment(nanos in any::<i64>()) {
            prop_assert_eq!(Time::parse(&Time(nanos).to_rfc3339()), Some(Time(nanos)));
        }

        #[test]
        fn no_text_makes_it_fail(text in ".*") {
            let _ = Time::parse(&text);
        }
    }
}
