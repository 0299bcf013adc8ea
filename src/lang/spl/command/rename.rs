//! `rename`.

use super::Call;
use crate::lang::spl::lexer::{self, Kind};
use crate::lang::spl::plan::Plan;
use crate::lang::spl::problem::{Parsed, wrong};

/// `rename a as b, c.* as *`.
pub fn run(call: &Call<'_>, plan: &mut Plan) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let tokens: Vec<_> = tokens
        .into_iter()
        .filter(|t| t.kind != Kind::Comma)
        .collect();
    if tokens.is_empty() {
        return Err(wrong("`rename` needs `old as new`", call.name_span, "here"));
    }
    for three in tokens.chunks(3) {
        let span = three[0].span.clone();
        let [from, word, to] = three else {
            return Err(wrong("`old as new` is not complete", &span, "here"));
        };
        let (Some(from), true, Some(to)) = (from.word(), word.is_keyword("as"), to.word()) else {
            return Err(wrong("`rename` takes `old as new`", &span, "here"));
        };
        let stars = |name: &str| name.matches('*').count();
        if stars(from) != stars(to) || stars(from) > 1 {
            return Err(wrong("both names need the same `*`", &span, "here"));
        }
        plan.rename(from, to, &(span.start..three[2].span.end))?;
    }
    Ok(())
}
