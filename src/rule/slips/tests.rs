use crate::rule::testing::{Folder, eql};
use crate::rule::{Finding, RuleSet};
use crate::testdata;

/// Returns what the file gives: the text at the caret, and the help.
fn found(name: &str, text: &str) -> Vec<(String, String)> {
    let folder = Folder::new();
    folder.write(name, text);
    let set = folder.load();
    let slips = set
        .findings
        .iter()
        .filter(|one| one.diagnostic.code == "R108");
    let said = |finding: &Finding| {
        let span = finding.diagnostic.labels[0].span.clone();
        let help = finding.diagnostic.help.clone().unwrap();
        (finding.source[span].to_owned(), help)
    };
    slips.map(said).collect()
}

fn meant(name: &str, help: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), help.to_owned())]
}

const SIGMA: &str = "title: t\nid: x\nstatus: test\nlogsource: {product: windows}\ndetection: {a: {b: c}, condition: a}\nlevel: low\n";

#[test]
fn a_file_that_is_nearly_a_rule_says_what_was_meant() {
    let splunk = "name: A\nid: a\ntype: TTP\nsearch: index=x\nhow_to_implement: so\nknown_false_positives: none\n";
    let elastic = eql("a", "process where true");
    let line = r#"{"nmae":"N","rule_id":"x","type":"eql","language":"eql","query":"any where true","severity":"low"}"#;
    for (name, text, at, help) in [
        (
            "a.yml",
            SIGMA.replace("detection", "detecton"),
            "detecton",
            "did you mean `detection`?",
        ),
        (
            "a.yml",
            SIGMA.replace("detection:", "Detection:"),
            "Detection",
            "did you mean `detection`?",
        ),
        (
            "a.yml",
            SIGMA.replace("detection: {a: {b: c}, condition: a}\n", ""),
            "title",
            "add `detection`",
        ),
        (
            "a.yml",
            "title: t\nlevel: low\ncorelation: {type: event_count}\n".to_owned(),
            "corelation",
            "did you mean `correlation`?",
        ),
        (
            "a.yml",
            splunk.replace("search", "serach"),
            "serach",
            "did you mean `search`?",
        ),
        (
            "a.yml",
            splunk.replace("name:", "nmae:"),
            "nmae",
            "did you mean `name`?",
        ),
        (
            "a.yml",
            "name: m\ndefiniton: index=x\ndescription: d\n".to_owned(),
            "definiton",
            "did you mean `definition`?",
        ),
        (
            "a.toml",
            elastic.replace("[rule]", "[rul]"),
            "rul",
            "did you mean `[rule]`?",
        ),
        (
            "a.toml",
            elastic.replace("[rule]", "[Rule]"),
            "Rule",
            "did you mean `[rule]`?",
        ),
        (
            "a.toml",
            elastic.replace("[rule]", "[[rule]]"),
            "rule",
            "write `[rule]`, and each rule into a file of its own",
        ),
        (
            "a.toml",
            elastic.replace("[rule]\n", ""),
            "name",
            "write `[rule]` above them",
        ),
        (
            "a.toml",
            elastic.replace("name =", "nam ="),
            "nam",
            "did you mean `name`?",
        ),
        ("a.ndjson", line.to_owned(), "nmae", "did you mean `name`?"),
    ] {
        assert_eq!(found(name, &text), meant(at, help), "{text}");
    }
}

#[test]
fn a_member_of_a_rule_that_is_a_slip_is_said() {
    let elastic = eql("a", "process where true");
    for (name, text, at, help) in [
        (
            "a.yml",
            SIGMA.replace("level", "leval"),
            "leval",
            "did you mean `level`?",
        ),
        (
            "a.yml",
            SIGMA.replace("logsource", "logsorce"),
            "logsorce",
            "did you mean `logsource`?",
        ),
        (
            "a.toml",
            elastic.replace("query =", "querry ="),
            "querry",
            "did you mean `query`?",
        ),
        (
            "a.toml",
            elastic.replace("severity =", "severty ="),
            "severty",
            "did you mean `severity`?",
        ),
    ] {
        assert_eq!(found(name, &text), meant(at, help), "{text}");
    }
}

#[test]
fn files_of_other_kinds_stay_silent() {
    for (name, text) in [
        (
            "ci.yml",
            "name: CI\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps: [{run: make}]\n",
        ),
        (
            "mkdocs.yml",
            "site_name: Rules\nplugins: [search]\nnav:\n  - Home: index.md\nmarkdown_extensions: [toc]\n",
        ),
        (
            "compose.yml",
            "services:\n  web: {image: x, ports: ['80:80']}\n",
        ),
        (
            "page.yml",
            "title: About\ndate: 2026-01-01\ntags: [a]\nauthor: me\ndescription: d\n---\ntext\n",
        ),
        (
            "story.yml",
            "name: S\nid: s\ndescription: d\nnarrative: n\ntags: {category: [x]}\n",
        ),
        ("lookup.yml", "name: l\ncollection: l\ndescription: d\n"),
        (
            "deployment.yml",
            "name: d\nid: x\ndescription: d\nscheduling: {cron_schedule: '0 * * * *'}\n",
        ),
        (
            "source.yml",
            "name: Sysmon EventID 1\nid: x\nversion: 1\ndate: '2026-01-01'\nsource: x\nsourcetype: y\nfields: [a]\n",
        ),
        (
            "pipeline.yml",
            "name: p\npriority: 10\ntransformations: [{id: a, type: field_name_mapping}]\n",
        ),
        (
            "values.yml",
            "image: {{ .Values.image }}\nreplicas: {{ .Values.replicas }}\n",
        ),
        (
            "pyproject.toml",
            "[project]\nname = 'x'\nversion = '1'\n[tool.ruff.lint]\nselect = ['E']\n",
        ),
        ("rules.toml", "[rules]\nname = 'x'\npath = 'y'\n"),
        (
            "package.json",
            "{\n  \"name\": \"x\",\n  \"version\": \"1\",\n  \"type\": \"module\"\n}\n",
        ),
    ] {
        let folder = Folder::new();
        folder.write(name, text);
        let set = folder.load();
        assert!(set.findings.is_empty(), "{name}: {:?}", set.findings);
    }
}

#[test]
fn the_corpora_have_no_slips() {
    let Some(data) = testdata::data() else {
        return;
    };
    let set = RuleSet::load(&[data.join("rules")]);
    let slips = set
        .findings
        .iter()
        .filter(|one| one.diagnostic.code == "R108");
    let slips: Vec<String> = slips.map(Finding::line).collect();
    assert!(slips.is_empty(), "{slips:#?}");
}
