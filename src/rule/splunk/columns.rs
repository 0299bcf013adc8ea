//! Columns of a search's result.

use std::collections::BTreeSet;

use crate::lang::ir::Rows;
use crate::lang::ir::rows::{Name, Step};

/// Returns the names of the result's columns; `None` when they depend on the events (no grouping, wildcards).
#[must_use]
pub fn of(rows: &Rows) -> Option<BTreeSet<String>> {
    let group = rows.group.as_ref()?;
    let by = group.by.iter().map(|by| by.name.to_string());
    let computed = group
        .aggregates
        .iter()
        .map(|aggregate| aggregate.name.to_string());
    let mut columns: BTreeSet<String> = by.chain(computed).collect();
    for step in &rows.after {
        apply(step, &mut columns)?;
    }
    Some(columns)
}

fn apply(step: &Step, columns: &mut BTreeSet<String>) -> Option<()> {
    match step {
        Step::Filter(_) | Step::TimeFormat { .. } | Step::Fill { .. } => {}
        Step::Set { column, .. } => {
            columns.insert(column.to_string());
        }
        Step::Rename { from, to, .. } => {
            let (from, to) = (plain(from)?, plain(to)?);
            if columns.remove(from) {
                columns.insert(to.to_owned());
            }
        }
        Step::StripPrefix(prefix) => {
            let strip = |name: String| {
                let short = name
                    .strip_prefix(&**prefix)
                    .and_then(|rest| rest.strip_prefix('.'));
                short.map_or_else(|| name.clone(), str::to_owned)
            };
            *columns = std::mem::take(columns).into_iter().map(strip).collect();
        }
        Step::Keep(names) => {
            let kept: BTreeSet<_> = names.iter().map(plain).collect::<Option<_>>()?;
            columns.retain(|name| kept.contains(name.as_str()));
        }
        Step::Drop(names) => {
            for name in names {
                columns.remove(plain(name)?);
            }
        }
        #[allow(
            unreachable_patterns,
            reason = "steps that later languages add leave the columns unknown"
        )]
        _ => return None,
    }
    Some(())
}

fn plain(name: &Name) -> Option<&str> {
    (!name.0.contains('*')).then_some(&*name.0)
}
