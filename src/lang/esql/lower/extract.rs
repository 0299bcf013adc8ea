//! `grok` and `dissect`: columns out of a text.

use super::Lowering;
use crate::lang::Diagnostic;
use crate::lang::esql::functions::{self, Kind};
use crate::lang::esql::tree::{Name, Place};
use crate::lang::esql::{dissect, grok};
use crate::lang::ir::rows::Extract;
use crate::lang::ir::table::Command as Step;
use crate::lang::ir::{Case, Expr, Regex};

use super::{ecs, pattern};

impl Lowering {
    /// The first of several patterns that fits fills the columns.
    pub(super) fn grok(&mut self, input: &Name, patterns: &[(String, Place)]) {
        self.field(&input.text, &input.span.0);
        let mut columns: Vec<(String, Vec<Expr>, Kind)> = Vec::new();
        for (text, span) in patterns {
            let prefix = format!("{}_", self.hide());
            let read = match grok::parse(text, &prefix, &span.0) {
                Ok(read) => read,
                Err(error) => {
                    self.error(*error);
                    continue;
                }
            };
            self.extract(input, &read.regex, span);
            for column in read.columns {
                let groups = column.groups.iter();
                let groups: Vec<Expr> = groups.map(|group| Expr::Field(ecs(group))).collect();
                let (value, kind) = typed(gathered(groups), column.kind.as_deref());
                match columns.iter_mut().find(|(name, ..)| *name == column.name) {
                    Some((_, values, _)) => values.push(value),
                    None => columns.push((column.name, vec![value], kind)),
                }
            }
        }
        for (name, mut values, kind) in columns {
            let value = match (values.len(), functions::find("coalesce")) {
                (2.., Some(coalesce)) => Expr::Call(&coalesce.function, values),
                _ => values.pop().unwrap_or(Expr::Null),
            };
            self.put(&name, value, kind);
        }
        self.forget();
    }

    pub(super) fn dissect(&mut self, input: &Name, text: &(String, Place), separator: &str) {
        self.field(&input.text, &input.span.0);
        let prefix = format!("{}_", self.hide());
        let read = match dissect::parse(&text.0, &prefix, &text.1.0) {
            Ok(read) => read,
            Err(error) => {
                self.error(*error);
                return;
            }
        };
        self.extract(input, &read.regex, &text.1);
        for (name, groups) in read.columns {
            let mut parts = Vec::new();
            for group in groups {
                if !parts.is_empty() && !separator.is_empty() {
                    parts.push(Expr::Text(separator.into()));
                }
                parts.push(Expr::Field(ecs(&group)));
            }
            let value = match (parts.len(), functions::find("concat")) {
                (2.., Some(concat)) => Expr::Call(&concat.function, parts),
                _ => parts.pop().unwrap_or(Expr::Null),
            };
            self.put(&name, value, Kind::Text);
        }
        self.forget();
    }

    fn extract(&mut self, input: &Name, source: &str, span: &Place) {
        match Regex::compile(source, Case::Sensitive) {
            Ok(regex) => self.steps.push(Step::Extract(Extract {
                field: ecs(&input.text),
                regex,
                most: 1,
            })),
            Err(error) => self.error(Diagnostic::error(
                "E544",
                format!("the pattern does not compile: {error}"),
                span.0.clone(),
                "in this pattern",
            )),
        }
    }

    /// Removes the columns of the groups.
    fn forget(&mut self) {
        self.steps.push(Step::Drop(vec![pattern("__*")]));
    }
}

/// Several groups of one column make several values.
fn gathered(groups: Vec<Expr>) -> Expr {
    let mut groups = groups.into_iter();
    let first = groups.next().unwrap_or(Expr::Null);
    let (Some(append), Some(coalesce)) =
        (functions::find("mv_append"), functions::find("coalesce"))
    else {
        return first;
    };
    groups.fold(first, |all, group| {
        // Appending null gives null, so what matched alone stands by itself.
        let both = Expr::Call(&append.function, vec![all.clone(), group.clone()]);
        Expr::Call(&coalesce.function, vec![both, all, group])
    })
}

fn typed(value: Expr, kind: Option<&str>) -> (Expr, Kind) {
    let name = match kind {
        Some("int" | "long") => "to_long",
        Some("float" | "double") => "to_double",
        Some("boolean") => "to_boolean",
        _ => return (value, Kind::Text),
    };
    match functions::find(name) {
        Some(known) => (Expr::Call(&known.function, vec![value]), Kind::Number),
        None => (value, Kind::Text),
    }
}
