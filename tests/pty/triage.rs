//! A whole triage by keys.

use watchglass::alert::{Disposition, Status, StepMark};

use crate::session::{Session, contains, copies, plain, watchglass};
use crate::stage::{Stage, registry_event, script_event};

/// Three alerts on three hosts; the newest is on WS-003.
fn stage() -> Stage {
    let stage = Stage::new();
    let first = [
        registry_event("WS-001", 1),
        registry_event("WS-002", 2),
        registry_event("WS-003", 3),
    ];
    assert_eq!(stage.feed("first.xml", first.concat().as_bytes()), 3);
    stage
}

fn open(stage: &Stage, size: (u16, u16)) -> Session {
    let mut command = watchglass(&stage.home());
    command.args(stage.arguments());
    Session::start(command, size)
}

/// Waits until the store holds what is wanted of the alert on `host`.
fn wait_kept(
    session: &Session,
    stage: &Stage,
    host: &str,
    wanted: impl Fn(&watchglass::alert::Alert) -> bool,
) {
    session.until("the change is kept", || wanted(&stage.alert_on(host)));
}

fn whole_triage(size: (u16, u16)) {
    let stage = stage();
    let mut session = open(&stage, size);
    session.wait_for("3 open");

    // An alert arrives while the analyst looks; the cursor stays where it is.
    session.wait_for("▌MED");
    session.press("jk");
    assert_eq!(
        stage.feed("second.xml", script_event("WS-004", 4).as_bytes()),
        1
    );
    session.wait_for("4 open");
    session.wait("the cursor stays on its alert", |screen| {
        let text = screen.contents();
        text.contains("▌MED") && text.contains("WS-004")
    });

    // Filter, keep it, open what is left.
    session.press("/");
    session.wait_for("enter keeps");
    session.press("sev:high host:ws-*");
    session.wait_for("1 of 4");
    session.press("<enter>");
    session.wait_for("▌HIGH");
    session.press("<enter>");
    session.wait_for("MiniDumpWriteDump");

    // Tick two steps of the guide, write a note on the third.
    session.press("3");
    session.wait_for("INVESTIGATE  0/6");
    session.press("<space>");
    session.wait_for("INVESTIGATE  1/6");
    session.press("-");
    session.wait_for("INVESTIGATE  2/6");
    session.press("n");
    session.wait_for("NOTE on this step");
    session.press("asked ana, no ticket<c-s>");
    session.wait_for("note: asked ana, no ticket");
    wait_kept(&session, &stage, "WS-004", |alert| {
        let marks: Vec<StepMark> = alert.steps.iter().map(|(_, mark)| *mark).collect();
        marks == [StepMark::Done, StepMark::NotApplicable]
            && alert
                .notes
                .iter()
                .any(|note| note.step.is_some() && note.author == "ana")
    });

    // Copy the event: over SSH a bare OSC 52, and the answer says no more than that.
    let mark = session.count();
    session.press("ye");
    session.wait_for("sent to terminal");
    let copied = copies(&session.bytes()[mark..]);
    assert_eq!(copied.len(), 1);
    assert!(
        copied[0].contains("WS-004") && copied[0].contains("MiniDumpWriteDump"),
        "{copied:?}"
    );

    // Close it with a disposition, take that back, make it again.
    session.press("s");
    session.wait_for("false positive");
    session.press("f");
    session.wait_for("Closed as false positive");
    wait_kept(&session, &stage, "WS-004", |alert| {
        (alert.status, alert.disposition) == (Status::Closed, Some(Disposition::FalsePositive))
    });
    session.press("u");
    session.wait_for("Taken back");
    wait_kept(&session, &stage, "WS-004", |alert| {
        alert.status == Status::Open
    });
    session.press("<c-r>");
    session.wait_for("Made again");
    session.wait_for("1 closed");

    // The history has it all, with who.
    session.press("5");
    session.wait_for("redo: closed as false positive");

    // Other sizes, one that is too small, and back.
    session.resize((120, 40));
    session.wait_for("TECHNIQUES");
    session.wait_for("GUIDE  2/9");
    session.resize((34, 8));
    session.wait_for("needs 40x10, is 34x8");
    session.resize(size);
    session.wait_for("redo: closed as false positive");

    // esc backs out, and out, and never quits.
    for _ in 0..6 {
        let mark = session.count();
        session.press("<esc>");
        // The clock or the screen shows that the key was taken.
        session.until("a frame after esc", || session.count() > mark);
    }
    session.wait_for("3 open");
    assert!(session.is_running());

    // Leave; the terminal is as it was.
    session.press("q");
    assert_eq!(session.finish(), 0);
    session.assert_restored();
}

#[test]
fn a_whole_triage_at_80x24() {
    whole_triage((80, 24));
}

#[test]
fn a_whole_triage_at_200x60() {
    whole_triage((200, 60));
}

#[test]
fn the_view_comes_back_on_another_line() {
    let stage = stage();
    let mut first = open(&stage, (80, 24));
    first.wait_for("3 open");
    first.press("/host:ws-002<enter>");
    first.wait_for("▌MED");
    first.wait("one alert is left", |screen| {
        !screen.contents().contains("WS-001")
    });
    first.press("3");
    first.wait_for("INVESTIGATE  0/5");
    // The line drops: nobody says goodbye.
    first.hang_up();
    let code = first.finish();
    assert_ne!(code, 101, "it panicked");

    let second = open(&stage, (120, 40));
    second.wait_for("/host:ws-002");
    second.wait_for("▌[ ] 1");
    assert!(!second.text().contains("WS-001"));
}

#[test]
fn two_analysts_see_each_others_work() {
    let stage = stage();
    let one = open(&stage, (80, 24));
    let mut other = open(&stage, (80, 24));
    one.wait_for("3 open");
    other.wait_for("3 open");
    other.press("a");
    other.wait_for("2 open");
    one.wait_for("2 open");
}

#[test]
fn pasted_text_never_acts_as_keys() {
    let stage = stage();
    let mut session = open(&stage, (80, 24));
    session.wait_for("3 open");
    session.send(b"\x1b[200~q\rsf\ra\x03\x1b[201~");
    session.wait_for("pasted text was dropped");
    assert!(session.is_running());
    assert!(
        stage
            .alerts()
            .iter()
            .all(|alert| alert.status == Status::Open)
    );
    // Into the filter it goes as text, on one line.
    session.press("/");
    session.wait_for("enter keeps");
    session.send(b"\x1b[200~WS-\x1b[31m001\nq\x1b[201~");
    session.wait_for("/WS-");
    assert!(session.is_running());
}

#[test]
fn marks_take_an_action_together() {
    let stage = stage();
    let mut session = open(&stage, (120, 40));
    session.wait_for("3 open");
    session.press("<c-a>");
    session.wait_for("3 marked");
    session.press("n");
    session.wait_for("NOTE for 3 alerts");
    session.press("internal scanner<c-s>");
    session.until("the note is kept on all", || {
        stage.alerts().iter().all(|alert| alert.notes.len() == 1)
    });
    session.press("sb");
    session.wait_for("3 closed");
    session.press("u");
    session.wait_for("3 open");
}

/// Runs the workbench in a tmux of its own, with the defaults of tmux.
#[test]
fn copying_inside_tmux_reaches_the_buffer_and_the_outer_terminal() {
    let there = std::process::Command::new("tmux").arg("-V").output();
    if there.is_err() {
        let required = std::env::var_os("WATCHGLASS_REQUIRE_TMUX").is_some();
        assert!(!required, "tmux is required and is not here");
        return;
    }
    let stage = stage();
    let socket = stage.home().join("tmux");
    let tmux = |arguments: &[&str]| {
        let output = std::process::Command::new("tmux")
            .arg("-S")
            .arg(&socket)
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let mut command = plain("tmux", &stage.home());
    command.args([
        "-S",
        socket.to_str().unwrap(),
        "-f",
        "/dev/null",
        "new-session",
    ]);
    command.arg(env!("CARGO_BIN_EXE_watchglass"));
    command.args(stage.arguments());
    let mut session = Session::start(command, (120, 40));
    session.wait_for("3 open");
    let mark = session.count();
    session.press("ye");
    session.wait_for("tmux buffer");
    let buffer = tmux(&["show-buffer"]);
    assert!(
        buffer.contains("DumpType") && buffer.contains("WS-003"),
        "{buffer}"
    );
    session.until("the outer terminal gets it", || {
        copies(&session.bytes()[mark..]).contains(&buffer)
    });
    assert!(
        !contains(&session.bytes(), b"\x1bPtmux;"),
        "tmux let its own wrapping through"
    );
    tmux(&["kill-server"]);
}
