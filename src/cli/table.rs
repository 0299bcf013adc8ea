//! Columns for people, commas for programs.
//!
//! Takes rows of cells, which may hold log text; gives lines that fit a terminal, or whole ones where a pipe reads.

use super::CliError;
use super::arguments::TableFormat;
use super::output::Output;
use crate::text::{Marks, fit, visible, width};

/// Rows that become aligned columns.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
    /// Columns whose cells are numbers, aligned right and never cut.
    numbers: &'static [usize],
    /// Other columns that are never cut.
    whole: &'static [usize],
    /// Columns that are left out on a narrow terminal, in this order.
    spare: &'static [usize],
}

impl Table {
    /// Starts a table with its header; `numbers` lists the columns that align right.
    pub fn new(header: &[&str], numbers: &'static [usize]) -> Self {
        Self {
            rows: vec![header.iter().map(|&name| name.to_owned()).collect()],
            numbers,
            whole: &[],
            spare: &[],
        }
    }

    /// Names columns that are never cut.
    pub const fn whole(mut self, columns: &'static [usize]) -> Self {
        self.whole = columns;
        self
    }

    /// Names columns that are left out on a narrow terminal, the first one first.
    pub const fn spare(mut self, columns: &'static [usize]) -> Self {
        self.spare = columns;
        self
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

    /// Prints the rows, on a terminal no wider than that is; nothing for JSON, whose lines the caller wrote itself.
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
            TableFormat::Table => {
                let (lines, left_out) = self.lines(output.columns);
                lines.iter().try_for_each(|line| output.line(line))?;
                if left_out.is_empty() {
                    return Ok(());
                }
                output.finish()?;
                output.note(&format!(
                    "left out for want of room: {}; a wider terminal, a pipe or --format csv has all columns",
                    left_out.join(" ")
                ));
                Ok(())
            }
        }
    }

    /// Returns the aligned lines, at most `room` columns wide where that is known.
    fn lines(&self, room: Option<usize>) -> (Vec<String>, Vec<&str>) {
        let (widths, left_out) = self.widths(room);
        let cell = |text: &str, column: usize, wide: usize| {
            let text = fit(text, wide, Marks::Unicode);
            let gap = " ".repeat(wide.saturating_sub(width(&text)));
            if self.numbers.contains(&column) {
                format!("{gap}{text}")
            } else {
                format!("{text}{gap}")
            }
        };
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate();
            let cells: Vec<String> = cells
                .filter_map(|(at, (text, wide))| Some(cell(text, at, (*wide)?)))
                .collect();
            cells.join(GAP).trim_end().to_owned()
        };
        (self.rows.iter().map(line).collect(), left_out)
    }

    /// Returns how wide each column is, `None` for those that are left out, and the names of these.
    fn widths(&self, room: Option<usize>) -> (Vec<Option<usize>>, Vec<&str>) {
        let count = self.rows.first().map_or(0, Vec::len);
        let natural = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| width(cell)).max().unwrap_or(0)
        };
        let mut widths: Vec<Option<usize>> =
            (0..count).map(|column| Some(natural(column))).collect();
        let mut left_out: Vec<&str> = Vec::new();
        let Some(room) = room else {
            return (widths, left_out);
        };
        let least: Vec<usize> = (0..count)
            .map(|column| self.least(column, natural(column)))
            .collect();
        for spare in self.spare {
            let kept = |(wide, least): (&Option<usize>, &usize)| wide.map(|_| *least);
            if total(widths.iter().zip(&least).filter_map(kept)) <= room {
                break;
            }
            if let Some(wide) = widths.get_mut(*spare) {
                *wide = None;
                left_out.extend(
                    self.rows
                        .first()
                        .and_then(|row| row.get(*spare))
                        .map(String::as_str),
                );
            }
        }
        while total(widths.iter().filter_map(|wide| *wide)) > room {
            let slack = |column: usize, wide: usize| {
                wide.saturating_sub(least.get(column).copied().unwrap_or(0))
            };
            let widest = widths
                .iter()
                .enumerate()
                .filter_map(|(column, wide)| Some((column, (*wide)?)))
                .filter(|(column, wide)| slack(*column, *wide) > 0)
                .max_by_key(|(_, wide)| *wide);
            let Some((column, wide)) = widest else { break };
            if let Some(slot) = widths.get_mut(column) {
                *slot = Some(wide - 1);
            }
        }
        (widths, left_out)
    }

    /// Returns how narrow a column may become.
    fn least(&self, column: usize, natural: usize) -> usize {
        let header = self.rows.first().and_then(|row| row.get(column));
        let header = header.map_or(0, |name| width(name));
        if self.whole.contains(&column) || self.numbers.contains(&column) {
            natural
        } else {
            natural.min(header.max(LEAST))
        }
    }
}

/// Between two columns.
const GAP: &str = "  ";

/// A cell that is cut down to less tells nothing.
const LEAST: usize = 10;

fn total(widths: impl Iterator<Item = usize>) -> usize {
    let (sum, count) = widths.fold((0, 0usize), |(sum, count), wide| (sum + wide, count + 1));
    sum + count.saturating_sub(1) * GAP.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["ID", "TIME", "RULE", "N", "MESSAGE"], &[3])
            .whole(&[0, 1])
            .spare(&[4]);
        table.row([
            "WG-00000001".into(),
            "2026-11-24 09:00:00Z".into(),
            "漢字".repeat(12),
            "12,345".into(),
            "\u{1b}]2;title\u{7} a message that goes on for longer than the line has room for it"
                .into(),
        ]);
        table.row([
            "WG-00000002".into(),
            "2026-11-24 09:00:01Z".into(),
            "short".into(),
            "1".into(),
            String::new(),
        ]);
        table
    }

    #[test]
    fn a_terminals_width_is_kept_whatever_stands_in_the_cells() {
        for room in [60, 80, 120, 200] {
            let table = table();
            let (lines, left_out) = table.lines(Some(room));
            assert!(lines.iter().all(|line| width(line) <= room), "{lines:#?}");
            assert!(
                lines[1].starts_with("WG-00000001  2026-11-24 09:00:00Z  漢字"),
                "{lines:#?}"
            );
            assert!(lines[2].contains("  short "), "{lines:#?}");
            assert_eq!(left_out.is_empty(), room > 60, "{left_out:?}");
            assert!(!lines.concat().contains('\u{1b}'));
        }
    }

    #[test]
    fn a_pipe_gets_every_cell_whole() {
        let table = table();
        let (lines, left_out) = table.lines(None);
        assert!(
            lines[1].ends_with("has room for it") && left_out.is_empty(),
            "{lines:#?}"
        );
        assert!(lines[1].contains("字  12,345  ␛]2;title␇"), "{lines:#?}");
    }
}
