//! The tree becomes IR; how a value is compared depends on the kind of its field.

use super::tree::{Literal, Node, Part, Values};
use crate::lang::elastic::{self, Clock, Wanted};
use crate::lang::ir::pattern::Piece;
use crate::lang::ir::{AnyField, Case, Comparison, Nested, Pattern, Pred};
use crate::lang::{CompileError, Diagnostic, Query, Span};
use crate::schema::FieldKind;

/// Lowers a query.
pub fn lower(node: &Node, clock: Clock) -> Result<Query, CompileError> {
    let lowering = Lowering {
        clock,
        path: String::new(),
    };
    Ok(Query {
        select: lowering.condition(node)?,
        ..Query::default()
    })
}

struct Lowering {
    clock: Clock,
    /// What stands ahead of the names inside `path: { ... }`, its dot included.
    path: String,
}

impl Lowering {
    fn condition(&self, node: &Node) -> Result<Pred, CompileError> {
        let all = |parts: &[Node]| {
            let each = parts.iter().map(|part| self.condition(part));
            each.collect::<Result<Vec<_>, _>>()
        };
        match node {
            Node::Everything => Ok(Pred::Const(true)),
            Node::Or(parts) => Ok(Pred::any(all(parts)?)),
            Node::And(parts) => Ok(Pred::all(all(parts)?)),
            Node::Not(inner) => Ok(self.condition(inner)?.negate()),
            Node::Is { field, values } => Ok(self.of_values(field.as_ref(), values)),
            Node::Range { field, op, value } => self.range(field, *op, value),
            Node::Nested { field, query } => self.nested(field, query),
        }
    }

    /// The names inside are relative to the path, as in Kibana.
    fn nested(&self, field: &Literal, query: &Node) -> Result<Pred, CompileError> {
        let Some(name) = field.text() else {
            return Err(one_field("a nested query", field));
        };
        let path = format!("{}{name}", self.path);
        let inside = Self {
            clock: self.clock,
            path: format!("{path}."),
        };
        let nested = Nested {
            path: elastic::field(&path),
            inner: Box::new(inside.condition(query)?),
        };
        Ok(Pred::Nested(nested, field.span.clone()))
    }

    fn of_values(&self, field: Option<&Literal>, values: &Values) -> Pred {
        let each = |parts: &[Values]| {
            let each = parts.iter().map(|part| self.of_values(field, part));
            each.collect::<Vec<_>>()
        };
        match values {
            Values::One(value) => self.is(field, value),
            Values::Or(parts) => Pred::any(each(parts)),
            Values::And(parts) => Pred::all(each(parts)),
            Values::Not(inner) => self.of_values(field, inner).negate(),
        }
    }

    fn is(&self, field: Option<&Literal>, value: &Literal) -> Pred {
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
            let names = self
                .path
                .chars()
                .map(Piece::Char)
                .chain(pieces(&field.parts));
            return any_field(Some(Pattern::new(names, Case::Sensitive)), value, span);
        };
        let field = elastic::field(&format!("{}{name}", self.path));
        wanted(value, |wanted| elastic::is(field, wanted, self.clock, span))
    }

    fn range(
        &self,
        field: &Literal,
        op: Comparison,
        value: &Literal,
    ) -> Result<Pred, CompileError> {
        let span = field.span.start..value.span.end;
        let (Some(name), Some(text)) = (field.text(), value.text()) else {
            let at = if field.text().is_none() { field } else { value };
            return Err(one_field("a range", at));
        };
        let field = elastic::field(&format!("{}{name}", self.path));
        Ok(elastic::range(field, op, text, self.clock, span))
    }
}

fn one_field(what: &str, at: &Literal) -> CompileError {
    let error = Diagnostic::error(
        "E205",
        format!("{what} takes no wildcard"),
        at.span.clone(),
        "has a `*`",
    );
    vec![error.help("name one field and one value")].into()
}

/// Calls `see` with what the literal asks for: quoted a phrase, unquoted any of its words, with `*` a pattern.
fn wanted<R>(value: &Literal, see: impl FnOnce(&Wanted<'_>) -> R) -> R {
    if value.is_any() {
        return see(&Wanted::Exists);
    }
    match value.text() {
        Some(text) if value.quoted => see(&Wanted::Phrase(text)),
        Some(text) => see(&Wanted::Words(text)),
        None => {
            let pieces: Vec<_> = pieces(&value.parts).collect();
            see(&Wanted::Wildcard(&pieces, Case::Sensitive))
        }
    }
}

fn any_field(names: Option<Pattern>, value: &Literal, span: Span) -> Pred {
    let any = wanted(value, |wanted| AnyField {
        names,
        ecs: true,
        test: elastic::test(FieldKind::Keyword, wanted),
        analysed: elastic::test(FieldKind::Text, wanted),
    });
    Pred::AnyField(any, span)
}

fn pieces(parts: &[Part]) -> impl Iterator<Item = Piece> + '_ {
    parts.iter().flat_map(|part| match part {
        Part::Any => vec![Piece::Many],
        Part::Text(text) => text.chars().map(Piece::Char).collect(),
    })
}
