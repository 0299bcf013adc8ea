use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::rule::testing::{Folder, GOOD, eql};
use crate::rule::{Language, Phase, RuleState, Severity};
use crate::testdata;

#[test]
fn no_bad_file_stops_the_others() {
    let folder = Folder::new();
    folder.write("a/good.toml", &eql("good", GOOD));
    folder.write("a/broken.toml", "[rule]\nname = \n");
    folder.write("b/broken.yml", "name: x\nsearch: [1\n");
    folder.write("b/not_utf8.yml", "");
    fs::write(folder.path().join("b/not_utf8.yml"), [0x6e, 0xff, 0xfe]).unwrap();
    folder.write(
        "sigma.yml",
        "title: x\nlogsource: {product: windows}\ndetection: {condition: a}\n",
    );
    folder.write(
        "json.yml",
        "{\"name\": \"j\", \"id\": \"j\", \"search\":\n \"EventID=1\"}\n",
    );
    folder.write("pyproject.toml", "[tool]\nx = 1\n");
    folder.write("notes.md", "not looked at");
    let set = folder.load();
    let runs = |rule: &&Arc<Rule>| rule.state == RuleState::Runs;
    assert_eq!(set.rules.len(), 3);
    assert_eq!(set.rules.iter().filter(runs).count(), 2);
    let kind = |name: &str| {
        set.files
            .iter()
            .find(|file| file.path.ends_with(name))
            .map(|file| file.kind)
    };
    assert_eq!(kind("good.toml"), Some(FileKind::ElasticToml));
    assert_eq!(kind("broken.toml"), Some(FileKind::Broken));
    assert_eq!(kind("broken.yml"), Some(FileKind::Broken));
    assert_eq!(kind("not_utf8.yml"), Some(FileKind::Broken));
    assert_eq!(kind("sigma.yml"), Some(FileKind::Sigma));
    assert_eq!(kind("json.yml"), Some(FileKind::SplunkDetection));
    assert_eq!(kind("pyproject.toml"), Some(FileKind::Unknown));
    assert_eq!(kind("notes.md"), None);
    let broken = set.findings.iter().find(|finding| {
        finding
            .diagnostic
            .path
            .as_ref()
            .unwrap()
            .ends_with("broken.toml")
    });
    assert_eq!(
        broken
            .unwrap()
            .diagnostic
            .position(&broken.unwrap().source)
            .unwrap()
            .0,
        2
    );
}

#[test]
fn a_missing_path_is_a_finding() {
    let set = RuleSet::load(&[PathBuf::from("/nowhere/at/all")]);
    assert!(set.rules.is_empty());
    assert_eq!(set.findings[0].diagnostic.code, "R101");
}

#[test]
fn the_first_of_two_rules_with_one_id_runs() {
    let folder = Folder::new();
    let first = folder.write("a.toml", &eql("same", GOOD));
    folder.write("b.toml", &eql("same", GOOD));
    let set = folder.load();
    assert_eq!(set.rules.len(), 1);
    assert_eq!(set.rules[0].path, first);
    assert_eq!(set.findings[0].diagnostic.code, "R104");
}

#[test]
fn an_error_in_a_query_points_into_the_file() {
    let folder = Folder::new();
    folder.write(
        "bad.toml",
        &eql("bad", "process where process.name = = \"a\""),
    );
    let set = folder.load();
    let rule = &set.rules[0];
    assert!(matches!(rule.state, RuleState::NotRunnable(_)));
    let finding = &rule.findings[0];
    assert_eq!(
        finding.diagnostic.position(&finding.source).unwrap().0,
        9,
        "{}",
        finding.render(false)
    );
    assert_eq!(
        finding.diagnostic.path.as_deref(),
        Some(rule.path.as_path())
    );
}

#[test]
fn macros_come_from_the_tree_or_from_above() {
    let folder = Folder::new();
    let rule = "name: A\nid: a\nsearch: '`where_to_look` Image=x | stats count by Image'\n";
    folder.write("detections/endpoint/a.yml", rule);
    folder.write(
        "macros/where_to_look.yml",
        "name: where_to_look\ndefinition: EventID=1\n",
    );
    for path in [
        folder.path(),
        folder.path().join("detections"),
        folder.path().join("detections/endpoint/a.yml"),
    ] {
        let set = RuleSet::load(&[path]);
        assert_eq!(set.rules.len(), 1);
        assert_ne!(
            set.rules[0].query.select,
            crate::lang::ir::Pred::Const(false),
            "{:?}",
            set.rules[0].state
        );
    }
}

#[test]
fn an_export_gives_a_rule_a_line() {
    let folder = Folder::new();
    let line = |id: &str| {
        format!(
            r###"{{"rule_id":"{id}","name":"N","type":"eql","language":"eql","query":"{}","risk_score":21,"severity":"low","note":"## Investigation steps\n- one","version":7,"exceptions_list":[]}}"###,
            GOOD.replace('"', "\\\"")
        )
    };
    let text = format!(
        "{}\n{}\nnot json\n{{\"exported_count\":2}}\n",
        line("x"),
        line("y")
    );
    folder.write("export.ndjson", &text);
    let set = folder.load();
    assert_eq!(set.rules.len(), 2);
    assert_eq!(set.files[0].kind, FileKind::KibanaNdjson);
    assert_eq!(set.rules[1].version.as_deref(), Some("7"));
    assert_eq!(set.rules[1].guide.steps.len(), 1);
    assert_eq!(set.findings.len(), 1);
    assert_eq!(
        set.findings[0]
            .diagnostic
            .position(&set.findings[0].source)
            .unwrap()
            .0,
        3
    );
}

/// Every file of a corpus is classified and none panics; prints the totals.
fn load_corpus(folder: &str) -> Option<RuleSet> {
    let set = RuleSet::load(&[testdata::data()?.join("rules").join(folder)]);
    let count = |wanted: fn(&RuleState) -> bool| {
        set.rules.iter().filter(|rule| wanted(&rule.state)).count()
    };
    println!(
        "{folder}: {} files, {} rules: {} run, {} never fire, {} not runnable; {} findings",
        set.files.len(),
        set.rules.len(),
        count(|state| matches!(state, RuleState::Runs)),
        count(|state| matches!(state, RuleState::NeverFires(_))),
        count(|state| matches!(state, RuleState::NotRunnable(_))),
        set.all_findings().count(),
    );
    for file in set
        .files
        .iter()
        .filter(|file| matches!(file.kind, FileKind::Broken | FileKind::Unknown))
    {
        println!("  {:?} {}", file.kind, file.path.display());
    }
    Some(set)
}

fn kinds(set: &RuleSet, kind: FileKind) -> usize {
    set.files.iter().filter(|file| file.kind == kind).count()
}

#[test]
fn the_elastic_corpus_loads_whole() {
    let Some(set) = load_corpus("elastic") else {
        return;
    };
    assert_eq!(kinds(&set, FileKind::ElasticToml), set.files.len());
    assert_eq!(set.rules.len(), set.files.len());
    assert!(set.rules.len() >= 1_000);
    let noted = set.rules.iter().filter(|rule| {
        rule.guide
            .steps
            .iter()
            .any(|step| step.phase == Phase::Investigate)
    });
    let pivots: usize = set
        .rules
        .iter()
        .flat_map(|rule| &rule.guide.steps)
        .map(|step| step.pivots.len())
        .sum();
    let noted = noted.count();
    println!("  {noted} with steps to investigate, {pivots} pivots");
    assert!(
        noted * 100 >= set.rules.len() * 90,
        "{noted} of {}",
        set.rules.len()
    );
    for rule in &set.rules {
        assert!(
            rule.risk_score > 0 && !rule.name.is_empty() && !rule.id.is_empty(),
            "{}",
            rule.path.display()
        );
        let mut steps = rule.guide.steps.iter();
        let stray = steps.find(|step| step.text.contains("$investigate_"));
        if let Some(stray) = stray {
            // A marker stays in sight only where the file has fewer tables than markers.
            let file = fs::read_to_string(&rule.path).unwrap();
            let tables = file.matches("[[transform.investigate]]").count();
            assert!(
                stray.text.contains(&format!("$investigate_{tables}")),
                "{}: {stray:?}",
                rule.path.display()
            );
        }
        assert!(
            rule.threat
                .iter()
                .flat_map(|threat| &threat.techniques)
                .all(|id| attack_name(id).is_some())
        );
    }
}

fn attack_name(id: &str) -> Option<&'static str> {
    crate::rule::attack::catalogue()
        .technique(id)
        .map(|technique| technique.name.as_str())
}

#[test]
fn the_splunk_corpus_loads_whole() {
    let Some(set) = load_corpus("splunk") else {
        return;
    };
    assert_eq!(kinds(&set, FileKind::Broken), 0);
    assert_eq!(kinds(&set, FileKind::Unknown), 0);
    assert_eq!(kinds(&set, FileKind::SplunkDetection), set.rules.len());
    assert!(set.rules.len() >= 1_000 && kinds(&set, FileKind::SplunkMacro) >= 100);
    for rule in &set.rules {
        assert_eq!(rule.language, Language::Spl);
        assert!(!rule.guide.steps.is_empty(), "{}", rule.path.display());
        assert!(
            rule.threat
                .iter()
                .flat_map(|threat| &threat.techniques)
                .all(|id| attack_name(id).is_some()),
            "{}",
            rule.path.display()
        );
    }
    let grades: Vec<_> = [
        Severity::Info,
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ]
    .map(|grade| {
        set.rules
            .iter()
            .filter(|rule| rule.severity == grade)
            .count()
    })
    .to_vec();
    println!("  by severity {grades:?}");
}

#[test]
fn the_sigma_corpus_loads_whole() {
    let Some(set) = load_corpus("sigma") else {
        return;
    };
    assert_eq!(kinds(&set, FileKind::Sigma), set.files.len());
    assert_eq!(set.rules.len(), set.files.len());
}

#[test]
fn the_project_s_own_rules_are_all_carried() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let set = RuleSet::load(&[folder]);
    assert_eq!(set.rules.len(), builtin::DETECTIONS.len());
    let samples = |file: &&RuleFile| file.path.to_string_lossy().contains("/samples/");
    let (samples, files): (Vec<_>, Vec<_>) = set.files.iter().partition(samples);
    assert!(samples.iter().all(|file| file.kind == FileKind::Unknown));
    assert_eq!(
        files.len(),
        builtin::DETECTIONS.len() + builtin::MACROS.len()
    );
    assert!(set.findings.is_empty(), "{:?}", set.findings);
}

const SEARCH: &str = "name: looks up\nid: 11111111-1111-4111-8111-111111111111\ntype: TTP\nsearch: '`sysmon` EventCode=1 | lookup \
    known process_name OUTPUT owner | search owner=*'\n";

#[test]
fn a_missing_table_is_named_and_its_coming_noticed() {
    let folder = Folder::new();
    folder.write("detections/a.yml", SEARCH);
    let load = || RuleSet::load(&[folder.path().join("detections")]);
    let lacks = |set: &RuleSet| set.rules[0].lacks().map(str::to_owned);
    let undefined = load();
    assert_eq!(
        lacks(&undefined).unwrap(),
        "the lookup table `known` has no definition"
    );
    folder.write("lookups/known.yml", "name: known\nfilename: known.csv\n");
    assert!(undefined.changed());
    let defined = load();
    assert_eq!(
        lacks(&defined).unwrap(),
        "the lookup table `known` cannot be read from its file `known.csv`"
    );
    assert_eq!(defined.rules[0].state, RuleState::Runs);
    assert!(!defined.changed());
    folder.write("lookups/known.csv", "process_name,owner\na.exe,b\n");
    assert!(defined.changed());
    let whole = load();
    assert_eq!(lacks(&whole), None);
    assert!(!whole.changed());
    folder.write(
        "lookups/known.csv",
        "process_name,owner\na.exe,b\nc.exe,d\n",
    );
    assert!(whole.changed());
}

#[test]
fn a_story_above_the_path_is_watched() {
    let folder = Folder::new();
    folder.write("detections/a.yml", SEARCH);
    let load = || RuleSet::load(&[folder.path().join("detections")]);
    folder.write("stories/s.yml", "name: s\nnarrative: long\n");
    let set = load();
    assert!(!set.changed());
    folder.write("stories/s.yml", "name: s\nnarrative: longer\n");
    assert!(set.changed());
}

#[test]
fn named_indicators_are_no_rules_and_are_watched() {
    let folder = Folder::new();
    folder.write(
        "rules/a.toml",
        "[rule]\nname = 'x'\nrule_id = 'x'\ntype = 'threat_match'\nlanguage = 'kuery'\nquery = 'destination.ip:*'\n\
        threat_query = '*:*'\n[[rule.threat_mapping]]\n[[rule.threat_mapping.entries]]\nfield = 'destination.ip'\n\
        type = 'mapping'\nvalue = 'threat.indicator.ip'\n",
    );
    folder.write(
        "rules/feed/one.ndjson",
        "{\"threat.indicator.ip\":\"192.0.2.1\"}\n",
    );
    folder.write("apart/two.csv", "ip\n192.0.2.2\n");
    let at = |name: &str| folder.path().join(name);
    let load = || {
        RuleSet::load_from(Origins {
            rules: vec![at("rules")],
            indicators: vec![at("rules/feed"), at("apart"), at("gone.csv")],
        })
    };
    let pending = RuleSet::pending(load().origins);
    assert!(pending.is_pending() && pending.changed());
    let set = pending.reload();
    assert!(!set.is_pending() && !set.changed());
    assert_eq!(set.rules[0].state, RuleState::Runs);
    assert_eq!(set.findings.len(), 1, "{:?}", set.findings);
    let finding = &set.findings[0].diagnostic;
    assert_eq!(
        (finding.code, finding.path.clone()),
        ("R213", Some(at("gone.csv")))
    );
    let passes = |set: &RuleSet, address: &str| {
        let crate::lang::ir::Pred::And(parts) = &set.rules[0].query.select else {
            panic!("{:?}", set.rules[0].query.select)
        };
        matches!(&parts[1], crate::lang::ir::Pred::Leaf(leaf, _) if leaf.test.passes(Some(&address.into())))
    };
    assert!(passes(&set, "192.0.2.1") && passes(&set, "192.0.2.2") && !passes(&set, "192.0.2.3"));
    folder.write("apart/three.csv", "ip\n192.0.2.3\n");
    assert!(set.changed());
    assert!(passes(&set.reload(), "192.0.2.3"));
    folder.write("gone.csv", "ip\n192.0.2.4\n");
    let whole = set.reload();
    assert!(whole.findings.is_empty() && passes(&whole, "192.0.2.4"));
}

#[test]
fn a_directory_without_rules_says_so_before_and_after_reading() {
    let folder = Folder::new();
    folder.write("readme.md", "nothing");
    let origins = Origins::of(&[folder.path()]);
    assert!(origins.without_files().unwrap().contains(".toml"));
    folder.write("other.json", "{}");
    assert_eq!(origins.without_files(), None);
    let set = RuleSet::load_from(origins);
    assert!(set.lacks_rules().unwrap().contains("none of the 1 files"));
}
