//! `fields` and `table`: which columns stay.

use super::Call;
use crate::lang::ir::rows::Name;
use crate::lang::spl::lexer::{self, Kind};
use crate::lang::spl::plan::Plan;
use crate::lang::spl::problem::{Parsed, wrong};

/// `fields [+|-] name ...`.
pub fn fields(call: &Call<'_>, plan: &mut Plan) -> Parsed<()> {
    let mut names = names(call)?;
    let sign = names.first().and_then(|name| name.0.chars().next());
    let mut removes = false;
    if let (Some(sign @ ('+' | '-')), Some(first)) = (sign, names.first_mut()) {
        removes = sign == '-';
        first.0 = first.0[1..].into();
        if first.0.is_empty() {
            names.remove(0);
        }
    }
    if names.is_empty() {
        return Err(wrong("`fields` needs a name", call.name_span, "here"));
    }
    if removes {
        plan.drop(names);
    } else {
        plan.keep(names);
    }
    Ok(())
}

/// `table name ...`.
pub fn table(call: &Call<'_>, plan: &mut Plan) -> Parsed<()> {
    let names = names(call)?;
    if names.is_empty() {
        return Err(wrong("`table` needs a name", call.name_span, "here"));
    }
    plan.keep(names);
    Ok(())
}

fn names(call: &Call<'_>) -> Parsed<Vec<Name>> {
    let mut names = Vec::new();
    for token in lexer::lex(call.text, call.arguments)? {
        match token.word() {
            Some(name) => names.push(Name(name.into())),
            None if token.kind == Kind::Comma => {}
            None => return Err(wrong("columns are names", &token.span, "here")),
        }
    }
    Ok(names)
}
