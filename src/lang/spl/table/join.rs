//! `join`, `append`, `appendcols`, `appendpipe`, `map`: rows of another pipeline.

use super::arguments::{self, Arguments};
use super::builder::{Builder, Built, Source};
use super::{inside, run_later, subsearch};
use crate::lang::Span;
use crate::lang::ir::Pred;
use crate::lang::ir::table::{Command, Join};
use crate::lang::spl::command::Call;
use crate::lang::spl::lexer::Kind;
use crate::lang::spl::names::Names;
use crate::lang::spl::pipeline;
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};
use crate::lang::spl::search::{self, Node};
use crate::lang::spl::{lexer, search::Word};
use crate::schema::Vocabulary;

/// Takes the subsearch out of the arguments.
fn subsearch_of(call: &Call<'_>, arguments: &mut Arguments) -> Parsed<Span> {
    let at = arguments
        .rest
        .iter()
        .position(|token| token.kind == Kind::Subsearch);
    if let Some(at) = at {
        return Ok(arguments.rest.remove(at).span);
    }
    let message = format!("`{}` needs a subsearch", call.name);
    Err(wrong(message, call.name_span, "`[ ... ]` is missing"))
}

/// `join [type=] [max=] [overwrite=] name ... [subsearch]`.
pub fn join(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let kind = arguments.text("type").unwrap_or_else(|| "inner".to_owned());
    let most = arguments.number("max")?.unwrap_or(1);
    let overwrite = arguments.flag("overwrite", true);
    for sides in ["left", "right"] {
        if let Some(token) = arguments.take(sides) {
            return Err(not_runnable(
                "`join` with a `where` of its own",
                &token.span,
            ));
        }
    }
    if arguments.flag("usetime", false) {
        return Err(not_runnable("`join usetime`", call.name_span));
    }
    let _ = arguments.take("earlier");
    arguments.finish(call.name)?;
    let brackets = subsearch_of(call, &mut arguments)?;
    let on: Vec<Box<str>> = arguments.words()?.into_iter().map(Box::from).collect();
    let built = subsearch_reading(&on, &brackets, builder)?;
    for name in &on {
        builder.read(name);
    }
    builder.carry(&built);
    builder.commands.push(Command::Join(Join {
        on,
        outer: matches!(kind.to_ascii_lowercase().as_str(), "outer" | "left"),
        most,
        overwrite,
        pipeline: built.pipeline,
    }));
    Ok(())
}

/// Builds a subsearch whose rows need these columns.
fn subsearch_reading(
    names: &[Box<str>],
    brackets: &Span,
    builder: &mut Builder<'_, '_>,
) -> Parsed<Built> {
    let within = inside(brackets);
    let commands = pipeline::split_in(builder.text, &within, true)?;
    let reads_all = builder.reads_all;
    let mut inner = builder.inner(brackets)?;
    inner.reads_all = reads_all;
    super::run(&commands, &mut inner)?;
    if inner.columns.is_none() {
        for name in names {
            inner.read(name);
        }
    }
    Ok(inner.finish())
}

/// `append [options] [subsearch]`, `union [subsearch] ...`.
pub fn append(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    while let Ok(brackets) = subsearch_of(call, &mut arguments) {
        let built = subsearch::build(&brackets, builder)?;
        builder.carry(&built);
        builder
            .commands
            .push(Command::Append(Box::new(built.pipeline)));
        if let Some(first) = arguments.rest.first()
            && first.kind != Kind::Subsearch
        {
            return Err(not_runnable("a named dataset", &first.span));
        }
        if arguments.rest.is_empty() {
            return Ok(());
        }
    }
    subsearch_of(call, &mut arguments).map(|_| ())
}

/// `appendcols [override=] [subsearch]`.
pub fn append_columns(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let overwrite = arguments.flag("override", false);
    let brackets = subsearch_of(call, &mut arguments)?;
    let built = subsearch::build(&brackets, builder)?;
    builder.carry(&built);
    builder.commands.push(Command::AppendColumns {
        pipeline: Box::new(built.pipeline),
        overwrite,
    });
    Ok(())
}

/// `appendpipe [commands]`.
pub fn append_pipe(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let brackets = subsearch_of(call, &mut arguments)?;
    let within = inside(&brackets);
    let commands = pipeline::split_in(builder.text, &within, false)?;
    let before = std::mem::take(&mut builder.commands);
    let columns = builder.columns.clone();
    // Nothing may be taken for a condition on the events in here.
    let source = std::mem::replace(
        &mut builder.source,
        Source::Other(crate::lang::ir::table::Start::Rows(0)),
    );
    let done = run_later(&commands, builder);
    builder.source = source;
    let inner = std::mem::replace(&mut builder.commands, before);
    done?;
    builder.columns = match (columns, builder.columns.take()) {
        (Some(mut columns), Some(more)) => {
            columns.extend(more);
            columns.sort();
            columns.dedup();
            Some(columns)
        }
        _ => None,
    };
    builder.commands.push(Command::AppendPipe(inner));
    Ok(())
}

/// `map [maxsearches=n] search="..."` or `map [subsearch]`, whose values may be `$name$` of the row.
pub fn map(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let most = arguments.number("maxsearches")?.unwrap_or(10);
    let within = match arguments.take("search") {
        Some(token) if call.text[token.span.clone()].contains("\\\"") => {
            return Err(not_runnable("`map` of a search with quotes", &token.span));
        }
        Some(token) => token.span.start + 1..token.span.end - 1,
        None => inside(&subsearch_of(call, &mut arguments)?),
    };
    let commands = pipeline::split_in(builder.text, &within, true)?;
    let Some((first, rest)) = commands.split_first() else {
        return Err(wrong("`map` needs a search", call.name_span, "here"));
    };
    if first.name != "search" {
        return Err(not_runnable(
            "`map` of other than a search of events",
            &first.name_span,
        ));
    }
    let tokens = lexer::lex(call.text, &first.arguments)?;
    let (node, _) = search::parse(&tokens, first.arguments.end)?;
    let mut equal: Vec<(Box<str>, Box<str>)> = Vec::new();
    let node = node.map(|node| open(node, &mut equal));
    let mut inner = builder.inner(&within)?;
    inner.source = Source::Events(Pred::Const(true), Vocabulary::SplunkAddon);
    if let Some(node) = node.as_ref() {
        let Some(mut names) = inner.events() else {
            return Err(wrong("`map` needs a search", call.name_span, "here"));
        };
        let pred = search::lower(node, &mut names)?;
        inner.filter(pred);
    }
    for (theirs, _) in &equal {
        inner.field(theirs, &within)?;
    }
    run_later(rest, &mut inner)?;
    let built = inner.finish();
    for (_, ours) in &equal {
        builder.read(ours);
    }
    builder.columns = built
        .columns
        .map(|columns| columns.into_iter().map(String::from).collect());
    builder.commands.push(Command::ForEachRow {
        pipeline: Box::new(built.pipeline),
        equal,
        most,
    });
    Ok(())
}

/// Opens the comparisons with `$name$` to every value, and notes them.
fn open(node: Node, equal: &mut Vec<(Box<str>, Box<str>)>) -> Node {
    match node {
        Node::And(parts) => Node::And(parts.into_iter().map(|part| open(part, equal)).collect()),
        Node::Compare {
            field,
            operator,
            value,
        } => {
            let token = value
                .text
                .strip_prefix('$')
                .and_then(|t| t.strip_suffix('$'));
            if let Some(token) = token {
                equal.push((field.text.as_str().into(), token.into()));
                let value = Word {
                    text: "*".to_owned(),
                    span: value.span,
                };
                return Node::Compare {
                    field,
                    operator,
                    value,
                };
            }
            Node::Compare {
                field,
                operator,
                value,
            }
        }
        other => other,
    }
}
