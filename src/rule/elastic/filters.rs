//! Filters in Elasticsearch's query DSL beside a rule's query.
//!
//! Takes the `filters` of a rule, in the shape of Kibana's exports and in the older one without `query`; narrows its
//! query by them. A filter that watchglass does not run keeps the rule from running half.

use serde_json::Value;

use crate::lang::dsl;
use crate::lang::ir::Pred;
use crate::rule::RuleState;
use crate::rule::compile::{Compiled, state};
use crate::rule::document::{objects, text};

/// Narrows the compiled query by the rule's filters.
pub fn apply(fields: &Value, compiled: &mut Compiled) {
    let filters = objects(fields, "filters");
    if filters.is_empty() || matches!(compiled.state, RuleState::NotRunnable(_)) {
        return;
    }
    match all(&filters) {
        Ok(pred) => narrow(compiled, pred),
        Err(construct) => {
            let findings = std::mem::take(&mut compiled.findings);
            *compiled = Compiled {
                findings,
                ..Compiled::not_runnable(format!("filter {construct}"))
            };
        }
    }
}

/// Adds a condition that every event must meet as well.
pub fn narrow(compiled: &mut Compiled, pred: Pred) {
    let select = std::mem::take(&mut compiled.query.select);
    compiled.query.select = Pred::all([select, pred]);
    compiled.state = state(&compiled.query);
}

/// Returns what all of the filters that are not switched off ask of an event.
pub fn all(filters: &[&Value]) -> Result<Pred, String> {
    let parts = filters.iter().filter(|filter| !flag(filter, "disabled"));
    let parts: Result<Vec<_>, _> = parts.map(|filter| one(filter)).collect();
    parts.map(Pred::all)
}

fn flag(filter: &Value, name: &str) -> bool {
    let meta = filter.get("meta").and_then(|meta| meta.get(name));
    meta.and_then(Value::as_bool) == Some(true)
}

fn one(filter: &Value) -> Result<Pred, String> {
    let meta = filter.get("meta").unwrap_or(&Value::Null);
    let pred = if text(meta, "type").as_deref() == Some("combined") {
        let parts = objects(meta, "params");
        if text(meta, "relation").is_some_and(|relation| relation.eq_ignore_ascii_case("or")) {
            let parts = parts.into_iter().filter(|part| !flag(part, "disabled"));
            Pred::any(parts.map(one).collect::<Result<Vec<_>, _>>()?)
        } else {
            all(&parts)?
        }
    } else {
        let query = filter.get("query").filter(|query| query.is_object());
        let bare = filter.as_object().map(dsl::bare);
        dsl::compile(query.or(bare.as_ref()).unwrap_or(&Value::Null))?
    };
    Ok(if flag(filter, "negate") {
        pred.negate()
    } else {
        pred
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_shapes_say_the_same() {
        let new = json!({"meta": {"negate": true}, "query": {"exists": {"field": "a"}}});
        let old = json!({"meta": {"negate": true}, "$state": {"store": "appState"}, "exists": {"field": "a"}});
        assert_eq!(all(&[&new]), all(&[&old]));
        assert!(matches!(all(&[&new]), Ok(Pred::Not(_))));
        let off = json!({"meta": {"disabled": true}, "query": {"script": {}}});
        assert_eq!(all(&[&off]), Ok(Pred::Const(true)));
    }

    #[test]
    fn combined_filters_join_their_parts() {
        let part = |name: &str| json!({"meta": {}, "query": {"exists": {"field": name}}});
        let combined = json!({"meta": {"type": "combined", "relation": "OR", "params": [part("a"), part("b")]}});
        assert!(matches!(all(&[&combined]), Ok(Pred::Or(parts)) if parts.len() == 2));
    }
}
