//! `append`, `appendpipe`, `appendcols`: rows and columns of another table.

use super::{RowId, Rows};

/// Adds the rows of `more` at the end.
pub fn rows(rows: &mut Rows, more: Rows) {
    let places: Vec<usize> = more
        .columns
        .iter()
        .map(|column| {
            let known = rows.place(&column.name);
            known.unwrap_or_else(|| {
                rows.columns.push(column.clone());
                rows.columns.len() - 1
            })
        })
        .collect();
    for mut row in more.rows {
        let values = std::mem::take(&mut row.values);
        for (at, value) in places.iter().zip(values) {
            row.set(*at, value);
        }
        row.id = RowId::of([b"append".as_slice(), &row.id.0]);
        rows.rows.push(row);
    }
}

/// Adds the columns of `more`, row by row.
pub fn columns(rows: &mut Rows, more: &Rows, overwrite: bool) {
    for (from, column) in more.columns.iter().enumerate() {
        let known = rows.place(&column.name);
        let to = known.unwrap_or_else(|| {
            rows.columns.push(column.clone());
            rows.columns.len() - 1
        });
        if known.is_some() && !overwrite {
            continue;
        }
        for (row, other) in rows.rows.iter_mut().zip(&more.rows) {
            row.set(to, other.get(from).cloned());
        }
    }
    for (row, other) in rows.rows.iter_mut().zip(&more.rows) {
        row.join_events(other);
    }
}
