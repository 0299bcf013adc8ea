//! When the next frame is drawn.

use std::time::{Duration, Instant};

/// Shortest time between two frames for keys: 60 a second. A frame that came by itself holds no key back.
const KEYS: Duration = Duration::from_millis(16);

/// Shortest time between frames while alerts pour in: 10 a second.
const LIVE: Duration = Duration::from_millis(100);

/// A write that blocks longer than this means a slow line: the live rate is halved, down to one frame a second.
const SLOW: Duration = Duration::from_millis(50);

/// Longest wait when nothing is due.
const IDLE: Duration = Duration::from_secs(1);

/// Decides when to draw.
#[derive(Debug)]
pub struct Pace {
    last: Instant,
    last_for_key: Instant,
    /// The next frame answers the analyst.
    for_key: bool,
    due: Option<Instant>,
    live: Duration,
}

impl Pace {
    pub fn new() -> Self {
        let now = Instant::now();
        Self {
            last: now,
            last_for_key: now,
            for_key: false,
            due: None,
            live: LIVE,
        }
    }

    /// Something answers the analyst.
    pub fn key(&mut self) {
        self.for_key = true;
        self.by(self.last_for_key + KEYS);
    }

    /// What the analyst asked for is there. Its frame holds no key back: who types a filter presses the next letter
    /// just when the list for the last one comes.
    pub fn answer(&mut self) {
        self.by(self.last + KEYS);
    }

    /// Something changed by itself.
    pub fn live(&mut self) {
        self.by(self.last + self.live);
    }

    fn by(&mut self, at: Instant) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    pub fn is_due(&self) -> bool {
        self.due.is_some_and(|due| due <= Instant::now())
    }

    /// A frame was drawn, and its write took `write`.
    pub fn drawn(&mut self, write: Duration) {
        self.last = Instant::now();
        if std::mem::take(&mut self.for_key) {
            self.last_for_key = self.last;
        }
        self.due = None;
        self.live = if write > SLOW {
            (self.live * 2).min(IDLE)
        } else {
            LIVE.max(self.live / 2)
        };
    }

    pub fn wait(&self) -> Duration {
        self.due
            .map_or(IDLE, |due| due.saturating_duration_since(Instant::now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_before_what_is_live_and_a_slow_line_is_spared() {
        let mut pace = Pace::new();
        assert!(!pace.is_due());
        pace.live();
        assert!(pace.wait() > KEYS);
        pace.key();
        assert!(pace.wait() <= KEYS);
        pace.drawn(Duration::from_millis(80));
        pace.live();
        assert!(pace.wait() > LIVE);
    }

    #[test]
    fn a_frame_that_came_by_itself_holds_no_key_back() {
        let mut pace = Pace::new();
        pace.key();
        std::thread::sleep(KEYS);
        pace.drawn(Duration::ZERO);
        std::thread::sleep(KEYS);
        pace.drawn(Duration::ZERO);
        pace.key();
        assert!(pace.is_due());
        pace.drawn(Duration::ZERO);
        pace.key();
        assert!(!pace.is_due(), "keys come 60 times a second at most");
        std::thread::sleep(KEYS);
        pace.drawn(Duration::ZERO);
        pace.answer();
        assert!(!pace.is_due(), "so do answers");
        std::thread::sleep(KEYS);
        pace.drawn(Duration::ZERO);
        pace.key();
        assert!(pace.is_due(), "an answer held the key back");
    }
}
