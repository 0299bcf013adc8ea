//! `watchglass alerts list|show|export`: what a state directory keeps, read only.

mod export;
mod pick;
mod print;

use std::path::PathBuf;

use super::arguments::{AlertShow, Alerts, PageFormat, StateOptions};
use super::output::Output;
use super::{CliError, Done, rules};
use crate::alert::export::{json_line, jsonl};
use crate::alert::{Store, StoreError};
use crate::config::paths::Paths;

pub use print::Printer;

/// Runs one of the three.
pub fn run(command: &Alerts, output: &mut Output) -> Result<Done, CliError> {
    match command {
        Alerts::List(list) => {
            let store = open(&list.state)?;
            let picked = pick::filtered(&store, &list.filter)?;
            let mut printer = Printer::new(list.format, output)?;
            let done = pick::each(&store, &picked, output, |alert, output| {
                printer.alert(alert, output)
            })?;
            printer.finish(output)?;
            Ok(done)
        }
        Alerts::Show(show) => one(show, output),
        Alerts::Export(export) => export::run(export, output),
    }
}

fn one(show: &AlertShow, output: &mut Output) -> Result<Done, CliError> {
    let store = open(&show.state)?;
    let id = pick::by_name(&store, &show.id)?;
    let set = rules::load(&show.rules.rules, output)?;
    pick::each(&store, &[id], output, |alert, output| match show.format {
        PageFormat::Jsonl => output.line(&json_line(&jsonl(alert))),
        PageFormat::Text | PageFormat::Markdown => {
            let markdown = show.format == PageFormat::Markdown;
            let page = export::page(&store, &set, alert, markdown, show.defang).map_err(failed)?;
            output.raw(page.as_bytes())
        }
    })
}

/// Returns the state directory: `--state`, else the one under the XDG state directory.
///
/// # Errors
/// None was named and there is no home directory.
pub fn directory(state: &StateOptions) -> Result<PathBuf, CliError> {
    let named = state.state.clone();
    named.or_else(|| Some(Paths::find()?.state)).ok_or_else(|| {
        CliError::Usage(
            "there is no home directory to look for alerts in: name one with --state".into(),
        )
    })
}

fn open(state: &StateOptions) -> Result<Store, CliError> {
    let dir = directory(state)?;
    Store::open_read_only(&dir).map_err(failed)
}

fn failed(error: StoreError) -> CliError {
    CliError::failed("alerts", error)
}
