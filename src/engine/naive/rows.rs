//! One event's share of the result rows.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::scope::{Fields, OfRow};
use super::{Scope, expr, holds};
use crate::engine::{Column, Merge, Row};
use crate::event::{Event, FieldId, Value};
use crate::lang::ir::limit::combine;
use crate::lang::ir::rows::{Aggregate, By, Extract, Group, Measure, Name, Rows, Step};
use crate::lang::ir::test::{number, with_text};

/// Most rows of one event: by-fields with several values multiply.
const MAX_ROWS: usize = 1_000;

/// Returns the shares; `None` when the pipeline drops the event. Without grouping there are no rows.
pub fn shares(rows: &Rows, scope: &Scope<'_>) -> Option<Vec<Row>> {
    let event = scope.event();
    let mut scope = scope.clone();
    for step in &rows.before {
        before(step, &mut scope)?;
    }
    let Some(group) = &rows.group else {
        return Some(Vec::new());
    };
    let shares: Vec<Row> = grouped(group, &scope)
        .into_iter()
        .filter_map(|row| {
            rows.after
                .iter()
                .try_fold(row, |row, step| after(step, row, event))
        })
        .collect();
    (!shares.is_empty()).then_some(shares)
}

/// Runs a step on the event; `None` drops it.
fn before(step: &Step, scope: &mut Scope<'_>) -> Option<()> {
    match step {
        Step::Filter(pred) => return holds(pred, scope).then_some(()),
        Step::Set { column, value } => {
            let value = expr::value(value, scope, &Vec::new());
            scope.set(FieldId::of(column), value);
        }
        Step::Rename { from, to, field } => {
            let value = scope.value(*field).map(Cow::into_owned);
            scope.set(FieldId::of(&from.0), None);
            scope.set(FieldId::of(&to.0), value);
        }
        Step::Extract(extract) => {
            let value = scope.value(extract.field).map(Cow::into_owned);
            for (name, value) in extracted(extract, value.as_ref()) {
                scope.set(FieldId::of(&name), Some(value));
            }
        }
        Step::Fill { fields, value, .. } => {
            for field in fields {
                if scope.value(*field).is_none() {
                    scope.set(field.name, Some(Value::Str(value.clone())));
                }
            }
        }
        // What is shown of an event is the event.
        Step::StripPrefix(_) | Step::TimeFormat { .. } | Step::Keep(_) | Step::Drop(_) => {}
    }
    Some(())
}

/// What a `rex` sets: nothing where nothing matches.
fn extracted(extract: &Extract, value: Option<&Value>) -> Vec<(String, Value)> {
    let Some(text) = value.and_then(|value| with_text(value, str::to_owned)) else {
        return Vec::new();
    };
    let groups = extract.regex.groups(&text, extract.most).into_iter();
    groups
        .map(|(name, mut texts)| {
            let value = if texts.len() == 1 {
                Value::from(texts.swap_remove(0))
            } else {
                Value::List(texts.into_iter().map(Value::from).collect())
            };
            (name, value)
        })
        .collect()
}

fn grouped(group: &Group, scope: &Scope<'_>) -> Vec<Row> {
    let mut rows: Vec<Vec<Column>> = vec![Vec::new()];
    for by in &group.by {
        let values = key_values(by, scope);
        rows = combine(&rows, &values, MAX_ROWS, |row, value| {
            let mut row = row.clone();
            row.push(column(&by.name, value.clone(), Merge::Key));
            row
        });
    }
    let measured: Vec<Column> = group
        .aggregates
        .iter()
        .filter_map(|aggregate| measure(aggregate, scope))
        .collect();
    rows.into_iter()
        .map(|mut columns| {
            columns.extend(measured.iter().cloned());
            Row { columns }
        })
        .collect()
}

fn column(name: &str, value: Value, merge: Merge) -> Column {
    Column {
        name: name.to_owned(),
        value,
        merge,
        time_format: None,
    }
}

/// The values of a by-field, each once; none drops the row.
fn key_values(by: &By, scope: &Scope<'_>) -> Vec<Value> {
    let mut values = Vec::new();
    if let Some(value) = scope.value(by.field) {
        for element in value.elements() {
            let element = by
                .bucket
                .map_or_else(|| element.clone(), |span| bucket(element, span));
            if !values.contains(&element) {
                values.push(element);
            }
        }
    }
    if values.is_empty()
        && let Some(fill) = &by.fill
    {
        values.push(Value::Str(fill.clone()));
    }
    values
}

fn bucket(value: &Value, span: u32) -> Value {
    match number(value) {
        Some(time) if span > 0 => {
            let span = i64::from(span);
            Value::Int((time.as_f64().floor() as i64).div_euclid(span) * span)
        }
        _ => value.clone(),
    }
}

fn measure(aggregate: &Aggregate, scope: &Scope<'_>) -> Option<Column> {
    let field = aggregate.measure.field().map(|field| scope.value(field));
    let elements: &[Value] = match &field {
        Some(Some(value)) => match &**value {
            Value::List(list) => list,
            single => std::slice::from_ref(single),
        },
        _ => &[],
    };
    let (value, merge) = match aggregate.measure {
        Measure::Count => (Value::Int(1), Merge::Sum),
        Measure::CountOf(_) => (Value::Int(elements.len() as i64), Merge::Sum),
        Measure::Sum(_) => (sum(elements)?, Merge::Sum),
        Measure::Min(_) => (
            elements.iter().min_by(|a, b| order(a, b))?.clone(),
            Merge::Min,
        ),
        Measure::Max(_) => (
            elements.iter().max_by(|a, b| order(a, b))?.clone(),
            Merge::Max,
        ),
        Measure::Values(_) => (distinct(elements)?, Merge::Values),
        Measure::Latest(_) => (timed(elements, scope.event())?, Merge::Latest),
        Measure::Earliest(_) => (timed(elements, scope.event())?, Merge::Earliest),
        Measure::Distinct(_) => (
            distinct(elements).unwrap_or_else(|| Value::List(Vec::new())),
            Merge::Distinct,
        ),
    };
    Some(column(&aggregate.name, value, merge))
}

/// The first value and when it was.
fn timed(elements: &[Value], event: &Event) -> Option<Value> {
    let first = elements.first()?.clone();
    Some(Value::List(vec![Value::Int(event.time.0), first]))
}

fn sum(elements: &[Value]) -> Option<Value> {
    let numbers: Vec<f64> = elements
        .iter()
        .filter_map(number)
        .map(crate::lang::ir::Number::as_f64)
        .collect();
    let total: f64 = numbers.iter().sum();
    (!numbers.is_empty()).then(|| {
        if total.fract() == 0.0 && total.abs() < 9e15 {
            Value::Int(total as i64)
        } else {
            Value::Float(total)
        }
    })
}

/// Numbers by value, everything else by text.
fn order(left: &Value, right: &Value) -> Ordering {
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return left.compare(right).unwrap_or(Ordering::Equal);
    }
    let text = |value: &Value| with_text(value, str::to_owned).unwrap_or_default();
    text(left).cmp(&text(right))
}

fn distinct(elements: &[Value]) -> Option<Value> {
    let mut texts: Vec<String> = elements
        .iter()
        .filter_map(|element| with_text(element, str::to_owned))
        .collect();
    texts.sort();
    texts.dedup();
    (!texts.is_empty()).then(|| Value::List(texts.into_iter().map(Value::from).collect()))
}

/// Runs a step on a row; `None` drops it.
fn after(step: &Step, mut row: Row, event: &Event) -> Option<Row> {
    match step {
        Step::Filter(pred) => return holds(pred, &OfRow { row: &row, event }).then_some(row),
        Step::Set {
            column: name,
            value,
        } => {
            let value = expr::value(value, &OfRow { row: &row, event }, &Vec::new());
            row.columns.retain(|column| column.name != **name);
            row.columns
                .extend(value.map(|value| column(name, value, Merge::Key)));
        }
        Step::Extract(extract) => {
            let scope = OfRow { row: &row, event };
            let value = scope.value(extract.field).map(Cow::into_owned);
            for (name, value) in extracted(extract, value.as_ref()) {
                row.columns.retain(|column| column.name != name);
                row.columns.push(column(&name, value, Merge::Key));
            }
        }
        Step::Rename { from, to, .. } => rename(&mut row, from, to),
        Step::StripPrefix(prefix) => {
            for column in &mut row.columns {
                let rest = column
                    .name
                    .strip_prefix(&**prefix)
                    .and_then(|n| n.strip_prefix('.'));
                if let Some(rest) = rest {
                    column.name = rest.to_owned();
                }
            }
        }
        Step::TimeFormat { column, format } => {
            for found in row
                .columns
                .iter_mut()
                .filter(|found| column.fits(&found.name))
            {
                found.time_format = Some(format.to_string());
            }
        }
        Step::Fill { columns, value, .. } => {
            for name in columns {
                if row.columns.iter().all(|column| column.name != **name) {
                    row.columns
                        .push(column(name, Value::Str(value.clone()), Merge::Key));
                }
            }
        }
        Step::Keep(names) => {
            let mut kept: Vec<Column> = Vec::new();
            for name in names {
                let fits = row.columns.iter().filter(|column| name.fits(&column.name));
                let new: Vec<_> = fits
                    .filter(|column| !kept.contains(column))
                    .cloned()
                    .collect();
                kept.extend(new);
            }
            // A key that is not shown still tells rows apart.
            let hidden = row
                .columns
                .into_iter()
                .filter(|column| column.merge == Merge::Key);
            let hidden: Vec<_> = hidden.filter(|column| !kept.contains(column)).collect();
            kept.extend(hidden);
            row.columns = kept;
        }
        Step::Drop(names) => row.columns.retain(|column| {
            column.merge == Merge::Key || !names.iter().any(|name| name.fits(&column.name))
        }),
    }
    Some(row)
}

fn rename(row: &mut Row, from: &Name, to: &Name) {
    let renamed: Vec<(usize, String)> = row
        .columns
        .iter()
        .enumerate()
        .filter_map(|(n, column)| Some((n, from.carry(&column.name, to)?)))
        .collect();
    for (n, name) in renamed {
        // A column of that name is replaced.
        for (other, column) in row.columns.iter_mut().enumerate() {
            if other != n && column.name == name {
                column.name.clear();
            }
        }
        row.columns[n].name = name;
    }
    row.columns.retain(|column| !column.name.is_empty());
}
