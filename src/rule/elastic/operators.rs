//! What a rule's type and its suppression make of several events.
//!
//! Takes a rule's `threshold`, `new_terms` and `alert_suppression`, as the rules' repository and Kibana's exports spell
//! them; gives the compiled query its operator, or the reason why the rule does not run.

use serde_json::Value;

use crate::lang::ir::Stateful;
use crate::lang::ir::stateful::{NewTerms, Suppress, Threshold};
use crate::rule::compile::{Compiled, state};
use crate::rule::document::{list, number, objects, text};
use crate::rule::pivot::{duration, relative};
use crate::rule::{RuleState, Schedule};
use crate::schema::{FieldRef, Vocabulary, resolve};

const SECOND: i64 = 1_000_000_000;

/// Adds the operator of the rule's type and its suppression.
pub fn apply(fields: &Value, schedule: Schedule, compiled: &mut Compiled) {
    if matches!(compiled.state, RuleState::NotRunnable(_)) {
        return;
    }
    let operator = match text(fields, "type").as_deref() {
        Some("threshold") => threshold(fields, schedule).map(Some),
        Some("new_terms") => new_terms(fields).map(Some),
        _ => Ok(compiled.query.stateful.take().map(|operator| *operator)),
    };
    match operator.and_then(|operator| suppressed(fields, schedule, operator)) {
        Ok(operator) => {
            compiled.query.stateful = operator.map(Box::new);
            if compiled.query.stateful.is_some() {
                compiled.state = state(&compiled.query);
            }
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

fn ecs(name: &str) -> FieldRef {
    resolve(Vocabulary::Ecs, name)
}

/// A window is what one run of the rule looks back, at least the time between two runs.
fn threshold(fields: &Value, schedule: Schedule) -> Result<Stateful, String> {
    let Some(table) = fields.get("threshold").filter(|table| table.is_object()) else {
        return Err("a threshold rule without a `threshold`".to_owned());
    };
    let count = number(table, "value").filter(|count| *count >= 1.0);
    let Some(count) = count else {
        return Err("a threshold without a `value` of at least 1".to_owned());
    };
    let mut distinct = Vec::new();
    for entry in objects(table, "cardinality") {
        match (text(entry, "field"), number(entry, "value")) {
            (Some(field), Some(value)) if value >= 1.0 => {
                distinct.push((ecs(&field), value as u64));
            }
            // An empty table is how Kibana writes that there is none.
            (None, None) => {}
            _ => return Err("a `cardinality` without a field or a value".to_owned()),
        }
    }
    Ok(Stateful::Threshold(Threshold {
        by: list(table, "field").iter().map(|name| ecs(name)).collect(),
        count: count as u64,
        distinct,
        window: i64::from(schedule.lookback.max(schedule.interval)) * SECOND,
        suppress: None,
    }))
}

/// Most fields of a combination, as in Kibana.
const MAX_FIELDS: usize = 3;

fn new_terms(fields: &Value) -> Result<Stateful, String> {
    let table = fields.get("new_terms").unwrap_or(fields);
    let mut names = list(table, "value");
    if names.is_empty() {
        names = list(fields, "new_terms_fields");
    }
    let start = objects(table, "history_window_start")
        .into_iter()
        .find_map(|entry| text(entry, "value"))
        .or_else(|| text(fields, "history_window_start"));
    if names.is_empty() || names.len() > MAX_FIELDS {
        return Err(format!(
            "new_terms over {} fields (1 to {MAX_FIELDS} are possible)",
            names.len()
        ));
    }
    let window = start.as_deref().and_then(relative).filter(|back| *back < 0);
    let Some(window) = window else {
        return Err("a `history_window_start` that is not `now-` and a length of time".to_owned());
    };
    Ok(Stateful::NewTerms(NewTerms {
        fields: names.iter().map(|name| ecs(name)).collect(),
        window: i64::from(window.unsigned_abs()) * SECOND,
    }))
}

/// Puts the rule's suppression around what it finds.
fn suppressed(
    fields: &Value,
    schedule: Schedule,
    inner: Option<Stateful>,
) -> Result<Option<Stateful>, String> {
    let Some(table) = fields
        .get("alert_suppression")
        .filter(|table| table.is_object())
    else {
        return Ok(inner);
    };
    let seconds = match table.get("duration").filter(|length| length.is_object()) {
        // Without a duration, what one run finds is suppressed.
        None => schedule.interval,
        Some(length) => {
            let count = text(length, "value").unwrap_or_default();
            let unit = text(length, "unit").unwrap_or_default();
            let Some(seconds) = duration(&format!("{count}{unit}")) else {
                return Err(format!("suppression for `{count}{unit}`"));
            };
            seconds
        }
    };
    let duration = i64::from(seconds) * SECOND;
    // A threshold is suppressed by the fields that it groups by.
    if let Some(Stateful::Threshold(threshold)) = inner {
        return Ok(Some(Stateful::Threshold(Threshold {
            suppress: Some(duration),
            ..threshold
        })));
    }
    let by: Vec<_> = list(table, "group_by")
        .iter()
        .map(|name| ecs(name))
        .collect();
    if by.is_empty() {
        return Err("suppression without `group_by`".to_owned());
    }
    let strategy = text(table, "missing_fields_strategy");
    Ok(Some(Stateful::Suppress(Suppress {
        each: inner.is_none(),
        inner: inner.map(Box::new),
        by,
        duration,
        missing: strategy.as_deref() != Some("doNotSuppress"),
    })))
}
