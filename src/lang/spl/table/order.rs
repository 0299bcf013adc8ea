//! `sort`, `head`, `tail`, `reverse`, `dedup`: which rows, in which order.

use super::arguments;
use super::builder::Builder;
use crate::lang::ir::Expr;
use crate::lang::ir::table::{Command, Dedup, Order, Sort, SortKey};
use crate::lang::spl::command::Call;
use crate::lang::spl::lexer::{self, Kind, Token};
use crate::lang::spl::names::Names;
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};

/// Splunk's own limit of sorted rows.
const MAX_SORTED: usize = 10_000;

/// `sort [limit] [+|-] name ... [desc]`, a name perhaps as `num(name)`, `str(name)`, `ip(name)`.
pub fn sort(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut tokens = lexer::lex(call.text, call.arguments)?;
    let mut limit = MAX_SORTED;
    if let [first, equal, value, ..] = tokens.as_slice()
        && first.is_keyword("limit")
        && matches!(equal.kind, Kind::Operator(_))
    {
        limit = number(value)?;
        tokens.drain(..3);
    } else if let Some(count) = tokens.first().and_then(|token| token.bare()?.parse().ok()) {
        limit = count;
        tokens.remove(0);
    }
    let mut reversed = false;
    if let Some(last) = tokens.last()
        && tokens.len() > 1
        && (last.is_keyword("desc") || last.is_keyword("d"))
    {
        reversed = true;
        tokens.pop();
    }
    let mut keys = Vec::new();
    let mut descending = false;
    let mut order = Order::Automatic;
    for token in &tokens {
        let Some(word) = token.word() else { continue };
        let (sign, name) = match word.strip_prefix(['-', '+']) {
            Some(name) => (word.starts_with('-'), name),
            None => (descending, word),
        };
        if name.is_empty() {
            descending = sign;
            continue;
        }
        let kind = match name {
            "num" => Some(Order::Number),
            "str" => Some(Order::Text),
            "ip" => Some(Order::Address),
            "auto" => Some(Order::Automatic),
            _ => None,
        };
        let opens = call.text[token.span.end..].trim_start().starts_with('(');
        if let (Some(kind), true) = (kind, opens) {
            order = kind;
            descending = sign;
            continue;
        }
        keys.push(SortKey {
            value: Expr::Field(builder.field(name, &token.span)?),
            descending: sign != reversed,
            nulls_first: false,
            order,
        });
        descending = false;
        order = Order::Automatic;
    }
    if keys.is_empty() {
        return Err(wrong("`sort` needs a field", call.name_span, "here"));
    }
    builder.commands.push(Command::Sort(Sort {
        keys,
        limit: (limit > 0).then_some(limit),
    }));
    Ok(())
}

fn number(token: &Token) -> Parsed<usize> {
    let number = token.word().and_then(|word| word.parse().ok());
    number.ok_or_else(|| wrong("a number is missing", &token.span, "here"))
}

/// `head [n | limit=n]`.
pub fn head(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let count = count(call)?;
    builder.commands.push(Command::Head(count));
    Ok(())
}

/// `tail [n]`.
pub fn tail(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let count = count(call)?;
    builder.commands.push(Command::Tail(count));
    Ok(())
}

fn count(call: &Call<'_>) -> Parsed<usize> {
    let mut arguments = arguments::read(call)?;
    if let Some(limit) = arguments.number("limit")? {
        return Ok(limit);
    }
    match arguments.rest.as_slice() {
        [] => Ok(10),
        [one] if one.word().is_some() => number(one),
        [first, ..] => Err(not_runnable(
            format!("`{}` with a condition", call.name),
            &first.span,
        )),
    }
}

/// `reverse`.
pub fn reverse(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    arguments::read(call)?.finish(call.name)?;
    builder.commands.push(Command::Reverse);
    Ok(())
}

/// `dedup [n] name ... [keepevents=] [keepempty=] [consecutive=] [sortby ...]`.
pub fn dedup(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let mut dedup = Dedup {
        columns: Vec::new(),
        keep: 1,
        consecutive: arguments.flag("consecutive", false),
        keep_empty: arguments.flag("keepempty", false),
        keep_rows: arguments.flag("keepevents", false),
    };
    arguments.finish(call.name)?;
    let mut words = arguments.words()?;
    if let Some(at) = words
        .iter()
        .position(|word| word.eq_ignore_ascii_case("sortby"))
    {
        let span = arguments.rest[at].span.end..call.arguments.end;
        words.truncate(at);
        let sorted = Call {
            arguments: &span,
            ..*call
        };
        sort(&sorted, builder)?;
    }
    if let Some(count) = words.first().and_then(|word| word.parse().ok()) {
        dedup.keep = count;
        words.remove(0);
    }
    if words.is_empty() {
        return Err(wrong("`dedup` needs a field", call.name_span, "here"));
    }
    for word in words {
        builder.read(word);
        dedup.columns.push(word.into());
    }
    builder.commands.push(Command::Dedup(dedup));
    Ok(())
}
