//! `dedup`: the first row of each combination of values.

use std::collections::HashMap;

use super::{Row, Rows};
use crate::lang::ir::table::Dedup;

/// Keeps the first rows of each combination.
pub fn run(dedup: &Dedup, rows: &mut Rows) {
    let places: Vec<Option<usize>> = dedup.columns.iter().map(|name| rows.place(name)).collect();
    let mut seen: HashMap<Vec<String>, usize> = HashMap::new();
    let mut before: Option<Vec<String>> = None;
    rows.rows.retain_mut(|row| {
        let Some(key) = key(row, &places) else {
            return dedup.keep_empty;
        };
        if dedup.consecutive && before.as_ref() != Some(&key) {
            seen.clear();
        }
        let count = seen.entry(key.clone()).or_default();
        *count += 1;
        let keeps = *count <= dedup.keep;
        before = Some(key);
        if !keeps && dedup.keep_rows {
            for at in places.iter().flatten() {
                row.set(*at, None);
            }
        }
        keeps || dedup.keep_rows
    });
}

/// The values of the columns; `None` when one is missing.
fn key(row: &Row, places: &[Option<usize>]) -> Option<Vec<String>> {
    places
        .iter()
        .map(|at| Some(row.get((*at)?)?.text().into_owned()))
        .collect()
}
