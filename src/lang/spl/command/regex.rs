//! `regex`: keeps what a regular expression finds something in.

use super::Call;
use crate::lang::ir::{Comparison, Leaf, Pred, Test};
use crate::lang::spl::eval;
use crate::lang::spl::lexer::{self, Kind};
use crate::lang::spl::plan::Plan;
use crate::lang::spl::problem::{Parsed, wrong};

/// `regex name="..."`, `regex name!="..."` or `regex "..."` over the raw event.
pub fn run(call: &Call<'_>, plan: &mut Plan) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let (field, negated, source) = match tokens.as_slice() {
        [source] => (None, false, source),
        [field, operator, source] => {
            let negated = match operator.kind {
                Kind::Operator(Comparison::Equal) => false,
                Kind::Operator(Comparison::NotEqual) => true,
                _ => return Err(wrong("`regex` takes `=` or `!=`", &operator.span, "here")),
            };
            (Some(field), negated, source)
        }
        _ => {
            return Err(wrong(
                "`regex` takes `name=\"expression\"`",
                call.name_span,
                "here",
            ));
        }
    };
    let Some(text) = source.word() else {
        return Err(wrong(
            "a regular expression is missing",
            &source.span,
            "expected here",
        ));
    };
    let test = Test::Regex(eval::regex(text, &source.span)?);
    let name = field.map_or(Some("_raw"), lexer::Token::word);
    let Some(name) = name else {
        return Err(wrong("a field is missing", call.name_span, "after this"));
    };
    let span = field.unwrap_or(source).span.start..source.span.end;
    let field = plan.field(name, &span)?;
    let leaf = Pred::Leaf(Leaf { field, test }, span);
    plan.filter(if negated { leaf.negate() } else { leaf });
    Ok(())
}
