//! Columns for people, commas for programs.

use super::CliError;
use super::arguments::TableFormat;
use super::output::Output;
use crate::text::{Marks, visible};

/// Rows that become aligned columns.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
    /// Columns whose cells are numbers, aligned right.
    numbers: &'static [usize],
}

impl Table {
    /// Starts a table with its header; `numbers` lists the columns that align right.
    pub fn new(header: &[&str], numbers: &'static [usize]) -> Self {
        Self {
            rows: vec![header.iter().map(|&name| name.to_owned()).collect()],
            numbers,
        }
    }

    /// Adds a row; cells may hold log text.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(
            cells
                .into_iter()
                .map(|cell| visible(&cell, Marks::Unicode).into_owned())
                .collect(),
        );
    }

    /// Prints the rows; nothing for JSON, whose lines the caller wrote itself.
    ///
    /// # Errors
    /// Standard output is closed or cannot be written.
    pub fn print(&self, format: TableFormat, output: &mut Output) -> Result<(), CliError> {
        match format {
            TableFormat::Jsonl => Ok(()),
            TableFormat::Csv => self.rows.iter().try_for_each(|row| {
                let cells: Vec<&str> = row.iter().map(String::as_str).collect();
                output.line(&crate::alert::export::csv_line(&cells))
            }),
            TableFormat::Table => self.lines().iter().try_for_each(|line| output.line(line)),
        }
    }

    fn lines(&self) -> Vec<String> {
        use unicode_width::UnicodeWidthStr;
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            self.rows
                .iter()
                .map(|row| row[column].width())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let cell = |text: &String, column: usize| {
            let gap = " ".repeat(widths[column].saturating_sub(text.width()));
            if self.numbers.contains(&column) {
                format!("{gap}{text}")
            } else {
                format!("{text}{gap}")
            }
        };
        self.rows
            .iter()
            .map(|row| {
                let cells: Vec<String> = row
                    .iter()
                    .enumerate()
                    .map(|(at, text)| cell(text, at))
                    .collect();
                cells.join("  ").trim_end().to_owned()
            })
            .collect()
    }
}
