//! Whether more events can only add rows to a result.
//!
//! Then what is found before a window has ended stands, and an analyst need not wait. It holds for commands that look
//! at one row, then at most one `stats` whose counts are only asked to be large.

use std::collections::BTreeSet;

use crate::event::FieldId;
use crate::lang::ir::rows::Name;
use crate::lang::ir::table::{Command, Group, Pipeline, Start};
use crate::lang::ir::{Comparison, Expr, Pred, Test};
use crate::schema::FieldRef;

/// Returns whether the pipeline's result only grows.
pub fn only(pipeline: &Pipeline) -> bool {
    let from_events = matches!(pipeline.start, Start::Input(_));
    let mut columns: Option<Columns> = None;
    from_events
        && pipeline.commands.iter().all(|command| match &mut columns {
            None => match command {
                Command::Group(group) => {
                    columns = Some(Columns::of(group));
                    !group.by.is_empty()
                }
                command => is_by_row(command),
            },
            Some(columns) => columns.allow(command),
        })
}

const fn is_by_row(command: &Command) -> bool {
    matches!(
        command,
        Command::Filter(_)
            | Command::Set { .. }
            | Command::Extract(_)
            | Command::Substitute(_)
            | Command::Rename { .. }
            | Command::Keep(_)
            | Command::Drop(_)
            | Command::Fill { .. }
            | Command::TimeFormat { .. }
            | Command::Expand { .. }
            | Command::Lookup(_)
            | Command::XmlPairs { .. }
            | Command::Path(_)
            | Command::Each(_)
    )
}

/// What the columns of a group do when events join it.
struct Columns {
    /// Change, and not only upwards.
    shifting: BTreeSet<String>,
    /// Only become larger.
    growing: BTreeSet<String>,
}

impl Columns {
    fn of(group: &Group) -> Self {
        let (growing, shifting) = group
            .aggregates
            .iter()
            .partition::<Vec<_>, _>(|one| one.function.grows());
        let names = |found: Vec<&crate::lang::ir::table::Aggregate>| {
            found.iter().map(|one| one.name.to_string()).collect()
        };
        Self {
            shifting: names(shifting),
            growing: names(growing),
        }
    }

    /// Whether the row stays the same whatever this field holds.
    fn is_key(&self, field: FieldRef) -> bool {
        let name = field.name.name();
        !self.shifting.contains(name) && !self.growing.contains(name)
    }

    fn reads_keys(&self, expr: &Expr) -> bool {
        let mut keys = true;
        expr.fields(&mut |field| keys &= self.is_key(field) && field.name != FieldId::of("now()"));
        keys
    }

    fn allow(&mut self, command: &Command) -> bool {
        match command {
            Command::Filter(pred) => self.keeps(pred),
            Command::Set { column, value } => {
                let key = self.reads_keys(value);
                self.forget(column);
                if !key {
                    self.shifting.insert(column.to_string());
                }
                true
            }
            Command::Rename { from, to } => {
                for set in [&mut self.shifting, &mut self.growing] {
                    rename(set, from, to);
                }
                true
            }
            Command::Keep(_) | Command::Drop(_) | Command::TimeFormat { .. } => true,
            Command::Extract(extract) => self.is_key(extract.field),
            Command::Lookup(look_up) => look_up.inputs.iter().all(|(_, ours)| {
                !self.shifting.contains(&**ours) && !self.growing.contains(&**ours)
            }),
            _ => false,
        }
    }

    fn forget(&mut self, column: &str) {
        self.shifting.remove(column);
        self.growing.remove(column);
    }

    /// Whether a row that passes still does when it has grown.
    fn keeps(&self, pred: &Pred) -> bool {
        match pred {
            Pred::Const(_) => true,
            Pred::And(parts) | Pred::Or(parts) => parts.iter().all(|part| self.keeps(part)),
            Pred::Leaf(leaf, _) => {
                self.is_key(leaf.field)
                    || self.growing.contains(leaf.field.name.name())
                        && matches!(
                            leaf.test,
                            Test::Number(Comparison::Greater | Comparison::GreaterOrEqual, _)
                        )
            }
            Pred::Truth(truth, _) => self.grows(&truth.expr),
            other => {
                let mut keys = true;
                other.fields(&mut |field| keys &= self.is_key(field));
                keys && !matches!(other, Pred::AnyField(..))
            }
        }
    }

    fn grows(&self, expr: &Expr) -> bool {
        match expr {
            Expr::And(parts) | Expr::Or(parts) => parts.iter().all(|part| self.grows(part)),
            Expr::Compare(operator, _, left, right) => {
                let upwards = match (operator, &**left, &**right) {
                    (
                        Comparison::Greater | Comparison::GreaterOrEqual,
                        Expr::Field(field),
                        Expr::Number(_),
                    )
                    | (
                        Comparison::Less | Comparison::LessOrEqual,
                        Expr::Number(_),
                        Expr::Field(field),
                    ) => self.growing.contains(field.name.name()),
                    _ => false,
                };
                upwards || self.reads_keys(expr)
            }
            other => self.reads_keys(other),
        }
    }
}

fn rename(set: &mut BTreeSet<String>, from: &Name, to: &Name) {
    let old = std::mem::take(set).into_iter();
    *set = old
        .map(|name| from.carry(&name, to).unwrap_or(name))
        .collect();
}
