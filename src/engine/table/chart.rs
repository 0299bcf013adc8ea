//! `chart` and `timechart`: a row for each value of one column, a column for each value of another.

use std::collections::HashMap;

use super::{Context, Row, RowId, Rows, aggregate, group};
use crate::event::Value;
use crate::lang::ir::table::{Aggregate, Chart, Group};
use crate::lang::ir::test::number;

/// Most empty stretches of time that are filled in.
const MAX_FILLED: i64 = 10_000;
/// The column of the values past the limit, and that of rows without a value.
const OTHER: &str = "OTHER";
const NULL: &str = "NULL";

/// Computes the aggregates of each row and column.
#[must_use]
pub fn run(chart: &Chart, rows: Rows, context: &Context<'_>) -> Rows {
    let mut rows = rows;
    let by = chart
        .by
        .as_ref()
        .map(|by| name_series(by, chart, &mut rows));
    let keys: Vec<Box<str>> = std::iter::once(chart.over.clone())
        .chain(by.clone())
        .collect();
    let grouped = Group {
        by: keys,
        aggregates: chart.aggregates.clone(),
    };
    let found = group::run(&grouped, &rows, context);
    let mut out = match by {
        Some(_) => spread(chart, &found),
        None => found,
    };
    if let Some(seconds) = chart.filled {
        fill(i64::from(seconds), chart, &mut out, context);
    }
    out
}

/// Adds a column with the name of each row's series: its value, or [`OTHER`] past the limit.
fn name_series(by: &str, chart: &Chart, rows: &mut Rows) -> Box<str> {
    const SERIES: &str = "\u{0}series";
    let from = rows.place(by);
    let name_of = |row: &Row| {
        let value = from.and_then(|at| row.get(at));
        value.map_or_else(|| NULL.to_owned(), |value| value.text().into_owned())
    };
    let mut counts: HashMap<String, usize> = HashMap::new();
    for row in &rows.rows {
        *counts.entry(name_of(row)).or_default() += 1;
    }
    let mut frequent: Vec<(String, usize)> = counts.into_iter().collect();
    frequent.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    if chart.limit > 0 {
        frequent.truncate(chart.limit);
    }
    let to = rows.place_or_add(SERIES);
    for row in &mut rows.rows {
        let name = name_of(row);
        let shown = if frequent.iter().any(|(known, _)| *known == name) {
            Some(name)
        } else {
            chart.other.then(|| OTHER.to_owned())
        };
        row.set(to, shown.map(Value::from));
    }
    SERIES.into()
}

/// Makes columns of the second key's values.
fn spread(chart: &Chart, found: &Rows) -> Rows {
    let mut out = Rows::with_columns([&*chart.over]);
    let mut at: HashMap<String, usize> = HashMap::new();
    for row in &found.rows {
        let Some(over) = row.get(0) else { continue };
        let series = row.get(1).map(|value| value.text().into_owned());
        let series = series.unwrap_or_default();
        let place = *at.entry(over.text().into_owned()).or_insert_with(|| {
            out.rows.push(Row {
                values: vec![Some(over.clone())],
                from: Vec::new(),
                id: RowId::of([b"chart".as_slice(), over.text().as_bytes()]),
            });
            out.rows.len() - 1
        });
        for (n, Aggregate { name, .. }) in chart.aggregates.iter().enumerate() {
            let column = if chart.aggregates.len() == 1 {
                series.clone()
            } else {
                format!("{name}: {series}")
            };
            let to = out.place_or_add(&column);
            out.rows[place].set(to, row.get(2 + n).cloned());
        }
        out.rows[place].join_events(row);
    }
    let columns = out.columns.len();
    for row in &mut out.rows {
        for at in 1..columns {
            if row.get(at).is_none() && aggregate::counts(&chart.aggregates) {
                row.set(at, Some(Value::Int(0)));
            }
        }
    }
    out
}

/// Adds a row for each stretch of time between the first and the last that has none.
fn fill(seconds: i64, chart: &Chart, rows: &mut Rows, context: &Context<'_>) {
    let time_of = |row: &Row| Some(number(row.get(0)?)?.as_f64() as i64);
    let known: Vec<i64> = rows.rows.iter().filter_map(time_of).collect();
    let (Some(first), Some(last)) = (known.iter().min(), known.iter().max()) else {
        return;
    };
    let wanted = (last - first) / seconds;
    if wanted > MAX_FILLED {
        context.left_out((wanted - MAX_FILLED) as u64);
    }
    let columns = rows.columns.len();
    for n in 0..wanted.min(MAX_FILLED) {
        let time = first + n * seconds;
        if known.contains(&time) {
            continue;
        }
        let mut row = Row {
            values: vec![Some(Value::Int(time))],
            from: Vec::new(),
            id: RowId::of([b"chart".as_slice(), &time.to_be_bytes()]),
        };
        for at in 1..columns {
            if aggregate::counts(&chart.aggregates) {
                row.set(at, Some(Value::Int(0)));
            }
        }
        rows.rows.push(row);
    }
    rows.rows.sort_by_key(time_of);
}
