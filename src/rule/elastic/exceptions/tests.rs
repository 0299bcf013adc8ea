use serde_json::json;

use super::super::from_export;
use super::*;
use crate::event::Value as Held;
use crate::rule::Rule;

fn rule(documents: &[Value], folder: &Path) -> Rule {
    let lists = Lists::of(documents);
    let path = folder.join("export.ndjson");
    let companions = super::super::Companions {
        lists,
        ..super::super::Companions::default()
    };
    from_export(&documents[0], &path, &Arc::from(""), &companions)
}

fn selects(rule: &Rule, fields: &[(&str, &str)]) -> bool {
    fn holds(pred: &Pred, fields: &[(&str, &str)]) -> bool {
        match pred {
            Pred::Const(value) => *value,
            Pred::And(parts) => parts.iter().all(|part| holds(part, fields)),
            Pred::Or(parts) => parts.iter().any(|part| holds(part, fields)),
            Pred::Not(inner) => !holds(inner, fields),
            Pred::Leaf(leaf, _) => {
                let value = fields
                    .iter()
                    .find(|(name, _)| *name == leaf.field.name.name());
                leaf.test
                    .passes(value.map(|(_, value)| Held::from(*value)).as_ref())
            }
            other => panic!("{other:?}"),
        }
    }
    holds(&rule.query.select, fields)
}

fn excepted(entries: &Value) -> Vec<Value> {
    vec![
        json!({"name": "r", "rule_id": "r", "type": "query", "language": "kuery", "query": "event.code: 1",
               "exceptions_list": [{"id": "1", "list_id": "l", "type": "rule_default", "namespace_type": "single"}]}),
        json!({"list_id": "l", "name": "Exceptions of r", "type": "rule_default"}),
        json!({"list_id": "l", "item_id": "i", "type": "simple", "name": "mine", "entries": entries}),
        json!({"list_id": "other", "item_id": "j", "type": "simple", "name": "foreign",
               "entries": [{"field": "event.code", "type": "exists", "operator": "included"}]}),
    ]
}

#[test]
fn each_type_of_entry_excepts() {
    let here = Path::new("");
    let entry = |kind: &str, operator: &str, value: Value| json!([{"field": "user.name", "type": kind, "operator": operator, "value": value}]);
    for (entries, name, fires) in [
        (entry("match", "included", json!("ann")), "ann", false),
        (entry("match", "included", json!("ann")), "ANN", true),
        (entry("match", "excluded", json!("ann")), "bob", false),
        (
            entry("match_any", "included", json!(["ann", "bob"])),
            "bob",
            false,
        ),
        (
            entry("match_any", "excluded", json!(["ann", "bob"])),
            "bob",
            true,
        ),
        (entry("exists", "included", json!(null)), "x", false),
        (entry("exists", "excluded", json!(null)), "x", true),
        (entry("wildcard", "included", json!("a?n*")), "annie", false),
        (entry("wildcard", "included", json!("a?n*")), "bannie", true),
    ] {
        let rule = rule(&excepted(&entries), here);
        assert!(rule.findings.is_empty(), "{:?}", rule.findings);
        let found = selects(&rule, &[("event.code", "1"), ("user.name", name)]);
        assert_eq!(found, fires, "{entries} {name}");
    }
}

#[test]
fn all_entries_of_an_item_must_hold_and_an_expired_item_does_not_count() {
    let entries = json!([
        {"field": "user.name", "type": "match", "operator": "included", "value": "ann"},
        {"field": "process.name", "type": "match", "operator": "included", "value": "a.exe"},
    ]);
    let mut documents = excepted(&entries);
    let both = [
        ("event.code", "1"),
        ("user.name", "ann"),
        ("process.name", "a.exe"),
    ];
    let rule = |documents: &[Value]| rule(documents, Path::new(""));
    assert!(!selects(&rule(&documents), &both));
    assert!(selects(&rule(&documents), &both[..2]));
    documents[2]["expire_time"] = "2020-01-01T00:00:00Z".into();
    assert!(selects(&rule(&documents), &both));
    documents[2]["expire_time"] = "2999-01-01T00:00:00Z".into();
    assert!(!selects(&rule(&documents), &both));
}

#[test]
fn value_lists_stand_in_the_export_or_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let entries = json!([{"field": "source.ip", "type": "list", "operator": "included",
                          "list": {"id": "scanners.txt", "type": "ip_range"}}]);
    let mut documents = excepted(&entries);
    let fires = |rule: &Rule, ip: &str| selects(rule, &[("event.code", "1"), ("source.ip", ip)]);
    let without = rule(&documents, home.path());
    assert_eq!(without.findings.len(), 1);
    assert_eq!(without.findings[0].diagnostic.code, "R211");
    assert!(fires(&without, "10.0.0.1"));
    std::fs::write(
        home.path().join("scanners.txt"),
        "10.0.0.1-10.0.0.9\n192.168.0.0/16\n",
    )
    .unwrap();
    let beside = rule(&documents, home.path());
    assert!(!fires(&beside, "10.0.0.5") && !fires(&beside, "192.168.7.7"));
    assert!(fires(&beside, "10.0.0.10"));
    documents.push(json!({"list_id": "scanners.txt", "value": "10.9.9.9", "type": "ip"}));
    let inside = rule(&documents, home.path());
    assert!(!fires(&inside, "10.9.9.9") && fires(&inside, "10.0.0.5"));
}

#[test]
fn a_list_that_is_elsewhere_is_named() {
    let documents = &excepted(&json!([]))[..1];
    let rule = rule(documents, Path::new(""));
    let shown = rule
        .annotations
        .iter()
        .find(|(name, _)| name.starts_with("Exceptions"));
    assert_eq!(shown.unwrap().1, ["l"]);
}

#[test]
fn exceptions_that_apply_are_named() {
    let mut documents = excepted(
        &json!([{"field": "user.name", "type": "match", "operator": "included",
                                          "value": "ann"}]),
    );
    documents[2]["name"] = "what ann does".into();
    let named = |documents: &[Value]| {
        let annotations = rule(documents, Path::new("")).annotations;
        annotations
            .into_iter()
            .find(|(kind, _)| kind == "Exceptions")
    };
    assert_eq!(named(&documents).unwrap().1, ["what ann does"]);
    documents[2]["expire_time"] = "2020-01-01T00:00:00Z".into();
    assert_eq!(named(&documents), None);
}
