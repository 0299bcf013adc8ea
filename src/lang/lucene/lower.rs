//! The tree becomes IR.

use super::tree::{Clauses, Node, Occur, Term, Value};
use crate::lang::elastic::{self, Clock, Wanted};
use crate::lang::ir::pattern::Piece;
use crate::lang::ir::{AnyField, Case, Comparison, Leaf, Pattern, Pred, Test};
use crate::lang::{CompileError, Diagnostic, Query, Span};
use crate::schema::{FieldKind, FieldRef};

/// Lowers a query.
pub fn lower(clauses: &Clauses) -> Result<Query, CompileError> {
    let select = if clauses.0.is_empty() {
        Pred::Const(true)
    } else {
        group(clauses)?
    };
    Ok(Query {
        select,
        ..Query::default()
    })
}

/// A list without anything required needs one of what is optional; one of exclusions only selects all else.
fn group(clauses: &Clauses) -> Result<Pred, CompileError> {
    let (mut parts, mut optional) = (Vec::new(), Vec::new());
    for clause in &clauses.0 {
        let pred = match &clause.node {
            Node::Group(inner) => group(inner)?,
            Node::Term(one) => term(one)?,
        };
        match clause.occur {
            Occur::Must => parts.push(pred),
            Occur::MustNot => parts.push(pred.negate()),
            Occur::Should => optional.push(pred),
        }
    }
    let required = clauses.0.iter().any(|clause| clause.occur == Occur::Must);
    if !required && !optional.is_empty() {
        parts.push(Pred::any(optional));
    }
    // Parentheses around nothing match nothing.
    if clauses.0.is_empty() {
        return Ok(Pred::Const(false));
    }
    Ok(Pred::all(parts))
}

fn term(term: &Term) -> Result<Pred, CompileError> {
    let span = &term.span;
    match &term.value {
        Value::Word(_, Some(_)) => Err(not_runnable("fuzzy term", span)),
        Value::Phrase(_, Some(slop)) if slop != "0" => Err(not_runnable("phrase with slop", span)),
        Value::Word(word, None) => {
            let exists = term.field.as_deref().and_then(literal);
            if exists.as_deref() == Some("_exists_") {
                let name = literal(word).unwrap_or_default();
                return Ok(elastic::is(
                    elastic::field(&name),
                    &Wanted::Exists,
                    Clock::Event,
                    span.clone(),
                ));
            }
            match literal(word) {
                Some(text) => Ok(asked(term, &Wanted::Words(&text))),
                None => Ok(asked(term, &Wanted::Wildcard(word, Case::Sensitive))),
            }
        }
        Value::Phrase(text, _) => Ok(asked(term, &Wanted::Phrase(text))),
        Value::Regex(source) => regex(term, source),
        Value::Range(low, high) => {
            let field = single(term, "range")?;
            let bound = |bound: &Option<(String, bool)>, shut, open| {
                let (text, included) = bound.as_ref()?;
                let op = if *included { shut } else { open };
                Some(elastic::range(field, op, text, Clock::Event, span.clone()))
            };
            let low = bound(low, Comparison::GreaterOrEqual, Comparison::Greater);
            let high = bound(high, Comparison::LessOrEqual, Comparison::Less);
            let test = Test::Exists;
            let exists = Pred::Leaf(Leaf { field, test }, span.clone());
            let bounds: Vec<_> = low.into_iter().chain(high).collect();
            Ok(if bounds.is_empty() {
                exists
            } else {
                Pred::all(bounds)
            })
        }
        Value::Compare(op, text) => {
            let field = single(term, "comparison")?;
            Ok(elastic::range(field, *op, text, Clock::Event, span.clone()))
        }
    }
}

fn literal(pieces: &[Piece]) -> Option<String> {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Char(char) => Some(*char),
            Piece::One | Piece::Many => None,
        })
        .collect()
}

/// Asks the field that is named, or each whose name fits, or any.
fn asked(term: &Term, wanted: &Wanted<'_>) -> Pred {
    let span = term.span.clone();
    let everything = matches!(wanted, Wanted::Wildcard([Piece::Many], _));
    let names = match &term.field {
        Some(name) => match literal(name) {
            Some(name) => return elastic::is(elastic::field(&name), wanted, Clock::Event, span),
            None if everything && **name == [Piece::Many] => return Pred::Const(true),
            None => Some(Pattern::new(name.iter().copied(), Case::Sensitive)),
        },
        None if everything => return Pred::Const(true),
        None => None,
    };
    let any = AnyField {
        names,
        ecs: true,
        test: elastic::test(FieldKind::Keyword, wanted),
        analysed: elastic::test(FieldKind::Text, wanted),
    };
    Pred::AnyField(any, span)
}

fn regex(term: &Term, source: &str) -> Result<Pred, CompileError> {
    let field = single(term, "regular expression")?;
    elastic::regex(field, source, Case::Sensitive, term.span.clone())
        .map_err(|error| vec![error].into())
}

/// Returns the one field that the term names.
fn single(term: &Term, what: &str) -> Result<FieldRef, CompileError> {
    let name = term.field.as_deref().and_then(literal);
    match name {
        Some(name) => Ok(elastic::field(&name)),
        None => Err(not_runnable(&format!("{what} on any field"), &term.span)),
    }
}

fn not_runnable(construct: &str, span: &Span) -> CompileError {
    let message = format!("watchglass does not run a Lucene {construct}");
    CompileError {
        diagnostics: vec![Diagnostic::error(
            "E291",
            message,
            span.clone(),
            "not runnable",
        )],
        construct: Some(construct.to_owned()),
    }
}
