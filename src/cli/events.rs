//! `watchglass events PATH...`: every event as a normalised ECS document, one a line.

use std::ops::ControlFlow;

use super::arguments::Events;
use super::output::Output;
use super::progress::Progress;
use super::{CliError, Done};
use crate::alert::export::json_line;
use crate::pipeline::{Found, Totals, scan};
use crate::source::expand;

/// Prints the events of finished files.
pub fn run(events: &Events, output: &mut Output) -> Result<Done, CliError> {
    let listing = expand(&events.paths);
    // On a screen the events themselves show that it goes on, and a line between them would tear one.
    let mut progress = if output.to_terminal {
        Progress::none()
    } else {
        Progress::start(listing.bytes)
    };
    let mut written = Ok(());
    let totals = scan(listing, &mut |found| {
        match found {
            Found::Event(event) => written = output.line(&json_line(&event.document())),
            other => report(other, &mut progress, output),
        }
        if written.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    progress.clear();
    written?;
    Ok(outcome(totals))
}

/// Shows progress and tells what could not be read.
pub fn report(found: Found, progress: &mut Progress, output: &Output) {
    match found {
        Found::Progress(totals) => progress.show(totals),
        Found::Unreadable(unreadable) => {
            progress.clear();
            let place = &unreadable.place;
            let path = place.path.display();
            output.error(&format!(
                "{path}, offset {}: {}",
                place.offset, unreadable.reason
            ));
        }
        Found::Failed(error) => {
            progress.clear();
            output.error(&error.to_string());
        }
        Found::Event(_) => {}
    }
}

/// Something that could not be read makes exit code 1, with all else printed.
pub fn outcome(totals: Totals) -> Done {
    if totals.unreadable + totals.failed == 0 {
        Done::Well
    } else {
        Done::WithErrors
    }
}
