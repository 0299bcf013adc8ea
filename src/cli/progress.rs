//! The line that shows how far a scan is: on a terminal only, on standard error.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::pipeline::Totals;

/// Redrawn at most this often.
const PACE: Duration = Duration::from_millis(100);

/// A progress line, or nothing where standard error is no terminal.
#[derive(Debug)]
pub struct Progress {
    total: u64,
    started: Instant,
    drawn: Option<Instant>,
    shown: bool,
}

impl Progress {
    /// Starts a line for `total` bytes.
    #[must_use]
    pub fn start(total: u64) -> Self {
        Self {
            total,
            started: Instant::now(),
            drawn: None,
            shown: io::stderr().is_terminal(),
        }
    }

    /// Makes one that shows nothing.
    #[must_use]
    pub fn none() -> Self {
        Self {
            shown: false,
            ..Self::start(0)
        }
    }

    /// Shows `totals`.
    pub fn show(&mut self, totals: Totals) {
        if !self.shown || self.drawn.is_some_and(|drawn| drawn.elapsed() < PACE) {
            return;
        }
        self.drawn = Some(Instant::now());
        // Nobody can be told that standard error is gone.
        drop(write!(
            io::stderr(),
            "\r\x1b[K{}",
            line(totals, self.total, self.started.elapsed())
        ));
    }

    /// Takes the line away, before a message or at the end.
    pub fn clear(&mut self) {
        if self.drawn.take().is_some() {
            drop(write!(io::stderr(), "\r\x1b[K"));
        }
    }
}

fn line(totals: Totals, total: u64, took: Duration) -> String {
    let seconds = took.as_secs_f64().max(0.001);
    let share = if total == 0 {
        1.0
    } else {
        totals.bytes as f64 / total as f64
    };
    let left = if share > 0.0 {
        seconds / share - seconds
    } else {
        0.0
    };
    format!(
        "{:3.0} %  {} of {}  {:.0} events/s  {} left",
        share * 100.0,
        megabytes(totals.bytes),
        megabytes(total),
        totals.events as f64 / seconds,
        clock(left),
    )
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    format!("{}:{:02}", whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_share_speed_and_time_left() {
        let totals = Totals {
            bytes: 25_000_000,
            events: 50_000,
            ..Totals::default()
        };
        assert_eq!(
            line(totals, 100_000_000, Duration::from_secs(10)),
            " 25 %  25.0 MB of 100.0 MB  5000 events/s  0:30 left"
        );
        assert!(line(Totals::default(), 0, Duration::ZERO).starts_with("100 %"));
    }
}
