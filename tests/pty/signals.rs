//! What the system does to the program: stops it, ends it, takes its terminal away.

use std::time::Duration;

use portable_pty::CommandBuilder;
use rustix::process::Signal;

use crate::session::{Session, plain, watchglass};
use crate::stage::{Stage, registry_event};

/// The promise is a second; a busy machine gets one more to notice.
const GONE: Duration = Duration::from_secs(2);

fn stage() -> Stage {
    let stage = Stage::new();
    stage.feed("one.xml", registry_event("WS-001", 1).as_bytes());
    stage
}

fn open(stage: &Stage) -> Session {
    let mut command = watchglass(&stage.home());
    command.args(stage.arguments());
    let session = Session::start(command, (80, 24));
    session.wait_for("1 open");
    session
}

#[test]
fn a_closed_terminal_ends_it_within_a_second() {
    let stage = stage();
    let mut session = open(&stage);
    session.hang_up();
    session.end(GONE);
}

#[test]
fn sighup_ends_it_and_restores_a_terminal_that_is_still_there() {
    let stage = stage();
    let mut session = open(&stage);
    session.signal(Signal::HUP);
    session.end(GONE);
    session.assert_restored();
}

#[test]
fn sigterm_restores_the_terminal_with_the_mouse_on() {
    let stage = stage();
    let mut session = open(&stage);
    session.press("m");
    session.wait("the mouse is captured", |screen| {
        screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None
    });
    session.signal(Signal::TERM);
    session.end(GONE);
    session.assert_restored();
}

#[test]
fn a_terminal_that_no_longer_reads_holds_no_end_up() {
    for signal in [Signal::TERM, Signal::HUP] {
        let stage = stage();
        let mut session = open(&stage);
        session.stop_reading();
        // Whole screens, more than a terminal keeps for its reader.
        for round in 0..40 {
            session.resize((200 - round % 2, 60));
            std::thread::sleep(Duration::from_millis(40));
        }
        session.signal(signal);
        session.end(GONE);
        // What was kept is sound, and nobody holds it.
        assert_eq!(stage.alerts().len(), 1);
    }
}

#[test]
fn the_mouse_is_off_until_asked_for() {
    let stage = stage();
    let session = open(&stage);
    session.look(|screen| {
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert!(screen.alternate_screen() && screen.bracketed_paste());
    });
}

#[test]
fn ctrl_z_stops_it_with_the_terminal_restored_and_it_comes_back() {
    let stage = stage();
    let mut session = open(&stage);
    session.press("<c-z>");
    session.wait_stopped();
    session.assert_restored();
    session.signal(Signal::CONT);
    session.wait("the workbench is back", vt100::Screen::alternate_screen);
    session.wait_for("WS-001");
    session.press("?");
    session.wait_for("KEYS");
}

/// The same under a shell with job control, which takes the terminal away and gives it back.
#[test]
fn fg_of_a_shell_brings_it_back() {
    let stage = stage();
    let mut command = plain("sh", &stage.home());
    command.arg("-i");
    command.env("PS1", "prompt> ");
    let mut session = Session::start(command, (80, 24));
    session.wait_for("prompt>");
    let line = [env!("CARGO_BIN_EXE_watchglass").to_owned()]
        .into_iter()
        .chain(stage.arguments())
        .map(|word| format!("'{word}'"))
        .collect::<Vec<_>>()
        .join(" ");
    session.press(&format!("{line}<enter>"));
    session.wait_for("1 open");
    session.press("<c-z>");
    session.wait("the shell is back", |screen| !screen.alternate_screen());
    session.wait_for("Stopped");
    session.press("fg<enter>");
    session.wait("the workbench is back", vt100::Screen::alternate_screen);
    session.wait_for("1 open");
    session.press("q");
    session.wait("the shell is back", |screen| !screen.alternate_screen());
}

#[test]
fn a_stop_from_outside_is_taken_too() {
    let stage = stage();
    let session = open(&stage);
    session.signal(Signal::TSTP);
    session.wait_stopped();
    session.assert_restored();
    session.signal(Signal::CONT);
    session.wait("the workbench is back", vt100::Screen::alternate_screen);
    session.wait_for("WS-001");
}

/// Runs one of the two tests below in a terminal, as a program that panics.
fn panicking(test: &str) -> Session {
    let program = std::env::current_exe().unwrap();
    let mut command = CommandBuilder::new(program);
    command.args([
        "--ignored",
        "--exact",
        test,
        "--nocapture",
        "--test-threads=1",
    ]);
    command.env("TERM", "xterm-256color");
    command.env("RUST_BACKTRACE", "0");
    Session::start(command, (80, 24))
}

#[test]
fn a_panic_restores_the_terminal_and_can_be_read() {
    for child in [
        "signals::panics_on_the_screens_thread",
        "signals::panics_on_another_thread",
    ] {
        let mut session = panicking(child);
        session.wait_for("the cause of it all");
        assert_eq!(session.finish(), 101, "{child}");
        session.assert_restored();
        // It stands on the shell's screen, after what the workbench had drawn was taken away.
        let text = session.text();
        assert!(
            text.contains("the cause of it all") && !text.contains("drawn by the workbench"),
            "{text}"
        );
    }
}

fn draw_then(panic: impl FnOnce()) {
    let mut terminal = watchglass::ui::terminal::Terminal::enter().unwrap();
    terminal.set_mouse(true).unwrap();
    terminal
        .draw(|frame| frame.render_widget("drawn by the workbench", frame.area()))
        .unwrap();
    panic();
    // The other thread ends the process; until then this one goes on as the workbench would.
    loop {
        terminal
            .draw(|frame| frame.render_widget("drawn by the workbench again", frame.area()))
            .unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
#[ignore = "is the program of the test above"]
fn panics_on_the_screens_thread() {
    draw_then(|| panic!("the cause of it all"));
}

#[test]
#[ignore = "is the program of the test above"]
fn panics_on_another_thread() {
    draw_then(|| {
        std::thread::spawn(|| panic!("the cause of it all"));
    });
}
