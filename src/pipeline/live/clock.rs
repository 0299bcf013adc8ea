//! The time of the events: how far they have come, also while none arrives.

use std::time::Instant;

use crate::event::Time;

/// How much later than others an event may arrive and still be handled in its order, in nanoseconds. Windows event
/// forwarding hands on in batches of 30 s when it minimises latency.
pub(super) const LATENESS: i64 = 30_000_000_000;

/// Runs at the speed of the wall clock from the newest event on, whatever its time is: windows of logs that are years
/// old end as those of today.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock(Option<(Time, Instant)>);

impl Clock {
    /// An event of `time` was seen. One from the future counts as of now: a host whose clock is wrong must not make
    /// all others late.
    pub fn see(&mut self, time: Time, wall: Time, now: Instant) {
        let time = time.min(wall);
        if self.time(now).is_none_or(|reached| reached < time) {
            self.0 = Some((time, now));
        }
    }

    /// Returns how far the events have come; `None` before the first.
    pub fn time(&self, now: Instant) -> Option<Time> {
        let (newest, since) = self.0?;
        let elapsed = now.saturating_duration_since(since).as_nanos();
        let elapsed = i64::try_from(elapsed).unwrap_or(i64::MAX);
        Some(Time(newest.0.saturating_add(elapsed)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_follows_the_newest_event_at_the_speed_of_the_wall() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let (wall, second) = (Time(1_000_000_000_000), 1_000_000_000);
        let mut clock = Clock::default();
        assert_eq!(clock.time(start), None);
        clock.see(Time(100 * second), wall, start);
        clock.see(Time(90 * second), wall, start);
        assert_eq!(clock.time(start), Some(Time(100 * second)));
        assert_eq!(clock.time(after(60)), Some(Time(160 * second)));
        clock.see(Time(130 * second), wall, after(60));
        assert_eq!(
            clock.time(after(60)),
            Some(Time(160 * second)),
            "never back"
        );
        clock.see(Time(200 * second), wall, after(61));
        assert_eq!(clock.time(after(62)), Some(Time(201 * second)));
        clock.see(Time(i64::MAX), wall, after(62));
        assert_eq!(clock.time(after(62)), Some(wall), "not from the future");
    }
}
