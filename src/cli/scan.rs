//! `watchglass scan PATH...`: the rules once over finished files.

use std::ops::ControlFlow;

use super::alerts::Printer;
use super::arguments::{Global, Scan, TableFormat};
use super::events::{outcome, report};
use super::keep::Keep;
use super::output::Output;
use super::progress::Progress;
use super::{CliError, Done, rules};
use crate::alert::Store;
use crate::engine::Engine;
use crate::pipeline::detect::Options;
use crate::pipeline::{Caught, Found, detect};
use crate::source::expand;

/// Prints the alerts of finished files; nothing is kept.
pub fn run(command: &Scan, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let set = rules::load(&command.rules.rules, global, output)?;
    let engine = Engine::new(set.rules);
    let failed = |error| CliError::failed("alerts", error);
    let mut options = Options::default();
    if let Some(threads) = command.threads {
        options.threads = threads.get();
    }
    let mut keep = Keep::new(&engine, options.threads).map_err(failed)?;
    let listing = expand(&command.paths);
    let mut progress = Progress::start(listing.bytes);
    let passed = detect(listing, &engine, options, &mut |caught| {
        match caught {
            Caught::Matches(found) => return keep.take(found),
            Caught::Unreadable(unreadable) => {
                report(Found::Unreadable(unreadable), &mut progress, output);
            }
            Caught::Failed(error) => report(Found::Failed(error), &mut progress, output),
            Caught::Progress(totals) => progress.show(totals),
        }
        ControlFlow::Continue(())
    });
    let kept = keep.finish().map_err(failed)?;
    progress.clear();
    for (_, sentence) in super::run::incomplete(&kept.health) {
        output.note(&sentence);
    }
    print(&kept.store, command.format, output)?;
    output.finish()?;
    Ok(outcome(passed.totals, output))
}

/// Prints every alert of `store`, the oldest first.
fn print(store: &Store, format: TableFormat, output: &mut Output) -> Result<(), CliError> {
    let failed = |error| CliError::failed("alerts", error);
    let mut rows = store.rows_since(0).map_err(failed)?;
    rows.sort_by_key(|row| (row.first, row.id));
    let mut printer = Printer::new(format, output)?;
    for row in rows {
        if let Some(alert) = store.alert(row.id).map_err(failed)? {
            printer.alert(&alert, output)?;
        }
    }
    printer.finish(output)
}
