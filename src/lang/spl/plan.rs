//! What the commands so far make of an event: grows command by command into a [`Query`].
//!
//! A command asks it which field a name means at its place: a field of the event (or a column that an earlier `eval`
//! set), or after grouping a column of the row. A column that is computed over several events cannot be asked about
//! while each event is looked at alone; such a search is refused rather than answered from one event's share.

use std::collections::BTreeSet;

use super::names::Names;
use super::problem::{Parsed, not_runnable};
use crate::event::FieldId;
use crate::lang::ir::rows::{Aggregate, By, Group, Name, Step};
use crate::lang::ir::{Expr, Pred, Query, Rows};
use crate::lang::{Diagnostic, Span};
use crate::schema::{self, FieldRef, Vocabulary};

/// The state after some commands.
#[derive(Debug)]
pub struct Plan {
    select: Pred,
    starved: Option<String>,
    /// Whose names the events' fields are called by.
    vocabulary: Vocabulary,
    before: Vec<Step>,
    /// Columns that a step ahead of grouping set.
    set: BTreeSet<String>,
    /// What `fields` or `table` left, ahead of grouping.
    kept: Option<Vec<Name>>,
    dropped: Vec<Name>,
    /// `fillnull` without names: stands for whatever a later command groups by and an event lacks.
    fill: Option<Box<str>>,
    group: Option<Group>,
    after: Vec<Step>,
    columns: Vec<Column>,
    warnings: Vec<Diagnostic>,
    hidden: usize,
}

/// A column of the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

/// How a column comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The same in each event of the row.
    Key,
    /// Grows with the events of the row.
    Aggregate,
}

impl Names for Plan {
    fn field(&mut self, name: &str, span: &Span) -> Parsed<FieldRef> {
        Self::field(self, name, span)
    }

    fn warn(&mut self, finding: Diagnostic) {
        Self::warn(self, finding);
    }

    fn are_rows(&self) -> bool {
        self.is_grouped()
    }

    fn sets(&self, name: &str) -> bool {
        Self::sets(self, name)
    }
}

impl Plan {
    /// Returns the plan that a search of events starts with.
    #[must_use]
    pub fn new(vocabulary: Vocabulary) -> Self {
        Self {
            select: Pred::Const(true),
            starved: None,
            vocabulary,
            before: Vec::new(),
            set: BTreeSet::new(),
            kept: None,
            dropped: Vec::new(),
            fill: None,
            group: None,
            after: Vec::new(),
            columns: Vec::new(),
            warnings: Vec::new(),
            hidden: 0,
        }
    }

    /// Returns whether the rows are groups of events.
    #[must_use]
    pub const fn is_grouped(&self) -> bool {
        self.group.is_some()
    }

    /// Returns whether an earlier command set this column.
    #[must_use]
    pub fn sets(&self, name: &str) -> bool {
        self.set.contains(name)
    }

    /// Returns the columns of the row.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Adds a finding that stops nothing.
    pub fn warn(&mut self, finding: Diagnostic) {
        self.warnings.push(finding);
    }

    /// Says why no event can ever be selected.
    pub fn starve(&mut self, reason: String) {
        self.starved.get_or_insert(reason);
    }

    /// Returns what `name` means here, for a command that reads its value in one event or row.
    pub fn field(&mut self, name: &str, span: &Span) -> Parsed<FieldRef> {
        if self.group.is_none() {
            return Ok(self.event_field(name, span));
        }
        match self.column(name) {
            Some(Kind::Aggregate) => {
                let construct = format!("a condition on `{name}`, which several events make");
                return Err(not_runnable(construct, span));
            }
            Some(Kind::Key) => {}
            None => self.warn(
                Diagnostic::warning(
                    "E311",
                    format!("the row has no column `{name}` here"),
                    span.clone(),
                    "always missing",
                )
                .help(self.column_names()),
            ),
        }
        Ok(FieldRef {
            vocabulary: self.vocabulary,
            name: FieldId::of(name),
        })
    }

    /// Returns the field of the event that `name` means ahead of grouping.
    pub fn event_field(&mut self, name: &str, span: &Span) -> FieldRef {
        let gone = self.dropped.iter().any(|dropped| dropped.fits(name))
            || self
                .kept
                .as_ref()
                .is_some_and(|kept| !kept.iter().any(|kept| kept.fits(name)));
        if gone && !name.starts_with('_') && !self.sets(name) {
            let why = format!("`{name}` was removed by an earlier command");
            self.warn(Diagnostic::warning(
                "E311",
                why,
                span.clone(),
                "always missing",
            ));
            // No event has a field of such a name.
            return schema::resolve(self.vocabulary, &format!("{name} (removed)"));
        }
        schema::resolve(self.vocabulary, name)
    }

    /// Returns how a column comes about; `None` when the row has none of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<Kind> {
        let found = self.columns.iter().find(|column| column.name == name);
        found.map(|column| column.kind)
    }

    fn column_names(&self) -> String {
        let names: Vec<_> = self
            .columns
            .iter()
            .map(|c| format!("`{}`", c.name))
            .collect();
        format!("its columns are {}", names.join(", "))
    }

    /// Keeps what satisfies the condition.
    pub fn filter(&mut self, pred: Pred) {
        if pred == Pred::Const(true) {
            return;
        }
        if self.group.is_some() {
            self.after.push(Step::Filter(pred));
        } else if self.before.is_empty() {
            let select = std::mem::take(&mut self.select);
            self.select = Pred::all([select, pred]);
        } else {
            self.before.push(Step::Filter(pred));
        }
    }

    /// Sets a column.
    pub fn set(&mut self, name: &str, value: Expr) {
        let step = Step::Set {
            column: name.into(),
            value,
        };
        if self.group.is_some() {
            self.after.push(step);
            self.columns.retain(|column| column.name != name);
            self.columns.push(Column {
                name: name.to_owned(),
                kind: Kind::Key,
            });
        } else {
            self.before.push(step);
            self.set.insert(name.to_owned());
        }
    }

    /// Sets a column that only the aggregate of a later `stats` reads; returns its name.
    pub fn set_hidden(&mut self, value: Expr) -> String {
        self.hidden += 1;
        // No field of an event and no column of a search has such a name.
        let name = format!("\u{0}eval{}", self.hidden);
        self.set(&name, value);
        name
    }

    /// Adds a step that sets `columns` ahead of grouping, or keys of the row after it.
    pub fn extract(&mut self, step: Step, columns: &[String]) {
        if self.group.is_some() {
            self.after.push(step);
            for name in columns {
                if self.column(name).is_none() {
                    self.columns.push(Column {
                        name: name.clone(),
                        kind: Kind::Key,
                    });
                }
            }
        } else {
            self.before.push(step);
            self.set.extend(columns.iter().cloned());
        }
    }

    /// Gives columns another name.
    pub fn rename(&mut self, from: &str, to: &str, span: &Span) -> Parsed<()> {
        if from == to {
            return Ok(());
        }
        let (old, new) = (Name(from.into()), Name(to.into()));
        if self.group.is_none() {
            // Fields with a point in their name are other products' JSON: a Windows event has none to rename.
            if from.contains('*') && from.contains('.') {
                return Ok(());
            }
            if from.contains('*') {
                return Err(not_runnable("`rename` with `*` ahead of `stats`", span));
            }
            let field = self.event_field(from, span);
            self.before.push(Step::Rename {
                from: old,
                to: new,
                field,
            });
            self.set.insert(to.to_owned());
            self.set.insert(from.to_owned());
            return Ok(());
        }
        let renamed: Vec<(usize, String)> = self
            .columns
            .iter()
            .enumerate()
            .filter_map(|(n, column)| Some((n, old.carry(&column.name, &new)?)))
            .collect();
        if renamed.is_empty() {
            return Ok(());
        }
        for (n, name) in renamed {
            let kind = self.columns[n].kind;
            for (other, column) in self.columns.iter_mut().enumerate() {
                if other != n && column.name == name {
                    column.name.clear();
                }
            }
            self.columns[n] = Column { name, kind };
        }
        self.columns.retain(|column| !column.name.is_empty());
        let field = schema::resolve(self.vocabulary, from);
        self.after.push(Step::Rename {
            from: old,
            to: new,
            field,
        });
        Ok(())
    }

    /// Shows columns as times.
    pub fn format_time(&mut self, name: &str, format: &str) {
        let step = Step::TimeFormat {
            column: Name(name.into()),
            format: format.into(),
        };
        // Ahead of grouping an event's times are compared and grouped as they are.
        if self.group.is_some() {
            self.after.push(step);
        }
    }

    /// Puts a text where a value is missing; no names mean every field.
    pub fn fill(&mut self, names: &[(String, Span)], value: &str) {
        if self.group.is_none() && names.is_empty() {
            self.fill = Some(value.into());
            return;
        }
        let columns: Vec<Box<str>> = if names.is_empty() {
            self.columns
                .iter()
                .map(|c| c.name.as_str().into())
                .collect()
        } else {
            names.iter().map(|(name, _)| name.as_str().into()).collect()
        };
        let mut fields = Vec::new();
        for (name, span) in names {
            fields.push(if self.group.is_none() {
                self.event_field(name, span)
            } else {
                schema::resolve(self.vocabulary, name)
            });
        }
        let step = Step::Fill {
            columns: columns.clone(),
            fields,
            value: value.into(),
        };
        let names: Vec<String> = columns.iter().map(ToString::to_string).collect();
        // A value that another event of the row may still bring is not missing yet.
        let open = names
            .iter()
            .any(|name| self.column(name) == Some(Kind::Aggregate));
        if !open || self.group.is_none() {
            self.extract(step, &names);
        }
    }

    /// Keeps only these columns.
    pub fn keep(&mut self, names: Vec<Name>) {
        if self.group.is_none() {
            self.kept = Some(names);
            return;
        }
        self.columns
            .retain(|column| names.iter().any(|name| name.fits(&column.name)));
        self.after.push(Step::Keep(names));
    }

    /// Removes these columns.
    pub fn drop(&mut self, names: Vec<Name>) {
        if self.group.is_none() {
            self.dropped.extend(names);
            return;
        }
        self.columns
            .retain(|column| !names.iter().any(|name| name.fits(&column.name)));
        self.after.push(Step::Drop(names));
    }

    /// Groups the events.
    pub fn group(&mut self, mut by: Vec<By>, aggregates: Vec<Aggregate>) {
        for by in &mut by {
            if by.fill.is_none() {
                by.fill.clone_from(&self.fill);
            }
        }
        let keys = by.iter().map(|by| (by.name.to_string(), Kind::Key));
        let computed = aggregates
            .iter()
            .map(|aggregate| (aggregate.name.to_string(), Kind::Aggregate));
        self.columns = keys
            .chain(computed)
            .map(|(name, kind)| Column { name, kind })
            .collect();
        self.group = Some(Group { by, aggregates });
    }

    /// Returns the query.
    #[must_use]
    pub fn finish(self) -> Query {
        let rows = Rows {
            before: self.before,
            group: self.group,
            after: self.after,
        };
        Query {
            select: self.select,
            rows: (rows != Rows::default()).then_some(rows),
            warnings: self.warnings,
            starved: self.starved,
            stateful: None,
        }
    }
}
