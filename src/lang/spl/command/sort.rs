//! `sort`: rows arrive one by one and are sorted by whoever looks at them, so only a limit matters.

use super::Call;
use crate::lang::spl::lexer;
use crate::lang::spl::plan::Plan;
use crate::lang::spl::problem::{Parsed, not_runnable};

/// `sort [limit] [+|-]name ...`; Splunk's own limit of 10,000 rows is not kept to, and 0 is none.
pub fn run(call: &Call<'_>, _plan: &mut Plan) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    if let Some(first) = tokens.first()
        && let Some(limit) = first.bare().and_then(|word| word.parse::<u64>().ok())
        && limit > 0
        && tokens.len() > 1
    {
        return Err(not_runnable("`sort` with a limit", &first.span));
    }
    Ok(())
}
