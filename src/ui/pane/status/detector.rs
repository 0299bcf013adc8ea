//! Who detects, in the line above: this process and how far behind it is, another one, one that is silent, or nobody.

use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{Piece, bytes, fit_end, span};
use crate::pipeline::live::Detecting;
use crate::ui::app::App;
use crate::ui::feed::Detector;
use crate::ui::theme::Role;

/// Columns from which there is room for whole sentences.
const WIDE: u16 = 140;

/// Columns from which there is room for more than the least.
const MIDDLE: u16 = 100;

/// Returns the parts that say it; what is wrong is among the last to be left out.
pub(super) fn pieces(app: &App, columns: u16) -> Vec<Piece> {
    match &app.progress.detector {
        Detector::Elsewhere(detecting) => vec![elsewhere(app, detecting, columns)],
        Detector::Starting if app.rules.is_pending() => vec![Piece::new(3, "loading rules ...")],
        Detector::Starting => vec![Piece::new(3, "starting")],
        Detector::Nobody => vec![Piece::new(1, "no one detects").role(Role::Bad)],
        Detector::Here if app.progress.held_up => {
            vec![Piece::new(1, "detection is held up").role(Role::Bad)]
        }
        Detector::Here => here(app),
    }
}

fn here(app: &App) -> Vec<Piece> {
    let progress = &app.progress;
    let mut pieces = vec![Piece::new(4, "detecting")];
    let said = match progress.lag {
        None if progress.caught_up => "up to date".to_owned(),
        None => return pieces,
        Some(lag) => {
            let lag = match lag.as_secs() {
                0..60 => format!("lag {:.1}s", lag.as_secs_f64()),
                seconds => format!("lag {}", span(seconds)),
            };
            // A backlog says itself how much is left.
            match progress.behind {
                0 => lag,
                _ if progress.backlog.is_some() => lag,
                behind => format!("{lag}, {} behind", bytes(behind)),
            }
        }
    };
    pieces.push(Piece::new(3, said));
    pieces
}

fn elsewhere(app: &App, detecting: &Detecting, columns: u16) -> Piece {
    let holder = &detecting.holder;
    let clean = |text: &str| app.ink().clean(text).into_owned();
    let name = match (holder.pid, columns >= WIDE) {
        (0, _) => "another process".to_owned(),
        (pid, false) => format!("pid {pid}"),
        (pid, true) => format!(
            "pid {pid} of {} on {}",
            clean(&holder.user),
            clean(&holder.host)
        ),
    };
    let now = SystemTime::UNIX_EPOCH + Duration::from_nanos(app.now.0.unsigned_abs());
    let roomy = columns >= MIDDLE;
    if let Some(seconds) = detecting.silent_for(now) {
        let said = if roomy {
            format!("{name} detects, has been silent for {}", span(seconds))
        } else {
            format!("{name} silent for {}", span(seconds))
        };
        return Piece::new(1, said).role(Role::Bad);
    }
    if detecting.unwatched.is_some() {
        let room = usize::from(columns / 4);
        let theirs = clean(&holder.watches);
        let said = if roomy {
            let theirs = fit_end(&theirs, room, app.ascii);
            format!("not watched; {name} watches {theirs}")
        } else {
            // The last name of the path tells most.
            let last = Path::new(&theirs).file_name();
            let last = last.map_or_else(|| theirs.clone(), |last| last.to_string_lossy().into());
            format!("not watched; {} is", fit_end(&last, room, app.ascii))
        };
        return Piece::new(1, said).role(Role::Bad);
    }
    Piece::new(3, format!("viewing; {name} detects"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::lock::Holder;
    use crate::ui::message::Message;
    use crate::ui::testing::Screen;

    fn top(columns: u16, detector: &Detector, held_up: bool) -> String {
        let mut screen = Screen::new(columns, 24);
        let mut progress = screen.app.progress.clone();
        progress.watched = "jump-01:/logs/b".into();
        progress.detector = detector.clone();
        progress.held_up = held_up;
        screen.take(Message::Progress(Box::new(progress)));
        screen.lines().remove(0)
    }

    fn other(silent: bool, unwatched: bool) -> Detector {
        let now = crate::ui::testing::START + 3_600_000_000_000;
        let since = Duration::from_nanos(now.unsigned_abs() - 40_000_000_000);
        Detector::Elsewhere(Box::new(Detecting {
            holder: Holder {
                pid: 812,
                user: "rui".into(),
                host: "jump-02".into(),
                watches: "/var/log/win\u{1b}logs".into(),
                ..Holder::default()
            },
            unwatched: unwatched.then(|| "/logs/b".into()),
            silent_since: silent.then(|| SystemTime::UNIX_EPOCH + since),
        }))
    }

    #[test]
    fn the_line_above_says_who_detects_at_every_width() {
        for (columns, detector, held_up, wanted) in [
            (80, Detector::Here, false, "detecting"),
            (80, Detector::Here, true, "detection is held up"),
            (80, Detector::Nobody, false, "no one detects"),
            (80, other(false, false), false, "viewing; pid 812 detects"),
            (
                160,
                other(false, false),
                false,
                "viewing; pid 812 of rui on jump-02 detects",
            ),
            (80, other(true, false), false, "pid 812 silent for 40s"),
            (
                120,
                other(true, false),
                false,
                "pid 812 detects, has been silent for 40s",
            ),
            (80, other(false, true), false, "not watched; win␛logs is"),
            (
                120,
                other(false, true),
                false,
                "not watched; pid 812 watches /var/log/win␛logs",
            ),
        ] {
            let said = top(columns, &detector, held_up);
            assert!(said.contains(wanted), "{columns}: {said}");
        }
    }
}
