//! `rename`, `fields`, `table`, `fillnull`, `convert ctime`: which columns there are and what they are called.

use super::{Column, Rows};
use crate::event::{FieldId, Value};
use crate::lang::ir::rows::Name;

/// Gives columns another name; a column that has it already gives way.
pub fn rename(from: &Name, to: &Name, rows: &mut Rows) {
    let renamed: Vec<(usize, String)> = rows
        .columns
        .iter()
        .enumerate()
        .filter_map(|(at, column)| Some((at, from.carry(&column.name, to)?)))
        .collect();
    let mut gone: Vec<usize> = Vec::new();
    for (at, name) in renamed {
        if let Some(other) = rows.place(&name).filter(|other| *other != at) {
            gone.push(other);
            rows.columns[other].name = "".into();
        }
        rows.columns[at].id = FieldId::of(&name);
        rows.columns[at].name = name.into();
    }
    gone.sort_unstable();
    let kept: Vec<usize> = (0..rows.columns.len())
        .filter(|at| gone.binary_search(at).is_err())
        .collect();
    if !gone.is_empty() {
        select(&kept, rows);
    }
}

/// Keeps only the named columns, in the order of the names; one that is not there stays away.
pub fn keep(names: &[Name], rows: &mut Rows) {
    let mut kept: Vec<usize> = Vec::new();
    for name in names {
        for (at, column) in rows.columns.iter().enumerate() {
            if name.fits(&column.name) && !kept.contains(&at) {
                kept.push(at);
            }
        }
    }
    select(&kept, rows);
}

/// Removes the named columns.
pub fn drop(names: &[Name], rows: &mut Rows) {
    let kept: Vec<usize> = rows
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| !names.iter().any(|name| name.fits(&column.name)))
        .map(|(at, _)| at)
        .collect();
    select(&kept, rows);
}

/// Puts a text where a value is missing.
pub fn fill(names: &[Name], value: &str, rows: &mut Rows) {
    for name in names.iter().filter(|name| !name.0.contains('*')) {
        rows.place_or_add(&name.0);
    }
    let places: Vec<usize> = rows
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| names.is_empty() || names.iter().any(|n| n.fits(&column.name)))
        .map(|(at, _)| at)
        .collect();
    let value = Value::from(value);
    for row in &mut rows.rows {
        for at in &places {
            if row.get(*at).is_none() {
                row.set(*at, Some(value.clone()));
            }
        }
    }
}

/// Shows times as text.
pub fn format_time(column: &Name, format: &str, rows: &mut Rows) {
    for found in rows
        .columns
        .iter_mut()
        .filter(|found| column.fits(&found.name))
    {
        found.time_format = Some(format.into());
    }
}

/// Keeps the columns at these places, in this order.
fn select(kept: &[usize], rows: &mut Rows) {
    let columns: Vec<Column> = kept.iter().map(|at| rows.columns[*at].clone()).collect();
    rows.columns = columns;
    for row in &mut rows.rows {
        row.values = kept
            .iter()
            .map(|at| row.values.get_mut(*at).and_then(Option::take))
            .collect();
    }
}
