use super::super::RuleSet;
use super::*;
use crate::rule::RuleState;

fn carried(id: &str) -> Arc<Rule> {
    let set = RuleSet::builtin();
    assert!(set.findings.is_empty(), "{:?}", set.findings);
    Arc::clone(set.get(id).unwrap())
}

fn count(rule: &Rule, phase: Phase) -> usize {
    rule.guide
        .steps
        .iter()
        .filter(|step| step.phase == phase)
        .count()
}

fn mapped(rule: &Rule) -> Vec<(Option<&str>, String)> {
    rule.threat
        .iter()
        .map(|threat| (threat.tactic.as_deref(), threat.techniques.join(" ")))
        .collect()
}

#[test]
fn the_dump_setting_rule_states_its_seed() {
    let rule = carried("220be143-5c67-4fdb-b6ce-dd6826d024fd");
    assert_eq!(rule.name, "Full User-Mode Dumps Enabled System-Wide");
    assert_eq!(rule.language, Language::Eql);
    assert_eq!((rule.severity, rule.risk_score), (Severity::Medium, 47));
    assert_eq!(
        rule.schedule,
        Schedule {
            interval: 300,
            lookback: 540,
            max_alerts: Some(100)
        }
    );
    assert_eq!(
        rule.sources,
        [
            "winlogbeat-*",
            "logs-endpoint.events.registry-*",
            "logs-windows.sysmon_operational-*",
            "endgame-*",
            "logs-m365_defender.event-*"
        ]
    );
    assert_eq!(
        mapped(&rule),
        [
            (Some("TA0006"), "T1003 T1003.001".to_owned()),
            (Some("TA0005"), "T1112".to_owned())
        ]
    );
    assert_eq!(rule.version.as_deref(), Some("109"));
    assert_eq!(rule.license.as_deref(), Some("Elastic License v2"));
    assert_eq!(rule.authors, ["Elastic"]);
    assert_eq!(rule.references.len(), 3);
    assert_eq!(rule.tags.len(), 9);
    assert!(
        rule.source
            .as_ref()
            .unwrap()
            .ends_with("credential_access_generic_localdumps.toml")
    );
    assert_eq!(count(&rule, Phase::Investigate), 5);
    assert_eq!(count(&rule, Phase::FalsePositives), 5);
    assert_eq!(count(&rule, Phase::Respond), 7);
    assert_eq!(count(&rule, Phase::Setup), 1);
    assert_eq!(
        rule.guide
            .steps
            .iter()
            .map(|step| step.pivots.len())
            .sum::<usize>(),
        7
    );
    for part in [
        r#"host.os.type == "windows""#,
        r"HKLM\\SOFTWARE\\Microsoft\\Windows\\Windows Error Reporting\\LocalDumps\\DumpType",
        r"\\REGISTRY\\MACHINE\\SOFTWARE\\Microsoft\\Windows\\Windows Error Reporting\\LocalDumps\\DumpType",
        r#"registry.data.strings : ("2", "0x00000002")"#,
        r#"user.id : ("S-1-5-18", "S-1-5-19", "S-1-5-20")"#,
    ] {
        assert!(rule.query_text.contains(part), "{part}");
    }
    assert_eq!(rule.state, RuleState::Runs, "{:?}", rule.findings);
    assert!(rule.findings.is_empty(), "{:?}", rule.findings);
}

#[test]
fn the_minidump_rule_states_its_seed() {
    let rule = carried("577ec21e-56fe-4065-91d8-45eb8224fe77");
    assert_eq!(rule.name, "PowerShell MiniDump Script");
    assert_eq!(rule.language, Language::Kuery);
    assert_eq!((rule.severity, rule.risk_score), (Severity::High, 73));
    assert_eq!(
        rule.schedule,
        Schedule {
            interval: 300,
            lookback: 540,
            max_alerts: Some(100)
        }
    );
    assert_eq!(rule.sources, ["winlogbeat-*", "logs-windows.*"]);
    assert_eq!(
        rule.tags,
        [
            "Elastic",
            "Host",
            "Windows",
            "Threat Detection",
            "Credential Access"
        ]
    );
    assert_eq!(
        mapped(&rule),
        [
            (Some("TA0006"), "T1003".to_owned()),
            (Some("TA0002"), "T1059".to_owned())
        ]
    );
    assert_eq!(rule.version.as_deref(), Some("3"));
    // Four steps and the two related rules; the false positive of the note and the one beside it.
    assert_eq!(count(&rule, Phase::Investigate), 6);
    assert_eq!(count(&rule, Phase::FalsePositives), 2);
    assert_eq!(count(&rule, Phase::Respond), 1);
    assert_eq!(count(&rule, Phase::Setup), 3);
    let setup: String = rule
        .guide
        .steps
        .iter()
        .filter(|step| step.phase == Phase::Setup)
        .map(|step| step.text.as_str())
        .collect();
    assert!(
        setup.contains("Turn on PowerShell Script Block Logging (Enable)"),
        "{setup}"
    );
    assert!(setup.contains(r#"reg add "hklm\SOFTWARE\Policies\Microsoft\Windows\PowerShell\ScriptBlockLogging" /v EnableScriptBlockLogging /t REG_DWORD /d 1"#), "{setup}");
    for id in [
        "56f2e9b5-4803-4e44-a0a4-a52dc79d57fe",
        "2e29e96a-b67c-455a-afe4-de6183431d0d",
    ] {
        assert!(rule.guide.steps.iter().any(|step| step.text.contains(id)));
    }
    assert_eq!(
        rule.query_text.trim(),
        "event.category:process and powershell.file.script_block_text:(MiniDumpWriteDump or MiniDumpWithFullMemory or pmuDetirWpmuDiniM)"
    );
    assert_eq!(rule.state, RuleState::Runs, "{:?}", rule.findings);
}

fn rule(text: &str) -> Rule {
    let document = super::super::document::from_toml(text).unwrap();
    from_toml(
        &document,
        Path::new("x.toml"),
        &Arc::from(text),
        &Companions::default(),
    )
}

#[test]
fn a_type_that_does_not_run_is_named() {
    let read = rule("[rule]\nname = 'x'\nrule_id = 'x'\ntype = 'machine_learning'\n");
    assert_eq!(
        read.state,
        RuleState::NotRunnable("machine_learning".into())
    );
    assert_eq!(read.language, Language::MachineLearning);
    let lucene = rule(
        "[rule]\nname = 'x'\nrule_id = 'x'\ntype = 'query'\nlanguage = 'lucene'\nquery = 'a:b'\n",
    );
    assert_eq!(lucene.language, Language::Lucene);
    assert!(
        matches!(lucene.state, RuleState::NeverFires(_)),
        "{:?}",
        lucene.state
    );
}

#[test]
fn filters_narrow_the_query_or_keep_it_from_running() {
    let head = "[rule]\nname = 'x'\nrule_id = 'x'\ntype = 'eql'\nlanguage = 'eql'\nquery = 'process where process.name == \"a\"'\n";
    let plain = rule(head);
    let narrowed = rule(&format!(
        "{head}[[rule.filters]]\n[rule.filters.meta]\nnegate = true\n[rule.filters.query.wildcard.\"file.path\"]\n\
         case_insensitive = true\nvalue = '?:\\\\Windows\\\\*'\n"
    ));
    assert_eq!(narrowed.state, RuleState::Runs, "{:?}", narrowed.findings);
    assert_ne!(narrowed.query.select, plain.query.select);
    let odd = rule(&format!(
        "{head}[[rule.filters]]\n[rule.filters.query.script]\nsource = 'x'\n"
    ));
    assert_eq!(
        odd.state,
        RuleState::NotRunnable("filter `script`".to_owned())
    );
}

#[test]
fn indicators_make_a_rule_fire() {
    let home = tempfile::tempdir().unwrap();
    let rules = home.path().join("rules");
    std::fs::create_dir_all(&rules).unwrap();
    let text = "[rule]\nname = 'x'\nrule_id = 'x'\ntype = 'threat_match'\nlanguage = 'kuery'\n\
        query = 'source.ip:* or destination.ip:*'\nthreat_language = 'kuery'\n\
        threat_query = '@timestamp >= \"now-30d/d\" and event.module:(threatintel or ti_*) and threat.indicator.ip:*'\n\
        [[rule.threat_mapping]]\n[[rule.threat_mapping.entries]]\nfield = 'destination.ip'\ntype = 'mapping'\n\
        value = 'threat.indicator.ip'\n[[rule.threat_mapping]]\n[[rule.threat_mapping.entries]]\nfield = 'source.ip'\n\
        type = 'mapping'\nvalue = 'threat.indicator.ip'\n[[rule.threat_mapping.entries]]\nfield = 'destination.port'\n\
        type = 'mapping'\nvalue = 'threat.indicator.port'\n";
    std::fs::write(rules.join("x.toml"), text).unwrap();
    let set = RuleSet::load(std::slice::from_ref(&rules));
    let RuleState::NeverFires(reason) = &set.rules[0].state else {
        panic!("{:?}", set.rules[0].state)
    };
    assert!(reason.contains("indicators"), "{reason}");
    let folder = home.path().join("indicators");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("bad.csv"), "ip,port\n10.0.0.0/8,\n9.9.9.9,53\n").unwrap();
    assert!(set.changed());
    let set = RuleSet::load(&[rules]);
    assert_eq!(set.rules[0].state, RuleState::Runs, "{:?}", set.findings);
    assert!(!set.changed());
    let crate::lang::ir::Pred::And(parts) = &set.rules[0].query.select else {
        panic!("{:?}", set.rules[0].query.select)
    };
    let crate::lang::ir::Pred::Or(items) = &parts[1] else {
        panic!("{parts:?}")
    };
    assert!(matches!(&items[0], crate::lang::ir::Pred::Leaf(leaf, _)
        if leaf.test.passes(Some(&"10.7.7.7".into())) && !leaf.test.passes(Some(&"11.0.0.1".into()))));
    // Two entries: one indicator has both values.
    assert!(matches!(&items[1], crate::lang::ir::Pred::And(both) if both.len() == 2));
}

#[test]
fn an_event_overrides_severity_score_and_name() {
    let rule = rule(
        "[rule]\nname = 'x'\nrule_id = 'x'\ntype = 'query'\nlanguage = 'kuery'\nquery = 'event.code:1'\n\
         severity = 'low'\nrisk_score = 21\nrule_name_override = 'message'\n\
         [[rule.severity_mapping]]\nfield = 'event.severity'\noperator = 'equals'\nseverity = 'high'\nvalue = '73'\n\
         [[rule.severity_mapping]]\nfield = 'event.severity'\noperator = 'equals'\nseverity = 'critical'\nvalue = '99'\n\
         [[rule.risk_score_mapping]]\nfield = 'event.risk_score'\noperator = 'equals'\nvalue = ''\n",
    );
    let document = |fields: &[(&str, &str)]| {
        let mut event = crate::schema::tests::document("", 0, fields);
        let contents = event.contents.get_mut().unwrap();
        contents.ecs.put("event.severity", 73_i64);
        event
    };
    let shown = crate::rule::overrides::applied(
        &rule,
        &document(&[("message", "M"), ("event.risk_score", "88.4")]),
    );
    let shown = shown.unwrap();
    assert_eq!(
        (shown.severity, shown.risk_score, shown.name.as_str()),
        (Severity::High, 88, "M")
    );
    let shown = crate::rule::overrides::applied(&rule, &document(&[])).unwrap();
    assert_eq!(
        (shown.severity, shown.risk_score, shown.name.as_str()),
        (Severity::High, 21, "x")
    );
}

#[test]
fn a_rule_that_says_little_gets_the_vendor_s_defaults() {
    let rule = rule("[rule]\nname = 'x'\ntype = 'eql'\nquery = 'any where true'\n");
    assert_eq!(
        rule.schedule,
        Schedule {
            interval: 300,
            lookback: 360,
            max_alerts: Some(100)
        }
    );
    assert_eq!(rule.id.len(), 32);
    assert_eq!(rule.language, Language::Eql);
}
