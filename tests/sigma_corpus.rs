//! Every public Sigma rule through the loader: all of them load, and whatever does not run says why.
//!
//! `cargo test --test sigma_corpus -- --nocapture` prints the totals.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

mod support;

use std::collections::BTreeMap;

use watchglass::rule::{FileKind, Language, RuleSet, RuleState};

/// How many rules of the corpus there are at least.
const RULES: usize = 2_600;
/// How many run, as measured, so that the number cannot fall unseen.
const RUN: usize = 2_071;

/// Why a rule may not run: each reason begins or goes on like one of these.
const REASONS: [&str; 5] = [
    // Not what watchglass reads.
    "no source that watchglass reads has logs of the product `",
    "no source that watchglass reads has logs of the category `",
    "no source that watchglass reads has logs of the service `",
    "ETW provider",
    // The rule wants values of the site.
    "placeholder %",
];

#[test]
fn every_rule_loads_and_says_why_it_does_not_run() {
    let Some(data) = support::data() else { return };
    let set = RuleSet::load(&[data.join("rules/sigma")]);
    let mut totals: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut unexplained = Vec::new();
    let mut runs = 0;
    for rule in &set.rules {
        assert_eq!(rule.language, Language::Sigma);
        assert!(!rule.name.is_empty() && !rule.query_text.is_empty());
        let (state, reason) = match &rule.state {
            RuleState::Runs => {
                runs += 1;
                ("runs", "")
            }
            RuleState::NeverFires(reason) => ("never fires", reason.as_str()),
            RuleState::NotRunnable(reason) => ("not runnable", reason.as_str()),
        };
        *totals.entry((state, reason)).or_default() += 1;
        if state != "runs" && !REASONS.iter().any(|known| reason.contains(known)) {
            unexplained.push(format!("{}: {reason}", rule.path.display()));
        }
        // A service or category of Windows that no table knows would be a hole in the table.
        if state == "never fires" && rule.sources.iter().any(|one| one == "product: windows") {
            assert!(reason.contains("ETW"), "{}: {reason}", rule.path.display());
        }
    }
    for ((state, reason), count) in &totals {
        eprintln!("{count:6} {state} {reason}");
    }
    eprintln!(
        "{} files, {} rules, {runs} run",
        set.files.len(),
        set.rules.len()
    );
    assert!(set.files.iter().all(|file| file.kind == FileKind::Sigma));
    assert_eq!(set.files.len(), set.rules.len());
    assert!(set.rules.len() >= RULES, "{}", set.rules.len());
    assert!(unexplained.is_empty(), "{unexplained:#?}");
    assert!(runs >= RUN, "only {runs} run");
}

#[test]
fn findings_of_the_corpus_are_slips_of_its_authors() {
    let Some(data) = support::data() else { return };
    let set = RuleSet::load(&[data.join("rules/sigma")]);
    let mut by_code: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in set.all_findings() {
        *by_code.entry(finding.diagnostic.code).or_default() += 1;
        eprintln!("{} {}", finding.diagnostic.code, finding.line());
    }
    eprintln!("{by_code:?}");
    // A warning on more than one rule in a hundred would be noise.
    assert!(
        by_code.values().sum::<usize>() * 100 <= set.rules.len(),
        "{by_code:?}"
    );
}
