//! `lookup` and `inputlookup`: rows of a lookup table.

use super::{Row, RowId, Rows};
use crate::event::Value;
use crate::lang::ir::limit::first;
use crate::lang::ir::table::LookUp;
use crate::lang::lookup::Lookup;

/// Most values of an input column that are looked up in one row.
const MAX_VALUES: usize = 1_000;

/// Returns the whole table.
#[must_use]
pub fn rows(table: &Lookup) -> Rows {
    let mut rows = Rows::with_columns(table.header.iter().map(|name| &**name));
    rows.rows = table
        .rows
        .iter()
        .enumerate()
        .map(|(n, cells)| Row {
            values: cells.iter().map(|cell| value(cell)).collect(),
            from: Vec::new(),
            id: RowId::of([b"lookup".as_slice(), &n.to_be_bytes()]),
        })
        .collect();
    rows
}

/// An empty cell holds no value.
fn value(cell: &str) -> Option<Value> {
    (!cell.is_empty()).then(|| Value::from(cell))
}

/// A column of the lookup and one of the row.
type Pair = (Option<usize>, Option<usize>);

/// Adds what the lookup says of each row.
pub fn run(look_up: &LookUp, rows: &mut Rows) {
    let table = &look_up.lookup;
    let inputs: Vec<Pair> = look_up
        .inputs
        .iter()
        .map(|(theirs, ours)| (table.column(theirs), rows.place(ours)))
        .collect();
    let outputs: Vec<(Option<usize>, usize)> = look_up
        .outputs
        .iter()
        .map(|(theirs, ours)| (table.column(theirs), rows.place_or_add(ours)))
        .collect();
    for row in &mut rows.rows {
        let found = find(table, &inputs, row);
        for (theirs, ours) in &outputs {
            if look_up.overwrite || row.get(*ours).is_none() {
                row.set(*ours, output(table, &found, *theirs));
            }
        }
    }
}

/// Returns the rows of the lookup that fit; each value of a first input with several is looked up by itself.
fn find<'t>(table: &'t Lookup, inputs: &[Pair], row: &Row) -> Found<'t> {
    let mut wanted: Vec<(usize, Vec<String>)> = Vec::new();
    for (theirs, ours) in inputs {
        let value = ours.and_then(|at| row.get(at));
        let (Some(theirs), Some(value)) = (theirs, value) else {
            return Found::Nothing;
        };
        let texts = value.elements().map(|one| one.text().into_owned());
        wanted.push((*theirs, first(texts, MAX_VALUES)));
    }
    let Some((first, rest)) = wanted.split_first() else {
        return Found::Nothing;
    };
    let mut rows: Vec<&[Box<str>]> = Vec::new();
    let mut missed = 0;
    for text in &first.1 {
        let mut one: Vec<(usize, &str)> = vec![(first.0, text)];
        let others = rest.iter();
        one.extend(others.filter_map(|(at, texts)| Some((*at, texts.first()?.as_str()))));
        let fits = table.find(&one);
        missed += usize::from(fits.is_empty());
        rows.extend(fits);
    }
    if rows.is_empty() && missed > 0 {
        Found::NoMatch
    } else {
        Found::Rows(rows)
    }
}

enum Found<'t> {
    /// A value to look for is missing.
    Nothing,
    NoMatch,
    Rows(Vec<&'t [Box<str>]>),
}

fn output(table: &Lookup, found: &Found<'_>, column: Option<usize>) -> Option<Value> {
    match found {
        Found::NoMatch if table.min_matches > 0 => {
            let default = table.default.as_deref()?;
            let times = table.min_matches.min(Lookup::MAX_MATCHES);
            list(vec![Value::from(default); times])
        }
        Found::Nothing | Found::NoMatch => None,
        Found::Rows(rows) => {
            let cells = rows.iter().filter_map(|row| row.get(column?));
            list(cells.filter_map(|cell| value(cell)).collect())
        }
    }
}

fn list(mut values: Vec<Value>) -> Option<Value> {
    match values.len() {
        0 => None,
        1 => values.pop(),
        _ => Some(Value::List(values)),
    }
}
