//! What the workbench sends over a slow line: nothing while idle but the clock, little for a key.

use crate::session::{Session, contains, watchglass};
use crate::stage::{Stage, registry_event};

/// Most bytes of the clock's tick, the frame's brackets included.
const TICK: usize = 100;

/// Most bytes of a move of the cursor at 200x60, with the event and the guide of another alert.
const MOVE: usize = 1200;

/// Ends every frame.
const FRAME_END: &[u8] = b"\x1b[?2026l";

fn frames(bytes: &[u8]) -> usize {
    bytes
        .windows(FRAME_END.len())
        .filter(|window| *window == FRAME_END)
        .count()
}

/// Opens the workbench on forty alerts and waits until the first is shown.
fn open(stage: &Stage, size: (u16, u16)) -> Session {
    let events: Vec<String> = (1..=40)
        .map(|number| registry_event(&format!("WS-{number:03}"), number))
        .collect();
    stage.feed("forty.xml", events.concat().as_bytes());
    let mut command = watchglass(&stage.home());
    command.args(stage.arguments());
    let session = Session::start(command, size);
    session.wait_for("40 open");
    session.wait_for("process.executable");
    settle(&session);
    session
}

/// Waits until a clock's tick comes alone: everything else has been drawn.
fn settle(session: &Session) {
    loop {
        let mark = session.count();
        session.wait_bytes(mark, FRAME_END);
        if session.count() - mark <= TICK {
            return;
        }
    }
}

#[test]
fn idle_sends_the_clock_and_nothing_else() {
    for size in [(80, 24), (200, 60)] {
        let stage = Stage::new();
        let session = open(&stage, size);
        let mark = session.count();
        let clock = |session: &Session| {
            let text = session.text();
            text.lines()
                .next()
                .unwrap_or_default()
                .trim_end()
                .to_owned()
        };
        // Four different clocks: three whole seconds between the first and the last.
        let mut clocks = vec![clock(&session)];
        while clocks.len() < 4 {
            let last = clocks.last().unwrap().clone();
            session.wait("the clock moves", |screen| {
                screen
                    .contents()
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .trim_end()
                    != last
            });
            clocks.push(clock(&session));
        }
        let sent = session.bytes()[mark..].to_vec();
        let frames = frames(&sent);
        assert!(frames <= 4, "{frames} frames in three seconds at {size:?}");
        assert!(
            sent.len() <= frames * TICK,
            "{} B in {frames} frames",
            sent.len()
        );
    }
}

#[test]
fn a_move_of_the_cursor_costs_little_at_200x60() {
    let stage = Stage::new();
    let mut session = open(&stage, (200, 60));
    let mut worst = 0;
    for number in (35..40).rev() {
        settle(&session);
        let mark = session.count();
        session.press("j");
        let host = format!("WS-{number:03}");
        session.wait("the cursor and the event have moved", |screen| {
            let text = screen.contents();
            text.lines()
                .any(|line| line.starts_with('▌') && line.contains(&host))
                && text.matches(&host).count() >= 2
        });
        settle(&session);
        worst = worst.max(session.count() - mark);
    }
    // A tick or two of the clock are in it.
    assert!(worst <= MOVE + 2 * TICK, "a move cost {worst} B");
}

#[test]
fn the_terminal_is_asked_nothing() {
    let stage = Stage::new();
    let mut session = open(&stage, (80, 24));
    session.resize((120, 40));
    session.wait_for("TECHNIQUES");
    session.press("<c-l>");
    settle(&session);
    let sent = session.bytes();
    for question in [
        &b"\x1b[6n"[..],
        b"\x1b[c",
        b"\x1b[>c",
        b"\x1b]10;?",
        b"\x1b]11;?",
        b"\x1b[18t",
    ] {
        assert!(
            !contains(&sent, question),
            "{:?}",
            String::from_utf8_lossy(question)
        );
    }
}
