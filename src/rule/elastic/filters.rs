//! Filters in Elasticsearch's query DSL beside a rule's query.
//!
//! Takes the `filters` of a rule; narrows its query by them. Each filter that rules carry says what an EQL predicate
//! says, so it is written as one and compiled; one that does not keeps the rule from running half.

use serde_json::Value;

use crate::lang::eql;
use crate::lang::ir::Pred;
use crate::rule::compile::{Compiled, state};
use crate::rule::{RuleState, document};

/// Narrows the compiled query by the rule's filters.
pub fn apply(fields: &Value, compiled: &mut Compiled) {
    let filters: Vec<_> = document::objects(fields, "filters")
        .into_iter()
        .filter(|filter| enabled(filter))
        .collect();
    if filters.is_empty() || matches!(compiled.state, RuleState::NotRunnable(_)) {
        return;
    }
    let mut parts = vec![std::mem::take(&mut compiled.query.select)];
    for filter in filters {
        match predicate(filter) {
            Some(pred) if negated(filter) => parts.push(pred.negate()),
            Some(pred) => parts.push(pred),
            None => {
                let kind = kind(filter);
                let findings = std::mem::take(&mut compiled.findings);
                *compiled = Compiled {
                    findings,
                    ..Compiled::not_runnable(format!("filter `{kind}`"))
                };
                return;
            }
        }
    }
    compiled.query.select = Pred::all(parts);
    compiled.state = state(&compiled.query);
}

fn enabled(filter: &Value) -> bool {
    filter.pointer("/meta/disabled").and_then(Value::as_bool) != Some(true)
}

fn negated(filter: &Value) -> bool {
    filter.pointer("/meta/negate").and_then(Value::as_bool) == Some(true)
}

fn kind(filter: &Value) -> String {
    let query = filter.get("query").and_then(Value::as_object);
    query
        .and_then(|query| query.keys().next())
        .map_or_else(|| "unknown".to_owned(), Clone::clone)
}

/// Returns what one filter asks of an event, before its negation.
fn predicate(filter: &Value) -> Option<Pred> {
    let query = filter.get("query")?.as_object()?;
    let (kind, body) = query.iter().next()?;
    let text = match kind.as_str() {
        "exists" => format!("any where ?{} != null", name(body.get("field")?.as_str()?)?),
        "wildcard" => {
            let (field, value) = body.as_object()?.iter().next()?;
            let pattern = value
                .get("value")
                .or(value.get("wildcard"))
                .unwrap_or(value)
                .as_str()?;
            let relaxed = value.get("case_insensitive").and_then(Value::as_bool) == Some(true);
            let operator = if relaxed { ":" } else { "like" };
            format!(
                "any where ?{} {operator} {}",
                name(field)?,
                quoted(&unescape(pattern)?)?
            )
        }
        "match_phrase" | "term" => {
            let (field, value) = body.as_object()?.iter().next()?;
            let value = value.get("query").or(value.get("value")).unwrap_or(value);
            format!(
                "any where ?{} == {}",
                name(field)?,
                quoted(value.as_str()?)?
            )
        }
        _ => return None,
    };
    eql::compile(&text).ok().map(|query| query.select)
}

fn name(field: &str) -> Option<&str> {
    let plain = |c: char| c.is_alphanumeric() || "._@-".contains(c);
    (!field.is_empty() && field.chars().all(plain)).then_some(field)
}

/// Undoes the escapes of a wildcard query: a backslash makes the next character literal, as Elasticsearch reads it.
/// `None` for a literal `*` or `?`, which EQL cannot write.
fn unescape(pattern: &str) -> Option<String> {
    let mut text = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        match (char, char == '\\') {
            (_, true) => match chars.next()? {
                '*' | '?' => return None,
                literal => text.push(literal),
            },
            (plain, false) => text.push(plain),
        }
    }
    Some(text)
}

/// Writes a value as an EQL string.
fn quoted(value: &str) -> Option<String> {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    (!value.contains(['\n', '\r'])).then(|| format!("\"{escaped}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_makes_the_next_character_literal() {
        assert_eq!(
            unescape(r"?:\\Windows\\*").as_deref(),
            Some(r"?:\Windows\*")
        );
        assert_eq!(unescape(r"\P").as_deref(), Some("P"));
        assert_eq!(unescape(r"a\*"), None);
    }
}
