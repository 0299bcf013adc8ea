//! `tstats` over a data model: selects the events of a dataset and groups them.

use super::Call;
use crate::lang::Span;
use crate::lang::ir::rows::{Aggregate, By};
use crate::lang::ir::{Comparison, Pred};
use crate::lang::spl::lexer::{self, Kind, Token};
use crate::lang::spl::plan::Plan;
use crate::lang::spl::problem::{Parsed, misspelt_dataset, not_runnable, unfilled, wrong};
use crate::lang::spl::search::{self, Parser};
use crate::lang::spl::{aggregate, duration};
use crate::schema::{Dataset, Vocabulary};

/// `tstats [option=value ...] aggregate [as name] ... from datamodel=name [where search] [by field ... [span=time]]`.
pub fn run(call: &Call<'_>, plan: &mut Plan) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let source = source(&tokens, call)?;
    let model = &source.model;
    match Dataset::parse(&model.text) {
        Some(dataset) => {
            *plan = Plan::new(Vocabulary::Cim(dataset));
            plan.filter(Pred::Member(dataset, model.span.clone()));
        }
        None if model.text.split('.').next() == Some("Risk") => {
            return Err(not_runnable(
                "a search over the risk of other detections",
                &model.span,
            ));
        }
        None => {
            if let Some(finding) = misspelt_dataset(&model.text, &model.span) {
                plan.warn(finding);
            }
            plan.starve(unfilled(&model.text));
            plan.filter(Pred::Const(false));
        }
    }
    let mut fill = None;
    let aggregates = aggregates(call, &tokens[..source.from], plan, &mut fill)?;
    let mut rest = &tokens[source.end..];
    if let [first, tail @ ..] = rest
        && first.is_keyword("where")
    {
        let mut parser = Parser::new(tail, call.arguments.end, Some("by"));
        let node = parser.expression()?;
        rest = &tail[parser.read()..];
        for warning in std::mem::take(&mut parser.warnings) {
            plan.warn(warning);
        }
        let pred = search::lower(&node, plan)?;
        plan.filter(pred);
    }
    let by = match rest {
        [] => Vec::new(),
        [first, tail @ ..] if first.is_keyword("by") || first.is_keyword("groupby") => {
            keys(tail, plan, fill.as_deref(), first)?
        }
        [first, ..] => {
            return Err(wrong(
                "`where` or `by` is missing",
                &first.span,
                "before this",
            ));
        }
    };
    plan.group(by, aggregates);
    Ok(())
}

/// The data model and where its clause stands among the tokens.
pub struct Source {
    pub model: search::Word,
    pub from: usize,
    pub end: usize,
}

pub fn source(tokens: &[Token], call: &Call<'_>) -> Parsed<Source> {
    let Some(from) = tokens.iter().position(|token| token.is_keyword("from")) else {
        return Err(not_runnable("`tstats` over indexed fields", call.name_span));
    };
    let missing = || wrong("`datamodel=` is missing", &tokens[from].span, "after this");
    let Some(first) = tokens.get(from + 1) else {
        return Err(missing());
    };
    if !first.is_keyword("datamodel") {
        return Err(not_runnable(
            "`tstats` over other than a data model",
            &first.span,
        ));
    }
    let equal = matches!(
        tokens.get(from + 2).map(|token| &token.kind),
        Some(Kind::Operator(Comparison::Equal))
    );
    let at = from + 2 + usize::from(equal);
    let Some((token, text)) = tokens
        .get(at)
        .and_then(|token| Some((token, token.word()?)))
    else {
        return Err(missing());
    };
    Ok(Source {
        model: search::Word {
            text: text.to_owned(),
            span: token.span.clone(),
        },
        from,
        end: at + 1,
    })
}

fn aggregates(
    call: &Call<'_>,
    tokens: &[Token],
    plan: &mut Plan,
    fill: &mut Option<String>,
) -> Parsed<Vec<Aggregate>> {
    let mut aggregates = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.kind == Kind::Comma {
            at += 1;
        } else if let [name, equal, value, ..] = &tokens[at..]
            && matches!(equal.kind, Kind::Operator(_))
        {
            option(name, value, fill)?;
            at += 3;
        } else {
            aggregates.push(aggregate::read(call.text, tokens, &mut at, plan)?);
        }
    }
    if aggregates.is_empty() {
        return Err(wrong("`tstats` needs an aggregate", call.name_span, "here"));
    }
    Ok(aggregates)
}

/// watchglass has no summaries: it sees every event, as `summariesonly=false` does.
pub fn option(name: &Token, value: &Token, fill: &mut Option<String>) -> Parsed<()> {
    match name.bare().map(str::to_ascii_lowercase).as_deref() {
        Some("fillnull_value") => *fill = value.word().map(str::to_owned),
        Some("prestats" | "append") if !is_false(value) => {
            let construct = format!(
                "the option `{}` of `tstats`",
                name.word().unwrap_or_default()
            );
            return Err(not_runnable(construct, &name.span));
        }
        Some(
            "summariesonly"
            | "allow_old_summaries"
            | "local"
            | "chunk_size"
            | "prestats"
            | "append"
            | "include_reduced_buckets"
            | "use_summary_index_values",
        ) => {}
        _ => return Err(wrong("`tstats` has no such option", &name.span, "here")),
    }
    Ok(())
}

fn is_false(token: &Token) -> bool {
    token
        .word()
        .is_some_and(|word| matches!(word.to_ascii_lowercase().as_str(), "f" | "false" | "0"))
}

fn keys(tokens: &[Token], plan: &mut Plan, fill: Option<&str>, by: &Token) -> Parsed<Vec<By>> {
    let mut keys: Vec<By> = Vec::new();
    let mut bucket: Option<(u32, Span)> = None;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        if token.kind == Kind::Comma {
            continue;
        }
        let Some(name) = token.word() else {
            return Err(wrong("fields to group by are names", &token.span, "here"));
        };
        if matches!(
            tokens.get(at).map(|next| &next.kind),
            Some(Kind::Operator(_))
        ) {
            let value = tokens.get(at + 1);
            at += 2;
            let seconds = value.and_then(Token::word).and_then(duration::seconds);
            match (name.to_ascii_lowercase().as_str(), seconds) {
                ("span", Some(seconds)) => bucket = Some((seconds, token.span.clone())),
                ("span", None) => {
                    return Err(not_runnable("this span of `tstats`", &token.span));
                }
                _ => return Err(wrong("`by` has no such option", &token.span, "here")),
            }
            continue;
        }
        if name.contains('*') {
            return Err(not_runnable("grouping by `*`", &token.span));
        }
        if keys.iter().any(|key| *key.name == *name) {
            continue;
        }
        keys.push(By {
            field: plan.event_field(name, &token.span),
            name: name.into(),
            fill: fill.map(Into::into),
            bucket: None,
            span: token.span.clone(),
        });
    }
    if keys.is_empty() && bucket.is_none() {
        return Err(wrong("a field is missing", &by.span, "after this"));
    }
    if let Some((seconds, span)) = bucket {
        match keys.iter_mut().find(|key| &*key.name == "_time") {
            Some(time) => time.bucket = Some(seconds),
            None => keys.push(By {
                field: plan.event_field("_time", &span),
                name: "_time".into(),
                fill: None,
                bucket: Some(seconds),
                span,
            }),
        }
    }
    Ok(keys)
}
