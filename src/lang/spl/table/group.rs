//! `stats`, `eventstats`, `streamstats`, `top`, `rare`, `addtotals`: rows counted and summed.

use super::builder::Builder;
use super::source::{group_of, keys};
use super::{arguments, values};
use crate::lang::Span;
use crate::lang::ir::Expr;
use crate::lang::ir::rows::Name;
use crate::lang::ir::table::{
    Aggregate, Argument, Command, Frequent, Function, Outliers, Running, Totals,
};
use crate::lang::spl::aggregate::{alias, closing, no_aggregate};
use crate::lang::spl::command::Call;
use crate::lang::spl::lexer::{self, Kind, Token};
use crate::lang::spl::names::Names;
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};
use crate::lang::spl::{duration, eval};

/// `stats`.
pub fn stats(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let (aggregates, by, _) = parts(call, &tokens, builder)?;
    add(by, aggregates, builder);
    Ok(())
}

/// Adds a grouping.
pub fn add(by: Vec<String>, aggregates: Vec<Aggregate>, builder: &mut Builder<'_, '_>) {
    let open = builder.columns.take();
    let mut columns = by.clone();
    let mut known = true;
    for aggregate in &aggregates {
        match (&aggregate.argument, &open) {
            (Argument::Each(from), Some(open)) => {
                let to = Name(aggregate.name.clone());
                let names = open.iter().filter(|name| !by.contains(name));
                columns.extend(names.filter_map(|name| from.carry(name, &to)));
            }
            (Argument::Each(_), None) => known = false,
            _ => columns.push(aggregate.name.to_string()),
        }
    }
    builder.columns = known.then_some(columns);
    builder
        .commands
        .push(Command::Group(group_of(by, aggregates)));
}

/// `eventstats`.
pub fn annotate(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let (aggregates, by, _) = parts(call, &tokens, builder)?;
    for aggregate in &aggregates {
        builder.sets(&aggregate.name);
    }
    builder
        .commands
        .push(Command::Annotate(group_of(by, aggregates)));
    Ok(())
}

/// `streamstats`.
pub fn running(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let (aggregates, by, options) = parts(call, &tokens, builder)?;
    let mut running = Running {
        group: group_of(by, aggregates),
        current: true,
        window: 0,
        global: true,
        reset_on_change: false,
    };
    for (name, value) in options {
        let text = value.word().unwrap_or_default();
        let on = matches!(text.to_ascii_lowercase().as_str(), "t" | "true" | "1");
        match name.word().unwrap_or_default() {
            "current" => running.current = on,
            "window" => running.window = text.parse().unwrap_or(0),
            "global" => running.global = on,
            "reset_on_change" => running.reset_on_change = on,
            "allnum" | "delim" => {}
            other => {
                let construct = format!("the option `{other}` of `streamstats`");
                return Err(not_runnable(construct, &name.span));
            }
        }
    }
    for aggregate in &running.group.aggregates {
        builder.sets(&aggregate.name);
    }
    builder.commands.push(Command::Running(running));
    Ok(())
}

/// The aggregates, the columns to group by, and the options.
type Parts<'t> = (Vec<Aggregate>, Vec<String>, Vec<(&'t Token, &'t Token)>);

fn parts<'t>(
    call: &Call<'_>,
    tokens: &'t [Token],
    builder: &mut Builder<'_, '_>,
) -> Parsed<Parts<'t>> {
    let (mut aggregates, mut options, mut by) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.is_keyword("by") {
            by = keys(&tokens[at + 1..], builder)?;
            if by.is_empty() {
                return Err(wrong("a field is missing", &token.span, "after this"));
            }
            break;
        }
        if token.kind == Kind::Comma {
            at += 1;
        } else if let [name, equal, value, ..] = &tokens[at..]
            && matches!(equal.kind, Kind::Operator(_))
        {
            options.push((name, value));
            at += 3;
        } else {
            aggregates.push(aggregate(call.text, tokens, &mut at, builder)?);
        }
    }
    if aggregates.is_empty() {
        let message = format!("`{}` needs an aggregate", call.name);
        return Err(wrong(message, call.name_span, "here"));
    }
    Ok((aggregates, by, options))
}

/// Reads one aggregate at `tokens[*at]`, its new name included; moves `at` behind it.
pub fn aggregate(
    text: &str,
    tokens: &[Token],
    at: &mut usize,
    builder: &mut Builder<'_, '_>,
) -> Parsed<Aggregate> {
    let token = &tokens[*at];
    let Some(written) = token.bare() else {
        return Err(wrong(
            "an aggregate is missing",
            &token.span,
            "expected here",
        ));
    };
    *at += 1;
    let mut inner: Option<(Span, &[Token])> = None;
    if tokens.get(*at).is_some_and(|next| next.kind == Kind::Open) {
        let close = closing(tokens, *at)?;
        let range = tokens[*at].span.end..tokens[close].span.start;
        if !text[range.clone()].trim().is_empty() {
            inner = Some((range, &tokens[*at + 1..close]));
        }
        *at = close + 1;
    }
    let name = written.to_ascii_lowercase();
    if name == "sparkline" {
        let inner = inner.map_or(&[][..], |(_, inner)| inner);
        let drawn = spark(text, token, inner, builder)?;
        let name = alias(tokens, at)?.unwrap_or(name);
        return Ok(Aggregate {
            name: name.into(),
            ..drawn
        });
    }
    let Some(function) = function(&name) else {
        return Err(no_aggregate(&name, &token.span));
    };
    let shown = match &inner {
        Some((range, _)) => format!("{written}({})", text[range.clone()].trim()),
        None => written.to_owned(),
    };
    let argument = match inner {
        None if function == Function::Count => Argument::Rows,
        // `earliest_time` and the like may stand alone, and then look at the times.
        None if matches!(function, Function::EarliestTime | Function::LatestTime) => {
            Argument::Value(Expr::Field(builder.field("_time", &token.span)?))
        }
        // `stats values` without a field takes every column.
        None => {
            let message = format!("`{name}` needs a field");
            return Err(wrong(message, &token.span, "here"));
        }
        Some((range, inner)) => argument(text, &range, inner, builder)?,
    };
    if needs_time(function) {
        builder.read("_time");
    }
    let name = alias(tokens, at)?.unwrap_or(shown);
    Ok(Aggregate {
        function,
        argument,
        name: name.into(),
    })
}

/// `sparkline`, `sparkline(count)`, `sparkline(avg(x), 5m)`.
fn spark(
    text: &str,
    token: &Token,
    inner: &[Token],
    builder: &mut Builder<'_, '_>,
) -> Parsed<Aggregate> {
    /// What may be drawn.
    static DRAWN: [Function; 12] = [
        Function::Count,
        Function::Distinct,
        Function::Sum,
        Function::SumOfSquares,
        Function::Mean,
        Function::Min,
        Function::Max,
        Function::Range,
        Function::Deviation,
        Function::PopulationDeviation,
        Function::Variance,
        Function::PopulationVariance,
    ];
    builder.read("_time");
    let mut drawn = Aggregate {
        function: Function::Count,
        argument: Argument::Rows,
        name: "".into(),
    };
    let mut at = 0;
    if !inner.is_empty() {
        drawn = aggregate(text, inner, &mut at, builder)?;
    }
    let seconds = match inner.get(at..).unwrap_or_default() {
        [] => 0,
        [comma, length] if comma.kind == Kind::Comma => {
            let seconds = length.word().and_then(duration::seconds);
            seconds.ok_or_else(|| not_runnable("this span of `sparkline`", &length.span))?
        }
        [other, ..] => {
            return Err(wrong(
                "`sparkline` takes an aggregate and a span",
                &other.span,
                "here",
            ));
        }
    };
    let Some(of) = DRAWN.iter().find(|one| **one == drawn.function) else {
        return Err(not_runnable("this aggregate in `sparkline`", &token.span));
    };
    Ok(Aggregate {
        function: Function::Spark(of, seconds),
        ..drawn
    })
}

const fn needs_time(function: Function) -> bool {
    matches!(
        function,
        Function::Earliest
            | Function::Latest
            | Function::EarliestTime
            | Function::LatestTime
            | Function::Rate
    )
}

fn argument(
    text: &str,
    range: &Span,
    tokens: &[Token],
    builder: &mut Builder<'_, '_>,
) -> Parsed<Argument> {
    match tokens {
        [one] if let Some(name) = one.word() => {
            if name.contains('*') {
                builder.read_pattern(name);
                return Ok(Argument::Each(Name(name.into())));
            }
            Ok(Argument::Value(Expr::Field(
                builder.field(name, &one.span)?,
            )))
        }
        [one] if let Kind::Eval(inside) = &one.kind => {
            let node = eval::parse(text, inside)?;
            Ok(Argument::Value(eval::counted(&node, builder)?))
        }
        _ => Err(wrong("an aggregate takes one field", range, "here")),
    }
}

fn function(name: &str) -> Option<Function> {
    Some(match name {
        "count" | "c" => Function::Count,
        "dc" | "distinct_count" | "estdc" => Function::Distinct,
        "estdc_error" => Function::DistinctError,
        "sum" => Function::Sum,
        "sumsq" => Function::SumOfSquares,
        "avg" | "mean" => Function::Mean,
        "min" => Function::Min,
        "max" => Function::Max,
        "range" => Function::Range,
        "values" => Function::Values,
        "list" => Function::List,
        "first" => Function::First,
        "last" => Function::Last,
        "earliest" => Function::Earliest,
        "latest" => Function::Latest,
        "earliest_time" => Function::EarliestTime,
        "latest_time" => Function::LatestTime,
        "rate" => Function::Rate,
        "stdev" => Function::Deviation,
        "stdevp" => Function::PopulationDeviation,
        "var" => Function::Variance,
        "varp" => Function::PopulationVariance,
        "median" => Function::Median,
        "mode" => Function::Mode,
        other => {
            let kinds = ["exactperc", "upperperc", "perc", "p"];
            let rank = kinds.iter().find_map(|kind| other.strip_prefix(kind))?;
            let rank: f64 = rank.parse().ok()?;
            return (0.0..=100.0)
                .contains(&rank)
                .then_some(Function::Percentile(rank));
        }
    })
}

/// `top`.
pub fn top(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    frequent(call, false, builder)
}

/// `rare`.
pub fn rare(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    frequent(call, true, builder)
}

/// `top|rare [n] [option=value ...] name ... [by name ...]`.
fn frequent(call: &Call<'_>, rarest: bool, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let mut limit = arguments.number("limit")?.unwrap_or(10);
    let count = arguments
        .text("countfield")
        .unwrap_or_else(|| "count".to_owned());
    let percent = arguments
        .text("percentfield")
        .unwrap_or_else(|| "percent".to_owned());
    let shows_count = arguments.flag("showcount", true);
    let shows_percent = arguments.flag("showperc", true);
    let _ = (arguments.take("useother"), arguments.take("otherstr"));
    arguments.finish(call.name)?;
    let mut rest = arguments.rest.as_slice();
    if let [first, tail @ ..] = rest
        && let Some(number) = first.bare().and_then(|word| word.parse().ok())
    {
        limit = number;
        rest = tail;
    }
    let by_at = rest.iter().position(|token| token.is_keyword("by"));
    let (columns, by) = match by_at {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, &[][..]),
    };
    let mut names = |tokens: &[Token]| -> Parsed<Vec<Box<str>>> {
        let words = arguments::words(tokens)?;
        for word in &words {
            builder.read(word);
        }
        Ok(words.into_iter().map(Box::from).collect())
    };
    let (columns, by) = (names(columns)?, names(by)?);
    if columns.is_empty() {
        let message = format!("`{}` needs a field", call.name);
        return Err(wrong(message, call.name_span, "here"));
    }
    let frequent = Frequent {
        limit,
        rarest,
        count: shows_count.then(|| count.into()),
        percent: shows_percent.then(|| percent.into()),
        columns,
        by,
    };
    let shown = frequent.by.iter().chain(&frequent.columns);
    let shown = shown.chain(&frequent.count).chain(&frequent.percent);
    builder.columns = Some(shown.map(ToString::to_string).collect());
    builder.commands.push(Command::Frequent(frequent));
    Ok(())
}

/// `outlier [type=] [action=] [param=] [uselower=] [mark=] name ...`.
pub fn outliers(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let action = arguments.text("action").unwrap_or_default();
    let _ = arguments.take("type");
    let times = match arguments.take("param") {
        None => 2.5,
        Some(token) => match token.word().and_then(|word| word.parse().ok()) {
            Some(times) => times,
            None => return Err(wrong("a number is missing", &token.span, "here")),
        },
    };
    let below = arguments.flag("uselower", false);
    let mark = arguments.flag("mark", false);
    arguments.finish(call.name)?;
    let columns = values::patterns(&arguments.words()?, builder);
    builder.commands.push(Command::Outliers(Outliers {
        columns,
        times,
        below,
        remove: matches!(action.to_ascii_lowercase().as_str(), "rm" | "remove"),
        mark,
    }));
    Ok(())
}

/// `addtotals [row=] [col=] [fieldname=] [labelfield=] [label=] name ...`.
pub fn totals(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let row = arguments.flag("row", true);
    let column = arguments.flag("col", false);
    let name = arguments
        .text("fieldname")
        .unwrap_or_else(|| "Total".to_owned());
    let label_field = arguments.text("labelfield");
    let label = arguments
        .text("label")
        .unwrap_or_else(|| "Total".to_owned());
    arguments.finish(call.name)?;
    let columns = values::patterns(&arguments.words()?, builder);
    if row {
        builder.sets(&name);
    }
    builder.commands.push(Command::Totals(Totals {
        columns,
        row: row.then(|| name.into()),
        total: column.then(|| (label_field.map(String::into_boxed_str), label.into())),
    }));
    Ok(())
}
