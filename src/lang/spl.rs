//! Splunk's search language.
//!
//! Takes a search and macros; gives a [`Query`] or what is wrong with it. Macros are expanded as text ([`expand`]),
//! the pipeline is split into commands ([`pipeline`]), and each command adds to a [`plan::Plan`]. Findings point into
//! the search as it was written; inside a macro they point at its call and name it.
//!
//! A search streams where it can: each event gives its share of a row, and shares merge. What needs several events at
//! once (a threshold on `count`, `eventstats`, `join`, ...) becomes a [`table`] over the events of a window.

mod aggregate;
mod command;
mod duration;
mod eval;
mod expand;
mod lexer;
pub mod macros;
mod names;
mod pipeline;
mod plan;
mod problem;
mod search;
mod source;
mod table;
mod token;
pub mod tree;

use super::{CompileError, Query, Span};
use crate::schema::Vocabulary;

pub(super) use eval::pcre;
pub use macros::{Macro, Macros};
pub use table::ABSENT_LOOKUP;

/// Compiles a search with the macros it may call.
///
/// # Errors
/// What cannot be read (spans in `text`), or the construct that is not run.
pub fn compile(text: &str, macros: &Macros) -> Result<Query, CompileError> {
    let expanded = expand::expand(text, macros)?;
    let mut query = lower(&expanded.text)
        .or_else(|refused| {
            table::lower(&expanded.text, macros).map_err(|error| worse(refused, error))
        })
        .map_err(|error| expanded.place_error(error))?;
    for warning in &mut query.warnings {
        *warning = expanded.place(warning.clone());
    }
    let mut place = |span: &mut Span| *span = expanded.origin(span).0;
    query.select.spans(&mut place);
    if let Some(rows) = &mut query.rows {
        rows.spans(&mut place);
    }
    if let Some(stateful) = &mut query.stateful {
        stateful.spans(&mut place);
    }
    Ok(query)
}

/// Of what one event's way and the table's way say against a search, what is wrong with the text itself comes first.
fn worse(refused: CompileError, error: CompileError) -> CompileError {
    if refused.construct.is_none() && error.construct.is_some() {
        refused
    } else {
        error
    }
}

/// Parses a search into a tree in which the macros are expanded.
///
/// # Errors
/// What cannot be read; spans are in `text`.
pub fn parse(text: &str, macros: &Macros) -> Result<tree::Pipeline, CompileError> {
    let expanded = expand::expand(text, macros)?;
    tree::parse(&expanded.text).map_err(|error| expanded.place_error(error))
}

fn lower(text: &str) -> Result<Query, CompileError> {
    let mut plan = plan::Plan::new(Vocabulary::SplunkAddon);
    for (n, command) in pipeline::split(text)?.iter().enumerate() {
        command::run(text, command, n == 0, &mut plan)?;
    }
    Ok(plan.finish())
}

#[cfg(test)]
mod tests;
