//! `chart` and `timechart`.

use super::builder::Builder;
use super::group::aggregate;
use super::source::rounded;
use crate::lang::ir::Expr;
use crate::lang::ir::table::{Chart, Command};
use crate::lang::spl::command::Call;
use crate::lang::spl::duration;
use crate::lang::spl::lexer::{self, Kind, Token};
use crate::lang::spl::names::Names;
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};

/// Splunk's own limit of columns.
const LIMIT: usize = 10;
/// Seconds of a stretch where none are named: what Splunk takes for an hour.
const SPAN: u32 = 60;

/// `timechart [span=] [limit=] [useother=] [cont=] aggregate ... [by name]`.
pub fn over_time(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let read = read(call, builder)?;
    let mut names = read.names.into_iter();
    let by = names.next();
    if let Some(more) = names.next() {
        return Err(wrong("`timechart` splits by one field", &more.span, "here"));
    }
    let time = builder.field("_time", call.name_span)?;
    let seconds = read.seconds.unwrap_or(SPAN);
    builder.set("_time", rounded(Expr::Field(time), seconds));
    let chart = Chart {
        over: "_time".into(),
        by: by.as_ref().and_then(Token::word).map(Into::into),
        filled: read.filled.then_some(seconds),
        ..read.chart
    };
    add(chart, builder);
    Ok(())
}

/// `chart [limit=] [useother=] aggregate ... over name [by name]`, or `... by name [name]`.
pub fn by_column(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let read = read(call, builder)?;
    let words: Vec<Box<str>> = read
        .names
        .iter()
        .filter_map(|token| token.word().map(Into::into))
        .collect();
    let (over, by) = match words.as_slice() {
        [over] => (over.clone(), None),
        [over, by] => (over.clone(), Some(by.clone())),
        _ => {
            let message = "`chart` needs one field or two after `over` or `by`";
            return Err(wrong(message, call.name_span, "here"));
        }
    };
    let chart = Chart {
        over,
        by,
        filled: None,
        ..read.chart
    };
    add(chart, builder);
    Ok(())
}

fn add(chart: Chart, builder: &mut Builder<'_, '_>) {
    builder.read(&chart.over);
    if let Some(by) = &chart.by {
        builder.read(by);
    }
    builder.columns = chart.by.is_none().then(|| {
        let names = chart.aggregates.iter().map(|one| one.name.to_string());
        std::iter::once(chart.over.to_string())
            .chain(names)
            .collect()
    });
    builder.commands.push(Command::Chart(chart));
}

/// What both commands take.
struct Read {
    chart: Chart,
    /// The names after `over` and `by`.
    names: Vec<Token>,
    seconds: Option<u32>,
    filled: bool,
}

fn read(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<Read> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let mut read = Read {
        chart: Chart {
            over: "".into(),
            by: None,
            aggregates: Vec::new(),
            limit: LIMIT,
            other: true,
            filled: None,
        },
        names: Vec::new(),
        seconds: None,
        filled: true,
    };
    let mut named = false;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.kind == Kind::Comma {
            at += 1;
        } else if let [name, sign, value, ..] = &tokens[at..]
            && matches!(sign.kind, Kind::Operator(_))
        {
            option(name, value, &mut read)?;
            at += 3;
        } else if token.is_keyword("over") || token.is_keyword("by") {
            named = true;
            at += 1;
        } else if named {
            read.names.push(token.clone());
            at += 1;
        } else {
            let aggregate = aggregate(call.text, &tokens, &mut at, builder)?;
            read.chart.aggregates.push(aggregate);
        }
    }
    if read.chart.aggregates.is_empty() {
        let message = format!("`{}` needs an aggregate", call.name);
        return Err(wrong(message, call.name_span, "here"));
    }
    Ok(read)
}

fn option(name: &Token, value: &Token, read: &mut Read) -> Parsed<()> {
    let text = value.word().unwrap_or_default();
    let on = matches!(text.to_ascii_lowercase().as_str(), "t" | "true" | "1");
    match name
        .word()
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "span" => match duration::seconds(text) {
            Some(seconds) => read.seconds = Some(seconds),
            None => return Err(not_runnable("this span", &value.span)),
        },
        "limit" => {
            let digits = text.trim_start_matches(|char: char| !char.is_ascii_digit());
            read.chart.limit = digits.parse().unwrap_or(LIMIT);
        }
        "useother" => read.chart.other = on,
        "cont" | "fixedrange" => read.filled = on,
        "usenull" | "nullstr" | "otherstr" | "sep" | "format" | "partial" | "bins" | "agg"
        | "dedup_splitvals" => {}
        _ => {
            let message = "`chart` and `timechart` have no such option";
            return Err(wrong(message, &name.span, "here"));
        }
    }
    Ok(())
}
