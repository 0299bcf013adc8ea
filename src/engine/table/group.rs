//! `stats` and `eventstats`: groups of rows and what is computed over them.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::aggregate::{self, Columns};
use super::sort::compare;
use super::{Column, Context, Row, RowId, Rows};
use crate::event::Value;
use crate::lang::ir::limit::combine;
use crate::lang::ir::table::{Dialect, Group};

/// Most groups of one row: keys with several values multiply.
const MAX_COMBINATIONS: usize = 1_000;

/// The values of a group's keys.
type Key = Vec<Option<Value>>;

/// Rows of one group, by their places.
struct Found {
    key: Key,
    rows: Vec<usize>,
}

/// Makes one row of each group.
#[must_use]
pub fn run(group: &Group, rows: &Rows, context: &Context<'_>) -> Rows {
    let aggregates = aggregate::columns(group, rows);
    let mut out = Rows::with_columns(group.by.iter().map(|name| &**name));
    out.columns.extend(
        aggregates
            .iter()
            .map(|aggregate| Column::new(&aggregate.name)),
    );
    let mut groups = groups(group, rows, context);
    if groups.is_empty() && group.by.is_empty() {
        groups.push(Found {
            key: Key::new(),
            rows: Vec::new(),
        });
    }
    if context.dialect == Dialect::Spl {
        groups.sort_by(|left, right| order(&left.key, &right.key, context.dialect));
    }
    out.rows = groups
        .into_iter()
        .map(|found| {
            let id = identity(&found.key);
            row(found, id, &aggregates, rows, context)
        })
        .collect();
    out
}

fn row(
    found: Found,
    id: RowId,
    aggregates: &[Columns<'_>],
    rows: &Rows,
    context: &Context<'_>,
) -> Row {
    let mut from: Vec<u32> = found
        .rows
        .iter()
        .flat_map(|at| rows.rows[*at].from.iter().copied())
        .collect();
    from.sort_unstable();
    from.dedup();
    let mut values = found.key;
    values.extend(
        aggregates
            .iter()
            .map(|aggregate| aggregate.compute(&found.rows, rows, context)),
    );
    Row { values, from, id }
}

/// Adds the aggregates of its group to each row.
pub fn annotate(group: &Group, rows: &mut Rows, context: &Context<'_>) {
    let mut values: Vec<(usize, String, Option<Value>)> = Vec::new();
    {
        let aggregates = aggregate::columns(group, rows);
        for found in groups(group, rows, context) {
            for aggregate in &aggregates {
                let value = aggregate.compute(&found.rows, rows, context);
                let rows = found.rows.iter();
                values.extend(rows.map(|at| (*at, aggregate.name.clone(), value.clone())));
            }
        }
        let names: Vec<String> = aggregates.into_iter().map(|one| one.name).collect();
        for name in names {
            rows.place_or_add(&name);
        }
    }
    for (row, name, value) in values {
        if let Some(at) = rows.place(&name) {
            rows.rows[row].set(at, value);
        }
    }
}

/// Returns the groups in the order of their first row.
fn groups(group: &Group, rows: &Rows, context: &Context<'_>) -> Vec<Found> {
    let places: Vec<Option<usize>> = group.by.iter().map(|name| rows.place(name)).collect();
    let mut found: Vec<Found> = Vec::new();
    let mut at: HashMap<Vec<Option<String>>, usize> = HashMap::new();
    for (n, row) in rows.rows.iter().enumerate() {
        for key in keys(row, &places, context.dialect) {
            let texts = key
                .iter()
                .map(|value| value.as_ref().map(|value| value.text().into_owned()))
                .collect();
            let place = *at.entry(texts).or_insert_with(|| {
                found.push(Found {
                    key,
                    rows: Vec::new(),
                });
                found.len() - 1
            });
            if found[place].rows.last() != Some(&n) {
                found[place].rows.push(n);
            }
        }
    }
    found
}

/// Returns the keys of a row: several values of a column give several.
pub fn keys(row: &Row, places: &[Option<usize>], dialect: Dialect) -> Vec<Key> {
    let mut keys: Vec<Key> = vec![Key::new()];
    for place in places {
        let value = place.and_then(|at| row.get(at));
        let elements: Vec<Option<Value>> = match value {
            Some(value) => value.elements().cloned().map(Some).collect(),
            None if dialect == Dialect::Esql => vec![None],
            None => Vec::new(),
        };
        keys = combine(&keys, &elements, MAX_COMBINATIONS, |key, element| {
            let mut key = key.clone();
            key.push(element.clone());
            key
        });
    }
    keys
}

fn order(left: &Key, right: &Key, dialect: Dialect) -> Ordering {
    left.iter()
        .zip(right)
        .map(|pair| match pair {
            (Some(left), Some(right)) => compare(left, right, dialect),
            (left, right) => left.is_some().cmp(&right.is_some()),
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// Returns the identity of the row that these keys name.
fn identity(key: &Key) -> RowId {
    let texts: Vec<Option<String>> = key
        .iter()
        .map(|value| value.as_ref().map(|value| value.text().into_owned()))
        .collect();
    let parts = texts.iter().map(|text| match text {
        Some(text) => text.as_bytes(),
        None => b"\0null".as_slice(),
    });
    RowId::of(std::iter::once(b"group".as_slice()).chain(parts))
}
