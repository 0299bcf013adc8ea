//! `stats`.

use super::Call;
use crate::lang::ir::rows::By;
use crate::lang::spl::aggregate;
use crate::lang::spl::lexer::{self, Kind, Token};
use crate::lang::spl::plan::Plan;
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};

/// `stats aggregate [as name] ... [by field ...]`.
pub fn run(call: &Call<'_>, plan: &mut Plan) -> Parsed<()> {
    if plan.is_grouped() {
        return Err(not_runnable("a second `stats`", call.name_span));
    }
    let tokens = lexer::lex(call.text, call.arguments)?;
    let mut at = 0;
    let mut aggregates = Vec::new();
    while let Some(token) = tokens.get(at) {
        if token.is_keyword("by") {
            break;
        }
        if token.kind == Kind::Comma {
            at += 1;
            continue;
        }
        if matches!(
            tokens.get(at + 1).map(|next| &next.kind),
            Some(Kind::Operator(_))
        ) {
            at += option(&tokens[at..])?;
            continue;
        }
        aggregates.push(aggregate::read(call.text, &tokens, &mut at, plan)?);
    }
    if aggregates.is_empty() {
        return Err(wrong("`stats` needs an aggregate", call.name_span, "here"));
    }
    let by = match tokens.get(at) {
        Some(_) => keys(&tokens[at + 1..], plan)?,
        None => Vec::new(),
    };
    if by.is_empty() && tokens.get(at).is_some() {
        return Err(wrong("a field is missing", &tokens[at].span, "after this"));
    }
    plan.group(by, aggregates);
    Ok(())
}

/// Options change how Splunk computes, not what; those that do change it are refused.
fn option(tokens: &[Token]) -> Parsed<usize> {
    match tokens[0].bare() {
        Some("partitions" | "allnum" | "delim") => Ok(3.min(tokens.len())),
        Some(other) => {
            let construct = format!("the option `{other}` of `stats`");
            Err(not_runnable(construct, &tokens[0].span))
        }
        None => Err(wrong(
            "an aggregate is missing",
            &tokens[0].span,
            "expected here",
        )),
    }
}

fn keys(tokens: &[Token], plan: &mut Plan) -> Parsed<Vec<By>> {
    let mut by: Vec<By> = Vec::new();
    for token in tokens.iter().filter(|token| token.kind != Kind::Comma) {
        let Some(name) = token.word() else {
            return Err(wrong("fields to group by are names", &token.span, "here"));
        };
        if name.contains('*') {
            return Err(not_runnable("grouping by `*`", &token.span));
        }
        if by.iter().any(|by| *by.name == *name) {
            continue;
        }
        by.push(By {
            field: plan.event_field(name, &token.span),
            name: name.into(),
            fill: None,
            bucket: None,
            span: token.span.clone(),
        });
    }
    Ok(by)
}
