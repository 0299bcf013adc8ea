//! Moments in the analyst's time zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::event::Time;

/// A moment cut into what the columns of a list show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moment {
    /// `2026-11-24`.
    pub date: String,
    /// `14:05:12`.
    pub clock: String,
}

/// Returns `time` in `zone`.
#[must_use]
pub fn moment(time: Time, zone: &TimeZone) -> Moment {
    let Ok(stamp) = Timestamp::from_nanosecond(i128::from(time.0)) else {
        return Moment::default();
    };
    let zoned = stamp.to_zoned(zone.clone());
    Moment {
        date: zoned.strftime("%Y-%m-%d").to_string(),
        clock: zoned.strftime("%H:%M:%S").to_string(),
    }
}

/// Returns `2026-11-24 14:05:12.345 UTC`.
#[must_use]
pub fn whole(time: Time, zone: &TimeZone) -> String {
    let Ok(stamp) = Timestamp::from_nanosecond(i128::from(time.0)) else {
        return String::new();
    };
    let zoned = stamp.to_zoned(zone.clone());
    zoned.strftime("%Y-%m-%d %H:%M:%S%.3f %Z").to_string()
}
