//! `search`, at the start or later.

use super::Call;
use crate::lang::spl::plan::Plan;
use crate::lang::spl::problem::Parsed;
use crate::lang::spl::{lexer, search};

pub fn run(call: &Call<'_>, plan: &mut Plan) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let (node, warnings) = search::parse(&tokens, call.arguments.end)?;
    for warning in warnings {
        plan.warn(warning);
    }
    if let Some(node) = node {
        let pred = search::lower(&node, plan)?;
        plan.filter(pred);
    }
    Ok(())
}
