//! Whether the detecting process is at work: for how long its lock has shown no sign of it.
//!
//! Takes what the lock says, time after time; gives since when the holder is silent. On the holder's own machine the
//! time of its last sign tells; a clock of another machine may be wrong, so there only the signs are watched for.

use std::time::{Duration, Instant, SystemTime};

use super::Holder;

/// How often a process that detects shows that it is at work.
pub const BEAT: Duration = Duration::from_secs(2);

/// No sign for so long is silence: a slow disk or a busy machine takes some of it.
const SILENCE: Duration = Duration::from_secs(10);

/// The last sign, and when it was seen for the first time.
#[derive(Debug, Default)]
pub struct Pulse(Option<Sign>);

#[derive(Debug, Clone, Copy)]
struct Sign {
    beat: SystemTime,
    /// By this process's own clocks.
    seen: (Instant, SystemTime),
}

impl Pulse {
    /// Takes what the lock says at `now`, which is `wall` by the clock on the wall; returns since when the holder has
    /// been silent, `None` while it is at work.
    pub fn silent_since(
        &mut self,
        holder: &Holder,
        (now, wall): (Instant, SystemTime),
    ) -> Option<SystemTime> {
        let beat = holder.beat?;
        let sign = match self.0 {
            Some(known) if known.beat == beat => known,
            _ => Sign {
                beat,
                seen: (now, wall),
            },
        };
        self.0 = Some(sign);
        let (first, at) = sign.seen;
        if holder.is_here() {
            let age = wall.duration_since(beat).unwrap_or_default();
            return (age >= SILENCE).then_some(beat);
        }
        (now.saturating_duration_since(first) >= SILENCE).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(host: &str, beat: SystemTime) -> Holder {
        Holder {
            pid: 7,
            host: host.to_owned(),
            beat: Some(beat),
            ..Holder::default()
        }
    }

    #[test]
    fn here_the_last_sign_tells_at_once() {
        let (now, wall) = (Instant::now(), SystemTime::now());
        let here = Holder::this_process(std::path::Path::new("/")).host;
        let mut pulse = Pulse::default();
        let fresh = holder(&here, wall - BEAT);
        assert_eq!(pulse.silent_since(&fresh, (now, wall)), None);
        let old = wall - Duration::from_secs(40);
        let silent = holder(&here, old);
        assert_eq!(
            Pulse::default().silent_since(&silent, (now, wall)),
            Some(old)
        );
        assert_eq!(pulse.silent_since(&fresh, (now, wall)), None);
    }

    #[test]
    fn of_another_machine_only_the_signs_count_whatever_its_clock_says() {
        let (now, wall) = (Instant::now(), SystemTime::now());
        let wrong = wall - Duration::from_secs(86_400);
        let mut pulse = Pulse::default();
        let mut at = |seconds: u64, beat| {
            let after = Duration::from_secs(seconds);
            let silent =
                pulse.silent_since(&holder("elsewhere", beat), (now + after, wall + after));
            silent.map(|since| since.duration_since(wall).unwrap().as_secs())
        };
        assert_eq!(at(0, wrong), None);
        assert_eq!(at(9, wrong), None);
        assert_eq!(at(12, wrong), Some(0), "since it was first seen");
        assert_eq!(at(13, wrong + BEAT), None, "at work again");
        assert_eq!(at(22, wrong + BEAT), None);
        assert_eq!(at(23, wrong + BEAT), Some(13));
    }
}
