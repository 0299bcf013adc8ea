//! `fillnull`: what stands for a missing value.

use super::Call;
use crate::lang::Span;
use crate::lang::spl::lexer::{self, Kind};
use crate::lang::spl::plan::Plan;
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};

/// `fillnull [value=text] [name ...]`; the value is 0 when none is given.
pub fn run(call: &Call<'_>, plan: &mut Plan) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let mut value = "0".to_owned();
    let mut names: Vec<(String, Span)> = Vec::new();
    let mut rest = tokens.as_slice();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if first.is_keyword("value")
            && let [equal, given, tail @ ..] = tail
            && matches!(equal.kind, Kind::Operator(_))
            && let Some(given) = given.word()
        {
            given.clone_into(&mut value);
            rest = tail;
        } else if let Some(name) = first.word() {
            if name.contains('*') {
                return Err(not_runnable("`fillnull` with `*`", &first.span));
            }
            names.push((name.to_owned(), first.span.clone()));
        } else if first.kind != Kind::Comma {
            return Err(wrong("`fillnull` takes names", &first.span, "here"));
        }
    }
    plan.fill(&names, &value);
    Ok(())
}
