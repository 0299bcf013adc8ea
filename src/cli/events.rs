//! `watchglass events PATH...`: every event as a normalised ECS document, one a line.

use std::ops::ControlFlow;

use super::arguments::Events;
use super::output::Output;
use super::progress::Progress;
use super::{CliError, Done};
use crate::alert::export::json_line;
use crate::pipeline::{Found, Totals, scan};
use crate::source::expand;
use crate::text::counted;

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
    written.and_then(|()| output.finish())?;
    Ok(outcome(totals, output))
}

/// Shows progress and tells what could not be read.
pub fn report(found: Found, progress: &mut Progress, output: &Output) {
    match found {
        Found::Progress(totals) => progress.show(totals),
        Found::Unreadable(unreadable) => {
            progress.clear();
            output.error(&unreadable.to_string());
        }
        Found::Failed(error) => {
            progress.clear();
            output.error(&error.to_string());
        }
        Found::Event(_) => {}
    }
}

/// Says how much could not be read, after all else was printed, and makes it exit code 1.
pub fn outcome(totals: Totals, output: &Output) -> Done {
    let parts: Vec<String> = [(totals.unreadable, "record"), (totals.failed, "file")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| counted(count as usize, what))
        .collect();
    if parts.is_empty() {
        return Done::Well;
    }
    output.error(&format!(
        "{} could not be read, of {}; where and why is said above",
        parts.join(" and "),
        counted((totals.events + totals.unreadable) as usize, "record"),
    ));
    Done::WithErrors
}
