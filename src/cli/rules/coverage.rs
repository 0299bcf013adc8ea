//! `watchglass rules coverage`: which ATT&CK techniques the rules watch for, as a table or a Navigator layer.

use std::path::Path;

use serde_json::{Value, json};

use super::super::arguments::{Global, RuleCoverage, TableFormat};
use super::super::output::Output;
use super::super::table::Table;
use super::super::{CliError, Done};
use super::{finish, load};
use crate::alert::export::file::NewFile;
use crate::rule::Rule;
use crate::rule::coverage::Coverage;
use crate::rule::coverage::navigator::{Heat, layer};

/// Runs the command.
pub fn run(command: &RuleCoverage, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let set = load(&command.paths, global, output)?;
    let rules: Vec<&Rule> = set.rules.iter().map(|rule| &**rule).collect();
    let coverage = Coverage::of(&rules, &|_| 0);
    if let Some(path) = &command.navigator {
        write(path, &layer(&coverage, Heat::Rules))?;
    }
    print(&coverage, command, output)?;
    Ok(finish(&set))
}

fn write(path: &Path, layer: &Value) -> Result<(), CliError> {
    NewFile::write(path, format!("{layer:#}\n").as_bytes())
        .map_err(|error| CliError::failed(&path.display().to_string(), error))
}

fn print(coverage: &Coverage, command: &RuleCoverage, output: &mut Output) -> Result<(), CliError> {
    let mut table = Table::new(&["TACTIC", "TECHNIQUE", "RULES", "RUN", "NAME"], &[2, 3]);
    if command.format == TableFormat::Csv {
        table = Table::new(&["tactic", "technique", "rules", "running", "name"], &[]);
    }
    for column in &coverage.columns {
        let named = column.cells.iter().filter(|cell| cell.rules > 0);
        for cell in named.flat_map(|cell| std::iter::once(cell).chain(&cell.below)) {
            if command.format == TableFormat::Jsonl {
                output.line(&crate::alert::export::json_line(&json!({
                    "tactic": column.tactic, "technique": cell.id, "name": cell.name,
                    "rules": cell.rules, "running": cell.running,
                })))?;
                continue;
            }
            let tactic = if command.format == TableFormat::Csv {
                &column.tactic
            } else {
                &column.name
            };
            table.row([
                tactic.clone(),
                cell.id.clone(),
                cell.rules.to_string(),
                cell.running.to_string(),
                cell.name.clone(),
            ]);
        }
    }
    table.print(command.format, output)?;
    if command.format == TableFormat::Table {
        let (with, all) = coverage.covered();
        output.line(&format!(
            "{with} of {all} techniques have a rule that runs; {} rules name no technique",
            coverage.unmapped
        ))?;
    }
    Ok(())
}
