use serde_json::json;

use super::*;
use crate::event::{FieldId, Value as Held};

/// Evaluates on one event whose fields are given by name.
fn holds(pred: &Pred, fields: &[(&str, Held)]) -> bool {
    let value = |name: FieldId| fields.iter().find(|(known, _)| *known == name.name());
    match pred {
        Pred::Const(value) => *value,
        Pred::And(parts) => parts.iter().all(|part| holds(part, fields)),
        Pred::Or(parts) => parts.iter().any(|part| holds(part, fields)),
        Pred::Not(inner) => !holds(inner, fields),
        Pred::Leaf(leaf, _) => leaf
            .test
            .passes(value(leaf.field.name).map(|(_, value)| value)),
        Pred::AnyField(any, _) => fields.iter().any(|(name, value)| {
            any.names.as_ref().is_none_or(|names| names.fits(name)) && any.test.passes(Some(value))
        }),
        other => panic!("{other:?}"),
    }
}

fn yes(query: &Value, name: &str, value: impl Into<Held>) -> bool {
    holds(&compile(query).unwrap(), &[(name, value.into())])
}

#[test]
fn each_kind_of_leaf() {
    for (query, inside, outside) in [
        (json!({"exists": {"field": "a"}}), "x", None),
        (json!({"term": {"a": "x"}}), "x", Some("X")),
        (
            json!({"term": {"a": {"value": "x", "case_insensitive": true, "boost": 2}}}),
            "X",
            Some("y"),
        ),
        (
            json!({"terms": {"a": ["x", 5], "boost": 1}}),
            "5",
            Some("z"),
        ),
        (
            json!({"match": {"a": {"query": "x", "type": "phrase"}}}),
            "x",
            Some("xx"),
        ),
        (json!({"match": {"a": "x"}}), "x", Some("y")),
        (json!({"match_phrase": {"a": "x y"}}), "x y", Some("y x")),
        (
            json!({"wildcard": {"a": {"value": "?:\\\\W*", "case_insensitive": true}}}),
            r"c:\win",
            Some("c:win"),
        ),
        (
            json!({"wildcard": {"a": {"wildcard": "x*"}}}),
            "xy",
            Some("yx"),
        ),
        (json!({"prefix": {"a": "x*"}}), "x*y", Some("xy")),
        (
            json!({"regexp": {"a": {"value": "x.+", "flags": "ALL"}}}),
            "xy",
            Some("x"),
        ),
        (
            json!({"range": {"a": {"gte": "b", "lt": "d"}}}),
            "c",
            Some("d"),
        ),
        (
            json!({"range": {"process.pid": {"gt": 4, "lte": 10}}}),
            "10",
            Some("4"),
        ),
        (
            json!({"multi_match": {"query": "x", "type": "phrase", "lenient": true}}),
            "x",
            Some("y"),
        ),
        (
            json!({"query_string": {"query": "a:x OR b:y", "analyze_wildcard": true}}),
            "x",
            Some("y"),
        ),
    ] {
        let name = if query.to_string().contains("process.pid") {
            "process.pid"
        } else {
            "a"
        };
        assert!(yes(&query, name, inside), "{query}");
        if let Some(outside) = outside {
            assert!(!yes(&query, name, outside), "{query}");
        }
        assert!(!holds(&compile(&query).unwrap(), &[]), "{query}");
    }
}

#[test]
fn bool_needs_one_should_unless_something_else_must() {
    let term = |value: &str| json!({"term": {"a": value}});
    let query = json!({"bool": {"should": [term("x"), term("y")], "must_not": term("y")}});
    assert!(yes(&query, "a", "x") && !yes(&query, "a", "y") && !yes(&query, "a", "z"));
    let query = json!({"bool": {"filter": [term("x")], "should": [term("y")]}});
    assert!(yes(&query, "a", "x"));
    let query =
        json!({"bool": {"filter": [term("x")], "should": [term("y")], "minimum_should_match": 1}});
    assert!(!yes(&query, "a", "x"));
    assert!(yes(&json!({"bool": {}}), "a", "x"));
}

#[test]
fn what_is_not_run_is_named() {
    for (query, named) in [
        (json!({"script": {}}), "`script`"),
        (
            json!({"bool": {"must": [{"geo_distance": {}}]}}),
            "`geo_distance`",
        ),
        (
            json!({"terms": {"a": {"index": "x"}}}),
            "`terms` that are looked up elsewhere",
        ),
        (
            json!({"match_phrase": {"a": {"query": "x", "slop": 2}}}),
            "`match_phrase` with slop",
        ),
        (
            json!({"term": {"a": 1, "b": 2}}),
            "`term` that does not name one field",
        ),
        (json!([]), "a query that is no object"),
    ] {
        assert_eq!(compile(&query), Err(named.to_owned()), "{query}");
    }
}
