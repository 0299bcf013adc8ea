//! The tree becomes IR, and what cannot be meant is reported.
//!
//! A pipeline that looks at each event by itself becomes a condition and steps on the event; one that groups, expands
//! or ranks becomes a table over the events of a window as long as the rule looks back. What the conditions ahead of
//! any new column ask stands in [`Query::select`], so that events are told from one another before anything is computed.

mod condition;
mod extract;
mod stats;
mod value;

use std::collections::HashMap;

use super::functions::Kind;
use super::tree::{Command, Name, Order, Pipeline, Source, Unread, Verb};
use crate::event::FieldId;
use crate::lang::ir::rows::Name as Pattern;
use crate::lang::ir::stateful::Stateful;
use crate::lang::ir::table::{
    self, Command as Step, Dialect, Input, Order as By, Sort, SortKey, Start, Table,
};
use crate::lang::ir::{Expr, Pred, Rows, Step as EventStep};
use crate::lang::{CompileError, Diagnostic, Query, Span};
use crate::schema::index::Patterns;
use crate::schema::{FieldRef, Vocabulary};
use crate::text::similar;

/// Metadata fields that a query has to ask for.
const METADATA: [&str; 8] = [
    "_id",
    "_ignored",
    "_index",
    "_index_mode",
    "_score",
    "_size",
    "_source",
    "_version",
];

/// Commands whose answer only a language model knows.
const MODELS: [&str; 2] = ["COMPLETION", "RERANK"];

/// Lowers a pipeline over windows of so many seconds.
pub fn lower(pipeline: &Pipeline, window: u32) -> Result<Query, CompileError> {
    let mut lowering = Lowering::default();
    match &pipeline.source {
        Source::From { patterns, metadata } => lowering.from(patterns, metadata),
        Source::Other(unread) => lowering.unread(unread),
    }
    for command in &pipeline.commands {
        lowering.command(command);
    }
    lowering.finish(window)
}

/// Returns the index patterns of a pipeline.
pub fn sources(pipeline: &Pipeline) -> Vec<String> {
    match &pipeline.source {
        Source::From { patterns, .. } => patterns.iter().map(|name| name.text.clone()).collect(),
        Source::Other(_) => Vec::new(),
    }
}

fn ecs(name: &str) -> FieldRef {
    FieldRef {
        vocabulary: Vocabulary::Ecs,
        name: FieldId::of(name),
    }
}

#[derive(Default)]
struct Lowering {
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    /// The first thing that is not run.
    construct: Option<String>,
    starved: Option<String>,
    metadata: Vec<String>,
    select: Vec<Pred>,
    steps: Vec<Step>,
    /// Columns that the query has set, and what they hold.
    set: HashMap<String, Kind>,
    /// The columns that there are, perhaps with `*`; `None` while every field of an event is one.
    columns: Option<Vec<String>>,
    /// Fields of events that are read, each once.
    read: Vec<FieldRef>,
    /// Rows are no longer events.
    grouped: bool,
    /// A command looks at several events at once.
    table: bool,
    hidden: usize,
    /// Rows were left out by their number, so that what follows must not be asked ahead of it.
    cut: bool,
}

impl Lowering {
    fn from(&mut self, patterns: &[Name], metadata: &[Name]) {
        self.metadata = metadata.iter().map(|name| name.text.clone()).collect();
        let names: Vec<String> = patterns.iter().map(|name| name.text.clone()).collect();
        if !Patterns::parse(&names).is_readable() {
            let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            let plural = if names.len() == 1 {
                "the index"
            } else {
                "the indices"
            };
            self.starved = Some(format!(
                "no source that watchglass reads fills {plural} {}",
                names.join(", ")
            ));
        }
    }

    fn finish(self, window: u32) -> Result<Query, CompileError> {
        if !self.errors.is_empty() && (self.construct.is_none() || self.starved.is_none()) {
            return Err(CompileError {
                diagnostics: self.errors,
                construct: self.construct,
            });
        }
        let select = Pred::all(self.select);
        let mut query = Query {
            starved: self.starved,
            warnings: self.warnings,
            ..Query::default()
        };
        if self.construct.is_some() {
            // Starved as well, so that nothing of it ever runs.
            return Ok(query);
        }
        if !self.table {
            let before = self
                .steps
                .into_iter()
                .filter_map(on_event)
                .collect::<Vec<_>>();
            query.select = select;
            query.rows = (!before.is_empty()).then(|| Rows {
                before,
                ..Rows::default()
            });
            return Ok(query);
        }
        let columns = self.read.iter();
        let table = Stateful::Table(Table {
            inputs: vec![Input {
                select,
                columns: columns
                    .map(|field| (field.name.name().into(), *field))
                    .collect(),
                all: false,
            }],
            pipeline: table::Pipeline {
                start: Start::Input(0),
                commands: self.steps,
            },
            window: i64::from(window.max(1)) * 1_000_000_000,
            dialect: Dialect::Esql,
            columns: None,
            grows: false,
        });
        query.select = table.select();
        query.stateful = Some(Box::new(table));
        Ok(query)
    }

    fn error(&mut self, error: Diagnostic) {
        self.errors.push(error);
    }

    /// Names a construct that is known and not run.
    fn not_run(&mut self, construct: &str, span: &Span) {
        self.errors.push(Diagnostic::error(
            "E590",
            format!("watchglass does not run ES|QL's {construct} yet"),
            span.clone(),
            "not runnable",
        ));
        self.construct
            .get_or_insert_with(|| format!("ES|QL {construct}"));
    }

    fn unread(&mut self, unread: &Unread) {
        if MODELS.contains(&unread.name.as_str()) {
            let name = &unread.name;
            self.starved
                .get_or_insert_with(|| format!("no language model answers the query's `{name}`"));
        } else {
            let construct = match unread.name.as_str() {
                "FROM" => "FROM with subqueries",
                "LIMIT" => "LIMIT ... BY",
                name => name,
            };
            self.not_run(construct, &unread.span.0);
        }
        // It may add any column.
        self.columns = None;
    }

    fn command(&mut self, command: &Command) {
        let span = &command.span.0;
        match &command.verb {
            Verb::Where(condition) => self.filter(condition),
            Verb::Eval(columns) => {
                for column in columns {
                    let (value, kind) = self.value(&column.value);
                    self.put(column.column(), value, kind);
                }
            }
            Verb::Keep(names) => self.keep(names),
            Verb::Drop(names) => self.drop(names),
            Verb::Rename(pairs) => {
                for (from, to) in pairs {
                    self.rename(from, to);
                }
            }
            Verb::Stats(stats) => self.stats(stats),
            Verb::Sort(keys) => self.sort(keys),
            Verb::Limit(most) => self.limit(*most, span),
            Verb::Grok { input, patterns } => self.grok(input, patterns),
            Verb::Dissect {
                input,
                pattern,
                separator,
            } => self.dissect(input, pattern, separator),
            Verb::MvExpand(name) => {
                self.field(&name.text, &name.span.0);
                self.table = true;
                self.steps.push(Step::Expand {
                    column: name.text.as_str().into(),
                    most: None,
                });
            }
            Verb::Unread(unread) => self.unread(unread),
        }
    }

    fn put(&mut self, column: &str, value: Expr, kind: Kind) {
        self.set.insert(column.to_owned(), kind);
        if let Some(columns) = &mut self.columns
            && !columns.iter().any(|known| known == column)
        {
            columns.push(column.to_owned());
        }
        self.steps.push(Step::Set {
            column: column.into(),
            value,
        });
    }

    fn filter(&mut self, condition: &super::tree::Expr) {
        let pred = self.condition(condition);
        let mut new = self.table || self.cut;
        pred.fields(&mut |field| new |= self.set.contains_key(field.name.name()));
        if new {
            self.steps.push(Step::Filter(pred));
        } else {
            self.select.push(pred);
        }
    }

    fn keep(&mut self, names: &[Name]) {
        for name in names.iter().filter(|name| !name.text.contains('*')) {
            self.field(&name.text, &name.span.0);
        }
        let mut kept = Vec::new();
        for name in names {
            match &self.columns {
                // A pattern keeps the columns that it fits; before grouping any field may be one.
                Some(columns) if name.text.contains('*') => {
                    let pattern = pattern(&name.text);
                    kept.extend(columns.iter().filter(|known| pattern.fits(known)).cloned());
                }
                _ => kept.push(name.text.clone()),
            }
        }
        self.columns = Some(kept);
        let names = names.iter().map(|name| pattern(&name.text));
        self.steps.push(Step::Keep(names.collect()));
    }

    fn drop(&mut self, names: &[Name]) {
        for name in names {
            let pattern = pattern(&name.text);
            if !name.text.contains('*') {
                self.field(&name.text, &name.span.0);
            }
            if let Some(columns) = &mut self.columns {
                columns.retain(|known| known.contains('*') || !pattern.fits(known));
            }
        }
        let names = names.iter().map(|name| pattern(&name.text));
        self.steps.push(Step::Drop(names.collect()));
    }

    fn rename(&mut self, from: &Name, to: &Name) {
        let (_, kind) = self.field(&from.text, &from.span.0);
        let renamed = self.set.remove(&from.text).unwrap_or(kind);
        self.set.insert(to.text.clone(), renamed);
        if let Some(columns) = &mut self.columns {
            columns.retain(|known| *known != to.text);
            for column in columns.iter_mut().filter(|known| **known == from.text) {
                column.clone_from(&to.text);
            }
        }
        self.steps.push(Step::Rename {
            from: pattern(&from.text),
            to: pattern(&to.text),
        });
    }

    fn sort(&mut self, keys: &[Order]) {
        let keys = keys.iter().map(|key| SortKey {
            value: self.single(&key.key).0,
            descending: key.descending,
            nulls_first: key.nulls_first.unwrap_or(key.descending),
            order: By::Automatic,
        });
        let keys = keys.collect();
        self.steps.push(Step::Sort(Sort { keys, limit: None }));
    }

    fn limit(&mut self, most: u64, span: &Span) {
        if !self.table {
            let warning = Diagnostic::warning(
                "E592",
                "`limit` does not hold back single events",
                span.clone(),
                "each event that passes is an alert",
            );
            self.warnings
                .push(warning.help("the rule's `max_signals` caps its alerts"));
        }
        self.cut = true;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        self.steps.push(Step::Head(most));
    }

    /// A column or a field of the event, as it is, and what it holds.
    fn field(&mut self, name: &str, span: &Span) -> (Expr, Kind) {
        if let Some(columns) = &self.columns
            && !columns.iter().any(|known| pattern(known).fits(name))
        {
            let near = similar::nearest(name, columns.iter().map(String::as_str));
            let mut error = Diagnostic::error(
                "E530",
                format!("there is no column `{name}` here"),
                span.clone(),
                "unknown column",
            );
            if let Some(near) = near {
                error = error.help(format!("did you mean `{near}`?"));
            }
            self.error(error);
            return (Expr::Null, Kind::Null);
        }
        if let Some(kind) = self.set.get(name) {
            return (Expr::Field(ecs(name)), *kind);
        }
        if METADATA.contains(&name) && !self.metadata.iter().any(|asked| asked == name) {
            let error = Diagnostic::error(
                "E531",
                format!("the query does not ask for `{name}`"),
                span.clone(),
                "not read",
            );
            self.error(error.help(format!("write `from ... metadata {name}`")));
        }
        let field = ecs(name);
        if !self.grouped && !self.read.contains(&field) {
            self.read.push(field);
        }
        value::of_event(field)
    }

    /// A name that no query uses.
    fn hide(&mut self) -> String {
        self.hidden += 1;
        format!("__{}", self.hidden)
    }
}

fn pattern(name: &str) -> Pattern {
    Pattern(name.into())
}

/// The same step on a single event; ranking and showing do nothing there.
fn on_event(step: Step) -> Option<EventStep> {
    Some(match step {
        Step::Filter(pred) => EventStep::Filter(pred),
        Step::Set { column, value } => EventStep::Set { column, value },
        Step::Extract(extract) => EventStep::Extract(extract),
        Step::Rename { from, to } => EventStep::Rename {
            field: ecs(&from.0),
            from,
            to,
        },
        _ => return None,
    })
}
