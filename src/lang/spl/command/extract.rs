//! `rex`: the named groups of a regular expression become columns.

use super::Call;
use crate::lang::ir::rows::{Extract, Step};
use crate::lang::spl::eval;
use crate::lang::spl::lexer::{self, Kind};
use crate::lang::spl::plan::Plan;
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};

/// `rex [field=name] [max_match=n] "expression"`.
pub fn run(call: &Call<'_>, plan: &mut Plan) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let mut name = ("_raw".to_owned(), call.name_span.clone());
    let mut most = 1;
    let mut source = None;
    let mut rest = tokens.as_slice();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let [equal, value, tail @ ..] = tail
            && matches!(equal.kind, Kind::Operator(_))
            && let (Some(option), Some(text)) = (first.bare(), value.word())
        {
            rest = tail;
            match option {
                "field" => name = (text.to_owned(), value.span.clone()),
                "max_match" => most = text.parse().unwrap_or(1),
                "mode" => return Err(not_runnable("`rex mode=sed`", &first.span)),
                "offset_field" => return Err(not_runnable("`rex offset_field`", &first.span)),
                _ => return Err(wrong("`rex` has no such option", &first.span, "here")),
            }
        } else if first.kind != Kind::Comma {
            source = first.word().map(|text| (text, first.span.clone()));
        }
    }
    let Some((text, span)) = source else {
        return Err(wrong(
            "`rex` needs a regular expression",
            call.name_span,
            "here",
        ));
    };
    let regex = eval::regex(text, &span)?;
    let columns = regex.group_names();
    if columns.is_empty() {
        return Err(wrong(
            "`rex` needs a named group",
            &span,
            "`(?<name>...)` is missing",
        ));
    }
    let field = plan.field(&name.0, &name.1)?;
    let extract = Extract {
        field,
        regex,
        // Splunk takes 0 as all matches.
        most: if most == 0 {
            Extract::MAX_MATCHES
        } else {
            most.min(Extract::MAX_MATCHES)
        },
    };
    plan.extract(Step::Extract(extract), &columns);
    Ok(())
}
