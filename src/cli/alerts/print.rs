//! Alerts as a table, JSON lines or CSV: the same columns for `scan` and `alerts list`.

use crate::alert::Alert;
use crate::alert::export::{CSV_COLUMNS, csv_line, csv_row, json_line, jsonl};
use crate::cli::CliError;
use crate::cli::arguments::TableFormat;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::event::Time;

/// Prints alerts one by one; a table comes when all are known.
#[derive(Debug)]
pub struct Printer {
    format: TableFormat,
    table: Table,
}

impl Printer {
    /// Begins: CSV has a header.
    ///
    /// # Errors
    /// Standard output is closed or cannot be written.
    pub fn new(format: TableFormat, output: &mut Output) -> Result<Self, CliError> {
        if format == TableFormat::Csv {
            output.line(&csv_line(&CSV_COLUMNS))?;
        }
        let header = [
            "ID", "SEV", "RISK", "TIME", "STATUS", "RULE", "HOST", "USER", "N", "MESSAGE",
        ];
        Ok(Self {
            format,
            table: Table::new(&header, &[2, 8])
                .whole(&[0, 3])
                .spare(&[9, 7, 4, 2]),
        })
    }

    /// Adds an alert.
    ///
    /// # Errors
    /// Standard output is closed or cannot be written.
    pub fn alert(&mut self, alert: &Alert, output: &mut Output) -> Result<(), CliError> {
        match self.format {
            TableFormat::Jsonl => output.line(&json_line(&jsonl(alert))),
            TableFormat::Csv => output.line(&csv_row(alert)),
            TableFormat::Table => {
                self.table.row([
                    alert.id.link(),
                    alert.severity.as_str().to_owned(),
                    alert.risk_score.to_string(),
                    seconds(alert.first),
                    alert.status.as_str().to_owned(),
                    alert.rule_name.clone(),
                    alert.host.clone(),
                    alert.user.clone(),
                    alert.count.to_string(),
                    alert.message.clone(),
                ]);
                Ok(())
            }
        }
    }

    /// Prints what is left.
    ///
    /// # Errors
    /// Standard output is closed or cannot be written.
    pub fn finish(&self, output: &mut Output) -> Result<(), CliError> {
        match self.format {
            TableFormat::Table => self.table.print(self.format, output),
            TableFormat::Jsonl | TableFormat::Csv => Ok(()),
        }
    }
}

/// Returns `2026-11-24 09:00:00Z`: the table is for eyes, the other formats have the rest.
fn seconds(time: Time) -> String {
    let whole = time.to_rfc3339();
    let seconds = whole.get(..19).unwrap_or(&whole);
    format!("{}Z", seconds.replacen('T', " ", 1))
}
