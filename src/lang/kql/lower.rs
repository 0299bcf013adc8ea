//! The tree becomes IR; how a value is compared depends on the kind of its field.

use super::tree::{Literal, Node, Part, Values};
use crate::event::FieldId;
use crate::lang::ir::pattern::Piece;
use crate::lang::ir::test::parse_time;
use crate::lang::ir::{
    AnyField, Case, Comparison, Leaf, Network, Number, Pattern, Pred, Test, Tokens,
};
use crate::lang::{CompileError, Diagnostic, Query, Span};
use crate::schema::{self, FieldKind, FieldRef, Vocabulary};

/// Lowers a query.
pub fn lower(node: &Node) -> Result<Query, CompileError> {
    Ok(Query {
        select: condition(node)?,
        ..Query::default()
    })
}

fn condition(node: &Node) -> Result<Pred, CompileError> {
    let all = |parts: &[Node]| parts.iter().map(condition).collect::<Result<Vec<_>, _>>();
    match node {
        Node::Everything => Ok(Pred::Const(true)),
        Node::Or(parts) => Ok(Pred::any(all(parts)?)),
        Node::And(parts) => Ok(Pred::all(all(parts)?)),
        Node::Not(inner) => Ok(condition(inner)?.negate()),
        Node::Is { field, values } => Ok(of_values(field.as_ref(), values)),
        Node::Range { field, op, value } => range(field, *op, value),
        Node::Nested { field, .. } => Err(not_runnable("nested query", &field.span)),
    }
}

fn not_runnable(construct: &str, span: &Span) -> CompileError {
    let message = format!("watchglass does not run a KQL {construct} yet");
    CompileError {
        diagnostics: vec![Diagnostic::error(
            "E290",
            message,
            span.clone(),
            "not runnable",
        )],
        construct: Some(construct.to_owned()),
    }
}

fn of_values(field: Option<&Literal>, values: &Values) -> Pred {
    let each = |parts: &[Values]| {
        parts
            .iter()
            .map(|part| of_values(field, part))
            .collect::<Vec<_>>()
    };
    match values {
        Values::One(value) => is(field, value),
        Values::Or(parts) => Pred::any(each(parts)),
        Values::And(parts) => Pred::all(each(parts)),
        Values::Not(inner) => of_values(field, inner).negate(),
    }
}

fn is(field: Option<&Literal>, value: &Literal) -> Pred {
    let Some(field) = field else {
        return if value.is_any() {
            Pred::Const(true)
        } else {
            any_field(None, value, value.span.clone())
        };
    };
    let span = field.span.start..value.span.end.max(field.span.end);
    let Some(name) = field.text() else {
        if field.is_any() && value.is_any() {
            return Pred::Const(true);
        }
        return any_field(Some(pattern(field, Case::Sensitive)), value, span);
    };
    let name = FieldId::of(name);
    Pred::Leaf(leaf(name, test(schema::kind(name), value)), span)
}

const fn leaf(name: FieldId, test: Test) -> Leaf {
    let vocabulary = Vocabulary::Ecs;
    Leaf {
        field: FieldRef { vocabulary, name },
        test,
    }
}

fn any_field(names: Option<Pattern>, value: &Literal, span: Span) -> Pred {
    let any = AnyField {
        names,
        ecs: true,
        test: test(FieldKind::Keyword, value),
        analysed: test(FieldKind::Text, value),
    };
    Pred::AnyField(any, span)
}

fn test(kind: FieldKind, value: &Literal) -> Test {
    if value.is_any() {
        return Test::Exists;
    }
    let Some(text) = value.text() else {
        return match kind {
            FieldKind::Text => words(value),
            _ => Test::Wildcard(pattern(value, Case::Sensitive)),
        };
    };
    let typed = match kind {
        FieldKind::Text if value.quoted => {
            Some(Test::Tokens(Tokens::Phrase(Tokens::split(text).collect())))
        }
        FieldKind::Text => Some(Test::Tokens(Tokens::Any(Tokens::split(text).collect()))),
        FieldKind::Ip => Network::parse(text).map(Test::Network),
        FieldKind::Number => Number::parse(text).map(|n| Test::Number(Comparison::Equal, n)),
        FieldKind::Date => parse_time(text).map(|time| Test::Time(Comparison::Equal, time)),
        FieldKind::Boolean | FieldKind::Caseless => {
            let text = text.to_ascii_lowercase();
            Some(Test::Text(text.into(), Case::Insensitive))
        }
        FieldKind::Keyword | FieldKind::Wildcard => None,
    };
    typed.unwrap_or_else(|| Test::Text(text.into(), Case::Sensitive))
}

fn pieces(parts: &[Part]) -> impl Iterator<Item = Piece> + '_ {
    parts.iter().flat_map(|part| match part {
        Part::Any => vec![Piece::Many],
        Part::Text(text) => text.chars().map(Piece::Char).collect(),
    })
}

fn pattern(literal: &Literal, case: Case) -> Pattern {
    Pattern::new(pieces(&literal.parts), case)
}

/// A value with `*` on analysed text: any of its words, each against each token.
fn words(value: &Literal) -> Test {
    let all: Vec<Piece> = pieces(&value.parts).collect();
    let space = |piece: &Piece| matches!(piece, Piece::Char(char) if char.is_whitespace());
    let words = all.split(space).filter(|word| !word.is_empty());
    let tests = words.map(|word| {
        let pattern = Pattern::new(word.iter().copied(), Case::Insensitive);
        Test::Tokens(Tokens::Fits(pattern))
    });
    Test::AnyOf(tests.collect())
}

fn range(field: &Literal, op: Comparison, value: &Literal) -> Result<Pred, CompileError> {
    let span = field.span.start..value.span.end;
    let (Some(name), Some(text)) = (field.text(), value.text()) else {
        let at = if field.text().is_none() { field } else { value };
        let error = Diagnostic::error(
            "E205",
            "a range takes no wildcard",
            at.span.clone(),
            "has a `*`",
        )
        .help("name one field and one value");
        return Err(vec![error].into());
    };
    let date_math = ["now-", "now+", "now/"]
        .iter()
        .any(|math| text.starts_with(math));
    if text == "now" || date_math || text.contains("||") {
        return Err(not_runnable("date math", &value.span));
    }
    let name = FieldId::of(name);
    let test = match schema::kind(name) {
        FieldKind::Date => parse_time(text).map(|time| Test::Time(op, time)),
        FieldKind::Number => Number::parse(text).map(|number| Test::Number(op, number)),
        _ => None,
    };
    let test = test.unwrap_or_else(|| Test::TextOrder(op, text.into(), Case::Sensitive));
    Ok(Pred::Leaf(leaf(name, test), span))
}
