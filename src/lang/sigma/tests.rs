use serde_json::Value;

use super::{Placeholders, Source, Text, compile};
use crate::lang::diagnostic::Level;
use crate::lang::ir::{Lists, Pred, Test};
use crate::lang::{CompileError, Query};
use crate::schema::logsource::Logsource;

/// Compiles a `detection` section of `category: process_creation`.
fn with(text: &str, placeholders: &Placeholders) -> Result<Query, CompileError> {
    let tree: Value = serde_saphyr::from_str(text).unwrap();
    let logsource = Logsource {
        product: Some("windows".to_owned()),
        category: Some("process_creation".to_owned()),
        service: None,
    };
    compile(&Source {
        logsource: &logsource,
        detection: &tree["detection"],
        text: Text {
            whole: text,
            start: 0,
        },
        placeholders,
    })
}

fn query(text: &str) -> Query {
    with(text, &Placeholders::default()).unwrap()
}

/// What is wrong: code, the text under the caret, the help.
fn wrong(text: &str) -> Vec<(&'static str, String, String)> {
    let error = with(text, &Placeholders::default()).unwrap_err();
    let shown = |one: &crate::lang::Diagnostic| {
        let span = one.labels[0].span.clone();
        (
            one.code,
            text[span].to_owned(),
            one.help.clone().unwrap_or_default(),
        )
    };
    error.diagnostics.iter().map(shown).collect()
}

fn spans(query: &mut Query, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    query
        .select
        .spans(&mut |span| found.push(text[span.clone()].to_owned()));
    found.retain(|text| !text.is_empty());
    found
}

#[test]
fn spans_of_values_point_into_the_section() {
    let text = "detection:\n    sel:\n        Image|endswith:\n            - '\\a.exe'\n            - \\b.exe\n        CommandLine|contains|all:\n            - ' -x '\n            - it''s\n    condition: sel\n";
    let text = text.replace("it''s", "'it''s'");
    assert_eq!(
        spans(&mut query(&text), &text),
        [r"\a.exe", r"\b.exe", " -x ", "it''s"]
    );
}

#[test]
fn every_mistake_is_found_at_its_place() {
    let text = "detection:\n    sel:\n        Image|endswiht: a\n        CommandLine|re: '(x'\n        User|cidr: nowhere\n    condition: sel and filtre or 1 of none_*\n    filter:\n        Image: b\n";
    let found = wrong(text);
    let shown: Vec<_> = found
        .iter()
        .map(|(code, at, help)| (*code, at.as_str(), help.as_str()))
        .collect();
    assert_eq!(shown.len(), 5, "{shown:?}");
    assert!(shown.contains(&("E612", "endswiht", "did you mean `endswith`?")));
    assert!(shown.contains(&("E604", "filtre", "did you mean `filter`?")));
    assert!(
        shown
            .iter()
            .any(|(code, at, _)| (*code, *at) == ("E615", "(x"))
    );
    assert!(
        shown
            .iter()
            .any(|(code, at, _)| (*code, *at) == ("E613", "nowhere"))
    );
    assert!(
        shown
            .iter()
            .any(|(code, at, _)| (*code, *at) == ("E605", "none_*"))
    );
}

#[test]
fn a_section_needs_a_condition_and_searches_something_in_them() {
    assert_eq!(wrong("detection:\n    a: {Image: b}\n")[0].0, "E610");
    assert_eq!(
        wrong("detection:\n    a: {}\n    condition: a\n")[0].0,
        "E610"
    );
    assert_eq!(
        wrong("detection:\n    a: {Image: []}\n    condition: a\n")[0].0,
        "E611"
    );
    assert_eq!(
        wrong("detection:\n    a: {Image: [{b: c}]}\n    condition: a\n")[0].0,
        "E611"
    );
    assert_eq!(
        wrong("detection:\n    a: [null]\n    condition: a\n")[0].0,
        "E614"
    );
}

#[test]
fn slips_are_warned_of() {
    let text = "detection:\n    sel:\n        Commandline|contains: a\n    other:\n        Image: b\n    _kept: {Image: c}\n    condition: sel\n";
    let query = query(text);
    assert!(query.warnings.iter().all(|one| one.level == Level::Warning));
    let codes: Vec<_> = query.warnings.iter().map(|one| one.code).collect();
    assert_eq!(codes, ["E621", "E620"]);
    assert_eq!(
        query.warnings[0].help.as_deref(),
        Some("did you mean `CommandLine`?")
    );
    assert_eq!(&text[query.warnings[1].labels[0].span.clone()], "other");
}

#[test]
fn a_rule_without_its_placeholders_is_rejected_by_name() {
    let text =
        "detection:\n    sel:\n        User|expand: '%Administrators%'\n    condition: sel\n";
    let error = with(text, &Placeholders::default()).unwrap_err();
    assert_eq!(
        error.construct.as_deref(),
        Some("placeholder %Administrators%")
    );
    let mut known = Placeholders::default();
    known.add("administrators", ["adm_*".to_owned()]);
    assert!(with(text, &known).is_ok());
}

#[test]
fn conditions_in_a_list_are_alternatives() {
    let text = "detection:\n    a: {Image: x}\n    b: {Image: y}\n    condition:\n        - a\n        - b\n";
    let text_of = |query: &Query| format!("{:?}", query.select);
    let listed = text_of(&query(text));
    let joined = text_of(&query(
        &text.replace("condition:\n        - a\n        - b", "condition: a or b"),
    ));
    let bare = |text: &str| {
        regex::Regex::new(r"\d+\.\.\d+")
            .unwrap()
            .replace_all(text, "")
            .into_owned()
    };
    assert_eq!(bare(&listed), bare(&joined));
}

#[test]
fn what_modifiers_lower_to() {
    let lowered = |line: &str| {
        let text = format!("detection:\n    a:\n        {line}\n    condition: a\n");
        match query(&text).select {
            Pred::And(parts) => parts.last().unwrap().clone(),
            other => panic!("{other:?}"),
        }
    };
    let Pred::Leaf(leaf, _) = lowered("ProcessId: 4") else {
        panic!()
    };
    assert!(matches!(leaf.test, Test::Number(..)));
    assert!(matches!(lowered("Image|exists: false"), Pred::Not(_)));
    assert!(matches!(lowered("Image|neq: x"), Pred::Not(_)));
    assert!(matches!(lowered("Image: null"), Pred::Not(_)));
    let Pred::Truth(truth, _) = lowered("Image|fieldref: ParentImage") else {
        panic!()
    };
    assert_eq!(truth.lists, Lists::Any);
    let Pred::Or(forms) = lowered("CommandLine|contains|windash: ' -f'") else {
        panic!()
    };
    assert_eq!(forms.len(), 5);
}
