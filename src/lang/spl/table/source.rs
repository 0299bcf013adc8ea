//! The first command of a pipeline: where its rows come from.

use super::builder::{Builder, EventNames, Source};
use super::{arguments, group, lookup, map, subsearch};
use crate::lang::Span;
use crate::lang::ir::expr::Arithmetic;
use crate::lang::ir::rows::Name;
use crate::lang::ir::table::{Command, Group, Start};
use crate::lang::ir::{Expr, Number, Pred};
use crate::lang::spl::command::{self, Call, tstats};
use crate::lang::spl::lexer::{self, Kind, Token};
use crate::lang::spl::names::Names;
use crate::lang::spl::problem::{Parsed, misspelt_dataset, not_runnable, unfilled, wrong};
use crate::lang::spl::{duration, eval, search};
use crate::schema::{Dataset, Vocabulary};

/// Reads the command; `false` when it is one that needs rows ahead of it.
pub fn run(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<bool> {
    match call.name {
        "search" => events(call, builder)?,
        "tstats" => statistics(call, builder)?,
        "from" => from(call, builder)?,
        "datamodel" => model(call, builder)?,
        "inputlookup" => lookup::source(call, builder)?,
        "makeresults" => {
            let mut arguments = arguments::read(call)?;
            let count = arguments.number("count")?.unwrap_or(1);
            builder.source = Source::Other(Start::Rows(count));
        }
        known if command::is_known(known) => {
            let construct = format!("a search that starts with `{known}`");
            return Err(not_runnable(construct, call.name_span));
        }
        _ => return Err(command::unknown(call)),
    }
    Ok(true)
}

/// `search` at the start.
fn events(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let vocabulary = Vocabulary::SplunkAddon;
    builder.source = Source::Events(Pred::Const(true), vocabulary);
    let tokens = lexer::lex(call.text, call.arguments)?;
    let (tokens, subsearches) = subsearch::apart(tokens)?;
    let (node, warnings) = search::parse(&tokens, call.arguments.end)?;
    builder.shared.warnings.extend(warnings);
    if let Some(node) = node {
        map::choose(node, builder, |node, builder| {
            let shared = &mut *builder.shared;
            search::lower(node, &mut EventNames { vocabulary, shared })
        })?;
    }
    subsearch::add(&subsearches, builder)
}

/// Takes the events of a data model's dataset.
fn dataset(model: &search::Word, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    match Dataset::parse(&model.text) {
        Some(dataset) => {
            let member = Pred::Member(dataset, model.span.clone());
            builder.source = Source::Events(member, Vocabulary::Cim(dataset));
            Ok(())
        }
        None if model.text.split('.').next() == Some("Risk") => Err(not_runnable(
            "a search over the risk of other detections",
            &model.span,
        )),
        None => {
            let slip = misspelt_dataset(&model.text, &model.span);
            builder.shared.warnings.extend(slip);
            builder.starved = Some(unfilled(&model.text));
            builder.source = Source::Events(Pred::Const(false), Vocabulary::SplunkAddon);
            Ok(())
        }
    }
}

/// `from datamodel Model.Dataset`, `from datamodel:"Model.Dataset"`, `from inputlookup:name`.
fn from(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let words: Vec<(&str, &Span)> = tokens
        .iter()
        .filter_map(|token| Some((token.word()?, &token.span)))
        .flat_map(|(word, span)| {
            let parts = word.split([':', '"']).filter(|part| !part.is_empty());
            parts.map(move |part| (part, span))
        })
        .collect();
    let [(kind, _), (name, span), ..] = words.as_slice() else {
        return Err(wrong("`from` needs a dataset", call.name_span, "here"));
    };
    match kind.to_ascii_lowercase().as_str() {
        "datamodel" => {
            let word = search::Word {
                text: (*name).to_owned(),
                span: (*span).clone(),
            };
            dataset(&word, builder)
        }
        "inputlookup" | "lookup" => {
            let table = lookup::named(name, span, builder);
            builder.columns = lookup::header(&table);
            builder.source = Source::Other(Start::Lookup(table));
            Ok(())
        }
        other => Err(not_runnable(format!("`from {other}`"), call.name_span)),
    }
}

/// `datamodel Model Dataset search`: fields carry the dataset's name.
fn model(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let [model, node, ..] = tokens.as_slice() else {
        return Err(not_runnable(
            "`datamodel` without a dataset",
            call.name_span,
        ));
    };
    let (Some(name), Some(node)) = (model.word(), node.word()) else {
        return Err(wrong("a dataset is missing", call.name_span, "after this"));
    };
    let word = search::Word {
        text: format!("{name}.{node}"),
        span: model.span.clone(),
    };
    dataset(&word, builder)
}

/// `tstats`.
fn statistics(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let source = tstats::source(&tokens, call)?;
    dataset(&source.model, builder)?;
    let vocabulary = match &builder.source {
        Source::Events(_, vocabulary) => *vocabulary,
        Source::Other(_) => Vocabulary::SplunkAddon,
    };
    let mut fill = None;
    let mut aggregates = Vec::new();
    let mut at = 0;
    let before = &tokens[..source.from];
    while let Some(token) = before.get(at) {
        if token.kind == Kind::Comma {
            at += 1;
        } else if let [name, equal, value, ..] = &before[at..]
            && matches!(equal.kind, Kind::Operator(_))
        {
            tstats::option(name, value, &mut fill)?;
            at += 3;
        } else {
            aggregates.push(group::aggregate(call.text, before, &mut at, builder)?);
        }
    }
    if aggregates.is_empty() {
        return Err(wrong("`tstats` needs an aggregate", call.name_span, "here"));
    }
    let mut rest = tokens[source.end..].to_vec();
    if rest.first().is_some_and(|token| token.is_keyword("where")) {
        rest.remove(0);
        let (kept, subsearches) = subsearch::apart(rest)?;
        rest = kept;
        if !rest.is_empty() && !is_by(&rest[0]) {
            let mut parser = search::Parser::new(&rest, call.arguments.end, Some("by"));
            let node = parser.expression()?;
            let read = parser.read();
            builder.shared.warnings.append(&mut parser.warnings);
            map::choose(node, builder, |node, builder| {
                let shared = &mut *builder.shared;
                search::lower(node, &mut EventNames { vocabulary, shared })
            })?;
            rest.drain(..read);
        }
        subsearch::add(&subsearches, builder)?;
    }
    let by = match rest.as_slice() {
        [] => Vec::new(),
        [first] if is_by(first) => {
            return Err(wrong("a field is missing", &first.span, "after this"));
        }
        [first, tail @ ..] if is_by(first) => keys(tail, builder)?,
        [first, ..] => {
            return Err(wrong(
                "`where` or `by` is missing",
                &first.span,
                "before this",
            ));
        }
    };
    if let Some(fill) = fill {
        let columns = by.iter().filter(|name| *name != "_time");
        builder.commands.push(Command::Fill {
            columns: columns.map(|name| Name(name.as_str().into())).collect(),
            value: fill.into(),
        });
    }
    group::add(by, aggregates, builder);
    Ok(())
}

fn is_by(token: &Token) -> bool {
    token.is_keyword("by") || token.is_keyword("groupby")
}

/// The names to group by; a `span` rounds the time.
pub fn keys(tokens: &[Token], builder: &mut Builder<'_, '_>) -> Parsed<Vec<String>> {
    let mut keys: Vec<String> = Vec::new();
    let mut rest = tokens;
    while let [token, tail @ ..] = rest {
        rest = tail;
        if token.kind == Kind::Comma {
            continue;
        }
        let Some(name) = token.word() else {
            return Err(wrong("fields to group by are names", &token.span, "here"));
        };
        if let [equal, value, tail @ ..] = tail
            && matches!(equal.kind, Kind::Operator(_))
        {
            rest = tail;
            if !name.eq_ignore_ascii_case("span") {
                return Err(wrong("`by` has no such option", &token.span, "here"));
            }
            let Some(seconds) = value.word().and_then(duration::seconds) else {
                return Err(not_runnable("this span", &token.span));
            };
            builder.shared.spans(seconds, &token.span);
            let time = builder.field("_time", &token.span)?;
            builder.set("_time", rounded(Expr::Field(time), seconds));
            if !keys.iter().any(|key| key == "_time") {
                keys.push("_time".to_owned());
            }
            continue;
        }
        if name.contains('*') {
            return Err(not_runnable("grouping by `*`", &token.span));
        }
        builder.field(name, &token.span)?;
        if !keys.iter().any(|key| key == name) {
            keys.push(name.to_owned());
        }
    }
    Ok(keys)
}

/// Rounds down to a multiple.
pub fn rounded(value: Expr, length: u32) -> Expr {
    let length = || Box::new(Expr::Number(Number::Int(length.into())));
    let parts = Expr::Arithmetic(Arithmetic::Divide, Box::new(value), length());
    let whole = Expr::Call(eval::floor(), vec![parts]);
    Expr::Arithmetic(Arithmetic::Multiply, Box::new(whole), length())
}

/// A group of the rows.
pub fn group_of(by: Vec<String>, aggregates: Vec<crate::lang::ir::table::Aggregate>) -> Group {
    Group {
        by: by.into_iter().map(String::into_boxed_str).collect(),
        aggregates,
    }
}
