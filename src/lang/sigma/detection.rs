//! Searches: the members of a `detection` section beside its condition.
//!
//! Takes one as a tree; gives a [`Search`] of items with their modifiers applied. A map wants all of its items, a list
//! any of its elements, and plain texts are keywords.

use serde_json::Value as Json;

use super::item::{Form, Item, Refusal, Value};
use super::modifier::{self, MODIFIERS};
use super::place::Cursor;
use super::placeholder::Placeholders;
use crate::lang::ir::{Case, Number};
use crate::lang::{Diagnostic, Span};
use crate::text::similar;

/// How deep lists and maps of a search may nest.
const MAX_DEPTH: usize = 32;

/// A search.
#[derive(Debug, Clone, PartialEq)]
pub enum Search {
    Any(Vec<Search>),
    All(Vec<Search>),
    Item(Item),
}

/// Reads searches and collects what is wrong with them.
pub struct Reader<'a> {
    pub cursor: Cursor<'a>,
    pub placeholders: &'a Placeholders,
    pub errors: Vec<Diagnostic>,
    /// What the rule lacks outside itself, when that is all that is wrong.
    pub construct: Option<String>,
}

impl Reader<'_> {
    /// Reads the search that stands under `name`.
    pub fn search(&mut self, name: &str, tree: &Json) -> Search {
        let span = self.cursor.key(name);
        self.tree(tree, &span, 0)
    }

    fn tree(&mut self, tree: &Json, span: &Span, depth: usize) -> Search {
        if depth > MAX_DEPTH {
            self.wrong("E610", "the search is nested too deeply", span, "in here");
            return Search::Any(Vec::new());
        }
        match tree {
            Json::Object(members) if members.is_empty() => {
                self.wrong("E610", "the search is empty", span, "nothing under this");
                Search::Any(Vec::new())
            }
            Json::Object(members) => Search::All(
                members
                    .iter()
                    .map(|(key, values)| self.item(key, values))
                    .collect(),
            ),
            Json::Array(elements) => self.list(elements, span, depth),
            plain => {
                let value = self.value(plain, span);
                Search::Item(keywords(value.into_iter().collect(), span))
            }
        }
    }

    fn list(&mut self, elements: &[Json], span: &Span, depth: usize) -> Search {
        if elements.is_empty() {
            self.wrong("E610", "the search is empty", span, "nothing under this");
        }
        let mut parts = Vec::new();
        let mut words = Vec::new();
        for element in elements {
            match element {
                Json::Object(_) | Json::Array(_) => parts.push(self.tree(element, span, depth + 1)),
                plain => words.extend(self.value(plain, span)),
            }
        }
        if !words.is_empty() {
            parts.push(Search::Item(keywords(words, span)));
        }
        Search::Any(parts)
    }

    /// Reads one member of a map: a field with modifiers, and its values.
    fn item(&mut self, key: &str, values: &Json) -> Search {
        let span = self.cursor.key(key);
        let mut parts = key.split('|');
        let field = parts.next().unwrap_or_default();
        let mut read = Vec::new();
        match values {
            Json::Array(elements) if elements.is_empty() => {
                self.wrong(
                    "E611",
                    &format!("`{field}` has no values"),
                    &span,
                    "nothing under this",
                );
            }
            Json::Array(elements) => {
                for element in elements {
                    read.extend(self.value(element, &span));
                }
            }
            single => read.extend(self.value(single, &span)),
        }
        let mut item = Item {
            field: (!field.is_empty()).then(|| field.to_owned()),
            ..keywords(read, &span)
        };
        let mut at = span.start + field.len();
        for name in parts {
            let place = at + 1..(at + 1 + name.len()).min(span.end.max(at + 1));
            at = place.end;
            self.modify(&mut item, name, &place);
        }
        Search::Item(item)
    }

    fn modify(&mut self, item: &mut Item, name: &str, place: &Span) {
        let Some(modifier) = modifier::find(name) else {
            let known = MODIFIERS.iter().map(|one| one.name);
            let help = match similar::nearest(name, known) {
                Some(known) => format!("did you mean `{known}`?"),
                None => "docs/sigma.md lists the modifiers".to_owned(),
            };
            let error = Diagnostic::error(
                "E612",
                format!("there is no modifier `{name}`"),
                place.clone(),
                "unknown",
            );
            return self.errors.push(error.help(help));
        };
        if let Err(refusal) = (modifier.apply)(item, self.placeholders) {
            self.refuse(refusal, item, place);
        }
    }

    fn refuse(&mut self, refusal: Refusal, item: &Item, place: &Span) {
        let value = refusal.value.and_then(|n| item.values.get(n));
        let span = value.map_or_else(|| place.clone(), |value| value.span.clone());
        let mut error = Diagnostic::error("E613", refusal.message, span, "here").help(refusal.help);
        if value.is_some() {
            error = error.label(place.clone(), "because of this");
        }
        self.construct = self.construct.take().or(refusal.construct);
        self.errors.push(error);
    }

    fn value(&mut self, value: &Json, key: &Span) -> Option<Value> {
        let (form, written) = match value {
            Json::String(text) => (Form::text(text), text.clone()),
            Json::Number(number) => (of_number(number), number.to_string()),
            Json::Bool(flag) => (Form::Bool(*flag), flag.to_string()),
            Json::Null => (Form::Null, "null".to_owned()),
            Json::Array(_) | Json::Object(_) => {
                self.wrong(
                    "E611",
                    "a value is a text, a number, true, false or null",
                    key,
                    "has a list or map inside",
                );
                return None;
            }
        };
        let span = self.cursor.value(&written, key);
        Some(Value {
            forms: vec![form],
            span,
        })
    }

    fn wrong(&mut self, code: &'static str, message: &str, span: &Span, label: &str) {
        self.errors
            .push(Diagnostic::error(code, message, span.clone(), label));
    }
}

fn keywords(values: Vec<Value>, span: &Span) -> Item {
    Item {
        field: None,
        values,
        all: false,
        negated: false,
        case: Case::Insensitive,
        span: span.clone(),
    }
}

fn of_number(number: &serde_json::Number) -> Form {
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => Form::Number(Number::Int(whole)),
        (None, Some(float)) if !number.is_u64() => Form::Number(Number::Float(float)),
        _ => Form::text(&number.to_string()),
    }
}
