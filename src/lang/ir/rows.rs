//! What a pipeline makes of the selected events: result rows.
//!
//! A row starts as one event's share: [`Rows::before`] runs on the event, grouping gives key and measure columns,
//! [`Rows::after`] runs on those. Shares of equal keys are merged by the alert store, column by column.

use super::{Expr, Pred, Regex};
use crate::event::FieldId;
use crate::lang::Span;
use crate::schema::FieldRef;

/// A pipeline after the first search.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// Steps on the event, ahead of grouping.
    pub before: Vec<Step>,
    /// Grouping; `None` when the pipeline has none and each event is its own row.
    pub group: Option<Group>,
    /// Steps on the row.
    pub after: Vec<Step>,
}

/// `stats` and `tstats`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Group {
    pub by: Vec<By>,
    pub aggregates: Vec<Aggregate>,
}

/// A column to group by. Several values give a row each.
#[derive(Debug, Clone, PartialEq)]
pub struct By {
    pub field: FieldRef,
    /// The column's name.
    pub name: Box<str>,
    /// What stands for a missing value; without it an event that lacks the field gives no row.
    pub fill: Option<Box<str>>,
    /// `_time span=1h`: length of the time bucket in seconds.
    pub bucket: Option<u32>,
    pub span: Span,
}

/// A column computed over the events of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    pub measure: Measure,
    pub name: Box<str>,
    pub span: Span,
}

/// What is computed; each can be merged from two shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Events.
    Count,
    /// Events in which the field has a value; each of several values counts.
    CountOf(FieldRef),
    Sum(FieldRef),
    Min(FieldRef),
    Max(FieldRef),
    /// Distinct values, sorted.
    Values(FieldRef),
    /// How many distinct values there are.
    Distinct(FieldRef),
    /// Value of the newest event that has one.
    Latest(FieldRef),
    /// Value of the oldest event that has one.
    Earliest(FieldRef),
}

/// One command on a row (or on an event, ahead of grouping).
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Keeps the row when the condition holds.
    Filter(Pred),
    /// Sets a column to the expression's value; null removes it.
    Set { column: Box<str>, value: Expr },
    /// Sets columns to what the named groups of a regular expression match.
    Extract(Extract),
    Rename {
        from: Name,
        to: Name,
        /// What `from` reads ahead of grouping.
        field: FieldRef,
    },
    /// `drop_dm_object_name`: strips `prefix.` from every name that has it.
    StripPrefix(Box<str>),
    /// Shows a time as text in this strftime format.
    TimeFormat { column: Name, format: Box<str> },
    /// Puts a text where a value is missing.
    Fill {
        columns: Vec<Box<str>>,
        /// What the columns read ahead of grouping.
        fields: Vec<FieldRef>,
        value: Box<str>,
    },
    /// Keeps only these columns, in this order.
    Keep(Vec<Name>),
    /// Removes these columns.
    Drop(Vec<Name>),
}

/// `rex`.
#[derive(Debug, Clone, PartialEq)]
pub struct Extract {
    pub field: FieldRef,
    pub regex: Regex,
    /// Most matches; several give a column several values.
    pub most: usize,
}

impl Extract {
    /// Most matches of one value.
    pub const MAX_MATCHES: usize = 1_000;
}

/// A column's name, perhaps with `*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name(pub Box<str>);

impl Name {
    /// Returns whether `name` is meant; `*` stands for any text.
    #[must_use]
    pub fn fits(&self, name: &str) -> bool {
        self.carry(name, self).is_some()
    }

    /// Returns what `name` becomes when `self` is renamed to `to`: what `*` stood for is carried over.
    #[must_use]
    pub fn carry(&self, name: &str, to: &Self) -> Option<String> {
        let Some((head, tail)) = self.0.split_once('*') else {
            return (*self.0 == *name).then(|| to.0.to_string());
        };
        let middle = name.strip_prefix(head)?.strip_suffix(tail)?;
        Some(to.0.replacen('*', middle, 1))
    }
}

impl Rows {
    /// Visits every span, to move it to another text.
    pub fn spans(&mut self, see: &mut impl FnMut(&mut Span)) {
        for step in self.before.iter_mut().chain(&mut self.after) {
            if let Step::Filter(pred) = step {
                pred.spans(see);
            }
        }
        if let Some(group) = &mut self.group {
            group.by.iter_mut().for_each(|by| see(&mut by.span));
            group
                .aggregates
                .iter_mut()
                .for_each(|aggregate| see(&mut aggregate.span));
        }
    }

    /// Visits every field of the event that the pipeline reads; columns that it sets itself are none.
    pub fn fields(&self, see: &mut impl FnMut(FieldRef)) {
        let mut set: Vec<FieldId> = Vec::new();
        let mut see = |field: FieldRef, set: &[FieldId]| {
            if !set.contains(&field.name) {
                see(field);
            }
        };
        for step in &self.before {
            match step {
                Step::Filter(pred) => pred.fields(&mut |field| see(field, &set)),
                Step::Set { column, value } => {
                    value.fields(&mut |field| see(field, &set));
                    set.push(FieldId::of(column));
                }
                Step::Extract(extract) => {
                    see(extract.field, &set);
                    let names = extract.regex.group_names();
                    set.extend(names.iter().map(|name| FieldId::of(name)));
                }
                Step::Rename { to, field, .. } => {
                    see(*field, &set);
                    set.push(FieldId::of(&to.0));
                }
                Step::Fill { fields, .. } => fields.iter().for_each(|field| see(*field, &set)),
                _ => {}
            }
        }
        let Some(group) = &self.group else { return };
        for by in &group.by {
            see(by.field, &set);
        }
        for aggregate in &group.aggregates {
            if let Some(field) = aggregate.measure.field() {
                see(field, &set);
            }
        }
    }
}

impl Measure {
    /// Returns the field it reads.
    #[must_use]
    pub const fn field(self) -> Option<FieldRef> {
        match self {
            Self::Count => None,
            Self::CountOf(field)
            | Self::Sum(field)
            | Self::Min(field)
            | Self::Max(field)
            | Self::Values(field)
            | Self::Distinct(field)
            | Self::Latest(field)
            | Self::Earliest(field) => Some(field),
        }
    }
}
