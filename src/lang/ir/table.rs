//! A search whose result only several events make: tables of rows that commands change.
//!
//! A lowering says which events give rows and which columns of them, and lists the commands that a table goes through;
//! [`crate::engine::table`] runs them over the events of one window. Columns are called by the names that a row has at
//! that place, whatever vocabulary their events had. A missing value is null.

use std::sync::Arc;

use super::rows::{Extract, Name};
use super::{Expr, Pred};
use crate::lang::lookup::Lookup;
use crate::schema::FieldRef;

/// A search over the events of a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What the search and each subsearch read.
    pub inputs: Vec<Input>,
    pub pipeline: Pipeline,
    /// Nanoseconds; windows start at the multiples of it, in the time of the events.
    pub window: i64,
    pub dialect: Dialect,
    /// Names of the result's columns, where they don't depend on the events.
    pub columns: Option<Vec<Box<str>>>,
    /// More events can only add rows and let them grow: rows that are there before the window ends are true already.
    pub grows: bool,
}

/// Which events give rows, and what of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    pub select: Pred,
    /// Columns and where their values lie in an event.
    pub columns: Vec<(Box<str>, FieldRef)>,
    /// Every verbatim field of the event besides, for a pipeline that names columns by patterns.
    pub all: bool,
}

/// Where the languages differ in what a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Texts that spell numbers are numbers; a row whose key is null belongs to no group.
    Spl,
    /// Texts are texts; null is a key like any other.
    Esql,
}

/// A table and what is done with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    pub start: Start,
    pub commands: Vec<Command>,
}

/// Where a table comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// A row an event of this input.
    Input(usize),
    /// The rows of a lookup.
    Lookup(Arc<Lookup>),
    /// So many rows without columns but `_time`, the end of the window.
    Rows(usize),
}

/// One command: a table comes in, a table goes out.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Keeps the rows for which the condition holds.
    Filter(Pred),
    /// Keeps the rows that a row of the pipeline's result describes by its columns.
    Matches {
        pipeline: Box<Pipeline>,
        negated: bool,
    },
    /// Sets a column in each row; null removes the value.
    Set {
        column: Box<str>,
        value: Expr,
    },
    /// Sets columns to what the named groups of a regular expression match.
    Extract(Extract),
    /// Replaces what the regular expression matches.
    Substitute(Substitute),
    Rename {
        from: Name,
        to: Name,
    },
    /// Keeps only these columns, in this order.
    Keep(Vec<Name>),
    Drop(Vec<Name>),
    /// Puts a text where a value is missing; no names mean every column.
    Fill {
        columns: Vec<Name>,
        value: Box<str>,
    },
    /// Shows times as text in this strftime format.
    TimeFormat {
        column: Name,
        format: Box<str>,
    },
    /// One row for each group.
    Group(Group),
    /// The aggregates of its group become columns of each row.
    Annotate(Group),
    /// The aggregates of the rows so far become columns of each row.
    Running(Running),
    Sort(Sort),
    /// Keeps the first rows.
    Head(usize),
    /// Keeps the last rows, the last first.
    Tail(usize),
    Reverse,
    Dedup(Dedup),
    /// A row for each value of the column.
    Expand {
        column: Box<str>,
        most: Option<usize>,
    },
    Join(Join),
    /// Adds the pipeline's rows at the end.
    Append(Box<Pipeline>),
    /// Adds the columns of the pipeline's rows to the rows in the same place.
    AppendColumns {
        pipeline: Box<Pipeline>,
        overwrite: bool,
    },
    /// Adds what the commands make of the rows so far.
    AppendPipe(Vec<Command>),
    Lookup(LookUp),
    Transaction(Box<Transaction>),
    /// The most or least frequent combinations.
    Frequent(Frequent),
    /// The sum of the numbers of each row, and of each column.
    Totals(Totals),
    /// Runs the commands once for each column that fits, with [`Each::FIELD`] and the like standing for its name.
    Each(Each),
    /// Fields written as `<name>value</name>` inside a column become columns (`xmlkv`).
    XmlPairs {
        column: Box<str>,
    },
    /// Values of JSON or XML inside a column become columns (`spath`).
    Path(PathOf),
    /// The pipeline's rows for each row, which it sees by tokens (`map`).
    ForEachRow {
        pipeline: Box<Pipeline>,
        /// Columns of the row; in the pipeline [`token`] names their values.
        tokens: Vec<Box<str>>,
        most: usize,
    },
    /// `outlier`.
    Outliers(Outliers),
    /// `chart` and `timechart`.
    Chart(Chart),
}

/// `stats` and its kin.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Columns; several values of one put the row in several groups.
    pub by: Vec<Box<str>>,
    pub aggregates: Vec<Aggregate>,
}

/// A column computed over the rows of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    pub function: Function,
    pub argument: Argument,
    /// With a `*` where the argument is a pattern.
    pub name: Box<str>,
}

/// What an aggregate looks at.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// The rows themselves (`count`).
    Rows,
    Value(Expr),
    /// Each column that fits, by itself (`values(*) as *`).
    Each(Name),
}

/// What is computed over values, which are never null; each of several values in one row counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Function {
    Count,
    /// How many distinct values there are.
    Distinct,
    Sum,
    SumOfSquares,
    Mean,
    Min,
    Max,
    /// The difference between the largest and the smallest.
    Range,
    /// Distinct values, sorted.
    Values,
    /// All values in the order of the rows, at most [`Function::MAX_LISTED`].
    List,
    First,
    Last,
    /// By the time of the rows.
    Earliest,
    Latest,
    /// The time of the row that `Earliest` and `Latest` take.
    EarliestTime,
    LatestTime,
    /// Change per second between the earliest and the latest.
    Rate,
    /// Of a sample (n - 1).
    Deviation,
    /// Of a population (n).
    PopulationDeviation,
    Variance,
    PopulationVariance,
    Median,
    Mode,
    /// The value at this percentage, by nearest rank in Splunk and between two values in ES|QL.
    Percentile(f64),
    /// Always 0: distinct values are counted exactly.
    DistinctError,
    /// Another function over the stretches of time, drawn in a line; seconds of a stretch, 0 for what fits.
    Spark(&'static Self, u32),
}

impl Function {
    /// Most values that a list shows (Splunk's limit).
    pub const MAX_LISTED: usize = 100;

    /// Returns whether more rows can only make the result larger.
    #[must_use]
    pub const fn grows(self) -> bool {
        matches!(self, Self::Count | Self::Distinct)
    }
}

/// `streamstats`.
#[derive(Debug, Clone, PartialEq)]
pub struct Running {
    pub group: Group,
    /// Whether the row itself counts.
    pub current: bool,
    /// Most rows that are looked at, 0 for all.
    pub window: usize,
    /// Whether the window is over all rows and not over those of the group.
    pub global: bool,
    /// Starts anew where the keys change.
    pub reset_on_change: bool,
}

/// `sort`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    pub keys: Vec<SortKey>,
    pub limit: Option<usize>,
}

/// A key to sort by.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    pub value: Expr,
    pub descending: bool,
    pub nulls_first: bool,
    pub order: Order,
}

/// How values are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Numbers by value, addresses by number, else as texts.
    Automatic,
    Text,
    Number,
    Address,
}

/// `dedup`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dedup {
    pub columns: Vec<Box<str>>,
    /// How many rows of each combination stay.
    pub keep: usize,
    /// Only rows side by side count as the same.
    pub consecutive: bool,
    /// Rows that lack a column stay.
    pub keep_empty: bool,
    /// The rows stay and lose the columns' values instead.
    pub keep_rows: bool,
}

/// `join`.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// Columns that both share; none means all that both have.
    pub on: Vec<Box<str>>,
    /// A row that finds no partner stays.
    pub outer: bool,
    /// Most partners of a row, 0 for all.
    pub most: usize,
    /// A partner's columns replace the row's own.
    pub overwrite: bool,
    pub pipeline: Pipeline,
}

/// `lookup`.
#[derive(Debug, Clone, PartialEq)]
pub struct LookUp {
    pub lookup: Arc<Lookup>,
    /// The lookup's column and the row's.
    pub inputs: Vec<(Box<str>, Box<str>)>,
    /// The lookup's column and the row's.
    pub outputs: Vec<(Box<str>, Box<str>)>,
    /// A value that the row has already is replaced.
    pub overwrite: bool,
}

/// `rex mode=sed`.
#[derive(Debug, Clone, PartialEq)]
pub struct Substitute {
    pub column: Box<str>,
    pub edit: Edit,
}

/// What `sed` does.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    Replace {
        regex: super::Regex,
        /// With `\1` for groups.
        with: Box<str>,
        /// Which match, from 1; `None` for all.
        which: Option<usize>,
    },
    /// Each of the first characters becomes the second one at its place.
    Characters(Vec<(char, char)>),
}

/// `transaction`: rows that belong together become one.
#[derive(Debug, Clone, PartialEq)]
pub struct Transaction {
    pub by: Vec<Box<str>>,
    pub starts: Option<Pred>,
    pub ends: Option<Pred>,
    /// Nanoseconds from the first row to the last.
    pub max_span: Option<i64>,
    /// Nanoseconds between two rows.
    pub max_pause: Option<i64>,
    pub max_events: usize,
    /// Rows without any of the columns join too, when the transaction is open.
    pub connected: bool,
    /// Transactions that did not end stay too.
    pub keep_evicted: bool,
}

/// `top` and `rare`.
#[derive(Debug, Clone, PartialEq)]
pub struct Frequent {
    pub columns: Vec<Box<str>>,
    pub by: Vec<Box<str>>,
    /// 0 for all.
    pub limit: usize,
    pub rarest: bool,
    /// Names of the columns for how many and which share; `None` leaves one out.
    pub count: Option<Box<str>>,
    pub percent: Option<Box<str>>,
}

/// `addtotals`.
#[derive(Debug, Clone, PartialEq)]
pub struct Totals {
    /// None means every column that holds a number.
    pub columns: Vec<Name>,
    /// The column for each row's sum.
    pub row: Option<Box<str>>,
    /// A row of the columns' sums is added; the column that says so, and what it says.
    pub total: Option<(Option<Box<str>>, Box<str>)>,
}

/// `outlier`.
#[derive(Debug, Clone, PartialEq)]
pub struct Outliers {
    /// None means every column that holds numbers.
    pub columns: Vec<Name>,
    /// How many distances between the quartiles a number may be from the median.
    pub times: f64,
    /// Too small numbers count besides too large ones.
    pub below: bool,
    /// Takes out the row instead of cutting the number.
    pub remove: bool,
    /// Writes `000` before a number that was cut.
    pub mark: bool,
}

/// `chart` and `timechart`.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// A row for each value of this column.
    pub over: Box<str>,
    /// A column for each value of this one.
    pub by: Option<Box<str>>,
    pub aggregates: Vec<Aggregate>,
    /// Most columns, 0 for all.
    pub limit: usize,
    /// Values past the limit share a column.
    pub other: bool,
    /// Seconds of a stretch of time; those in between that have no rows get one.
    pub filled: Option<u32>,
}

/// `foreach`.
#[derive(Debug, Clone, PartialEq)]
pub struct Each {
    pub columns: Vec<Name>,
    pub commands: Vec<Command>,
}

impl Each {
    /// Stands for the column's name.
    pub const FIELD: &'static str = "<<FIELD>>";
    /// Stands for what the `*` of the pattern stood for.
    pub const MATCHED: &'static str = "<<MATCHSTR>>";
}

/// `spath`.
#[derive(Debug, Clone, PartialEq)]
pub struct PathOf {
    pub input: Box<str>,
    /// `None`: the path itself, or a column for every leaf.
    pub output: Option<Box<str>>,
    /// `a.b{0}.c`, with `{}` for every element; `None` for all leaves.
    pub path: Option<Box<str>>,
}

/// Returns what a pipeline inside `map` calls the value of a column of the row that it runs for.
#[must_use]
pub fn token(column: &str) -> String {
    format!("${column}$")
}

/// What a pipeline calls the moment at which it runs.
pub const NOW: &str = "now()";

impl Table {
    /// Returns conditions each of which some event must meet for the result to have a row made of events.
    #[must_use]
    pub fn required(&self) -> Vec<&Pred> {
        let inputs = self.required_inputs();
        let selects = inputs.into_iter().filter_map(|at| self.inputs.get(at));
        selects.map(|input| &input.select).collect()
    }

    /// Returns the places of the inputs of these conditions.
    #[must_use]
    pub fn required_inputs(&self) -> Vec<usize> {
        let mut inputs = Vec::new();
        self.pipeline.required(&mut inputs);
        inputs
    }
}

impl Pipeline {
    /// Adds the inputs without whose events no row comes out.
    fn required(&self, inputs: &mut Vec<usize>) {
        let mut needed = Vec::new();
        if let Start::Input(at) = self.start {
            needed.push(at);
        }
        for command in &self.commands {
            match command {
                Command::Join(join) if !join.outer => join.pipeline.required(&mut needed),
                // Rows of its own come even where there were none, as do a count and a sum of nothing.
                Command::Append(_) | Command::AppendPipe(_) | Command::Totals(_) => needed.clear(),
                Command::Group(group) if group.by.is_empty() => needed.clear(),
                _ => {}
            }
        }
        inputs.extend(needed);
    }

    /// Returns whether a column, a condition or a key reads [`NOW`].
    #[must_use]
    pub fn asks_for_the_time(&self) -> bool {
        let mut asks = false;
        let mut see = |field: FieldRef| asks |= field.name.name() == NOW;
        self.walk(&mut |command| match command {
            Command::Filter(pred) => pred.fields(&mut see),
            Command::Set { value, .. } => value.fields(&mut see),
            Command::Group(group) | Command::Annotate(group) => {
                for aggregate in &group.aggregates {
                    if let Argument::Value(value) = &aggregate.argument {
                        value.fields(&mut see);
                    }
                }
            }
            Command::Sort(sort) => sort.keys.iter().for_each(|key| key.value.fields(&mut see)),
            _ => {}
        });
        asks
    }

    /// Visits the commands and those inside them.
    pub fn walk(&self, see: &mut impl FnMut(&Command)) {
        walk(&self.commands, see);
    }
}

fn walk(commands: &[Command], see: &mut impl FnMut(&Command)) {
    for command in commands {
        see(command);
        match command {
            Command::Matches { pipeline, .. }
            | Command::Append(pipeline)
            | Command::AppendColumns { pipeline, .. }
            | Command::ForEachRow { pipeline, .. } => walk(&pipeline.commands, see),
            Command::Join(join) => walk(&join.pipeline.commands, see),
            Command::AppendPipe(inner) => walk(inner, see),
            Command::Each(each) => walk(&each.commands, see),
            _ => {}
        }
    }
}
