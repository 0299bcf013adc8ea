//! Alerts written for other programs or for handing over.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::{failed, open, pick};
use crate::alert::export::file::NewFile;
use crate::alert::export::{CSV_COLUMNS, csv_line, csv_row, json_line, jsonl};
use crate::alert::{Alert, Store, StoreError};
use crate::cli::arguments::{AlertExport, ExportFormat, Global};
use crate::cli::output::Output;
use crate::cli::{CliError, Done, rules};
use crate::rule::RuleSet;
use crate::ui::case::{Known, Style};

/// How many contributing events are read for their indicators: those of the first ones seldom differ from the rest.
const EVENTS_READ: usize = 20;

/// Writes alerts.
pub fn run(export: &AlertExport, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let store = open(&export.state)?;
    let mut ids = pick::filtered(&store, &export.filter)?;
    if !export.ids.is_empty() {
        let named: Vec<_> = export
            .ids
            .iter()
            .map(|name| pick::by_name(&store, name))
            .collect::<Result<_, _>>()?;
        ids.retain(|id| named.contains(id));
    }
    let set = rules::load(&export.rules.rules, global, output)?;
    let mut sink = Sink::open(export.output.as_deref())?;
    if export.format == ExportFormat::Csv {
        sink.write(&format!("{}\n", csv_line(&CSV_COLUMNS)), output)?;
    }
    let mut first = true;
    let done = pick::each(&store, &ids, output, |alert, output| {
        let text = match export.format {
            ExportFormat::Jsonl => format!("{}\n", json_line(&jsonl(alert))),
            ExportFormat::Csv => format!("{}\n", csv_row(alert)),
            ExportFormat::Markdown => {
                let rule = if first { "" } else { "\n---\n\n" };
                let page =
                    page(&store, &set, alert, Style::Markdown, export.defang).map_err(failed)?;
                format!("{rule}{page}")
            }
        };
        first = false;
        sink.write(&text, output)
    })?;
    sink.finish()?;
    Ok(done)
}

/// Returns the page of an alert with all that is known around it.
pub fn page(
    store: &Store,
    set: &RuleSet,
    alert: &Alert,
    style: Style,
    defang: bool,
) -> Result<String, StoreError> {
    let mut events = Vec::new();
    for reference in alert.events.iter().take(EVENTS_READ) {
        // One that is kept by reference only is in the table of events all the same.
        events.extend(store.event(reference.id)?.ok());
    }
    let known = Known {
        alert,
        rule: set.get(&alert.rule_id).map(AsRef::as_ref),
        history: &store.history(alert.id)?,
        events: &events,
        zone: &TimeZone::UTC,
        defang,
    };
    Ok(known.page(style))
}

/// Standard output, or a file.
enum Sink {
    Standard,
    File(NewFile, PathBuf),
}

impl Sink {
    fn open(path: Option<&Path>) -> Result<Self, CliError> {
        let Some(path) = path else {
            return Ok(Self::Standard);
        };
        match NewFile::create(path) {
            Ok(file) => Ok(Self::File(file, path.to_owned())),
            Err(error) if error.kind() == ErrorKind::IsADirectory => Err(CliError::Usage(format!(
                "--output {}: name a file",
                path.display()
            ))),
            Err(error) => Err(wrong(path, &error)),
        }
    }

    fn write(&mut self, text: &str, output: &mut Output) -> Result<(), CliError> {
        match self {
            Self::Standard => output.raw(text.as_bytes()),
            Self::File(file, path) => file
                .write_all(text.as_bytes())
                .map_err(|error| wrong(path, &error)),
        }
    }

    fn finish(self) -> Result<(), CliError> {
        match self {
            Self::Standard => Ok(()),
            Self::File(file, path) => file.finish().map_err(|error| wrong(&path, &error)),
        }
    }
}

fn wrong(path: &Path, error: &std::io::Error) -> CliError {
    CliError::failed(&format!("--output {}", path.display()), error)
}
