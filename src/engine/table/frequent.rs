//! `top` and `rare`: the most or least frequent combinations of values.

use super::aggregate::float;
use super::{Column, Context, Rows, group};
use crate::event::Value;
use crate::lang::ir::table::{Aggregate, Argument, Frequent, Function, Group};

/// Counts combinations and keeps the first of each group.
#[must_use]
pub fn run(frequent: &Frequent, rows: &Rows, context: &Context<'_>) -> Rows {
    let by = frequent.by.iter().chain(&frequent.columns).cloned();
    let counting = Group {
        by: by.collect(),
        aggregates: vec![Aggregate {
            function: Function::Count,
            argument: Argument::Rows,
            name: "\0count".into(),
        }],
    };
    let mut counted = group::run(&counting, rows, context);
    let at = counting.by.len();
    let count = |row: &super::Row| row.get(at).and_then(Value::as_int).unwrap_or(0);
    let prefix = |row: &super::Row| -> Vec<Option<Value>> {
        row.values.iter().take(frequent.by.len()).cloned().collect()
    };
    counted.rows.sort_by_key(|row| {
        if frequent.rarest {
            count(row)
        } else {
            -count(row)
        }
    });
    let mut totals: Vec<(Vec<Option<Value>>, i64, usize)> = Vec::new();
    for row in &counted.rows {
        let prefix = prefix(row);
        match totals.iter_mut().find(|(known, ..)| *known == prefix) {
            Some((_, total, _)) => *total += count(row),
            None => totals.push((prefix, count(row), 0)),
        }
    }
    let mut kept = Vec::new();
    for mut row in std::mem::take(&mut counted.rows) {
        let prefix = prefix(&row);
        let Some((_, total, taken)) = totals.iter_mut().find(|(known, ..)| *known == prefix) else {
            continue;
        };
        *taken += 1;
        if frequent.limit > 0 && *taken > frequent.limit {
            continue;
        }
        let number = count(&row);
        row.values.truncate(at);
        if frequent.count.is_some() {
            row.values.push(Some(Value::Int(number)));
        }
        if frequent.percent.is_some() {
            let share = number as f64 * 100.0 / (*total).max(1) as f64;
            row.values.push(Some(float(share)));
        }
        kept.push(row);
    }
    counted.columns.truncate(at);
    let added = frequent.count.iter().chain(&frequent.percent);
    counted.columns.extend(added.map(|name| Column::new(name)));
    counted.rows = kept;
    counted
}
