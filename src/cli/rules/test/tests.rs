use std::path::{Path, PathBuf};

use super::bench::{self, Outcome, Problem};
use super::find::Plan;

const RULE: &str = r#"
[rule]
name = "Certutil"
rule_id = "11111111-2222-3333-4444-555555555555"
risk_score = 21
severity = "low"
type = "eql"
language = "eql"
query = '''process where process.name == "certutil.exe" and process.args : ("-urlcache", "-decode")'''
"#;

fn line(record: u32, name: &str, argument: &str) -> String {
    format!(
        r#"{{"@timestamp":"2026-03-01T10:00:{record:02}.000Z","event":{{"category":["process"],"type":["start"],"code":"1"}},"host":{{"name":"WS-1"}},"process":{{"name":"{name}","args":["{name}","{argument}"]}},"winlog":{{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":"1","record_id":{record},"computer_name":"WS-1"}}}}"#
    )
}

fn folder(tests: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    write("certutil.toml", RULE);
    let lines = [
        line(1, "certutil.exe", "-decode"),
        line(2, "certutil.exe", "-hashfile"),
        line(3, "cmd.exe", "-decode"),
    ];
    write("events.ndjson", &lines.join("\n"));
    write("none.ndjson", &lines[1..].join("\n"));
    write("torn.ndjson", &format!("{}\n{{\"a\": \n", lines[1]));
    let path = write("certutil.test.toml", tests);
    (folder, path)
}

fn outcomes(tests: &str) -> Vec<Outcome> {
    let (folder, _) = folder(tests);
    let plan = Plan::of(&[folder.path().to_owned()], Vec::new()).unwrap();
    assert!(plan.findings.is_empty(), "{:?}", plan.findings);
    let suite = &plan.suites[0];
    let cases = suite.cases.iter();
    cases
        .map(|case| bench::run(plan.rule(suite, case).unwrap(), case))
        .collect()
}

fn one(tests: &str) -> Outcome {
    outcomes(tests).remove(0)
}

#[test]
fn what_is_expected_passes() {
    for outcome in outcomes(
        r#"
[[case]]
samples = "events.ndjson"
[[case]]
samples = "events.ndjson"
hits = 1
alerts = 1
[[case]]
samples = "events.ndjson"
events = [{ computer = "ws-1", event_id = 1, record_id = 1 }]
[[case]]
samples = ["none.ndjson"]
hits = 0
"#,
    ) {
        assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
    }
}

#[test]
fn a_missed_event_comes_with_the_first_condition_that_is_false() {
    let outcome = one(
        "[[case]]\nsamples = \"events.ndjson\"\nevents = [{ record_id = 1 }, { record_id = 2 }, { record_id = 3 }]\n",
    );
    let [Problem::Missed(second, why), Problem::Missed(third, other)] = outcome.problems.as_slice()
    else {
        panic!("{:?}", outcome.problems)
    };
    assert_eq!((second.record_id, third.record_id), (Some(2), Some(3)));
    assert!(why.seen.contains("-hashfile"), "{why:?}");
    assert!(
        other.condition.contains("process.name") && other.seen.contains("cmd.exe"),
        "{other:?}"
    );
}

#[test]
fn too_many_too_few_and_others_are_told_apart() {
    let outcome = one("[[case]]\nsamples = \"events.ndjson\"\nevents = [{ record_id = 9 }]\n");
    assert!(
        matches!(
            outcome.problems.as_slice(),
            [Problem::Absent(..), Problem::Unexpected(_)]
        ),
        "{:?}",
        outcome.problems
    );
    let outcome = one("[[case]]\nsamples = \"none.ndjson\"\n");
    let [Problem::Count { got: 0, .. }, Problem::Nearest(event, why)] = outcome.problems.as_slice()
    else {
        panic!("{:?}", outcome.problems)
    };
    assert!(
        event.record_id == Some(2) && why.condition.contains("process.args"),
        "{why:?}"
    );
    let outcome = one("[[case]]\nsamples = \"events.ndjson\"\nhits = 0\n");
    assert!(matches!(
        outcome.problems.as_slice(),
        [Problem::Count { got: 1, .. }]
    ));
}

#[test]
fn silence_on_a_sample_that_cannot_be_read_shows_nothing() {
    let outcome = one("[[case]]\nsamples = \"torn.ndjson\"\nhits = 0\n");
    assert!(matches!(outcome.problems.as_slice(), [Problem::Samples(_)]));
    let outcome = one("[[case]]\nsamples = \"certutil.toml\"\nhits = 0\n");
    assert!(matches!(outcome.problems.as_slice(), [Problem::Samples(_)]));
}

#[test]
fn a_rule_is_found_beside_by_name_or_by_path() {
    let (folder, path) = folder("[[case]]\nsamples = \"events.ndjson\"\n");
    let rule = folder.path().join("certutil.toml");
    for paths in [
        vec![rule.clone()],
        vec![path.clone()],
        vec![folder.path().to_owned(), rule, path],
    ] {
        let plan = Plan::of(&paths, Vec::new()).unwrap();
        assert_eq!(plan.suites.len(), 1, "{paths:?}");
        let suite = &plan.suites[0];
        assert_eq!(plan.rule(suite, &suite.cases[0]).unwrap().name, "Certutil");
        assert_eq!(plan.untested(), 0);
    }
    let apart = folder.path().join("apart");
    std::fs::create_dir(&apart).unwrap();
    let text = "rules = \"../certutil.toml\"\n[[case]]\nrule = \"Certutl\"\nsamples = \"../events.ndjson\"\n";
    std::fs::write(apart.join("x.test.toml"), text).unwrap();
    let plan = Plan::of(&[apart], Vec::new()).unwrap();
    let suite = &plan.suites[0];
    let said = plan.rule(suite, &suite.cases[0]).unwrap_err().render(false);
    assert!(
        said.contains("did you mean `Certutil`?") && said.contains(":3:8"),
        "{said}"
    );
    assert!(Plan::of(&[PathBuf::from("/nowhere/at/all")], Vec::new()).is_err());
}

#[test]
fn our_own_rules_pass_their_tests() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let plan = Plan::of(&[rules], Vec::new()).unwrap();
    assert!(plan.findings.is_empty(), "{:?}", plan.findings);
    assert_eq!((plan.suites.len(), plan.untested()), (4, 0));
    for suite in &plan.suites {
        for case in &suite.cases {
            let outcome = bench::run(plan.rule(suite, case).unwrap(), case);
            assert!(
                outcome.problems.is_empty(),
                "{}: {:?}",
                case.name,
                outcome.problems
            );
        }
    }
}
