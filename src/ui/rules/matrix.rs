//! The ATT&CK matrix: where one is in it.
//!
//! Takes a [`Coverage`] and how much of it there is room for; keeps the cursor's cell in sight.

use crate::rule::coverage::navigator::Heat;
use crate::rule::coverage::{Cell, Column, Coverage};

/// Columns of a tactic, with the blank after it.
pub const TACTIC: usize = 20;

/// The matrix and the cursor.
#[derive(Debug, Clone, Default)]
pub struct Matrix {
    pub coverage: Coverage,
    pub heat: Heat,
    column: usize,
    row: usize,
    first_column: usize,
    first_row: usize,
    columns: usize,
    rows: usize,
}

impl Matrix {
    /// Takes new counts; the cursor stays on its cell's place.
    pub fn take(&mut self, coverage: Coverage) {
        self.coverage = coverage;
        self.settle();
    }

    /// Goes to the cell that most rules run for.
    pub fn go_to_hottest(&mut self) {
        let columns = self.coverage.columns.iter().enumerate();
        let cells = columns.flat_map(|(column, tactic)| {
            let cells = tactic.cells.iter().enumerate();
            cells.map(move |(row, cell)| (cell.running, column, row))
        });
        // Of equally hot ones the first.
        let hottest = cells
            .max_by_key(|(running, column, row)| (*running, usize::MAX - column, usize::MAX - row));
        if let Some((_, column, row)) = hottest {
            (self.column, self.row) = (column, row);
            self.settle();
        }
    }

    /// Takes the room there is, in columns and rows of the terminal.
    pub fn resize(&mut self, columns: usize, rows: usize) {
        self.columns = (columns / TACTIC).max(1);
        self.rows = rows.max(1);
        self.settle();
    }

    /// Returns the cell under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<&Cell> {
        self.coverage.columns.get(self.column)?.cells.get(self.row)
    }

    /// Returns the tactics in sight and where the cursor is among them.
    pub fn shown(&self) -> impl Iterator<Item = (&Column, bool)> {
        let columns = self.coverage.columns.iter().enumerate();
        columns
            .skip(self.first_column)
            .take(self.columns)
            .map(|(at, column)| (column, at == self.column))
    }

    /// Returns the cells of `column` in sight, and whether the cursor is on each, when it is in this column.
    pub fn cells<'m>(
        &'m self,
        column: &'m Column,
        here: bool,
    ) -> impl Iterator<Item = (&'m Cell, bool)> {
        let cells = column.cells.iter().enumerate();
        cells
            .skip(self.first_row)
            .take(self.rows)
            .map(move |(at, cell)| (cell, here && at == self.row))
    }

    /// Returns how many tactics lie left and right of those in sight.
    #[must_use]
    pub fn beyond(&self) -> (usize, usize) {
        let count = self.coverage.columns.len();
        let right = count.saturating_sub(self.first_column + self.columns);
        (self.first_column, right)
    }

    /// Returns the largest number of any cell.
    #[must_use]
    pub fn most(&self) -> u64 {
        let cells = self
            .coverage
            .columns
            .iter()
            .flat_map(|column| &column.cells);
        cells.map(|cell| self.heat.of(cell)).max().unwrap_or(0)
    }

    /// Changes what the heat stands for.
    pub const fn turn_heat(&mut self) {
        self.heat = match self.heat {
            Heat::Rules => Heat::Alerts,
            Heat::Alerts => Heat::Rules,
        };
    }

    /// Moves by tactics.
    pub fn step_column(&mut self, by: isize) {
        self.column = self.column.saturating_add_signed(by);
        self.settle();
    }

    /// Moves by techniques.
    pub fn step(&mut self, by: isize) {
        self.row = self.row.saturating_add_signed(by);
        self.settle();
    }

    /// Moves by half a window.
    pub fn page(&mut self, down: bool) {
        let half = (self.rows / 2).max(1) as isize;
        self.step(if down { half } else { -half });
    }

    /// Goes to the first technique of the tactic, or the last.
    pub fn end(&mut self, last: bool) {
        self.row = if last { usize::MAX } else { 0 };
        self.settle();
    }

    fn settle(&mut self) {
        let count = self.coverage.columns.len();
        self.column = self.column.min(count.saturating_sub(1));
        let cells = self
            .coverage
            .columns
            .get(self.column)
            .map_or(0, |column| column.cells.len());
        self.row = self.row.min(cells.saturating_sub(1));
        let columns = self.columns.max(1);
        self.first_column = self
            .first_column
            .clamp((self.column + 1).saturating_sub(columns), self.column)
            .min(count.saturating_sub(columns));
        let rows = self.rows.max(1);
        self.first_row = self
            .first_row
            .clamp((self.row + 1).saturating_sub(rows), self.row);
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::rule::{Rule, RuleSet};

    #[test]
    fn the_cursor_stays_in_sight_wherever_it_goes() {
        let set = RuleSet::builtin();
        let rules: Vec<&Rule> = set.rules.iter().map(|rule| &**rule).collect();
        let mut matrix = Matrix::default();
        matrix.take(Coverage::of(&rules, &|_| 0));
        matrix.resize(80, 12);
        for (across, down) in [(1, 0), (9, 40), (3, -7), (-30, 3), (30, 300), (-5, -300)] {
            matrix.step_column(across);
            matrix.step(down);
            let here = matrix
                .shown()
                .flat_map(|(column, here)| matrix.cells(column, here))
                .filter(|(_, here)| *here);
            let shown: Vec<&str> = here.map(|(cell, _)| &*cell.id).collect();
            assert_eq!(shown, [&*matrix.current().unwrap().id]);
        }
        assert_eq!(matrix.most(), 4);
    }
}
