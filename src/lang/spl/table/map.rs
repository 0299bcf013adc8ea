//! `map`: a search for each row, in which `$name$` stands for the row's values.
//!
//! The events that the search may need are chosen by what in it has no token; the rest becomes conditions on their rows.

use super::builder::{Builder, Built};
use super::join::subsearch_of;
use super::{arguments, inside, run};
use crate::lang::Span;
use crate::lang::ir::Pred;
use crate::lang::ir::table::Command;
use crate::lang::spl::command::Call;
use crate::lang::spl::lexer::unescape;
use crate::lang::spl::names::Names;
use crate::lang::spl::problem::Parsed;
use crate::lang::spl::search::{self, Node};
use crate::lang::spl::{expand, pipeline, token};
use crate::lang::{CompileError, Diagnostic};

/// Splunk's own limit of searches.
const MAX_SEARCHES: usize = 10;

/// `map [maxsearches=n] search="..."` or `map [subsearch]`.
pub fn run_for_each(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let most = arguments.number("maxsearches")?.unwrap_or(MAX_SEARCHES);
    let written = arguments.take("search");
    let outside = builder.shared.tokens.replace(Vec::new());
    let built = if let Some(token) = written {
        quoted(&token.span, call.text, builder)
    } else {
        let brackets = subsearch_of(call, &mut arguments)?;
        build(builder.text, &inside(&brackets), &brackets, builder)
    };
    let tokens = std::mem::replace(&mut builder.shared.tokens, outside);
    let built = built?;
    let tokens: Vec<Box<str>> = tokens.into_iter().flatten().map(String::into).collect();
    for name in &tokens {
        match builder.shared.tokens.as_mut() {
            // A row of a `map` around this one may have it.
            Some(around)
                if builder
                    .columns
                    .as_ref()
                    .is_some_and(|c| !c.iter().any(|c| **c == **name)) =>
            {
                around.push(name.to_string());
            }
            _ => builder.read(name),
        }
    }
    let columns = built.columns;
    builder.columns = columns.map(|columns| columns.into_iter().map(String::from).collect());
    builder.commands.push(Command::ForEachRow {
        pipeline: Box::new(built.pipeline),
        tokens,
        most,
    });
    Ok(())
}

/// A search in quotes has escapes, and macros that are not expanded yet. What is found in it points at the whole.
fn quoted(span: &Span, text: &str, builder: &mut Builder<'_, '_>) -> Parsed<Built> {
    let text = unescape(&text[span.start + 1..span.end - 1]);
    let (inputs, warnings) = (builder.shared.inputs.len(), builder.shared.warnings.len());
    let expanded = expand::expand(&text, builder.shared.macros).map_err(|error| at(error, span))?;
    let whole = 0..expanded.text.len();
    let built = build(&expanded.text, &whole, span, builder).map_err(|error| at(error, span))?;
    for input in &mut builder.shared.inputs[inputs..] {
        input.select.spans(&mut |place| *place = span.clone());
    }
    for finding in &mut builder.shared.warnings[warnings..] {
        move_to(finding, span);
    }
    Ok(built)
}

fn at(mut error: CompileError, span: &Span) -> CompileError {
    for finding in &mut error.diagnostics {
        move_to(finding, span);
    }
    error
}

fn move_to(finding: &mut Diagnostic, span: &Span) {
    for label in &mut finding.labels {
        label.span = span.clone();
    }
}

fn build(text: &str, within: &Span, span: &Span, builder: &mut Builder<'_, '_>) -> Parsed<Built> {
    let commands = pipeline::split_in(text, within, true)?;
    let mut inner = builder.inner_of(text, span)?;
    run(&commands, &mut inner)?;
    Ok(inner.finish())
}

/// Splits a condition on events into what chooses the events and what has tokens and is asked of their rows.
pub fn apart(node: Node) -> (Option<Node>, Option<Node>) {
    match node {
        Node::And(parts) => {
            let (mut chooses, mut asked) = (Vec::new(), Vec::new());
            for part in parts {
                let (left, right) = apart(part);
                chooses.extend(left);
                asked.extend(right);
            }
            let all = |parts: Vec<Node>| (!parts.is_empty()).then_some(Node::And(parts));
            (all(chooses), all(asked))
        }
        other if has_token(&other) => (None, Some(other)),
        other => (Some(other), None),
    }
}

fn has_token(node: &Node) -> bool {
    match node {
        Node::And(parts) | Node::Or(parts) => parts.iter().any(has_token),
        Node::Not(inner) => has_token(inner),
        Node::Compare { value, .. } => token::is_in(&value.text),
        Node::In { values, .. } => values.iter().any(|value| token::is_in(&value.text)),
        Node::Term(word) | Node::Exact(word) => token::is_in(&word.text),
    }
}

/// Lowers a condition on the events of a pipeline, inside `map` or not.
pub fn choose(
    node: Node,
    builder: &mut Builder<'_, '_>,
    lower: impl Fn(&Node, &mut Builder<'_, '_>) -> Parsed<Pred>,
) -> Parsed<()> {
    let (chooses, asked) = if builder.shared.tokens.is_some() {
        apart(node)
    } else {
        (Some(node), None)
    };
    if let Some(node) = chooses {
        let pred = lower(&node, builder)?;
        builder.filter(pred);
    }
    if let Some(node) = asked {
        let pred = search::lower(&node, builder as &mut dyn Names)?;
        builder.commands.push(Command::Filter(pred));
    }
    Ok(())
}
