//! A table over the events of a window.
//!
//! Takes the events that any input of the table selects; gives a detection for each event of each row of the result,
//! when the window has ended. Where rows can only grow the result is looked at earlier too, so that an analyst need
//! not wait for the end. A pipeline that asks for the time (`now()`) is looked at as its rule is scheduled: at the first
//! multiple of the interval after each new event.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{Operator, weight};
use crate::engine::naive::{self, Scope, holds};
use crate::engine::table::{self, Context, RowId, Rows};
use crate::engine::{Column, Detection, Group, Hit, Merge, Row, Share, Values};
use crate::event::{Event, Time, Value};
use crate::lang::ir::table::{Dialect, Input, Table};
use crate::rule::Rule;

/// Nanoseconds of the time of the events after which a growing window is looked at again.
const LOOK_AGAIN: i64 = 10_000_000_000;

/// Bytes that what is known of an event's columns is taken to need; like events share it.
const VALUES: usize = 256;

/// The windows of one rule.
pub(super) struct Tables {
    rule: Arc<Rule>,
    table: Table,
    /// The inputs without whose events there is no result.
    required: Vec<usize>,
    /// Nanoseconds between two looks at a window, for a pipeline that asks for the time.
    every: Option<i64>,
    /// By the number of the window since the epoch.
    windows: BTreeMap<i64, Window>,
    /// Rows that did not fit into a table, of all windows.
    cut: u64,
}

/// Events of one window and what was found in them.
#[derive(Default)]
struct Window {
    events: Vec<Arc<Event>>,
    /// The numbers of the events that each input selects, the oldest first.
    selected: Vec<Vec<u32>>,
    /// What the columns of a single input have of each event, where that is known.
    values: Vec<Option<Values>>,
    /// What the inputs have of them, as far as that was looked at.
    inputs: Vec<Rows>,
    bytes: usize,
    /// How many events there were when it was last looked at, and up to which moment.
    looked: usize,
    looked_at: Option<Time>,
    /// Rows that were given out: how many events each had, and which.
    given: HashMap<RowId, HashSet<u32>>,
    /// Rows that did not fit when it was looked at; each look runs the pipeline again.
    cut: u64,
}

impl Tables {
    pub fn new(rule: Arc<Rule>, table: Table) -> Self {
        let asks = table.dialect == Dialect::Esql && table.pipeline.asks_for_the_time();
        let interval = i64::from(rule.schedule.interval.max(1)) * 1_000_000_000;
        Self {
            every: asks.then_some(interval),
            rule,
            required: table.required_inputs(),
            table,
            windows: BTreeMap::new(),
            cut: 0,
        }
    }

    /// Returns when a window has to be looked at before its end, because of events that are new in it.
    fn due(&self, number: i64, window: &Window) -> Option<i64> {
        let every = self.every?;
        let last = window.events.get(window.looked..)?.last()?.time.0;
        let due = last
            .div_euclid(every)
            .saturating_add(1)
            .saturating_mul(every);
        (due < self.end(number)).then_some(due)
    }

    const fn end(&self, number: i64) -> i64 {
        number.saturating_add(1).saturating_mul(length(&self.table))
    }

    /// Looks at every window that had to be looked at by `moment`.
    fn keep_time(&mut self, moment: i64, found: &mut Vec<Detection>) {
        if self.every.is_none() {
            return;
        }
        let mut windows = std::mem::take(&mut self.windows);
        for (number, window) in &mut windows {
            if let Some(due) = self.due(*number, window).filter(|due| *due <= moment) {
                self.look((*number, window), due, false, found);
            }
        }
        self.windows = windows;
    }

    const fn number(&self, time: Time) -> i64 {
        time.0.div_euclid(length(&self.table))
    }

    /// Looks at a window as it is at the moment `now`, perhaps for the last time.
    fn look(
        &mut self,
        (number, window): (i64, &mut Window),
        now: i64,
        last: bool,
        found: &mut Vec<Detection>,
    ) {
        window.looked = window.events.len();
        let missing = |input: &usize| window.selected.get(*input).is_none_or(Vec::is_empty);
        if self.required.iter().any(missing) {
            return;
        }
        window.fill(&self.table);
        let mut inputs = if last {
            std::mem::take(&mut window.inputs)
        } else {
            window.inputs.clone()
        };
        if self.table.dialect == Dialect::Spl {
            // Splunk hands events on the newest first.
            for input in &mut inputs {
                input.rows.reverse();
            }
        }
        let context = Context::new(&inputs, self.table.dialect, now / 1_000_000_000);
        let result = table::run(&self.table.pipeline, &context);
        let cut = context.cut();
        self.cut += cut.saturating_sub(window.cut);
        window.cut = window.cut.max(cut);
        for row in &result.rows {
            self.give(number, row, &result, window, found);
        }
    }

    /// Takes an event, the inputs that select it and what the columns have of it, if that is told.
    fn take(
        &mut self,
        event: &Arc<Event>,
        inputs: Option<u64>,
        values: Option<Values>,
        found: &mut Vec<Detection>,
    ) {
        self.keep_time(event.time.0, found);
        let window = self.windows.entry(self.number(event.time)).or_default();
        window.add(&self.table, event, inputs, values);
    }

    /// Adds a detection for each event of the row that was not given yet.
    fn give(
        &self,
        number: i64,
        row: &table::Row,
        result: &Rows,
        window: &mut Window,
        found: &mut Vec<Detection>,
    ) {
        let given = window.given.entry(row.id).or_default();
        let new: Vec<u32> = row
            .from
            .iter()
            .copied()
            .filter(|event| given.insert(*event))
            .collect();
        if new.is_empty() {
            return;
        }
        let group = Group::of([number.to_be_bytes().as_slice(), &row.id.0]);
        let row = Share::from(Row {
            columns: columns(row, result),
        });
        for event in new {
            let Some(event) = window.events.get(event as usize) else {
                continue;
            };
            found.push(Detection {
                rule: Arc::clone(&self.rule),
                event: Arc::clone(event),
                because: Vec::new(),
                row: Some(row.clone()),
                group: Some(group),
            });
        }
    }
}

const fn length(table: &Table) -> i64 {
    if table.window > 0 { table.window } else { 1 }
}

/// What the alert shows of a row: the columns that have a value.
fn columns(row: &table::Row, result: &Rows) -> Vec<Column> {
    let shown = result
        .columns
        .iter()
        .enumerate()
        .filter_map(|(at, column)| {
            Some(Column {
                name: column.name.to_string(),
                value: row.get(at)?.clone(),
                merge: Merge::Set,
                time_format: column.time_format.as_ref().map(ToString::to_string),
            })
        });
    shown.collect()
}

/// Returns the inputs of a table without any event.
fn empty(table: &Table) -> Vec<Rows> {
    let names = |input: &Input| {
        let names = input.columns.iter().map(|(name, _)| &**name);
        Rows::with_columns(names)
    };
    table.inputs.iter().map(names).collect()
}

impl Window {
    /// Adds an event.
    fn add(
        &mut self,
        table: &Table,
        event: &Arc<Event>,
        inputs: Option<u64>,
        values: Option<Values>,
    ) {
        let number = u32::try_from(self.events.len()).unwrap_or(u32::MAX);
        let scope = Scope::of(event);
        let selects = |at: usize, input: &Input| match inputs {
            Some(inputs) => inputs >> at & 1 == 1,
            None => holds(&input.select, &scope),
        };
        self.selected.resize(table.inputs.len(), Vec::new());
        let inputs = table.inputs.iter().enumerate();
        for ((at, input), selected) in inputs.zip(&mut self.selected) {
            if selects(at, input) {
                selected.push(number);
            }
        }
        self.bytes += weight(event) + VALUES;
        self.values.push(values);
        self.events.push(Arc::clone(event));
    }

    /// Makes the rows of the events that each input selects, as far as there are none yet.
    fn fill(&mut self, table: &Table) {
        if self.inputs.is_empty() {
            self.inputs = empty(table);
        }
        let inputs = table.inputs.iter().zip(&self.selected);
        for ((input, selected), rows) in inputs.zip(&mut self.inputs) {
            for number in selected.iter().skip(rows.rows.len()) {
                let at = *number as usize;
                if let (Some(event), Some(known)) = (self.events.get(at), self.values.get(at)) {
                    add(input, event, known.as_ref(), *number, rows);
                }
            }
        }
    }

    /// Gives up its older half; returns how many events that were.
    fn halve(&mut self) -> usize {
        let half = self.events.len().div_ceil(2);
        let events = self.events.drain(..half);
        let bytes: usize = events.map(|event| weight(&event) + VALUES).sum();
        self.values.drain(..half);
        self.bytes = self.bytes.saturating_sub(bytes);
        for selected in &mut self.selected {
            selected.retain(|number| *number as usize >= half);
            for number in selected {
                *number -= half as u32;
            }
        }
        self.looked = 0;
        // Numbers of events moved.
        self.given.clear();
        self.inputs.clear();
        half
    }
}

/// Returns what the columns of an input have of an event, by the values that are known or as the event says.
pub fn values(input: &Input, event: &Event, known: Option<&Values>) -> Vec<Option<Value>> {
    let Some(known) = known.filter(|known| known.len() == input.columns.len()) else {
        let event = event.read_once();
        let scope = Scope::of(&event);
        let columns = input.columns.iter();
        return columns
            .map(|(_, field)| scope.value(*field).map(Cow::into_owned))
            .collect();
    };
    let columns = input.columns.iter().zip(known.iter());
    let values = columns.map(|((_, field), value)| {
        if naive::is_time(*field) {
            Some(naive::seconds(event))
        } else {
            value.clone()
        }
    });
    values.collect()
}

/// Adds an event to the rows of an input that selects it.
fn add(input: &Input, event: &Event, known: Option<&Values>, number: u32, rows: &mut Rows) {
    let mut row = table::Row {
        values: values(input, event, known),
        from: vec![number],
        id: RowId::of([event.id.0.as_slice()]),
    };
    if input.all {
        add_fields(&event.read_once(), rows, &mut row);
    }
    rows.rows.push(row);
}

/// Adds the verbatim fields of the event as columns.
fn add_fields(event: &Event, rows: &mut Rows, row: &mut table::Row) {
    for (name, value) in event.native().iter() {
        let known = rows.columns.iter().position(|column| column.id == name);
        let at = known.unwrap_or_else(|| rows.place_or_add(name.name()));
        if row.get(at).is_none() && value != &Value::from("") {
            row.set(at, Some(value.clone()));
        }
    }
}

impl Operator for Tables {
    fn accept(&mut self, event: &Arc<Event>, found: &mut Vec<Detection>) {
        self.take(event, None, None, found);
    }

    fn accept_hit(&mut self, hit: &Hit, found: &mut Vec<Detection>) {
        self.take(&hit.event, hit.inputs, hit.values.clone(), found);
    }

    fn advance(&mut self, moment: Time, found: &mut Vec<Detection>) {
        self.keep_time(moment.0, found);
        let current = self.number(moment);
        let mut windows = std::mem::take(&mut self.windows);
        // A window ends when no event of it can come any more.
        while let Some(first) = windows.first_entry() {
            let number = *first.key();
            if number >= current && moment.0 != i64::MAX {
                break;
            }
            let mut window = first.remove();
            self.look((number, &mut window), self.end(number), true, found);
        }
        for (number, window) in &mut windows {
            let grown = window.events.len() > window.looked + window.looked / 4;
            let waited = window
                .looked_at
                .is_none_or(|looked| moment.0.saturating_sub(looked.0) >= LOOK_AGAIN);
            let new = window.events.len() > window.looked;
            if self.table.grows && new && (grown || waited) {
                window.looked_at = Some(moment);
                self.look((*number, window), self.end(*number), false, found);
            }
        }
        self.windows = windows;
    }

    fn needs_since(&self) -> Option<Time> {
        let first = self.windows.values().next()?;
        first.events.iter().map(|event| event.time).min()
    }

    fn size(&self) -> usize {
        self.windows.values().map(|window| window.bytes).sum()
    }

    fn rebuilt(&mut self) {
        // A growing window is looked at now and then, not at set moments.
        if self.table.grows {
            for window in self.windows.values_mut() {
                window.looked = 0;
                window.given.clear();
            }
        }
    }

    /// Gives up the older half of the oldest window's events. What they made is known no more, so the window's rows
    /// are told from the events that are left.
    fn evict(&mut self) -> u64 {
        let Some(mut first) = self.windows.first_entry() else {
            return 0;
        };
        let window = first.get_mut();
        let gone = window.halve();
        if window.events.is_empty() {
            first.remove();
        }
        gone as u64
    }

    fn cut(&self) -> u64 {
        self.cut
    }
}

#[cfg(test)]
mod tests;
