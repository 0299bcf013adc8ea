//! `sort`, and the order of values that the other commands share.

use std::cmp::Ordering;
use std::net::IpAddr;

use super::{Context, Rows};
use crate::event::Value;
use crate::lang::ir::table::{Dialect, Order, Sort, SortKey};
use crate::lang::ir::test::number;

/// Sorts the rows and keeps the first `limit`.
pub fn run(sort: &Sort, rows: &mut Rows, context: &Context<'_>) {
    let columns = std::mem::take(&mut rows.columns);
    let mut keyed: Vec<(Vec<Option<Value>>, super::Row)> = rows
        .rows
        .drain(..)
        .map(|row| {
            let keys = sort.keys.iter();
            let keys = keys.map(|key| context.value(&key.value, &columns, &row));
            (keys.collect(), row)
        })
        .collect();
    keyed.sort_by(|(left, _), (right, _)| {
        sort.keys
            .iter()
            .zip(left.iter().zip(right))
            .map(|(key, (left, right))| by_key(key, left.as_ref(), right.as_ref(), context.dialect))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    rows.rows = keyed.into_iter().map(|(_, row)| row).collect();
    rows.columns = columns;
    if let Some(limit) = sort.limit {
        rows.rows.truncate(limit);
    }
}

fn by_key(
    key: &SortKey,
    left: Option<&Value>,
    right: Option<&Value>,
    dialect: Dialect,
) -> Ordering {
    match (left, right) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) if key.nulls_first => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) if key.nulls_first => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(left), Some(right)) => {
            let order = match key.order {
                Order::Automatic => compare(left, right, dialect),
                Order::Text => left.text().cmp(&right.text()),
                Order::Number => numbers(left, right).unwrap_or(Ordering::Equal),
                Order::Address => address(left).cmp(&address(right)),
            };
            if key.descending {
                order.reverse()
            } else {
                order
            }
        }
    }
}

/// Numbers by value ahead of texts, which follow by their characters.
#[must_use]
pub fn compare(left: &Value, right: &Value, dialect: Dialect) -> Ordering {
    let texts = || left.text().cmp(&right.text());
    if dialect == Dialect::Esql && (left.as_str().is_some() || right.as_str().is_some()) {
        return texts();
    }
    match (number(left), number(right)) {
        (Some(_), Some(_)) => numbers(left, right).unwrap_or(Ordering::Equal),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => texts(),
    }
}

fn numbers(left: &Value, right: &Value) -> Option<Ordering> {
    number(left)?.compare(number(right)?)
}

fn address(value: &Value) -> Option<IpAddr> {
    value.text().parse().ok()
}
