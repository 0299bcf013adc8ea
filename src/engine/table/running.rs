//! `streamstats`: aggregates of the rows so far.

use std::collections::{HashMap, VecDeque};

use super::{Context, Rows, aggregate, group};
use crate::lang::ir::table::Running;

/// Most rows that an unbounded aggregate looks back at.
const MAX_BEHIND: usize = 10_000;

/// Adds to each row the aggregates of the rows up to it.
pub fn run(running: &Running, rows: &mut Rows, context: &Context<'_>) {
    let places: Vec<Option<usize>> = running
        .group
        .by
        .iter()
        .map(|name| rows.place(name))
        .collect();
    let aggregates = aggregate::columns(&running.group, rows);
    let most = if running.window == 0 {
        MAX_BEHIND
    } else {
        running.window
    };
    let mut behind: HashMap<Vec<String>, VecDeque<usize>> = HashMap::new();
    let mut recent: VecDeque<usize> = VecDeque::new();
    let mut last: Option<Vec<String>> = None;
    let mut results = Vec::with_capacity(rows.rows.len());
    let keys_of: Vec<Option<Vec<String>>> = rows
        .rows
        .iter()
        .map(|row| {
            let key = group::keys(row, &places, context.dialect)
                .into_iter()
                .next()?;
            let texts = key.into_iter();
            Some(
                texts
                    .map(|value| value.map_or_else(String::new, |v| v.text().into_owned()))
                    .collect(),
            )
        })
        .collect();
    for (n, key) in keys_of.iter().enumerate() {
        let Some(key) = key else {
            results.push(Vec::new());
            continue;
        };
        if running.reset_on_change && last.as_ref() != Some(key) {
            behind.clear();
        }
        last = Some(key.clone());
        let seen = if running.global && running.window > 0 {
            &mut recent
        } else {
            behind.entry(key.clone()).or_default()
        };
        if running.current {
            seen.push_back(n);
        }
        while seen.len() > most {
            seen.pop_front();
            context.left_out(u64::from(running.window == 0));
        }
        // A window over all rows holds those of other groups too, which don't count.
        let places: Vec<usize> = seen
            .iter()
            .copied()
            .filter(|at| keys_of[*at].as_ref() == Some(key))
            .collect();
        let values = aggregates
            .iter()
            .map(|one| one.compute(&places, rows, context));
        results.push(values.collect::<Vec<_>>());
        if !running.current {
            seen.push_back(n);
        }
    }
    let names: Vec<String> = aggregates.into_iter().map(|one| one.name).collect();
    let columns: Vec<usize> = names.iter().map(|name| rows.place_or_add(name)).collect();
    for (row, values) in rows.rows.iter_mut().zip(results) {
        for (at, value) in columns.iter().zip(values) {
            row.set(*at, value);
        }
    }
}
