//! A change that cannot be written for now is neither lost nor silently dropped.

use rusqlite::Connection;
use watchglass::alert::Status;

use crate::session::{Session, watchglass};
use crate::stage::{Stage, registry_event};

#[test]
fn what_is_done_while_nothing_can_be_written_is_kept_later() {
    let stage = Stage::new();
    let events = [registry_event("WS-001", 1), registry_event("WS-002", 2)];
    assert_eq!(stage.feed("events.xml", events.concat().as_bytes()), 2);
    let mut command = watchglass(&stage.home());
    command.args(stage.arguments());
    let mut session = Session::start(command, (120, 40));
    session.wait_for("2 open");
    session.wait_for("▌MED");

    // Another program holds the database for longer than the store waits.
    let other = Connection::open(stage.state().join("watchglass.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    session.press("g");
    session.press("g");
    session.press("a");
    session.wait_for("1 not kept yet");
    session.press("jn");
    session.wait_for("NOTE for");
    session.press("seen at 14:02<c-s>");
    session.wait_for("2 not kept yet");
    session.press("q");
    session.wait_for("2 changes are not kept yet");
    assert!(session.is_running());

    other.execute_batch("ROLLBACK").unwrap();
    session.wait_for("All changes are kept now.");
    session.press("q");
    assert_eq!(session.finish(), 0);
    let alerts = stage.alerts();
    let handled = alerts
        .iter()
        .filter(|alert| alert.status == Status::Acknowledged);
    assert_eq!(handled.count(), 1);
    let notes: Vec<_> = alerts.iter().flat_map(|alert| &alert.notes).collect();
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].text, "seen at 14:02");
}
