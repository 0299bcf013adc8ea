//! `transaction`: rows that share values and lie close together become one.

use super::aggregate::float;
use super::{Column, Context, Row, RowId, Rows};
use crate::engine::naive::holds;
use crate::event::Value;
use crate::lang::ir::table::Transaction;
use crate::lang::ir::test::number;

/// Most transactions that are open at a time; the oldest end first.
const MAX_OPEN: usize = 5_000;

/// Rows of one transaction, the oldest first.
#[derive(Default)]
struct Open {
    rows: Vec<usize>,
    /// The values of the shared columns, as far as they are known.
    key: Vec<Option<String>>,
    first: f64,
    last: f64,
    ended: bool,
}

/// Joins rows in the order of their time; the newest transaction comes first.
#[must_use]
pub fn run(transaction: &Transaction, rows: &Rows, context: &Context<'_>) -> Rows {
    let time = rows.place("_time");
    let time_of = |at: usize| {
        let value = time.and_then(|time| rows.rows[at].get(time));
        value
            .and_then(number)
            .map_or(0.0, crate::lang::ir::Number::as_f64)
    };
    let mut order: Vec<usize> = (0..rows.rows.len()).collect();
    order.sort_by(|a, b| time_of(*a).total_cmp(&time_of(*b)));
    let places: Vec<Option<usize>> = transaction.by.iter().map(|name| rows.place(name)).collect();
    let mut open: Vec<Open> = Vec::new();
    let mut done: Vec<Open> = Vec::new();
    for at in order {
        let now = time_of(at);
        let row = &rows.rows[at];
        close_old(transaction, now, &mut open, &mut done);
        let key: Vec<Option<String>> = places
            .iter()
            .map(|at| Some(row.get((*at)?)?.text().into_owned()))
            .collect();
        if key.iter().all(Option::is_none) && !key.is_empty() {
            continue;
        }
        let fits = |pred: &Option<crate::lang::ir::Pred>| {
            pred.as_ref()
                .is_some_and(|pred| holds(pred, &context.scope(&rows.columns, row)))
        };
        let (starts, ends) = (fits(&transaction.starts), fits(&transaction.ends));
        let found = open
            .iter()
            .rposition(|open| shares(&open.key, &key, transaction));
        let found = match found {
            Some(found) if starts => {
                done.push(open.remove(found));
                None
            }
            found => found,
        };
        let found = match found {
            Some(found) => found,
            // What comes before a start belongs to none.
            None if transaction.starts.is_some() && !starts => continue,
            None => {
                open.push(Open {
                    key: key.clone(),
                    first: now,
                    ..Open::default()
                });
                open.len() - 1
            }
        };
        let one = &mut open[found];
        one.rows.push(at);
        one.last = now;
        for (known, new) in one.key.iter_mut().zip(key) {
            *known = known.take().or(new);
        }
        let full = transaction.max_events > 0 && one.rows.len() >= transaction.max_events;
        if ends || full {
            one.ended = ends || transaction.ends.is_none();
            done.push(open.remove(found));
        }
        if open.len() > MAX_OPEN {
            done.push(open.remove(0));
            context.left_out(1);
        }
    }
    done.append(&mut open);
    if transaction.ends.is_some() && !transaction.keep_evicted {
        done.retain(|one| one.ended);
    }
    done.sort_by(|a, b| b.first.total_cmp(&a.first));
    put_together(&done, rows)
}

/// Ends the transactions that are too long or too long silent.
fn close_old(transaction: &Transaction, now: f64, open: &mut Vec<Open>, done: &mut Vec<Open>) {
    let past = |limit: Option<i64>, since: f64| {
        limit.is_some_and(|limit| (now - since) * 1e9 > limit as f64 + 1.0)
    };
    let mut at = 0;
    while at < open.len() {
        if past(transaction.max_span, open[at].first) || past(transaction.max_pause, open[at].last)
        {
            done.push(open.remove(at));
        } else {
            at += 1;
        }
    }
}

/// No value of one contradicts the other's, and unless rows may join unconnected, one is the same.
fn shares(known: &[Option<String>], new: &[Option<String>], transaction: &Transaction) -> bool {
    let mut same = known.is_empty();
    for pair in known.iter().zip(new) {
        match pair {
            (Some(known), Some(new)) if known != new => return false,
            (Some(_), Some(_)) => same = true,
            _ => {}
        }
    }
    same || !transaction.connected
}

fn put_together(done: &[Open], rows: &Rows) -> Rows {
    let mut out = Rows {
        columns: rows.columns.clone(),
        rows: Vec::new(),
    };
    let duration = out.place_or_add("duration");
    let count = out.place_or_add("eventcount");
    let time = out
        .columns
        .iter()
        .position(|column: &Column| &*column.name == "_time");
    for one in done {
        let mut row = Row::default();
        for at in 0..rows.columns.len() {
            let mut values: Vec<Value> = Vec::new();
            for value in one.rows.iter().filter_map(|n| rows.rows[*n].get(at)) {
                values.extend(value.elements().cloned());
            }
            if time == Some(at) {
                values.truncate(1);
            } else {
                values.sort_by(|a, b| a.text().cmp(&b.text()));
                values.dedup();
            }
            let value = match values.len() {
                0 => None,
                1 => values.pop(),
                _ => Some(Value::List(values)),
            };
            row.set(at, value);
        }
        row.set(duration, Some(float(one.last - one.first)));
        row.set(count, Some(Value::Int(one.rows.len() as i64)));
        for n in &one.rows {
            row.join_events(&rows.rows[*n]);
        }
        let first = one
            .rows
            .first()
            .map(|n| rows.rows[*n].id.0)
            .unwrap_or_default();
        row.id = RowId::of([b"transaction".as_slice(), &first]);
        out.rows.push(row);
    }
    out
}
