use super::super::{Phase, RuleSet, RuleState};
use super::*;

fn carried(id: &str) -> Arc<Rule> {
    Arc::clone(RuleSet::builtin().get(id).unwrap())
}

fn texts(rule: &Rule, phase: Phase) -> Vec<&str> {
    rule.guide
        .steps
        .iter()
        .filter(|step| step.phase == phase)
        .map(|step| step.text.as_str())
        .collect()
}

fn annotation<'a>(rule: &'a Rule, kind: &str) -> &'a [String] {
    rule.annotations
        .iter()
        .find(|(name, _)| name == kind)
        .map_or(&[], |(_, values)| values)
}

fn lints(rule: &Rule) -> Vec<String> {
    rule.findings
        .iter()
        .filter(|one| one.diagnostic.code == "R210")
        .map(|one| one.diagnostic.message.clone())
        .collect()
}

#[test]
fn the_procdump_rule_states_its_seed() {
    let rule = carried("3742ebfe-64c2-11eb-ae93-0242ac130002");
    assert_eq!(rule.name, "Dump LSASS via procdump");
    assert_eq!((rule.severity, rule.risk_score), (Severity::High, 80));
    assert_eq!(rule.version.as_deref(), Some("2"));
    assert_eq!(rule.authors, ["Michael Haag, Splunk"]);
    assert_eq!(rule.license.as_deref(), Some("Apache-2.0"));
    assert_eq!(rule.threat.len(), 1);
    assert_eq!(rule.threat[0].tactic.as_deref(), Some("TA0006"));
    assert_eq!(rule.threat[0].techniques, ["T1003", "T1003.001"]);
    assert_eq!(
        annotation(&rule, "Analytic stories"),
        ["Credential Dumping", "HAFNIUM Group"]
    );
    assert_eq!(annotation(&rule, "Kill chain"), ["Actions on Objectives"]);
    assert_eq!(annotation(&rule, "NIST"), ["DE.CM"]);
    assert_eq!(
        annotation(&rule, "CIS controls"),
        ["CIS 3", "CIS 5", "CIS 16"]
    );
    assert_eq!(annotation(&rule, "Data models"), ["Endpoint"]);
    assert_eq!(annotation(&rule, "Required fields").len(), 8);
    assert_eq!(rule.references.len(), 3);
    let risk = rule.risk.as_ref().unwrap();
    assert_eq!(
        risk.message,
        "An instance of $parent_process_name$ spawning $process_name$ was identified attempting to dump lsass.exe on endpoint $dest$ by user $user$."
    );
    let objects: Vec<_> = risk
        .objects
        .iter()
        .map(|one| (one.field.as_str(), one.kind.as_str(), one.score))
        .collect();
    assert_eq!(
        objects,
        [
            ("user", "user", Some(80)),
            ("dest", "hostname", Some(80)),
            ("parent_process_name", "process", None),
            ("process_name", "process", None)
        ]
    );
    let steps = texts(&rule, Phase::Investigate);
    assert_eq!(steps.len(), 4 + 1 + 4 + 3, "{steps:#?}");
    assert!(steps[0].starts_with("During triage, confirm"));
    assert!(steps[1].contains("-accepteula"));
    assert!(steps[4].contains("‹parent_process_name›"));
    assert_eq!(texts(&rule, Phase::FalsePositives).len(), 1);
    assert_eq!(texts(&rule, Phase::Setup).len(), 3);
    assert!(rule.guide.overview.contains("-mm"));
    assert_eq!(rule.state, RuleState::Runs, "{:?}", rule.findings);
    assert_eq!(
        lints(&rule),
        ["token $parent_process_name$ is not in the result of the search"]
    );
}

#[test]
fn the_task_manager_rule_states_its_seed() {
    let rule = carried("b2fbe95a-9c62-4c12-8a29-24b97e84c0cd");
    assert_eq!(rule.name, "Creation of lsass Dump with Taskmgr");
    assert_eq!((rule.severity, rule.risk_score), (Severity::High, 80));
    assert_eq!(rule.version.as_deref(), Some("1"));
    assert_eq!(rule.threat[0].techniques, ["T1003", "T1003.001"]);
    assert_eq!(
        annotation(&rule, "Analytic stories"),
        ["Credential Dumping"]
    );
    assert_eq!(annotation(&rule, "Kill chain"), ["Actions on Objectives"]);
    assert_eq!(annotation(&rule, "NIST"), ["DE.CM"]);
    assert_eq!(annotation(&rule, "CIS controls"), ["CIS 6", "CIS 8"]);
    assert_eq!(
        annotation(&rule, "Required fields"),
        [
            "_time",
            "EventID",
            "process_name",
            "TargetFilename",
            "Computer",
            "object_category"
        ]
    );
    assert_eq!(rule.references.len(), 3);
    assert!(rule.risk.as_ref().unwrap().message.starts_with(
        "$process_name$ was identified on endpoint $Computer$ writing $TargetFilename$"
    ));
    let steps = texts(&rule, Phase::Investigate);
    assert_eq!(steps.len(), 3 + 1 + 3 + 2, "{steps:#?}");
    assert_eq!(texts(&rule, Phase::FalsePositives).len(), 1);
    assert_eq!(texts(&rule, Phase::Setup).len(), 4);
    assert_eq!(rule.state, RuleState::Runs, "{:?}", rule.findings);
    assert_eq!(
        lints(&rule),
        ["token $Computer$ is not in the result of the search"]
    );
    let lint = rule
        .findings
        .iter()
        .find(|one| one.diagnostic.code == "R210")
        .unwrap();
    assert_eq!(
        &lint.source[lint.diagnostic.labels[0].span.clone()],
        "$Computer$"
    );
}

fn rule(text: &str) -> Rule {
    let document = super::super::document::from_yaml(text).unwrap().remove(0);
    read(
        &document,
        Path::new("x.yml"),
        &Arc::from(text),
        &Macros::default(),
    )
}

#[test]
fn the_newer_risk_table_scores_each_object() {
    let rule = rule(
        "name: N\nid: n\nsearch: 'EventID=1 | stats count by dest'\nrba:\n  message: Seen on $dest$\n  risk_objects:\n  - {field: dest, type: system, score: 40}\n  - {field: user, type: user, score: 64}\n  threat_objects:\n  - {field: process_name, type: process_name}\n",
    );
    let risk = rule.risk.unwrap();
    assert_eq!(
        risk.objects
            .iter()
            .map(|object| object.score)
            .collect::<Vec<_>>(),
        [Some(40), Some(64), None]
    );
    assert_eq!((rule.risk_score, rule.severity), (64, Severity::High));
}

#[test]
fn findings_have_entities_with_messages_and_tags_stand_at_the_top() {
    let rule = rule(
        "name: N\nid: n\ntype: TTP\nsearch: 'EventID=1 | stats count by dest user Image'\n\
         finding:\n  title: $user$ ran it on $dest$\n  entity: {field: dest, type: system, score: 50}\n\
         intermediate_findings:\n  entities:\n  - {field: dest, type: system, score: 20, message: Seen on $dest$}\n  \
         - {field: user, type: user, score: 30, message: $user$ is $odd$}\n\
         threat_objects:\n- {field: Image, type: process_name}\n\
         analytic_story: [Story]\nmitre_attack_id: [T1003.001]\nasset_type: Endpoint\nsecurity_domain: endpoint\n",
    );
    assert_eq!(annotation(&rule, "Analytic stories"), ["Story"]);
    assert_eq!(rule.threat[0].techniques, ["T1003.001"]);
    assert_eq!(rule.tags, ["TTP", "Endpoint", "endpoint"]);
    assert_eq!((rule.risk_score, rule.severity), (50, Severity::Medium));
    assert_eq!(
        lints(&rule),
        ["token $odd$ is not in the result of the search"]
    );
    let asked = texts(&rule, Phase::Investigate);
    for message in [
        "‹user› ran it on ‹dest›",
        "Seen on ‹dest›",
        "‹user› is ‹odd›",
    ] {
        assert!(
            asked.iter().any(|step| step.ends_with(message)),
            "{asked:?}"
        );
    }
    let risk = rule.risk.unwrap();
    assert_eq!(risk.message, "$user$ ran it on $dest$");
    let objects = risk
        .objects
        .iter()
        .map(|one| (one.field.as_str(), one.score));
    assert_eq!(
        objects.collect::<Vec<_>>(),
        [("dest", Some(50)), ("user", Some(30)), ("Image", None)]
    );
}

#[test]
fn without_a_finding_the_first_entity_speaks() {
    let rule = rule(
        "name: N\nid: n\nsearch: 'EventID=1 | stats count by dest'\n\
         intermediate_findings:\n  entities:\n  - {field: dest, type: system, score: 20, message: Seen on $dest$}\n",
    );
    assert_eq!(rule.risk.unwrap().message, "Seen on $dest$");
    assert_eq!((rule.risk_score, rule.severity), (20, Severity::Info));
}

#[test]
fn a_score_that_is_not_stated_is_impact_times_confidence() {
    let rule = rule(
        "name: N\nid: n\nsearch: 'EventID=1'\ntags: {impact: 50, confidence: '70', message: m, observable: [{name: dest, type: Hostname, role: [Victim]}]}\n",
    );
    assert_eq!((rule.risk_score, rule.severity), (35, Severity::Low));
    assert_eq!(rule.risk.unwrap().objects[0].score, Some(35));
}

#[test]
fn hunting_searches_are_hidden_and_companions_are_no_rules() {
    assert!(rule("name: N\nid: n\ntype: Hunting\nsearch: 'EventID=1'\n").building_block);
    let investigation = serde_json::json!({"name": "x", "type": "Investigation", "search": "a"});
    assert!(!is_detection(&investigation) && is_companion(&investigation));
    assert!(as_macro(&serde_json::json!({"name": "m", "definition": ""})).is_some());
    let lookup = serde_json::json!({"name": "l", "lookup_type": "csv", "version": 7});
    assert!(is_companion(&lookup));
}
