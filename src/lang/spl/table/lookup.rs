//! `lookup`, `inputlookup`, `outputlookup`.

use std::sync::Arc;

use super::arguments;
use super::builder::{Builder, Source};
use crate::lang::ir::Expr;
use crate::lang::ir::table::{Command, LookUp, Pipeline, Start};
use crate::lang::lookup::Lookup;
use crate::lang::spl::command::Call;
use crate::lang::spl::eval;
use crate::lang::spl::lexer::Token;
use crate::lang::spl::names::Names;
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};
use crate::lang::{Diagnostic, Span};

/// What URL Toolbox calls the entropy of a word.
const ENTROPY: &str = "ut_shannon_lookup";

/// Code of the finding that a search uses a lookup table without content.
pub const ABSENT_LOOKUP: &str = "E315";

/// Returns the lookup of this name; of one that is not there or has no content, a finding says so.
pub fn named(name: &str, span: &Span, builder: &mut Builder<'_, '_>) -> Arc<Lookup> {
    let known = builder.shared.macros.lookup(name);
    let why = match known {
        Some(known) => match &known.absent {
            None => return Arc::clone(known),
            Some(why) => why.to_string(),
        },
        None => "has no definition".to_owned(),
    };
    let finding = Diagnostic::warning(
        ABSENT_LOOKUP,
        format!("the lookup table `{name}` {why}"),
        span.clone(),
        "nothing is found in it",
    );
    let help =
        "put its definition and its CSV file into the directory `lookups` beside the detections";
    let mut warnings = builder.shared.warnings.iter();
    if !warnings.any(|known| known.message == finding.message) {
        builder.shared.warnings.push(finding.help(help));
    }
    known.map_or_else(|| Arc::new(Lookup::empty(name)), Arc::clone)
}

/// Returns the columns of a lookup, where it has any.
pub fn header(table: &Lookup) -> Option<Vec<String>> {
    let header = table.header.iter().map(ToString::to_string);
    (!table.header.is_empty()).then(|| header.collect())
}

/// `lookup [options] table theirs [as ours] ... [output|outputnew theirs [as ours] ...]`.
pub fn lookup(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    for option in ["local", "update", "event_time_field"] {
        let _ = arguments.take(option);
    }
    arguments.finish(call.name)?;
    let Some((first, rest)) = arguments.rest.split_first() else {
        return Err(wrong("`lookup` needs a table", call.name_span, "here"));
    };
    let Some(name) = first.word() else {
        return Err(wrong(
            "the name of a table is missing",
            &first.span,
            "expected here",
        ));
    };
    let has_content = builder
        .shared
        .macros
        .lookup(name)
        .is_some_and(|table| table.absent.is_none());
    if name == ENTROPY && !has_content {
        return entropy(call, rest, builder);
    }
    let table = named(name, &first.span, builder);
    let is_output = |token: &Token| token.is_keyword("output") || token.is_keyword("outputnew");
    let at = rest.iter().position(is_output);
    let (inputs, outputs) = match at {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let overwrite = !at.is_some_and(|at| rest[at].is_keyword("outputnew"));
    let inputs = pairs(inputs)?;
    if inputs.is_empty() {
        return Err(wrong(
            "a column to look for is missing",
            &first.span,
            "after this",
        ));
    }
    let outputs = if let Some(tokens) = outputs {
        pairs(tokens)?
    } else {
        let others = table.header.iter();
        let others = others.filter(|name| inputs.iter().all(|(theirs, _)| theirs != *name));
        others.map(|name| (name.clone(), name.clone())).collect()
    };
    let written = |name: &str| {
        let mut tokens = rest.iter();
        let token = tokens.find(|token| token.word() == Some(name));
        token.map_or_else(|| first.span.clone(), |token| token.span.clone())
    };
    warn_of_columns(&table, inputs.iter().chain(&outputs), written, builder);
    for (_, ours) in &inputs {
        builder.read(ours);
    }
    for (_, ours) in &outputs {
        builder.sets(ours);
    }
    builder.commands.push(Command::Lookup(LookUp {
        lookup: table,
        inputs,
        outputs,
        overwrite,
    }));
    Ok(())
}

/// `lookup ut_shannon_lookup word as ours [output ut_shannon as name]`: the program behind it is a formula.
fn entropy(call: &Call<'_>, rest: &[Token], builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let is_output = |token: &Token| token.is_keyword("output") || token.is_keyword("outputnew");
    let at = rest.iter().position(is_output);
    let inputs = pairs(&rest[..at.unwrap_or(rest.len())])?;
    let Some((_, ours)) = inputs.first() else {
        let message = "a column to look for is missing";
        return Err(wrong(message, call.name_span, "after this"));
    };
    let outputs = match at {
        Some(at) => pairs(&rest[at + 1..])?,
        None => Vec::new(),
    };
    let name = outputs.first().map_or("ut_shannon", |(_, ours)| ours);
    let field = Expr::Field(builder.field(ours, call.name_span)?);
    builder.set(name, Expr::Call(eval::entropy(), vec![field]));
    Ok(())
}

fn warn_of_columns<'p>(
    table: &Lookup,
    pairs: impl Iterator<Item = &'p (Box<str>, Box<str>)>,
    written: impl Fn(&str) -> Span,
    builder: &mut Builder<'_, '_>,
) {
    if table.header.is_empty() {
        return;
    }
    for (theirs, _) in pairs.filter(|(theirs, _)| table.column(theirs).is_none()) {
        let message = format!("the lookup `{}` has no column `{theirs}`", table.name);
        let finding =
            Diagnostic::warning("E316", message, written(theirs), "nothing is found by it");
        let names: Vec<_> = table
            .header
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let help = format!("its columns are {}", names.join(", "));
        builder.shared.warnings.push(finding.help(help));
    }
}

/// Reads `a as b c`.
fn pairs(tokens: &[Token]) -> Parsed<Vec<(Box<str>, Box<str>)>> {
    let mut pairs = Vec::new();
    let mut rest = tokens;
    while let [first, tail @ ..] = rest {
        rest = tail;
        let Some(theirs) = first.word() else {
            return Err(wrong("a column is missing", &first.span, "expected here"));
        };
        let mut ours = theirs;
        if let [word, name, tail @ ..] = tail
            && word.is_keyword("as")
            && let Some(name) = name.word()
        {
            ours = name;
            rest = tail;
        }
        pairs.push((theirs.into(), ours.into()));
    }
    Ok(pairs)
}

/// `inputlookup` at the start of a pipeline.
pub fn source(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let (table, condition) = table(call, builder)?;
    builder.columns = header(&table);
    builder.source = Source::Other(Start::Lookup(table));
    if let Some(span) = condition {
        filter(call, &span, builder)?;
    }
    Ok(())
}

/// `inputlookup append=t`: the table's rows come after those that are there.
pub fn input(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let (table, condition) = table(call, builder)?;
    if let Some(columns) = header(&table) {
        for name in &columns {
            builder.sets(name);
        }
    }
    let mut inner = builder.inner(call.name_span)?;
    inner.columns = header(&table);
    inner.source = Source::Other(Start::Lookup(table));
    if let Some(span) = condition {
        filter(call, &span, &mut inner)?;
    }
    let pipeline: Pipeline = inner.finish().pipeline;
    builder.commands.push(Command::Append(Box::new(pipeline)));
    Ok(())
}

fn filter(call: &Call<'_>, span: &Span, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let search = Call {
        arguments: span,
        ..*call
    };
    super::values::search(&search, builder)
}

/// The table and where its condition stands.
fn table(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<(Arc<Lookup>, Option<Span>)> {
    let tokens = crate::lang::spl::lexer::lex(call.text, call.arguments)?;
    let at = tokens.iter().position(|token| token.is_keyword("where"));
    let condition = at.map(|at| tokens[at].span.end..call.arguments.end);
    let head = call.arguments.start..at.map_or(call.arguments.end, |at| tokens[at].span.start);
    let mut arguments = arguments::read(&Call {
        arguments: &head,
        ..*call
    })?;
    let _ = (
        arguments.flag("append", false),
        arguments.flag("strict", false),
    );
    let _ = (arguments.take("start"), arguments.take("max"));
    arguments.finish(call.name)?;
    match arguments.rest.as_slice() {
        [one] if let Some(name) = one.word() => Ok((named(name, &one.span, builder), condition)),
        _ => Err(wrong(
            "`inputlookup` needs one table",
            call.name_span,
            "here",
        )),
    }
}

/// `outputlookup`: rows go on; nothing is written.
pub fn output(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    if call.text[call.arguments.clone()].trim().is_empty() {
        return Err(not_runnable(
            "`outputlookup` without a table",
            call.name_span,
        ));
    }
    builder.shared.warnings.push(Diagnostic::warning(
        "E317",
        "watchglass writes no lookup table",
        call.name_span.clone(),
        "the rows go on as they are",
    ));
    Ok(())
}
