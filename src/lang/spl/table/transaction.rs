//! `transaction`: events that belong together.

use super::builder::Builder;
use crate::lang::ir::Pred;
use crate::lang::ir::table::{Command, Transaction};
use crate::lang::spl::aggregate::closing;
use crate::lang::spl::command::Call;
use crate::lang::spl::lexer::{self, Kind, Token};
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};
use crate::lang::spl::{duration, eval, search};

/// Splunk's own limit of events in one transaction.
const MAX_EVENTS: usize = 1_000;

/// `transaction name ... [maxspan=] [maxpause=] [maxevents=] [startswith=] [endswith=] [connected=] [keepevicted=]`.
pub fn run(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let mut transaction = Transaction {
        by: Vec::new(),
        starts: None,
        ends: None,
        max_span: None,
        max_pause: None,
        max_events: MAX_EVENTS,
        connected: true,
        keep_evicted: false,
    };
    builder.read("_time");
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        if token.kind == Kind::Comma {
            continue;
        }
        let Some(name) = token.word() else {
            return Err(wrong("a field is missing", &token.span, "expected here"));
        };
        let is_option = tokens
            .get(at)
            .is_some_and(|next| matches!(next.kind, Kind::Operator(_)));
        if !is_option {
            builder.read(name);
            transaction.by.push(name.into());
            continue;
        }
        at += 1;
        let Some(value) = tokens.get(at) else {
            return Err(wrong("a value is missing", &token.span, "after this"));
        };
        match name.to_ascii_lowercase().as_str() {
            "startswith" => transaction.starts = Some(condition(call, &tokens, &mut at, builder)?),
            "endswith" => transaction.ends = Some(condition(call, &tokens, &mut at, builder)?),
            "maxspan" => transaction.max_span = length(value, builder),
            "maxpause" => transaction.max_pause = length(value, builder),
            "maxevents" => {
                transaction.max_events = value
                    .word()
                    .and_then(|word| word.parse().ok())
                    .unwrap_or(MAX_EVENTS);
            }
            "connected" => transaction.connected = is_true(value),
            "keepevicted" => transaction.keep_evicted = is_true(value),
            "mvlist" | "delim" | "nullstr" | "keeporphans" | "unifyends" | "maxopentxn"
            | "maxopenevents" | "mvraw" => {}
            _ => {
                return Err(wrong(
                    "`transaction` has no such option",
                    &token.span,
                    "here",
                ));
            }
        }
        at += 1;
    }
    builder.sets("duration");
    builder.sets("eventcount");
    builder
        .commands
        .push(Command::Transaction(Box::new(transaction)));
    Ok(())
}

fn is_true(token: &Token) -> bool {
    token
        .word()
        .is_some_and(|word| matches!(word.to_ascii_lowercase().as_str(), "t" | "true" | "1"))
}

/// Returns nanoseconds; -1 is no limit.
fn length(token: &Token, builder: &mut Builder<'_, '_>) -> Option<i64> {
    let seconds = token.word().and_then(duration::seconds)?;
    builder.shared.spans(seconds, &token.span);
    Some(i64::from(seconds) * 1_000_000_000)
}

/// `(search)`, `eval(expression)` or `"text"`; `at` is left at its last token.
fn condition(
    call: &Call<'_>,
    tokens: &[Token],
    at: &mut usize,
    builder: &mut Builder<'_, '_>,
) -> Parsed<Pred> {
    let first = &tokens[*at];
    let lower = |tokens: &[Token], end: usize, builder: &mut Builder<'_, '_>| -> Parsed<Pred> {
        let (node, _) = search::parse(tokens, end)?;
        match node {
            Some(node) => search::lower(&node, builder),
            None => Err(wrong("a condition is missing", &first.span, "here")),
        }
    };
    if first.kind == Kind::Open {
        let close = closing(tokens, *at)?;
        let pred = lower(&tokens[*at + 1..close], tokens[close].span.start, builder)?;
        *at = close;
        return Ok(pred);
    }
    if let Kind::Eval(inside) = &first.kind {
        return eval::condition(&eval::parse(call.text, inside)?, builder);
    }
    if first.word().is_none() {
        return Err(not_runnable("this condition of `transaction`", &first.span));
    }
    lower(std::slice::from_ref(first), first.span.end, builder)
}
