//! `foreach`: commands run once for each of some columns; and `mvexpand`, a row for each value.

use std::borrow::Cow;

use super::{Context, Row, RowId, Rows, run_on};
use crate::event::{FieldId, Value};
use crate::lang::ir::rows::Name;
use crate::lang::ir::table::{Command, Each};
use crate::lang::ir::{Expr, Pred};

/// Runs the commands for each column that fits, in the order of the columns.
pub fn run(each: &Each, rows: Rows, context: &Context<'_>) -> Rows {
    let mut chosen: Vec<(String, String)> = Vec::new();
    for name in &each.columns {
        if !name.0.contains('*') {
            chosen.push((name.0.to_string(), String::new()));
            continue;
        }
        for column in &rows.columns {
            let matched = name.carry(&column.name, &Name("*".into()));
            if let Some(matched) = matched.filter(|_| !column.name.starts_with('_')) {
                chosen.push((column.name.to_string(), matched));
            }
        }
    }
    chosen.into_iter().fold(rows, |rows, (field, matched)| {
        let commands: Vec<Command> = each
            .commands
            .iter()
            .map(|command| fill(command, &field, &matched))
            .collect();
        run_on(&commands, rows, context)
    })
}

/// Puts a column's name where it is stood for.
fn fill(command: &Command, field: &str, matched: &str) -> Command {
    let name = |text: &str| -> Box<str> { filled(text, field, matched).into() };
    let mut command = command.clone();
    match &mut command {
        Command::Set { column, value } => {
            *column = name(column);
            fill_expr(value, &name);
        }
        Command::Filter(Pred::Truth(truth, _)) => fill_expr(&mut truth.expr, &name),
        _ => {}
    }
    command
}

fn filled<'t>(text: &'t str, field: &str, matched: &str) -> Cow<'t, str> {
    if text.contains("<<") {
        Cow::Owned(
            text.replace(Each::FIELD, field)
                .replace(Each::MATCHED, matched),
        )
    } else {
        Cow::Borrowed(text)
    }
}

fn fill_expr(expr: &mut Expr, name: &impl Fn(&str) -> Box<str>) {
    expr.change(&mut |part| match part {
        Expr::Field(field) => field.name = FieldId::of(&name(field.name.name())),
        Expr::Text(text) => *text = name(text),
        _ => {}
    });
}

/// Makes a row of each value of a column.
pub fn expand(column: &str, most: Option<usize>, rows: &mut Rows) {
    let Some(at) = rows.place(column) else { return };
    let mut out: Vec<Row> = Vec::with_capacity(rows.rows.len());
    for row in rows.rows.drain(..) {
        let Some(Value::List(values)) = row.get(at).cloned() else {
            out.push(row);
            continue;
        };
        let most = most.unwrap_or(values.len());
        for (n, value) in values.into_iter().take(most).enumerate() {
            let mut one = row.clone();
            one.id = RowId::of([
                row.id.0.as_slice(),
                &n.to_be_bytes(),
                value.text().as_bytes(),
            ]);
            one.set(at, Some(value));
            out.push(one);
        }
    }
    rows.rows = out;
}
