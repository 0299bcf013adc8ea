//! Aggregates: what `stats` and `tstats` compute over the events of a group.

use super::eval;
use super::lexer::{Kind, Token};
use super::plan::Plan;
use super::problem::{Parsed, not_runnable, unknown, wrong};
use crate::lang::ir::rows::{Aggregate, Measure};
use crate::lang::{CompileError, Span};
use crate::schema::FieldRef;

/// Known aggregates that are not run: they do not merge from one event's share and another's.
const NOT_RUN: [&str; 24] = [
    "avg",
    "mean",
    "stdev",
    "stdevp",
    "var",
    "varp",
    "median",
    "mode",
    "range",
    "list",
    "earliest_time",
    "latest_time",
    "rate",
    "sumsq",
    "perc95",
    "perc90",
    "perc99",
    "p95",
    "exactperc",
    "upperperc",
    "estdc",
    "estdc_error",
    "per_hour",
    "sparkline",
];

/// Reads one aggregate at `tokens[*at]`, its new name included; moves `at` behind it.
pub fn read(text: &str, tokens: &[Token], at: &mut usize, plan: &mut Plan) -> Parsed<Aggregate> {
    let token = &tokens[*at];
    let Some(name) = token.bare() else {
        return Err(wrong(
            "an aggregate is missing",
            &token.span,
            "expected here",
        ));
    };
    let function = name.to_ascii_lowercase();
    if NOT_RUN.contains(&&*function) {
        let construct = format!("the aggregate `{function}`");
        return Err(not_runnable(construct, &token.span));
    }
    *at += 1;
    let mut written = token.span.clone();
    let mut argument = None;
    if tokens.get(*at).is_some_and(|next| next.kind == Kind::Open) {
        let close = closing(tokens, *at)?;
        argument = Some((
            tokens[*at].span.end..tokens[close].span.start,
            *at + 1..close,
        ));
        written.end = tokens[close].span.end;
        *at = close + 1;
    }
    let span = written.clone();
    let argument = argument.filter(|(range, _)| !text[range.clone()].trim().is_empty());
    let shown = match &argument {
        Some((range, _)) => format!("{name}({})", text[range.clone()].trim()),
        None => name.to_owned(),
    };
    let field = match argument {
        None => None,
        Some((range, inner)) => Some(field(text, &range, &tokens[inner], plan)?),
    };
    let measure = measure(&function, field, &span)?;
    let name = match alias(tokens, at)? {
        Some(name) => name,
        None => shown,
    };
    Ok(Aggregate {
        measure,
        name: name.into(),
        span,
    })
}

/// Returns the index of the bracket that closes the one at `open`.
pub fn closing(tokens: &[Token], open: usize) -> Parsed<usize> {
    let mut depth = 0_usize;
    for (n, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => {
                depth -= 1;
                if depth == 0 {
                    return Ok(n);
                }
            }
            _ => {}
        }
    }
    Err(wrong(
        "this bracket is not closed",
        &tokens[open].span,
        "opened here",
    ))
}

/// Reads `as name`.
pub fn alias(tokens: &[Token], at: &mut usize) -> Parsed<Option<String>> {
    if !tokens.get(*at).is_some_and(|token| token.is_keyword("as")) {
        return Ok(None);
    }
    let Some(name) = tokens.get(*at + 1).and_then(Token::word) else {
        return Err(wrong("a name is missing", &tokens[*at].span, "after this"));
    };
    let mut name = name.to_owned();
    let end = tokens[*at + 1].span.end;
    *at += 2;
    // `as size(bytes)`: brackets that touch a name are part of it.
    if let [open, inner, close, ..] = &tokens[*at..]
        && open.kind == Kind::Open
        && open.span.start == end
        && close.kind == Kind::Close
        && let Some(inner) = inner.word()
    {
        name = format!("{name}({inner})");
        *at += 3;
    }
    Ok(Some(name))
}

/// What an aggregate reads: a field, or `eval(expression)`.
fn field(text: &str, range: &Span, tokens: &[Token], plan: &mut Plan) -> Parsed<FieldRef> {
    match tokens {
        [one] if let Some(name) = one.word() => {
            if name.contains('*') {
                return Err(not_runnable("an aggregate over `*`", &one.span));
            }
            Ok(plan.event_field(name, &one.span))
        }
        [one] if let Kind::Eval(inside) = &one.kind => {
            let node = eval::parse(text, inside)?;
            let value = eval::counted(&node, plan)?;
            let hidden = plan.set_hidden(value);
            Ok(plan.event_field(&hidden, inside))
        }
        _ => Err(wrong("an aggregate takes one field", range, "here")),
    }
}

fn measure(function: &str, field: Option<FieldRef>, span: &Span) -> Parsed<Measure> {
    Ok(match (function, field) {
        ("count" | "c", None) => Measure::Count,
        ("count" | "c", Some(field)) => Measure::CountOf(field),
        ("sum", Some(field)) => Measure::Sum(field),
        ("min", Some(field)) => Measure::Min(field),
        ("max", Some(field)) => Measure::Max(field),
        ("values", Some(field)) => Measure::Values(field),
        ("dc" | "distinct_count", Some(field)) => Measure::Distinct(field),
        // Splunk hands events to `stats` the newest first.
        ("latest" | "first", Some(field)) => Measure::Latest(field),
        ("earliest" | "last", Some(field)) => Measure::Earliest(field),
        (
            "sum" | "min" | "max" | "values" | "dc" | "distinct_count" | "latest" | "first"
            | "earliest" | "last",
            None,
        ) => {
            let message = format!("`{function}` needs a field");
            return Err(wrong(message, span, "here"));
        }
        _ => return Err(no_aggregate(function, span)),
    })
}

/// Names that a slip of the hand may have meant.
const NAMES: [&str; 11] = [
    "count",
    "sum",
    "min",
    "max",
    "values",
    "dc",
    "distinct_count",
    "latest",
    "first",
    "earliest",
    "last",
];

/// There is no aggregate of this name; `span` starts with it.
pub fn no_aggregate(name: &str, span: &Span) -> CompileError {
    let called = span.start..span.end.min(span.start + name.len());
    unknown("aggregate", name, &called, NAMES.into_iter().chain(NOT_RUN))
}
