use std::path::Path;

use super::Library;
use crate::lang::spl::Macros;
use crate::rule::{Finding, Phase, Rule, RuleState, Severity, read};

fn load(text: &str) -> (Vec<Rule>, Vec<Finding>) {
    let path = Path::new("rules/x.yml");
    let content = read::parse(path, text);
    let mut library = Library::default();
    content.share(&mut library);
    let findings = content.filter_findings(&library);
    (
        content.rules(
            path,
            &Macros::default(),
            &library,
            &std::sync::Arc::default(),
        ),
        findings,
    )
}

fn one(text: &str) -> Rule {
    let (mut rules, _) = load(text);
    assert_eq!(rules.len(), 1);
    rules.remove(0)
}

const RULE: &str = r"title: Dump
id: 11111111-2222-4333-8444-555555555555
name: dump
status: test
description: Says what.
references:
    - https://example.org/a
author: Ann, Bob (Example)
date: 2026-01-02
modified: 2026-02-03
related:
    - id: 22222222-2222-4333-8444-555555555555
      type: similar
license: MIT
tags:
    - attack.credential-access
    - attack.t1003.001
    - cve.2021-1675
logsource:
    category: process_creation
    product: windows
    definition: Wants Sysmon.
detection:
    sel:
        Image|endswith: '\procdump.exe'
    condition: sel
falsepositives:
    - Unknown
    - Administrators at   work
fields:
    - CommandLine
level: high
";

#[test]
fn everything_a_file_says_is_kept() {
    let rule = one(RULE);
    assert_eq!(rule.name, "Dump");
    assert_eq!(rule.state, RuleState::Runs);
    assert_eq!((rule.severity, rule.risk_score), (Severity::High, 73));
    assert_eq!(rule.authors, ["Ann", "Bob (Example)"]);
    assert_eq!(rule.license.as_deref(), Some("MIT"));
    assert_eq!(rule.version.as_deref(), Some("2026-02-03"));
    assert_eq!(rule.threat[0].techniques, ["T1003.001"]);
    assert_eq!(rule.highlighted, ["CommandLine"]);
    assert_eq!(
        rule.sources,
        ["product: windows", "category: process_creation"]
    );
    let steps: Vec<_> = rule
        .guide
        .steps
        .iter()
        .map(|step| (step.phase, step.text.as_str()))
        .collect();
    assert_eq!(
        steps,
        [
            (
                Phase::Investigate,
                "Did a related rule fire? 22222222-2222-4333-8444-555555555555 (similar)"
            ),
            (Phase::FalsePositives, "Rule out: Administrators at work"),
            (Phase::Setup, "Wants Sysmon."),
            (Phase::References, "https://example.org/a"),
        ]
    );
    let shown = |kind: &str| {
        rule.annotations
            .iter()
            .find(|(known, _)| known == kind)
            .map(|(_, values)| values.join(" "))
    };
    assert_eq!(shown("Status").as_deref(), Some("test"));
    assert_eq!(shown("CVE").as_deref(), Some("CVE-2021-1675"));
    assert!(
        rule.query_text.starts_with("logsource:")
            && rule.query_text.trim_end().ends_with("condition: sel")
    );
}

#[test]
fn findings_point_into_the_file() {
    let text = RULE.replace("endswith", "endswiht");
    let rule = one(&text);
    assert!(matches!(rule.state, RuleState::NotRunnable(_)));
    let finding = &rule.findings[0];
    assert_eq!(&text[finding.diagnostic.labels[0].span.clone()], "endswiht");
    assert!(
        finding.line().starts_with("rules/x.yml:25:"),
        "{}",
        finding.line()
    );
}

#[test]
fn a_log_source_that_nothing_fills_never_fires() {
    let rule = one(&RULE.replace("product: windows", "product: linux"));
    assert!(matches!(&rule.state, RuleState::NeverFires(reason) if reason.contains("`linux`")));
    let old = one(&RULE.replace("condition: sel", "condition: sel | count() > 5"));
    assert_eq!(
        old.state,
        RuleState::NotRunnable("aggregation `count()` in a condition (Sigma 1)".to_owned())
    );
}

#[test]
fn informational_rules_stay_in_the_background() {
    assert!(one(&RULE.replace("level: high", "level: informational")).building_block);
    assert_eq!(
        one(&RULE.replace("level: high\n", "")).severity,
        Severity::Medium
    );
}

#[test]
fn documents_that_share_an_id_are_numbered() {
    let text = "action: global\ntitle: T\nid: abc\ndetection: {condition: a}\n---\nlogsource: {product: windows, service: system}\ndetection: {a: {EventID: 1}}\n---\n\
                logsource: {product: windows, service: security}\ndetection: {a: {EventID: 2}}\n";
    let (rules, _) = load(text);
    let ids: Vec<_> = rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["abc", "abc-2"]);
    assert!(
        rules.iter().all(|rule| rule.state == RuleState::Runs),
        "{rules:?}"
    );
}

const FILTER: &str = "---\ntitle: No admins\nlogsource:\n    product: windows\nfilter:\n    rules:\n        - dump\n    selection:\n        User|startswith: adm_\n    condition: not selection\n";

#[test]
fn filters_change_the_rules_they_name() {
    let (rules, findings) = load(&format!("{RULE}{FILTER}"));
    assert!(findings.is_empty(), "{findings:?}");
    let plain = one(RULE);
    assert_ne!(rules[0].query.select, plain.query.select);
    assert!(
        rules[0]
            .annotations
            .contains(&("Filtered by".to_owned(), vec!["No admins".to_owned()]))
    );
    let (rules, _) = load(&format!(
        "{RULE}{}",
        FILTER.replace("rules:\n        - dump", "rules: any")
    ));
    assert_ne!(rules[0].query.select, plain.query.select);
}

#[test]
fn a_filter_that_does_nothing_says_so() {
    for (from, to) in [
        ("- dump", "- other"),
        ("product: windows", "product: linux"),
    ] {
        let (rules, findings) = load(&format!("{RULE}{}", FILTER.replace(from, to)));
        assert_eq!(rules[0].query.select, one(RULE).query.select);
        assert_eq!(findings[0].diagnostic.code, "R220");
    }
    let (rules, findings) = load(&format!(
        "{RULE}{}",
        FILTER.replace("not selection", "not selektion")
    ));
    assert_eq!(rules[0].query.select, one(RULE).query.select);
    assert_eq!(findings[0].diagnostic.code, "E604");
}

#[test]
fn placeholders_come_from_a_document_beside_the_rules() {
    let rule = RULE.replace(
        "Image|endswith: '\\procdump.exe'",
        "User|expand: '%Admins%'",
    );
    assert!(matches!(one(&rule).state, RuleState::NotRunnable(_)));
    let (rules, _) = load(&format!(
        "{rule}---\nplaceholders:\n    Admins: [ann, 'adm_*']\n"
    ));
    assert_eq!(rules[0].state, RuleState::Runs);
    let (rules, _) = load(&format!(
        "{rule}---\nname: pipeline\nvars:\n    Admins: ann\ntransformations: []\n"
    ));
    assert_eq!(rules[0].state, RuleState::Runs);
}

const LOGINS: &str = r"title: Guessed
id: 33333333-2222-4333-8444-555555555555
correlation:
    type: temporal_ordered
    rules:
        - many_failed
        - success
    group-by:
        - TargetUserName
    timespan: 10m
level: high
---
title: Many failed
name: many_failed
correlation:
    type: event_count
    rules:
        - failed
    group-by:
        - TargetUserName
    timespan: 10m
    condition:
        gte: 10
---
title: Failed
name: failed
logsource: {product: windows, service: security}
detection:
    selection: {EventID: 4625}
    condition: selection
---
title: Success
name: success
logsource: {product: windows, service: security}
detection:
    selection: {EventID: 4624}
    condition: selection
";

#[test]
fn a_chain_of_correlations_is_linked() {
    let (rules, findings) = load(LOGINS);
    assert!(findings.is_empty());
    assert_eq!(rules[0].state, RuleState::Runs, "{:?}", rules[0].findings);
    assert!(rules[0].query.stateful.is_some());
    for part in &rules[1..] {
        assert!(
            matches!(&part.state, RuleState::NeverFires(reason) if reason.contains("no alerts of its own")),
            "{}",
            part.name
        );
    }
    let generated = LOGINS.replace(
        "    timespan: 10m\nlevel",
        "    timespan: 10m\n    generate: true\nlevel",
    );
    let (rules, _) = load(&generated);
    assert_eq!(rules[3].state, RuleState::Runs);
    assert_eq!(rules[1].state, RuleState::Runs);
    assert_ne!(rules[2].state, RuleState::Runs);
}

#[test]
fn what_a_correlation_lacks_is_named() {
    let wrong = |from: &str, to: &str| {
        let text = LOGINS.replacen(from, to, 1);
        let (mut rules, _) = load(&text);
        let rule = rules.remove(0);
        let RuleState::NotRunnable(reason) = rule.state.clone() else {
            panic!("{from} {to} runs");
        };
        let label = rule.findings[0].diagnostic.labels[0].span.clone();
        let help = rule.findings[0].diagnostic.help.clone().unwrap_or_default();
        (reason, text[label].to_owned(), help)
    };
    let (reason, at, help) = wrong("- many_failed", "- many_faild");
    assert_eq!(reason, "no rule with the id or name `many_faild` is loaded");
    assert_eq!(
        (at.as_str(), help.as_str()),
        ("many_faild", "did you mean `many_failed`?")
    );
    let (_, at, help) = wrong("temporal_ordered", "temporal_orderd");
    assert_eq!(
        (at.as_str(), help.as_str()),
        ("temporal_orderd", "did you mean `temporal_ordered`?")
    );
    assert_eq!(wrong("10m", "10 minutes").1, "10 minutes");
    assert!(
        wrong("EventID: 4625", "EventID|nonsense: 1")
            .0
            .contains("the rule `many_failed` does not run")
    );
    assert!(wrong("gte: 10", "gt: many").0.contains("`many_failed`"));
    assert!(
        wrong(
            "        - failed",
            "        - 33333333-2222-4333-8444-555555555555"
        )
        .0
        .contains("refers back")
    );
    assert!(
        wrong("    type: temporal_ordered\n", "")
            .0
            .contains("no `type`")
    );
}

#[test]
fn a_correlation_that_does_not_run_leaves_its_rules_alone() {
    let (rules, _) = load(&LOGINS.replacen("- success", "- nothing", 1));
    assert!(matches!(rules[0].state, RuleState::NotRunnable(_)));
    assert_eq!(rules[3].state, RuleState::Runs);
}

#[test]
fn a_correlation_of_what_is_never_logged_never_fires() {
    let (rules, _) = load(&LOGINS.replace("product: windows", "product: linux"));
    assert!(
        matches!(&rules[0].state, RuleState::NeverFires(reason) if reason.contains("`linux`")),
        "{:?}",
        rules[0].state
    );
}

#[test]
fn a_member_that_is_there_twice_is_reported() {
    let text = RULE.replace(
        "    condition: sel",
        "    sel:\n        User: x\n    condition: sel",
    );
    let content = read::parse(Path::new("x.yml"), &text);
    assert_eq!(content.findings[0].diagnostic.code, "R105");
    assert_eq!(
        content.findings[0]
            .diagnostic
            .position(&text)
            .map(|(line, _)| line),
        Some(26)
    );
    assert!(read::parse(Path::new("x.yml"), RULE).findings.is_empty());
}
