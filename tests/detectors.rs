//! Several processes on one state directory: which of them detects is never left unsaid.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

#[path = "detectors/process.rs"]
mod process;

use std::fs;

use process::{Home, Running};
use rustix::process::Signal;

#[test]
fn one_that_watches_something_else_says_so_and_takes_over_its_own() {
    let home = Home::new(&["one", "two"]);
    let mut first = Running::start(&home, "one");
    first.wait_for("this process detects now, in ");
    let mut second = Running::start(&home, "two");
    let said = second.wait_for("Nobody watches ");
    let one = home.logs("one").canonicalize().unwrap();
    for wanted in [
        format!("Nobody watches {}: ", home.logs("two").display()),
        format!("pid {} of ", first.pid()),
        format!("watches {}", one.display()),
        "--state".into(),
    ] {
        assert!(said.contains(&wanted), "{wanted} in {said}");
    }
    first.signal(Signal::TERM);
    assert_eq!(first.end(), 0);
    let said = second.wait_for("this process detects now, in ");
    assert!(
        said.ends_with(&home.logs("two").display().to_string()),
        "{said}"
    );
    second.signal(Signal::TERM);
    assert_eq!(second.end(), 1, "logs were watched by nobody for a while");
}

#[test]
fn one_that_was_stopped_is_called_silent_until_it_goes_on() {
    let home = Home::new(&["one"]);
    let mut first = Running::start(&home, "one");
    first.wait_for("this process detects now, in ");
    first.signal(Signal::STOP);
    let mut second = Running::start(&home, "one");
    second.wait_for("this process waits for its end");
    let said = second.wait_for("has given no sign since ");
    assert!(
        said.contains(&format!("kill -CONT {}", first.pid())),
        "{said}"
    );
    let doctor = home.run(&["doctor"]);
    assert!(doctor.contains("has given no sign for "), "{doctor}");
    first.signal(Signal::CONT);
    first.signal(Signal::TERM);
    assert_eq!(first.end(), 0);
    second.wait_for("this process detects now, in ");
}

#[test]
fn a_state_directory_that_is_deleted_is_said_and_made_anew() {
    let home = Home::new(&["one"]);
    let mut first = Running::start(&home, "one");
    first.wait_for("this process detects now, in ");
    fs::remove_dir_all(home.state()).unwrap();
    let said = first.wait_for("was deleted or replaced");
    assert!(said.contains("start again"), "{said}");
    first.wait_for("this process detects now, in ");
    assert!(home.state().join("watchglass.db").exists());
    first.signal(Signal::TERM);
    assert_eq!(first.end(), 1);
}
