//! Every public Splunk detection through the compiler: none stops it, and a known share runs.
//!
//! `cargo test --test splunk_detections -- --nocapture` prints what the others need.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use watchglass::lang::spl::{self, Macro, Macros};
use watchglass::lang::{CompileError, Query, Span};
use watchglass::rule::{Language, RuleSet, RuleState};

/// How many detections of a folder run, as measured, so that it cannot fall unseen.
const FLOORS: [(&str, usize); 2] = [("endpoint", 762), ("", 825)];

/// Of each hundred endpoint detections, how many must run, or never fire for lack of a source that watchglass reads.
const MUST_RUN: usize = 98;

#[test]
fn the_measured_share_of_the_public_detections_runs() {
    let Some(data) = support::data() else { return };
    let set = RuleSet::load(&[data.join("rules/splunk/detections")]);
    let rules: Vec<_> = set
        .rules
        .iter()
        .filter(|rule| rule.language == Language::Spl)
        .collect();
    assert!(rules.len() > 1_100, "only {} detections", rules.len());
    let verbose = std::env::var_os("WATCHGLASS_VERBOSE").is_some();
    for (folder, floor) in FLOORS {
        let (mut runs, mut never, mut refused) = (0, 0, 0);
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for rule in &rules {
            if !folder.is_empty()
                && !rule
                    .path
                    .components()
                    .any(|part| part.as_os_str() == folder)
            {
                continue;
            }
            match &rule.state {
                RuleState::Runs => runs += 1,
                RuleState::NeverFires(reason) => {
                    never += 1;
                    *reasons.entry(reason).or_default() += 1;
                }
                RuleState::NotRunnable(reason) => {
                    refused += 1;
                    assert!(!reason.is_empty(), "{}", rule.name);
                    assert!(!rule.findings.is_empty(), "{}: no caret", rule.name);
                    *reasons.entry(reason).or_default() += 1;
                    if verbose && folder == "endpoint" {
                        eprintln!("{}: {reason}", rule.path.file_stem().unwrap().display());
                    }
                }
            }
        }
        eprintln!("{folder:10} run {runs}, never fire {never}, not runnable {refused}");
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (reason, count) in reasons.iter().take(70) {
            eprintln!("{count:6} {reason}");
        }
        assert!(runs >= floor, "{folder}: only {runs} run");
        if folder == "endpoint" {
            let all = runs + never + refused;
            let works = runs + never;
            assert!(works * 100 >= all * MUST_RUN, "only {works} of {all} work");
        }
    }
}

/// The macros of the public detections.
fn macros(folder: &Path) -> Macros {
    #[derive(serde::Deserialize)]
    struct Written {
        name: String,
        definition: String,
        #[serde(default)]
        arguments: Vec<String>,
    }
    let mut macros = Macros::default();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let Ok(written) = serde_saphyr::from_str::<Written>(&text) else {
            continue;
        };
        let definition = Macro {
            arguments: written.arguments,
            definition: written.definition,
        };
        macros.insert(written.name, definition);
    }
    macros
}

/// A query without the places of its parts.
fn placeless(text: &str, macros: &Macros) -> Result<Query, CompileError> {
    let mut query = spl::compile(text, macros)?;
    let mut nowhere = |span: &mut Span| *span = 0..0;
    query.select.spans(&mut nowhere);
    if let Some(rows) = &mut query.rows {
        rows.spans(&mut nowhere);
    }
    if let Some(stateful) = &mut query.stateful {
        stateful.spans(&mut nowhere);
    }
    query.warnings.clear();
    Ok(query)
}

#[test]
fn every_search_prints_as_a_search_that_is_the_same() {
    let Some(data) = support::data() else { return };
    let set = RuleSet::load(&[data.join("rules/splunk/detections")]);
    let macros = macros(&data.join("rules/splunk/macros"));
    let searches = set
        .rules
        .iter()
        .filter(|rule| rule.language == Language::Spl);
    let places = regex::Regex::new(r"\d+\.\.\d+").unwrap();
    let (mut read, mut compared) = (0, 0);
    let mut unread = Vec::new();
    for rule in searches {
        let tree = match spl::parse(&rule.query_text, &macros) {
            Ok(tree) => tree,
            Err(error) => {
                unread.push(format!("{}: {}", rule.name, error.reason()));
                continue;
            }
        };
        read += 1;
        let printed = tree.to_string();
        let again = spl::parse(&printed, &macros);
        assert_eq!(again.as_ref(), Ok(&tree), "{}: {printed}", rule.name);
        let Ok(query) = placeless(&rule.query_text, &macros) else {
            continue;
        };
        let Ok(of_printed) = placeless(&printed, &macros) else {
            panic!("{}: {printed}", rule.name);
        };
        compared += 1;
        // A column without a name of its own is called as its aggregate is written, blanks included.
        let shown = |query: &Query| {
            let shown = format!("{query:?}").replace(char::is_whitespace, "");
            places.replace_all(&shown, "").into_owned()
        };
        assert_eq!(shown(&of_printed), shown(&query), "{}", rule.name);
    }
    eprintln!("{read} searches read, {compared} compared, unread: {unread:#?}");
    assert!(unread.len() * 100 <= read, "{unread:#?}");
    assert!(compared > 1_000, "only {compared} compared");
}

/// What every detection finds in a file: rule, record and how often.
fn found(rules: &Path, file: &Path) -> BTreeSet<(String, u64)> {
    let home = tempfile::tempdir().unwrap();
    let output = support::watchglass(home.path())
        .args(["scan", "--format", "jsonl", "--rules"])
        .args([rules, file])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", file.display());
    let mut found = BTreeSet::new();
    for alert in support::json_lines(&output) {
        let rule = alert["rule"]["name"].as_str().unwrap();
        for event in alert["events"].as_array().unwrap() {
            found.insert((rule.to_owned(), event["record_id"].as_u64().unwrap()));
        }
    }
    found
}

#[test]
fn all_detections_find_the_same_in_every_format() {
    let Some(data) = support::data() else { return };
    let rules = data.join("rules/splunk/detections/endpoint");
    let samples = data.join("seed-rule-samples");
    let (mut files, mut hits) = (0, 0);
    for entry in std::fs::read_dir(samples.join("evtx")).unwrap() {
        let evtx = entry.unwrap().path();
        let stem = evtx.file_stem().unwrap();
        let expected = found(&rules, &evtx);
        hits += expected.len();
        for (folder, extension) in [("json", "jsonl"), ("xml", "log")] {
            let other = samples.join(folder).join(stem).with_extension(extension);
            if other.is_file() {
                files += 1;
                assert_eq!(found(&rules, &other), expected, "{}", other.display());
            }
        }
    }
    assert!(files > 10, "only {files} files to compare");
    assert!(hits > 50, "only {hits} hits");
}
