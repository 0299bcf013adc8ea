//! Subsearches inside a condition, and `return`, which ends one.

use super::builder::{Builder, Built};
use super::{inside, run};
use crate::lang::Span;
use crate::lang::ir::rows::Name;
use crate::lang::ir::table::Command;
use crate::lang::spl::command::Call;
use crate::lang::spl::lexer::{Kind, Token};
use crate::lang::spl::names::Names;
use crate::lang::spl::pipeline;
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};

/// A subsearch that stands beside the other conditions.
pub struct Subsearch {
    span: Span,
    negated: bool,
}

/// Takes the subsearches out of a condition. Each must be one of the conditions that all hold.
pub fn apart(tokens: Vec<Token>) -> Parsed<(Vec<Token>, Vec<Subsearch>)> {
    let mut found = Vec::new();
    let mut kept: Vec<Token> = Vec::new();
    let mut depth = 0_usize;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            Kind::Subsearch => {
                let is = |token: Option<&Token>, word| token.and_then(Token::bare) == Some(word);
                let negated = is(kept.last(), "NOT");
                if negated {
                    kept.pop();
                }
                let alternative = is(kept.last(), "OR") || is(tokens.peek(), "OR");
                let compared = matches!(
                    kept.last().map(|token| &token.kind),
                    Some(Kind::Operator(_))
                );
                if alternative || compared || depth > 0 {
                    let construct = "a subsearch that is not one of the conditions that all hold";
                    return Err(not_runnable(construct, &token.span));
                }
                if is(kept.last(), "AND") {
                    kept.pop();
                } else if is(tokens.peek(), "AND") && kept.is_empty() {
                    tokens.next();
                }
                found.push(Subsearch {
                    span: token.span,
                    negated,
                });
                continue;
            }
            _ => {}
        }
        kept.push(token);
    }
    if kept.first().and_then(Token::bare) == Some("AND") && !found.is_empty() {
        kept.remove(0);
    }
    Ok((kept, found))
}

/// Keeps the rows that the subsearches describe.
pub fn add(subsearches: &[Subsearch], builder: &mut Builder<'_, '_>) -> Parsed<()> {
    for subsearch in subsearches {
        let built = build(&subsearch.span, builder)?;
        match &built.columns {
            Some(columns) => columns.iter().for_each(|name| builder.read(name)),
            None => built.reads.iter().for_each(|name| builder.read(name)),
        }
        builder.commands.push(Command::Matches {
            pipeline: Box::new(built.pipeline),
            negated: subsearch.negated,
        });
    }
    Ok(())
}

/// Builds the pipeline between brackets.
pub fn build(brackets: &Span, builder: &mut Builder<'_, '_>) -> Parsed<Built> {
    let within = inside(brackets);
    let commands = pipeline::split_in(builder.text, &within, true)?;
    let mut inner = builder.inner(brackets)?;
    run(&commands, &mut inner)?;
    Ok(inner.finish())
}

/// `return [count] name ... | alias=name ... | $name ...`.
pub fn give_back(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let tokens = crate::lang::spl::lexer::lex(call.text, call.arguments)?;
    let mut rest = tokens.as_slice();
    let mut count = 1;
    if let [first, tail @ ..] = rest
        && let Some(number) = first.bare().and_then(|word| word.parse().ok())
    {
        count = number;
        rest = tail;
    }
    builder.commands.push(Command::Head(count));
    let mut kept = Vec::new();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if first.kind == Kind::Comma {
            continue;
        }
        let Some(name) = first.word() else {
            return Err(wrong("a name is missing", &first.span, "expected here"));
        };
        let (from, to) = if let [equal, value, tail @ ..] = tail
            && matches!(equal.kind, Kind::Operator(_))
            && let Some(value) = value.word()
        {
            rest = tail;
            (value, name)
        } else if let Some(bare) = name.strip_prefix('$') {
            (bare, "search")
        } else {
            (name, name)
        };
        builder.field(from, &first.span)?;
        let (from, to) = (Name(from.into()), Name(to.into()));
        builder.renames(&from, &to);
        kept.push(to.clone());
        builder.commands.push(Command::Rename { from, to });
    }
    builder.columns = Some(kept.iter().map(|name| name.0.to_string()).collect());
    builder.commands.push(Command::Keep(kept));
    Ok(())
}
