//! `eval` and `where`.

use super::Call;
use crate::lang::spl::eval;
use crate::lang::spl::plan::Plan;
use crate::lang::spl::problem::{Parsed, wrong};

/// `eval name = expression, ...`: each sees what the ones before it set.
pub fn set(call: &Call<'_>, plan: &mut Plan) -> Parsed<()> {
    for (name, _, node) in eval::assignments(call.text, call.arguments)? {
        let value = eval::value(&node, plan)?;
        plan.set(&name, value);
    }
    Ok(())
}

/// `where expression`.
pub fn filter(call: &Call<'_>, plan: &mut Plan) -> Parsed<()> {
    if call.text[call.arguments.clone()].trim().is_empty() {
        return Err(wrong("`where` needs a condition", call.name_span, "here"));
    }
    let node = eval::parse(call.text, call.arguments)?;
    let pred = eval::condition(&node, plan)?;
    plan.filter(pred);
    Ok(())
}
