//! Columns of a search's result.

use std::collections::BTreeSet;

use crate::lang::Query;
use crate::lang::ir::rows::Step;
use crate::lang::ir::{Rows, Stateful};

/// Returns the names of the result's columns; `None` when they depend on the events (no grouping).
#[must_use]
pub fn of(query: &Query) -> Option<BTreeSet<String>> {
    if let Some(Stateful::Table(table)) = query.stateful.as_deref() {
        let columns = table.columns.as_ref()?.iter();
        return Some(columns.map(ToString::to_string).collect());
    }
    of_rows(query.rows.as_ref()?)
}

fn of_rows(rows: &Rows) -> Option<BTreeSet<String>> {
    let group = rows.group.as_ref()?;
    let by = group.by.iter().map(|by| by.name.to_string());
    let computed = group
        .aggregates
        .iter()
        .map(|aggregate| aggregate.name.to_string());
    let mut columns: BTreeSet<String> = by.chain(computed).collect();
    for step in &rows.after {
        apply(step, &mut columns);
    }
    Some(columns)
}

fn apply(step: &Step, columns: &mut BTreeSet<String>) {
    match step {
        Step::Filter(_) | Step::TimeFormat { .. } | Step::Fill { .. } => {}
        Step::Set { column, .. } => {
            columns.insert(column.to_string());
        }
        Step::Extract(extract) => columns.extend(extract.regex.group_names()),
        Step::Rename { from, to, .. } => {
            map(columns, |name| from.carry(name, to));
        }
        Step::StripPrefix(prefix) => {
            map(columns, |name| {
                Some(name.strip_prefix(&**prefix)?.strip_prefix('.')?.to_owned())
            });
        }
        Step::Keep(names) => columns.retain(|name| names.iter().any(|one| one.fits(name))),
        Step::Drop(names) => columns.retain(|name| !names.iter().any(|one| one.fits(name))),
    }
}

/// Gives columns new names; those for which there is none keep theirs.
fn map(columns: &mut BTreeSet<String>, new: impl Fn(&str) -> Option<String>) {
    let old = std::mem::take(columns).into_iter();
    *columns = old.map(|name| new(&name).unwrap_or(name)).collect();
}
