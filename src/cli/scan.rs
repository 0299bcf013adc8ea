//! `watchglass scan PATH...`: the rules once over finished files.

use std::ops::ControlFlow;

use super::alerts::Printer;
use super::arguments::{Global, Scan, TableFormat};
use super::events::{outcome, report};
use super::output::Output;
use super::progress::Progress;
use super::{CliError, Done, rules};
use crate::alert::{Batch, Store};
use crate::engine::state::States;
use crate::engine::{Engine, Matches};
use crate::pipeline::detect::Options;
use crate::pipeline::{Caught, Found, detect};
use crate::source::expand;

/// Prints the alerts of finished files; nothing is kept.
pub fn run(command: &Scan, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let set = rules::load(&command.rules.rules, global, output)?;
    let engine = Engine::new(set.rules);
    let mut store = Store::scratch().map_err(|error| CliError::failed("alerts", error))?;
    let listing = expand(&command.paths);
    let mut progress = Progress::start(listing.bytes);
    let mut states = States::new(engine.rules());
    let mut matches = Matches::default();
    let mut kept = Ok(());
    let mut options = Options::default();
    if let Some(threads) = command.threads {
        options.threads = threads.get();
    }
    let passed = detect(listing, &engine, options, &mut |caught| {
        match caught {
            Caught::Matches(mut found) => {
                matches.detections.append(&mut found.detections);
                states.take(found.hits.drain(..), &mut matches.detections);
            }
            Caught::Unreadable(unreadable) => {
                report(Found::Unreadable(unreadable), &mut progress, output);
            }
            Caught::Failed(error) => report(Found::Failed(error), &mut progress, output),
            Caught::Progress(totals) => progress.show(totals),
        }
        if matches.detections.len() >= Store::BATCH {
            kept = commit(&mut store, &mut matches);
        }
        if kept.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    states.finish(&mut matches.detections);
    kept.and_then(|()| commit(&mut store, &mut matches))?;
    progress.clear();
    for (_, sentence) in super::run::incomplete(&states.health()) {
        output.note(&sentence);
    }
    print(&store, command.format, output)?;
    output.finish()?;
    Ok(outcome(passed.totals, output))
}

fn commit(store: &mut Store, matches: &mut Matches) -> Result<(), CliError> {
    let batch = Batch {
        detections: std::mem::take(&mut matches.detections),
        ..Batch::default()
    };
    store
        .commit(&batch)
        .map_err(|error| CliError::failed("alerts", error))?;
    Ok(())
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
