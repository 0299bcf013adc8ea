//! `rex`: named groups become columns, or `sed` edits a column.

use super::{Context, Rows};
use crate::engine::naive::Fields;
use crate::event::Value;
use crate::lang::ir::limit::first;
use crate::lang::ir::rows::Extract;
use crate::lang::ir::table::{Edit, Substitute};
use crate::lang::ir::test::with_text;

/// Sets columns to what the named groups match; several values of the field give several.
pub fn run(extract: &Extract, rows: &mut Rows, context: &Context<'_>) {
    for name in extract.regex.group_names() {
        rows.place_or_add(&name);
    }
    // One more match tells whether the cap left something out.
    let most = match extract.most {
        Extract::MAX_MATCHES => Extract::MAX_MATCHES + 1,
        most => most,
    };
    for n in 0..rows.rows.len() {
        let scope = context.scope(&rows.columns, &rows.rows[n]);
        let Some(value) = scope.value(extract.field) else {
            continue;
        };
        let mut found: Vec<(String, Vec<Value>)> = Vec::new();
        for element in value.elements() {
            let Some(groups) = with_text(element, |text| extract.regex.groups(text, most)) else {
                continue;
            };
            for (name, texts) in groups {
                let texts = texts.into_iter().map(Value::from);
                match found.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, values)) => values.extend(texts),
                    None => found.push((name, texts.collect())),
                }
            }
        }
        drop(value);
        for (name, values) in found {
            let mut values = first(values.into_iter(), Extract::MAX_MATCHES);
            let value = if values.len() == 1 {
                values.pop()
            } else {
                Some(Value::List(values))
            };
            if let Some(at) = rows.place(&name) {
                rows.rows[n].set(at, value);
            }
        }
    }
}

/// Edits each value of a column.
pub fn substitute(substitute: &Substitute, rows: &mut Rows) {
    let Some(at) = rows.place(&substitute.column) else {
        return;
    };
    for row in &mut rows.rows {
        let edited = row.get(at).map(|value| match value {
            Value::List(values) => Value::List(
                values
                    .iter()
                    .map(|value| edit(&substitute.edit, value))
                    .collect(),
            ),
            value => edit(&substitute.edit, value),
        });
        row.set(at, edited);
    }
}

fn edit(how: &Edit, value: &Value) -> Value {
    let text = value.text();
    let edited = match how {
        Edit::Replace { regex, with, which } => regex.replace(&text, with, *which),
        Edit::Characters(pairs) => text
            .chars()
            .map(|char| {
                let pair = pairs.iter().find(|(from, _)| *from == char);
                pair.map_or(char, |(_, to)| *to)
            })
            .collect(),
    };
    Value::from(edited)
}
