//! `dedup`: one row of each combination of values.

use super::Call;
use crate::lang::spl::lexer::{self, Kind};
use crate::lang::spl::plan::{self, Plan};
use crate::lang::spl::problem::{Parsed, not_runnable};

/// `dedup name ...`, where it takes away nothing: after grouping by a subset of the names.
pub fn run(call: &Call<'_>, plan: &mut Plan) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let names: Vec<_> = tokens
        .iter()
        .filter(|token| token.kind != Kind::Comma)
        .map(|token| token.word().unwrap_or_default())
        .collect();
    let mut keys = plan
        .columns()
        .iter()
        .filter(|column| column.kind == plan::Kind::Key);
    if plan.is_grouped() && keys.all(|key| names.contains(&key.name.as_str())) {
        return Ok(());
    }
    Err(not_runnable("`dedup`", call.name_span))
}
