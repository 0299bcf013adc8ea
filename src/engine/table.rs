//! Tables of rows and the commands that change them.
//!
//! Takes a [`Pipeline`] and the rows of each input; gives the rows of the result, each with the events that made it
//! and an identity that is the same for the same events. Plain: one file a command, rows in, rows out.

mod aggregate;
mod append;
mod chart;
mod columns;
mod dedup;
mod each;
mod extract;
mod frequent;
mod group;
mod join;
mod lookup;
mod outlier;
mod path;
mod running;
mod scope;
mod sort;
mod spark;
mod totals;
mod transaction;
mod xml;

use std::cell::Cell;

use super::naive::{expr, holds};
use crate::event::{FieldId, Value};
use crate::lang::ir::Expr;
use crate::lang::ir::table::{Command, Dialect, Pipeline, Start};

pub use scope::RowScope;

/// Most rows of a table at any point of a pipeline; those past it are cut and counted.
pub const MAX_ROWS: usize = 100_000;

/// Rows and the columns that they have.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: Box<str>,
    /// The same as a number, for conditions.
    pub id: FieldId,
    /// Times in it are shown as text in this strftime format.
    pub time_format: Option<Box<str>>,
}

/// A row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// In the order of the columns; what is not there is null.
    pub values: Vec<Option<Value>>,
    /// Numbers of the events that made it, in order, each once.
    pub from: Vec<u32>,
    /// The same for a row that the same groups of events make.
    pub id: RowId,
}

/// What tells rows apart, however often they are computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowId(pub [u8; 16]);

impl RowId {
    /// Returns the identity that `parts` name, in this order.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self(super::Group::of(parts).0)
    }
}

/// What a pipeline runs in.
#[derive(Debug)]
pub struct Context<'a> {
    /// The rows of each input.
    pub inputs: &'a [Rows],
    pub dialect: Dialect,
    /// The end of the window in seconds since the epoch: `now()`.
    pub now: i64,
    /// Values of the row that `map` runs a pipeline for.
    tokens: Vec<(FieldId, Value)>,
    cut: Cell<u64>,
}

impl<'a> Context<'a> {
    /// Returns the context of one run.
    #[must_use]
    pub const fn new(inputs: &'a [Rows], dialect: Dialect, now: i64) -> Self {
        Self {
            inputs,
            dialect,
            now,
            tokens: Vec::new(),
            cut: Cell::new(0),
        }
    }

    /// Runs a pipeline that sees these values besides.
    fn with_tokens(&self, tokens: Vec<(FieldId, Value)>, pipeline: &Pipeline) -> Rows {
        let mut inner = Context::new(self.inputs, self.dialect, self.now);
        inner.tokens = tokens;
        inner.tokens.extend(self.tokens.iter().cloned());
        let rows = run(pipeline, &inner);
        self.left_out(inner.cut());
        rows
    }

    /// Returns how many rows were cut at [`MAX_ROWS`], or ended before their time at a cap of their command.
    #[must_use]
    pub const fn cut(&self) -> u64 {
        self.cut.get()
    }

    fn scope<'r>(&'r self, columns: &'r [Column], row: &'r Row) -> RowScope<'r> {
        RowScope {
            columns,
            row,
            now: self.now,
            tokens: &self.tokens,
        }
    }

    fn value(&self, expr: &Expr, columns: &[Column], row: &Row) -> Option<Value> {
        expr::value(expr, &self.scope(columns, row), &Vec::new())
    }

    fn bound(&self, rows: &mut Vec<Row>) {
        if rows.len() > MAX_ROWS {
            let more = (rows.len() - MAX_ROWS) as u64;
            self.left_out(more);
            rows.truncate(MAX_ROWS);
        }
    }

    fn left_out(&self, more: u64) {
        self.cut.set(self.cut.get() + more);
    }
}

impl Column {
    /// Returns a column of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            id: FieldId::of(name),
            time_format: None,
        }
    }
}

impl Row {
    /// Returns the value at a place.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&Value> {
        self.values.get(at).and_then(Option::as_ref)
    }

    /// Puts a value at a place.
    pub fn set(&mut self, at: usize, value: Option<Value>) {
        if self.values.len() <= at {
            self.values.resize(at + 1, None);
        }
        self.values[at] = value;
    }

    /// Adds the events of another row.
    fn join_events(&mut self, other: &Self) {
        if other.from.is_empty() {
            return;
        }
        self.from.extend(&other.from);
        self.from.sort_unstable();
        self.from.dedup();
    }
}

impl Rows {
    /// Returns a table without rows.
    #[must_use]
    pub fn with_columns<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self {
            columns: names.into_iter().map(Column::new).collect(),
            rows: Vec::new(),
        }
    }

    /// Returns the place of a column.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| *column.name == *name)
    }

    /// Returns the place of a column, which is added when there is none.
    pub fn place_or_add(&mut self, name: &str) -> usize {
        self.place(name).unwrap_or_else(|| {
            self.columns.push(Column::new(name));
            self.columns.len() - 1
        })
    }

    /// Returns the value of a column in a row.
    #[must_use]
    pub fn value<'r>(&self, row: &'r Row, name: &str) -> Option<&'r Value> {
        self.place(name).and_then(|at| row.get(at))
    }
}

/// Runs a pipeline from its start.
#[must_use]
pub fn run(pipeline: &Pipeline, context: &Context<'_>) -> Rows {
    let rows = match &pipeline.start {
        Start::Input(input) => context.inputs.get(*input).cloned().unwrap_or_default(),
        Start::Lookup(table) => lookup::rows(table),
        Start::Rows(count) => made(*count, context.now),
    };
    run_on(&pipeline.commands, rows, context)
}

/// Runs commands on rows.
#[must_use]
pub fn run_on(commands: &[Command], rows: Rows, context: &Context<'_>) -> Rows {
    commands.iter().fold(rows, |rows, command| {
        let mut rows = apply(command, rows, context);
        context.bound(&mut rows.rows);
        rows
    })
}

/// `makeresults`.
fn made(count: usize, now: i64) -> Rows {
    let mut rows = Rows::with_columns(["_time"]);
    rows.rows = (0..count.min(MAX_ROWS))
        .map(|n| Row {
            values: vec![Some(Value::Int(now))],
            from: Vec::new(),
            id: RowId::of([b"made".as_slice(), &n.to_be_bytes()]),
        })
        .collect();
    rows
}

fn apply(command: &Command, mut rows: Rows, context: &Context<'_>) -> Rows {
    match command {
        Command::Filter(pred) => {
            let Rows { columns, rows } = &mut rows;
            rows.retain(|row| holds(pred, &context.scope(columns, row)));
        }
        Command::Set { column, value } => set(column, value, &mut rows, context),
        Command::Matches { pipeline, negated } => {
            join::matches(pipeline, *negated, &mut rows, context);
        }
        Command::Extract(extract) => extract::run(extract, &mut rows, context),
        Command::Substitute(edit) => extract::substitute(edit, &mut rows),
        Command::Rename { from, to } => columns::rename(from, to, &mut rows),
        Command::Keep(names) => columns::keep(names, &mut rows),
        Command::Drop(names) => columns::drop(names, &mut rows),
        Command::Fill { columns, value } => columns::fill(columns, value, &mut rows),
        Command::TimeFormat { column, format } => columns::format_time(column, format, &mut rows),
        Command::Group(group) => return group::run(group, &rows, context),
        Command::Annotate(group) => group::annotate(group, &mut rows, context),
        Command::Running(running) => running::run(running, &mut rows, context),
        Command::Sort(sort) => sort::run(sort, &mut rows, context),
        Command::Head(count) => rows.rows.truncate(*count),
        Command::Tail(count) => {
            rows.rows.reverse();
            rows.rows.truncate(*count);
        }
        Command::Reverse => rows.rows.reverse(),
        Command::Dedup(dedup) => dedup::run(dedup, &mut rows),
        Command::Expand { column, most } => each::expand(column, *most, &mut rows),
        Command::Join(join) => join::run(join, &mut rows, context),
        Command::Append(pipeline) => append::rows(&mut rows, run(pipeline, context)),
        Command::AppendColumns {
            pipeline,
            overwrite,
        } => append::columns(&mut rows, &run(pipeline, context), *overwrite),
        Command::AppendPipe(commands) => {
            let more = run_on(commands, rows.clone(), context);
            append::rows(&mut rows, more);
        }
        Command::Lookup(look_up) => lookup::run(look_up, &mut rows),
        Command::Transaction(transaction) => return transaction::run(transaction, &rows, context),
        Command::Frequent(frequent) => return frequent::run(frequent, &rows, context),
        Command::Totals(totals) => totals::run(totals, &mut rows),
        Command::Each(each) => return each::run(each, rows, context),
        Command::XmlPairs { column } => xml::run(column, &mut rows),
        Command::Path(path) => path::run(path, &mut rows),
        Command::ForEachRow {
            pipeline,
            tokens,
            most,
        } => return join::for_each_row(pipeline, tokens, *most, &rows, context),
        Command::Outliers(outliers) => outlier::run(outliers, &mut rows),
        Command::Chart(chart) => return chart::run(chart, rows, context),
    }
    rows
}

/// `eval`: a column that is new stands at the end.
fn set(column: &str, value: &Expr, rows: &mut Rows, context: &Context<'_>) {
    let values: Vec<_> = rows
        .rows
        .iter()
        .map(|row| context.value(value, &rows.columns, row))
        .collect();
    let at = rows.place_or_add(column);
    rows.columns[at].time_format = None;
    for (row, value) in rows.rows.iter_mut().zip(values) {
        row.set(at, value);
    }
}

#[cfg(test)]
mod spl_more_tests;
#[cfg(test)]
mod spl_tests;
#[cfg(test)]
mod tests;
