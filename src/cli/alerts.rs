//! `watchglass alerts list|show|export`: what a state directory keeps, read only.

mod export;
mod pick;
mod print;

use super::arguments::{AlertShow, Alerts, Global, PageFormat, StateOptions};
use super::output::Output;
use super::watch::state_directory;
use super::{CliError, Done, rules};
use crate::alert::export::{json_line, jsonl};
use crate::alert::{Store, StoreError};
use crate::ui::case::Style;

pub use print::Printer;

/// Runs one of the three.
pub fn run(command: &Alerts, global: &Global, output: &mut Output) -> Result<Done, CliError> {
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
        Alerts::Show(show) => one(show, global, output),
        Alerts::Export(export) => export::run(export, global, output),
    }
}

fn one(show: &AlertShow, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let store = open(&show.state)?;
    let id = pick::by_name(&store, &show.id)?;
    let set = rules::load(&show.rules.rules, global, output)?;
    pick::each(&store, &[id], output, |alert, output| match show.format {
        PageFormat::Jsonl => output.line(&json_line(&jsonl(alert))),
        PageFormat::Text | PageFormat::Markdown => {
            let style = match show.format {
                PageFormat::Markdown => Style::Markdown,
                _ => Style::Text,
            };
            let page = export::page(&store, &set, alert, style, show.defang).map_err(failed)?;
            output.raw(page.as_bytes())
        }
    })
}

fn open(state: &StateOptions) -> Result<Store, CliError> {
    let dir = state_directory(state)?;
    Store::open_read_only(&dir).map_err(failed)
}

fn failed(error: StoreError) -> CliError {
    CliError::failed("alerts", error)
}
