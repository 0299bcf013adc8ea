//! `convert`: times shown as text.

use super::Call;
use crate::lang::spl::lexer::{self, Kind, Token};
use crate::lang::spl::plan::Plan;
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};

/// What Splunk writes when no format is given.
const DEFAULT_FORMAT: &str = "%m/%d/%Y %H:%M:%S";

/// `convert [timeformat="..."] ctime(name) ...`.
pub fn run(call: &Call<'_>, plan: &mut Plan) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let mut format = DEFAULT_FORMAT.to_owned();
    let mut rest = tokens.as_slice();
    if rest.is_empty() {
        return Err(wrong("`convert` needs a function", call.name_span, "here"));
    }
    while let [first, tail @ ..] = rest {
        rest = tail;
        if first.kind == Kind::Comma {
            continue;
        }
        if first.is_keyword("timeformat")
            && let [equal, value, tail @ ..] = tail
            && matches!(equal.kind, Kind::Operator(_))
            && let Some(value) = value.word()
        {
            value.clone_into(&mut format);
            rest = tail;
            continue;
        }
        let [open, name, close, tail @ ..] = tail else {
            return Err(wrong(
                "`convert` takes `function(name)`",
                &first.span,
                "here",
            ));
        };
        let (Kind::Open, Some(name), Kind::Close) = (&open.kind, name.word(), &close.kind) else {
            return Err(wrong(
                "`convert` takes `function(name)`",
                &first.span,
                "here",
            ));
        };
        if !first.is_keyword("ctime") {
            let function = first.word().unwrap_or_default();
            let construct = format!("`convert {function}()`");
            return Err(not_runnable(construct, &first.span));
        }
        if tail
            .first()
            .is_some_and(|token: &Token| token.is_keyword("as"))
        {
            return Err(not_runnable("`convert ... as`", &tail[0].span));
        }
        plan.format_time(name, &format);
        rest = tail;
    }
    Ok(())
}
