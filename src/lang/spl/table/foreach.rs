//! `foreach`: commands for each of some columns.

use super::builder::{Builder, Source};
use super::{arguments, inside, run_later};
use crate::lang::ir::rows::Name;
use crate::lang::ir::table::{Command, Each, Start};
use crate::lang::spl::command::Call;
use crate::lang::spl::lexer::Kind;
use crate::lang::spl::pipeline;
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};

/// `foreach pattern ... [eval ...]`.
pub fn run(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    for option in [
        "fieldstr",
        "matchstr",
        "matchseg1",
        "matchseg2",
        "matchseg3",
    ] {
        if let Some(token) = arguments.take(option) {
            return Err(not_runnable(
                "`foreach` with other words for its columns",
                &token.span,
            ));
        }
    }
    if let Some(token) = arguments.take("mode") {
        return Err(not_runnable("`foreach mode=`", &token.span));
    }
    let Some((last, patterns)) = arguments.rest.split_last() else {
        return Err(wrong("`foreach` needs columns", call.name_span, "here"));
    };
    if last.kind != Kind::Subsearch {
        return Err(wrong(
            "`foreach` needs `[eval ...]`",
            &last.span,
            "after this",
        ));
    }
    let columns: Vec<Name> = arguments::words(patterns)?
        .into_iter()
        .map(|word| Name(word.into()))
        .collect();
    for column in &columns {
        builder.read_pattern(&column.0);
    }
    let commands = pipeline::split_in(builder.text, &inside(&last.span), false)?;
    if let Some(other) = commands
        .iter()
        .find(|one| !matches!(one.name.as_str(), "eval" | "where"))
    {
        let construct = format!("`{}` inside `foreach`", other.name);
        return Err(not_runnable(construct, &other.name_span));
    }
    let before = std::mem::take(&mut builder.commands);
    let known = builder.columns.take();
    let source = std::mem::replace(&mut builder.source, Source::Other(Start::Rows(0)));
    let done = run_later(&commands, builder);
    builder.source = source;
    let inner = std::mem::replace(&mut builder.commands, before);
    done?;
    builder.columns = known;
    for command in &inner {
        if let Command::Set { column, .. } = command {
            set_columns(column, &columns, builder);
        }
    }
    builder.commands.push(Command::Each(Each {
        columns,
        commands: inner,
    }));
    Ok(())
}

/// Notes the columns that `column` stands for.
fn set_columns(column: &str, patterns: &[Name], builder: &mut Builder<'_, '_>) {
    if !column.contains("<<") {
        return builder.sets(column);
    }
    let Some(known) = builder.columns.clone() else {
        return;
    };
    for pattern in patterns {
        for name in &known {
            if let Some(matched) = pattern.carry(name, &Name("*".into())) {
                let set = column.replace(Each::FIELD, name);
                builder.sets(&set.replace(Each::MATCHED, &matched));
            }
        }
    }
}
