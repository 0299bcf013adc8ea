//! `rename`, `fields`, `table`, `fillnull`, `iplocation`: which columns there are.

use super::arguments;
use super::builder::Builder;
use super::values::patterns;
use crate::lang::Diagnostic;
use crate::lang::ir::rows::Name;
use crate::lang::ir::table::Command;
use crate::lang::spl::command::Call;
use crate::lang::spl::lexer::{self, Kind};
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};

/// `rename a as b, c.* as *`.
pub fn rename(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut tokens = lexer::lex(call.text, call.arguments)?;
    tokens.retain(|token| token.kind != Kind::Comma);
    if tokens.is_empty() {
        return Err(wrong("`rename` needs `old as new`", call.name_span, "here"));
    }
    for three in tokens.chunks(3) {
        let span = three[0].span.clone();
        let [from, word, to] = three else {
            return Err(wrong("`old as new` is not complete", &span, "here"));
        };
        let (Some(from), true, Some(to)) = (from.word(), word.is_keyword("as"), to.word()) else {
            return Err(wrong("`rename` takes `old as new`", &span, "here"));
        };
        let stars = |name: &str| name.matches('*').count();
        if stars(from) != stars(to) || stars(from) > 1 {
            return Err(wrong("both names need the same `*`", &span, "here"));
        }
        if from == to {
            continue;
        }
        builder.read_pattern(from);
        let (from, to) = (Name(from.into()), Name(to.into()));
        builder.renames(&from, &to);
        builder.commands.push(Command::Rename { from, to });
    }
    Ok(())
}

/// `fields [+|-] name ...`.
pub fn fields(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let arguments = arguments::read(call)?;
    let mut words = arguments.words()?;
    let mut removes = false;
    if let Some(first) = words.first_mut()
        && let Some(rest) = first.strip_prefix(['+', '-'])
    {
        removes = first.starts_with('-');
        *first = rest;
    }
    words.retain(|word| !word.is_empty());
    if words.is_empty() {
        return Err(wrong("`fields` needs a name", call.name_span, "here"));
    }
    if !removes {
        // Splunk keeps what it calls its own besides.
        let mut names = patterns(&words, builder);
        for own in ["_time", "_raw"] {
            let reads = builder.columns.is_none() && !words.contains(&own);
            if reads {
                names.push(Name(own.into()));
            }
        }
        keep(names, builder);
        return Ok(());
    }
    let names: Vec<Name> = words.iter().map(|word| Name((*word).into())).collect();
    if let Some(columns) = &mut builder.columns {
        columns.retain(|column| !names.iter().any(|name| name.fits(column)));
    }
    builder.commands.push(Command::Drop(names));
    Ok(())
}

/// `table name ...`.
pub fn table(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let arguments = arguments::read(call)?;
    let names = patterns(&arguments.words()?, builder);
    if names.is_empty() {
        return Err(wrong("`table` needs a name", call.name_span, "here"));
    }
    keep(names, builder);
    Ok(())
}

fn keep(names: Vec<Name>, builder: &mut Builder<'_, '_>) {
    match &mut builder.columns {
        Some(columns) => columns.retain(|column| names.iter().any(|name| name.fits(column))),
        None if names.iter().all(|name| !name.0.contains('*')) => {
            builder.columns = Some(names.iter().map(|name| name.0.to_string()).collect());
        }
        None => {}
    }
    builder.commands.push(Command::Keep(names));
}

/// `fillnull [value=text] [name ...]`; the value is 0 when none is given.
pub fn fill(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let value = arguments.text("value").unwrap_or_else(|| "0".to_owned());
    arguments.finish(call.name)?;
    let columns = patterns(&arguments.words()?, builder);
    for name in columns.iter().filter(|name| !name.0.contains('*')) {
        builder.sets(&name.0);
    }
    builder.commands.push(Command::Fill {
        columns,
        value: value.into(),
    });
    Ok(())
}

/// `filldown` depends on an order that events from several hosts don't have.
pub fn fill_down(call: &Call<'_>, _builder: &mut Builder<'_, '_>) -> Parsed<()> {
    Err(not_runnable("`filldown`", call.name_span))
}

/// `iplocation`: watchglass does not know where addresses are.
pub fn places(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let arguments = arguments::read(call)?;
    for word in arguments.words()? {
        builder.read(word);
    }
    for name in ["City", "Country", "Region", "lat", "lon"] {
        builder.sets(name);
    }
    builder.shared.warnings.push(Diagnostic::warning(
        "E314",
        "watchglass does not know where addresses are",
        call.name_span.clone(),
        "`City`, `Country` and the like stay empty",
    ));
    Ok(())
}
