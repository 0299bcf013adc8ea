//! `addtotals`: sums along rows and down columns.

use super::aggregate::float;
use super::{Row, RowId, Rows};
use crate::event::Value;
use crate::lang::ir::Number;
use crate::lang::ir::table::Totals;
use crate::lang::ir::test::number;

/// Adds the sums.
pub fn run(totals: &Totals, rows: &mut Rows) {
    let places: Vec<usize> = rows
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| {
            let named = totals.columns.iter().any(|name| name.fits(&column.name));
            named || totals.columns.is_empty() && !column.name.starts_with('_')
        })
        .map(|(at, _)| at)
        .collect();
    if let Some(name) = &totals.row {
        let sums: Vec<_> = rows
            .rows
            .iter()
            .map(|row| sum(places.iter().filter_map(|at| row.get(*at))))
            .collect();
        let at = rows.place_or_add(name);
        for (row, sum) in rows.rows.iter_mut().zip(sums) {
            row.set(at, sum);
        }
    }
    if let Some((label, text)) = &totals.total {
        let mut last = Row {
            id: RowId::of([b"total".as_slice()]),
            ..Row::default()
        };
        for at in &places {
            last.set(*at, sum(rows.rows.iter().filter_map(|row| row.get(*at))));
        }
        if let Some(label) = label {
            let at = rows.place_or_add(label);
            last.set(at, Some(Value::Str(text.clone())));
        }
        for row in &rows.rows {
            last.from.extend(&row.from);
        }
        last.from.sort_unstable();
        last.from.dedup();
        rows.rows.push(last);
    }
}

fn sum<'v>(values: impl Iterator<Item = &'v Value>) -> Option<Value> {
    let numbers = values.flat_map(Value::elements).filter_map(number);
    let mut numbers = numbers.map(Number::as_f64).peekable();
    numbers.peek()?;
    Some(float(numbers.sum()))
}
