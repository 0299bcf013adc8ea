//! Elastic's `threat_match`: an event whose fields equal those of an indicator.
//!
//! Takes the indicators and a rule's `threat_query`, `threat_filters` and `threat_mapping`; narrows the query to events
//! that match. All entries of an item must match with one and the same indicator, any item suffices.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::filters;
use crate::event::{Fields, Time};
use crate::lang::elastic::{self, Clock, Wanted};
use crate::lang::ir::test::with_text;
use crate::lang::ir::{AddressSet, Leaf, Network, Pred, Test, TextSet};
use crate::lang::{kql, lucene};
use crate::rule::RuleState;
use crate::rule::compile::Compiled;
use crate::rule::document::{objects, text};
use crate::rule::indicators::{FOLDER, Indicators};
use crate::schema::{FieldKind, FieldRef, kind};

/// Most indicators that an item of several entries is compared with, one by one.
const MAX_JOINED: usize = 10_000;

/// Narrows the compiled query to events that match an indicator.
pub fn apply(fields: &Value, indicators: &Indicators, compiled: &mut Compiled) {
    if matches!(compiled.state, RuleState::NotRunnable(_)) {
        return;
    }
    let result = chosen(fields, indicators).and_then(|chosen| mapped(fields, &chosen));
    match result {
        Ok(Some(pred)) => filters::narrow(compiled, pred),
        Ok(None) => {
            compiled.query.starved = Some(format!(
                "no indicator for it: put files of them into a directory `{FOLDER}` beside the rules, or \
                 name them in the settings (`[rules] indicators`)"
            ));
            filters::narrow(compiled, Pred::Const(false));
        }
        Err(reason) => {
            let findings = std::mem::take(&mut compiled.findings);
            *compiled = Compiled {
                findings,
                ..Compiled::not_runnable(reason)
            };
        }
    }
}

/// Returns the indicators that the rule's own query and filters let through.
fn chosen<'a>(fields: &Value, indicators: &'a Indicators) -> Result<Vec<&'a Fields>, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = Time(now.map_or(0, |now| now.as_nanos() as i64));
    let query = text(fields, "threat_query").unwrap_or_default();
    let query = match text(fields, "threat_language").as_deref() {
        Some("lucene") => lucene::compile(&query),
        _ => kql::compile_at(&query, Clock::At(now)),
    };
    let query = query.map_err(|error| format!("threat_query: {}", error.reason()))?;
    let narrowed = filters::all(&objects(fields, "threat_filters"))
        .map_err(|construct| format!("threat filter {construct}"))?;
    let select = Pred::all([query.select, narrowed]);
    Ok(indicators
        .all
        .iter()
        .filter(|one| holds(&select, one))
        .collect())
}

/// Evaluates on an indicator, which is no event.
fn holds(pred: &Pred, fields: &Fields) -> bool {
    match pred {
        Pred::Const(value) => *value,
        Pred::And(parts) => parts.iter().all(|part| holds(part, fields)),
        Pred::Or(parts) => parts.iter().any(|part| holds(part, fields)),
        Pred::Not(inner) => !holds(inner, fields),
        Pred::Leaf(leaf, _) => leaf.test.passes(fields.get(leaf.field.name)),
        Pred::AnyField(any, _) => fields.iter().any(|(name, value)| {
            let names = any.names.as_ref();
            names.is_none_or(|names| names.fits(name.name())) && any.test.passes(Some(value))
        }),
        Pred::Nested(..) | Pred::Member(..) | Pred::Truth(..) => false,
    }
}

struct Entry {
    field: FieldRef,
    /// The indicator's field.
    value: String,
    negated: bool,
}

/// Returns the condition over all items; `None` when no indicator has a value for any.
fn mapped(fields: &Value, indicators: &[&Fields]) -> Result<Option<Pred>, String> {
    let mut items = Vec::new();
    for item in objects(fields, "threat_mapping") {
        let entries: Option<Vec<_>> = objects(item, "entries").into_iter().map(entry).collect();
        let entries = entries.ok_or("a `threat_mapping` that names no field or value")?;
        items.extend(match entries.as_slice() {
            [] => None,
            [single] if !single.negated => equal_to_any(single, indicators),
            several => equal_to_one(several, indicators)?,
        });
    }
    Ok((!items.is_empty()).then(|| Pred::any(items)))
}

fn entry(entry: &Value) -> Option<Entry> {
    Some(Entry {
        field: elastic::field(&text(entry, "field")?),
        value: text(entry, "value")?,
        negated: entry.get("negate").and_then(Value::as_bool) == Some(true),
    })
}

/// Returns each value that an indicator has, as text.
fn values(indicator: &Fields, name: &str) -> Vec<String> {
    let elements = indicator
        .named(name)
        .into_iter()
        .flat_map(|value| value.elements());
    elements
        .filter_map(|element| with_text(element, str::to_owned))
        .collect()
}

fn equal_to_any(entry: &Entry, indicators: &[&Fields]) -> Option<Pred> {
    let values: Vec<String> = indicators
        .iter()
        .flat_map(|one| values(one, &entry.value))
        .collect();
    if values.is_empty() {
        return None;
    }
    let field = entry.field;
    let test = match kind(field.name) {
        FieldKind::Ip => {
            let networks = values.iter().filter_map(|text| Network::parse(text));
            Test::Addresses(AddressSet::new(networks, []))
        }
        FieldKind::Text | FieldKind::Number | FieldKind::Date => {
            let each = values
                .iter()
                .map(|value| elastic::is(field, &Wanted::Phrase(value), Clock::Event, 0..0));
            return Some(Pred::any(each));
        }
        _ => Test::OneOf(TextSet::new(values.into_iter().map(Box::from))),
    };
    Some(Pred::Leaf(Leaf { field, test }, 0..0))
}

/// Entries that one indicator must satisfy together; an indicator without one of the values satisfies nothing.
fn equal_to_one(entries: &[Entry], indicators: &[&Fields]) -> Result<Option<Pred>, String> {
    let mut found = Vec::new();
    for indicator in indicators {
        let parts: Option<Vec<Pred>> = entries
            .iter()
            .map(|entry| {
                let values = values(indicator, &entry.value);
                let each = values.iter().map(|value| {
                    elastic::is(entry.field, &Wanted::Phrase(value), Clock::Event, 0..0)
                });
                let pred = Pred::any(each);
                let pred = if entry.negated { pred.negate() } else { pred };
                (!values.is_empty()).then_some(pred)
            })
            .collect();
        found.extend(parts.map(Pred::all));
        if found.len() > MAX_JOINED {
            return Err(format!(
                "a mapping of several fields over more than {MAX_JOINED} indicators"
            ));
        }
    }
    Ok((!found.is_empty()).then(|| Pred::any(found)))
}
