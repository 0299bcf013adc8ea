//! `join`, subsearches in a search, and `map`: rows of two tables that belong together.

use std::collections::HashMap;

use super::{Context, Row, RowId, Rows, append, group, run as run_pipeline};
use crate::event::{FieldId, Value};
use crate::lang::ir::Case;
use crate::lang::ir::table::{Dialect, Join, Pipeline, token};

/// Adds to each row the columns of its partners; a row without one goes, unless it is an outer join.
pub fn run(join: &Join, rows: &mut Rows, context: &Context<'_>) {
    let others = run_pipeline(&join.pipeline, context);
    let on: Vec<Box<str>> = if join.on.is_empty() {
        let shared = rows.columns.iter().map(|column| column.name.clone());
        shared.filter(|name| others.place(name).is_some()).collect()
    } else {
        join.on.clone()
    };
    let partners = by_key(&others, &on, context.dialect);
    let places: Vec<Option<usize>> = on.iter().map(|name| rows.place(name)).collect();
    let carried: Vec<(usize, usize, bool)> = others
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| !on.contains(&column.name))
        .map(|(from, column)| {
            let known = rows.place(&column.name);
            let to = known.unwrap_or_else(|| {
                rows.columns.push(column.clone());
                rows.columns.len() - 1
            });
            (from, to, known.is_some())
        })
        .collect();
    let mut out: Vec<Row> = Vec::new();
    let mut left = rows.rows.len() as u64;
    for row in rows.rows.drain(..) {
        left -= 1;
        let found = keys(&row, &places, context.dialect)
            .into_iter()
            .filter_map(|key| partners.get(&key))
            .flatten();
        let most = if join.most == 0 {
            usize::MAX
        } else {
            join.most
        };
        let mut alone = true;
        for other in found.take(most).map(|at| &others.rows[*at]) {
            alone = false;
            let mut joined = row.clone();
            for (from, to, known) in &carried {
                if !known || join.overwrite && other.get(*from).is_some() {
                    joined.set(*to, other.get(*from).cloned());
                }
            }
            joined.join_events(other);
            if join.most != 1 {
                joined.id = RowId::of([row.id.0.as_slice(), &other.id.0]);
            }
            out.push(joined);
        }
        if alone && join.outer {
            out.push(row);
        }
        if out.len() > super::MAX_ROWS {
            context.left_out(left);
            break;
        }
    }
    rows.rows = out;
}

type Text = Vec<String>;

fn keys(row: &Row, places: &[Option<usize>], dialect: Dialect) -> Vec<Text> {
    group::keys(row, places, dialect)
        .into_iter()
        .filter_map(|key| {
            key.into_iter()
                .map(|value| Some(value?.text().into_owned()))
                .collect()
        })
        .collect()
}

fn by_key(rows: &Rows, on: &[Box<str>], dialect: Dialect) -> HashMap<Text, Vec<usize>> {
    let places: Vec<Option<usize>> = on.iter().map(|name| rows.place(name)).collect();
    let mut found: HashMap<Text, Vec<usize>> = HashMap::new();
    for (at, row) in rows.rows.iter().enumerate() {
        for key in keys(row, &places, dialect) {
            found.entry(key).or_default().push(at);
        }
    }
    found
}

/// Keeps the rows that some row of the subsearch describes: each of its values stands in the column of its name, in
/// any letter case. A column called `search` or `query` holds texts that stand anywhere in the row.
pub fn matches(pipeline: &Pipeline, negated: bool, rows: &mut Rows, context: &Context<'_>) {
    let wanted = run_pipeline(pipeline, context);
    let Rows { columns, rows } = rows;
    rows.retain(|row| {
        let described = wanted.rows.iter().any(|one| {
            let mut any = false;
            let all = wanted.columns.iter().enumerate().all(|(n, column)| {
                let Some(value) = one.get(n).filter(|_| !column.name.starts_with('_')) else {
                    return true;
                };
                any = true;
                if matches!(&*column.name, "search" | "query") {
                    return row
                        .values
                        .iter()
                        .flatten()
                        .any(|held| holds(held, value, false));
                }
                let at = columns.iter().position(|known| known.name == column.name);
                at.and_then(|at| row.get(at))
                    .is_some_and(|held| holds(held, value, true))
            });
            any && all
        });
        described != negated
    });
}

fn holds(held: &Value, wanted: &Value, whole: bool) -> bool {
    wanted.elements().any(|wanted| {
        let wanted = Case::Insensitive.fold_text(&wanted.text());
        held.elements().any(|held| {
            let held = Case::Insensitive.fold_text(&held.text());
            if whole {
                held == wanted
            } else {
                held.contains(&*wanted)
            }
        })
    })
}

/// `map`: for each of the first rows, what the pipeline gives while it sees that row's values.
pub fn for_each_row(
    pipeline: &Pipeline,
    tokens: &[Box<str>],
    most: usize,
    rows: &Rows,
    context: &Context<'_>,
) -> Rows {
    let mut out = Rows::default();
    context.left_out(rows.rows.len().saturating_sub(most) as u64);
    for row in rows.rows.iter().take(most) {
        let values = tokens.iter().filter_map(|name| {
            let value = rows.value(row, name)?.clone();
            Some((FieldId::of(&token(name)), value))
        });
        let mut found = context.with_tokens(values.collect(), pipeline);
        for one in &mut found.rows {
            one.join_events(row);
            one.id = RowId::of([row.id.0.as_slice(), &one.id.0]);
        }
        append::rows(&mut out, found);
        if out.rows.len() > super::MAX_ROWS {
            context.left_out(1);
            break;
        }
    }
    out
}
