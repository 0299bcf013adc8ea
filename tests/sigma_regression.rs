//! Sigma's own regression data: each rule fires on its events as often as stated, from every shape of the events.
//!
//! `cargo test --test sigma_regression -- --nocapture` prints how many cases were run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

mod support;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use watchglass::engine::{Engine, Matches};
use watchglass::event::Event;
use watchglass::pipeline::{Found, scan};
use watchglass::rule::{Rule, RuleSet};
use watchglass::source::listing;

/// How many cases there are at least: fewer means that they were not found.
const CASES: usize = 150;

/// Cases whose file states fewer matches than its rule has by its plain text: (rule, stated, found, why). Sigma's own
/// runner asks only for one match.
const STATED_TOO_LOW: [(&str, u64, u64, &str); 4] = [
    (
        "0b9ad457-2554-44c1-82c2-d56a99c42377",
        1,
        3,
        "records 14985, 14988 and 14990 each write a file below \\AppData\\Roaming\\AnyDesk\\user.conf",
    ),
    (
        "8fbf3271-1ef6-4e94-8210-03c2317947f6",
        1,
        3,
        "procdump64.exe, procdump64a.exe and procdump.exe are written by one record each",
    ),
    (
        "45e112d0-7759-4c2a-aa36-9f8fb79d3393",
        1,
        3,
        "the value is set to 2 for http, https and * by one record each",
    ),
    (
        "c7dcacd0-cc59-4004-b0a4-1d6cdebe6f3e",
        1,
        2,
        "AutoShareServer and AutoShareWks are set to 0 by one record each",
    ),
];

struct Case {
    rule: String,
    stated: Option<u64>,
    evtx: PathBuf,
}

/// Reads the few members of an `info.yml` that matter; a case without a test is no case.
fn case(info: &Path) -> Option<Case> {
    let text = std::fs::read_to_string(info).unwrap();
    let lines = || {
        text.lines()
            .filter(|line| !line.trim_start().starts_with('#'))
    };
    let member = |name: &str| {
        let mut found =
            lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix(name));
        found.next_back().map(|value| value.trim().to_owned())
    };
    let file = member("path:")?.replace("regression_data/", "");
    let root = info
        .ancestors()
        .find(|folder| folder.ends_with("sigma-regression"))?;
    let mut metadata = lines().skip_while(|line| !line.starts_with("rule_metadata"));
    let id = metadata.find_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("id:"))?;
    Some(Case {
        rule: id.trim().to_owned(),
        stated: member("match_count:").map(|count| count.parse().unwrap()),
        evtx: root.join(file),
    })
}

fn infos(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            infos(&path, found);
        } else if path.ends_with("info.yml") {
            found.push(path);
        }
    }
}

fn events(path: &Path) -> Vec<Arc<Event>> {
    let mut events = Vec::new();
    scan(listing::expand(&[path.to_owned()]), &mut |found| {
        if let Found::Event(event) = found {
            events.push(event);
        }
        ControlFlow::Continue(())
    });
    events
}

fn matches(rule: &Arc<Rule>, events: &[Arc<Event>]) -> u64 {
    let engine = Engine::new(vec![Arc::clone(rule)]);
    let mut found = Matches::default();
    for event in events {
        engine.observe(event, &mut found);
    }
    found.detections.len() as u64
}

/// The events as winlogbeat's pipelines leave them.
fn shipped(events: &[Arc<Event>]) -> Vec<Arc<Event>> {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("shipped.ndjson");
    let lines: Vec<String> = events
        .iter()
        .map(|event| event.document().to_string() + "\n")
        .collect();
    std::fs::write(&path, lines.concat()).unwrap();
    self::events(&path)
}

#[test]
fn every_case_fires_its_rule_as_often_as_stated() {
    let Some(data) = support::data() else { return };
    let set = RuleSet::load(&[data.join("rules/sigma")]);
    let rules: BTreeMap<&str, &Arc<Rule>> = set
        .rules
        .iter()
        .map(|rule| (rule.id.as_str(), rule))
        .collect();
    let mut paths = Vec::new();
    infos(&data.join("sigma-regression"), &mut paths);
    paths.sort();
    let cases: Vec<Case> = paths.iter().filter_map(|path| case(path)).collect();
    let (mut run, mut wrong) = (0, Vec::new());
    for case in &cases {
        // The corpus of rules is a part of Sigma's; a case of a rule outside it cannot be run.
        let Some(rule) = rules.get(case.rule.as_str()) else {
            continue;
        };
        run += 1;
        let logged = events(&case.evtx);
        assert!(!logged.is_empty(), "{}", case.evtx.display());
        let known = STATED_TOO_LOW.iter().find(|(id, ..)| *id == case.rule);
        let shapes = [
            ("EVTX", matches(rule, &logged)),
            (
                "JSON",
                matches(rule, &events(&case.evtx.with_extension("json"))),
            ),
            ("ECS", matches(rule, &shipped(&logged))),
        ];
        for (shape, found) in shapes {
            let right = match (known, case.stated) {
                (Some((_, stated, wanted, _)), Some(now)) => *stated == now && found == *wanted,
                (_, Some(stated)) => found == stated,
                (_, None) => found >= 1 && found == shapes[0].1,
            };
            if !right {
                wrong.push(format!(
                    "{shape} {found} of {:?}: {}",
                    case.stated,
                    case.evtx.display()
                ));
            }
        }
    }
    eprintln!(
        "{} cases, {run} run in three shapes each, {} of them stated too low",
        cases.len(),
        STATED_TOO_LOW.len()
    );
    assert!(
        cases.len() >= CASES && run >= CASES,
        "{} cases, {run} run",
        cases.len()
    );
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
