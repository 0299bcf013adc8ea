//! `join`, `append`, `appendcols`, `appendpipe`: rows of another pipeline.

use super::arguments::{self, Arguments};
use super::builder::{Builder, Built, Source};
use super::{inside, run_later, subsearch};
use crate::lang::Span;
use crate::lang::ir::table::{Command, Join};
use crate::lang::spl::command::Call;
use crate::lang::spl::lexer::Kind;
use crate::lang::spl::pipeline;
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};

/// Takes the subsearch out of the arguments.
pub fn subsearch_of(call: &Call<'_>, arguments: &mut Arguments) -> Parsed<Span> {
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
