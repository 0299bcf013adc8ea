//! `bucket` (`bin`): rounds a time or a number down.

use super::Call;
use crate::lang::ir::expr::Arithmetic;
use crate::lang::ir::{Expr, Number};
use crate::lang::spl::duration;
use crate::lang::spl::lexer::{self, Kind};
use crate::lang::spl::plan::Plan;
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};

/// `bucket name span=length [as new]`, the parts in any order.
pub fn run(call: &Call<'_>, plan: &mut Plan) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let (mut name, mut span, mut new) = (None, None, None);
    let mut rest = tokens.as_slice();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let [equal, value, tail @ ..] = tail
            && matches!(equal.kind, Kind::Operator(_))
        {
            rest = tail;
            let seconds = value.word().and_then(duration::seconds);
            match (first.is_keyword("span"), seconds) {
                (true, Some(seconds)) => span = Some(seconds),
                _ => return Err(not_runnable("this option of `bucket`", &first.span)),
            }
        } else if first.is_keyword("as")
            && let [value, tail @ ..] = tail
        {
            rest = tail;
            new = value.word();
        } else if let Some(word) = first.word() {
            name = Some((word, first.span.clone()));
        }
    }
    let Some((name, at)) = name else {
        return Err(wrong("`bucket` needs a field", call.name_span, "here"));
    };
    let Some(seconds) = span else {
        return Err(not_runnable("`bucket` without a span", call.name_span));
    };
    if plan.is_grouped() {
        return Err(not_runnable("`bucket` after `stats`", call.name_span));
    }
    let field = Expr::Field(plan.field(name, &at)?);
    let length = || Box::new(Expr::Number(Number::Int(seconds.into())));
    let whole = crate::lang::spl::eval::floor();
    let parts = Expr::Call(
        whole,
        vec![Expr::Arithmetic(
            Arithmetic::Divide,
            Box::new(field),
            length(),
        )],
    );
    let value = Expr::Arithmetic(Arithmetic::Multiply, Box::new(parts), length());
    plan.set(new.unwrap_or(name), value);
    Ok(())
}
