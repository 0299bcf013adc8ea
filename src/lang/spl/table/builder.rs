//! A pipeline as it grows: where its rows come from, its commands, and which names it reads.

use crate::event::FieldId;
use crate::lang::ir::Pred;
use crate::lang::ir::rows::Name;
use crate::lang::ir::table::{Command, Each, Input, Pipeline, Start, token};
use crate::lang::spl::macros::Macros;
use crate::lang::spl::names::Names;
use crate::lang::spl::problem::{Parsed, not_runnable};
use crate::lang::{Diagnostic, Span};
use crate::schema::{self, FieldRef, Vocabulary};

/// Most subsearches in each other.
const MAX_DEPTH: usize = 16;

/// What all pipelines of a search share.
pub struct Shared<'m> {
    pub macros: &'m Macros,
    pub inputs: Vec<Input>,
    pub warnings: Vec<Diagnostic>,
    /// The longest stretch of time that the search speaks of, in nanoseconds.
    pub window: i64,
    pub window_span: Span,
    /// Inside a search of `map`: the columns of its rows that tokens name.
    pub tokens: Option<Vec<String>>,
}

impl<'m> Shared<'m> {
    pub const fn new(macros: &'m Macros) -> Self {
        Self {
            macros,
            inputs: Vec::new(),
            warnings: Vec::new(),
            window: 0,
            window_span: 0..0,
            tokens: None,
        }
    }

    /// Hears of a stretch of time.
    pub fn spans(&mut self, seconds: u32, span: &Span) {
        let nanos = i64::from(seconds) * 1_000_000_000;
        if nanos > self.window {
            self.window = nanos;
            self.window_span = span.clone();
        }
    }
}

/// Where the rows of a pipeline come from.
pub enum Source {
    /// Events, whose fields are called by this vocabulary's names.
    Events(Pred, Vocabulary),
    Other(Start),
}

/// One pipeline.
pub struct Builder<'t, 'm> {
    pub text: &'t str,
    pub shared: &'t mut Shared<'m>,
    pub source: Source,
    pub commands: Vec<Command>,
    /// Names that are read of the rows, in order.
    reads: Vec<String>,
    /// Names are read by patterns.
    pub reads_all: bool,
    /// The columns, where they are known: after `stats` or `table`.
    pub columns: Option<Vec<String>>,
    pub starved: Option<String>,
    /// Inputs of subsearches whose rows bring every field: what is read here is read of their events too.
    open: Vec<usize>,
    depth: usize,
}

/// A pipeline that is complete.
pub struct Built {
    pub pipeline: Pipeline,
    pub columns: Option<Vec<Box<str>>>,
    /// Names that it reads of its events.
    pub reads: Vec<String>,
    /// Inputs whose events bring every field to the result.
    pub open: Vec<usize>,
    pub starved: Option<String>,
}

impl<'t, 'm> Builder<'t, 'm> {
    pub const fn new(text: &'t str, shared: &'t mut Shared<'m>, depth: usize) -> Self {
        Self {
            text,
            shared,
            source: Source::Other(Start::Rows(0)),
            commands: Vec::new(),
            reads: Vec::new(),
            reads_all: false,
            columns: None,
            starved: None,
            open: Vec::new(),
            depth,
        }
    }

    /// Returns a builder for a pipeline inside this one.
    pub fn inner(&mut self, span: &Span) -> Parsed<Builder<'_, 'm>> {
        self.inner_of(self.text, span)
    }

    /// Returns a builder for a pipeline inside this one, whose text is another.
    pub fn inner_of<'i>(&'i mut self, text: &'i str, span: &Span) -> Parsed<Builder<'i, 'm>> {
        if self.depth >= MAX_DEPTH {
            return Err(not_runnable("subsearches nested this deep", span));
        }
        let depth = self.depth + 1;
        Ok(Builder::new(text, self.shared, depth))
    }

    /// Returns whether the rows are the events yet, so that a condition on them may choose the events.
    pub fn events(&mut self) -> Option<EventNames<'_, 'm>> {
        match &self.source {
            // Inside `map` a condition may depend on another row.
            _ if self.shared.tokens.is_some() => None,
            Source::Events(_, vocabulary) if self.commands.is_empty() => Some(EventNames {
                vocabulary: *vocabulary,
                shared: self.shared,
            }),
            _ => None,
        }
    }

    /// Keeps the rows for which the condition holds.
    pub fn filter(&mut self, pred: Pred) {
        match &mut self.source {
            Source::Events(select, _) if self.commands.is_empty() => {
                let before = std::mem::take(select);
                *select = Pred::all([before, pred]);
            }
            _ => self.commands.push(Command::Filter(pred)),
        }
    }

    /// Notes that a column is read.
    pub fn read(&mut self, name: &str) {
        if name == "now()" || self.columns.is_some() {
            return;
        }
        if name.contains("<<") {
            self.reads_all = true;
        } else if !self.reads.iter().any(|known| known == name) {
            self.reads.push(name.to_owned());
        }
    }

    /// Notes that columns are read by a pattern or a name.
    pub fn read_pattern(&mut self, name: &str) {
        if name.contains('*') {
            self.reads_all |= self.columns.is_none();
        } else {
            self.read(name);
        }
    }

    /// Notes that a column is set.
    pub fn sets(&mut self, name: &str) {
        if let Some(columns) = &mut self.columns
            && !columns.iter().any(|known| known == name)
        {
            columns.push(name.to_owned());
        }
    }

    /// Sets a column.
    pub fn set(&mut self, name: &str, value: crate::lang::ir::Expr) {
        self.commands.push(Command::Set {
            column: name.into(),
            value,
        });
        self.sets(name);
    }

    /// Takes over the columns of another pipeline.
    pub fn carry(&mut self, built: &Built) {
        self.open.extend(&built.open);
        match &built.columns {
            Some(columns) => columns.iter().for_each(|name| self.sets(name)),
            None => self.columns = None,
        }
    }

    /// Renames among the known columns.
    pub fn renames(&mut self, from: &Name, to: &Name) {
        if let Some(columns) = &mut self.columns {
            for column in columns.iter_mut() {
                if let Some(new) = from.carry(column, to) {
                    *column = new;
                }
            }
            let mut seen = std::collections::BTreeSet::new();
            columns.retain(|column| seen.insert(column.clone()));
        }
    }

    /// Returns the pipeline and gives its input a place.
    pub fn finish(mut self) -> Built {
        for input in &self.open {
            let Some(input) = self.shared.inputs.get_mut(*input) else {
                continue;
            };
            for name in &self.reads {
                if !input.columns.iter().any(|(known, _)| **known == **name) {
                    let field = schema::resolve(Vocabulary::SplunkAddon, name);
                    input.columns.push((name.as_str().into(), field));
                }
            }
        }
        let start = match self.source {
            Source::Other(start) => start,
            Source::Events(select, vocabulary) => {
                let columns = self
                    .reads
                    .iter()
                    .map(|name| (name.as_str().into(), schema::resolve(vocabulary, name)));
                self.shared.inputs.push(Input {
                    select,
                    columns: columns.collect(),
                    all: self.reads_all && vocabulary == Vocabulary::SplunkAddon,
                });
                let place = self.shared.inputs.len() - 1;
                if self.columns.is_none() {
                    self.open.push(place);
                }
                Start::Input(place)
            }
        };
        let known = self.columns.is_some();
        Built {
            pipeline: Pipeline {
                start,
                commands: self.commands,
            },
            columns: self
                .columns
                .map(|columns| columns.into_iter().map(String::into_boxed_str).collect()),
            open: if known { Vec::new() } else { self.open },
            reads: self.reads,
            starved: self.starved,
        }
    }
}

impl Names for Builder<'_, '_> {
    fn field(&mut self, name: &str, span: &Span) -> Parsed<FieldRef> {
        self.read(name);
        if let Some(columns) = &self.columns
            && !columns.iter().any(|known| known == name)
            && !name.contains(Each::FIELD)
            && !name.contains(Each::MATCHED)
        {
            let names: Vec<_> = columns.iter().map(|name| format!("`{name}`")).collect();
            let finding = Diagnostic::warning(
                "E311",
                format!("the row has no column `{name}` here"),
                span.clone(),
                "always missing",
            );
            let help = format!("its columns are {}", names.join(", "));
            self.shared.warnings.push(finding.help(help));
        }
        Ok(FieldRef {
            vocabulary: Vocabulary::SplunkAddon,
            name: FieldId::of(name),
        })
    }

    fn warn(&mut self, finding: Diagnostic) {
        self.shared.warnings.push(finding);
    }

    fn are_rows(&self) -> bool {
        true
    }

    fn sets(&self, _name: &str) -> bool {
        false
    }

    fn has_texts(&self) -> bool {
        true
    }

    fn token(&mut self, name: &str) -> Option<FieldRef> {
        let tokens = self.shared.tokens.as_mut()?;
        if !tokens.iter().any(|known| known == name) {
            tokens.push(name.to_owned());
        }
        Some(FieldRef {
            vocabulary: Vocabulary::SplunkAddon,
            name: FieldId::of(&token(name)),
        })
    }
}

/// The names of an event's fields, for the condition that chooses events.
pub struct EventNames<'a, 'm> {
    pub vocabulary: Vocabulary,
    pub shared: &'a mut Shared<'m>,
}

impl Names for EventNames<'_, '_> {
    fn field(&mut self, name: &str, _span: &Span) -> Parsed<FieldRef> {
        Ok(schema::resolve(self.vocabulary, name))
    }

    fn warn(&mut self, finding: Diagnostic) {
        self.shared.warnings.push(finding);
    }

    fn are_rows(&self) -> bool {
        false
    }

    fn sets(&self, _name: &str) -> bool {
        false
    }

    fn looks_back(&mut self, seconds: u32, span: &Span) {
        self.shared.spans(seconds, span);
    }
}
