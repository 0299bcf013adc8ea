//! Every public Elastic rule through the loader: none stops it, each is classified, and a known share runs.
//!
//! `cargo test --test elastic_corpus -- --nocapture` prints the totals by type and reason; with `WATCHGLASS_VERBOSE=1`
//! also each rule that does not run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use watchglass::rule::{FileKind, Language, Phase, Rule, RuleSet, RuleState};

/// The one type of Windows rules that watchglass does not run: such a rule names a job of Elastic's and has no query.
const NOT_RUN: Language = Language::MachineLearning;

#[test]
fn every_guide_of_a_windows_rule_gives_steps() {
    let Some(data) = support::data() else { return };
    let set = RuleSet::load(&[data.join("rules/elastic")]);
    let (mut notes, mut phases) = (0, [0; 4]);
    for rule in &set.rules {
        let text = std::fs::read_to_string(&rule.path).unwrap();
        let windows = rule.tags.iter().any(|tag| tag == "OS: Windows");
        if !windows || !text.lines().any(|line| line.starts_with("note = ")) {
            continue;
        }
        notes += 1;
        let of = |phase| rule.guide.steps.iter().any(|step| step.phase == phase);
        let all = [
            Phase::Investigate,
            Phase::FalsePositives,
            Phase::Respond,
            Phase::Setup,
        ];
        for (count, phase) in phases.iter_mut().zip(all) {
            *count += usize::from(of(phase));
        }
        assert!(of(Phase::Investigate), "{}", rule.path.display());
    }
    eprintln!("{notes} notes: investigate, false positives, respond, setup in {phases:?}");
    assert!(notes > 390, "only {notes} notes");
}

fn kind(rule: &Rule) -> String {
    let kind = rule.annotations.iter().find(|(name, _)| name == "Type");
    let kind = kind.map_or("", |(_, values)| values[0].as_str());
    format!("{kind} ({})", rule.language.as_str())
}

#[test]
fn every_rule_is_classified_and_those_for_windows_run() {
    let Some(data) = support::data() else { return };
    let set = RuleSet::load(&[data.join("rules/elastic")]);
    let broken: Vec<_> = set
        .files
        .iter()
        .filter(|file| file.kind != FileKind::ElasticToml)
        .collect();
    assert!(broken.is_empty(), "{broken:?}");
    assert!(set.rules.len() > 1_400, "only {} rules", set.rules.len());
    let verbose = std::env::var_os("WATCHGLASS_VERBOSE").is_some();
    for windows in [true, false] {
        let rules: Vec<_> = set
            .rules
            .iter()
            .filter(|rule| rule.tags.iter().any(|tag| tag == "OS: Windows") == windows)
            .collect();
        let mut by_kind: BTreeMap<String, [usize; 3]> = BTreeMap::new();
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for rule in &rules {
            let counts = by_kind.entry(kind(rule)).or_default();
            match &rule.state {
                RuleState::Runs => counts[0] += 1,
                RuleState::NeverFires(reason) => {
                    counts[1] += 1;
                    assert!(!reason.is_empty(), "{}", rule.name);
                }
                RuleState::NotRunnable(reason) => {
                    counts[2] += 1;
                    assert!(!reason.is_empty(), "{}", rule.name);
                    *reasons.entry(reason).or_default() += 1;
                    if verbose {
                        eprintln!("{}: {reason}", rule.path.file_stem().unwrap().display());
                    }
                }
            }
        }
        let whose = if windows { "Windows" } else { "other" };
        eprintln!(
            "{} {whose} rules: run, never fire, not runnable",
            rules.len()
        );
        for (kind, [run, never, refused]) in &by_kind {
            eprintln!("  {kind:32} {run:5} {never:5} {refused:5}");
        }
        for (reason, count) in &reasons {
            eprintln!("  not runnable: {count:5} {reason}");
        }
        if windows {
            let (learning, others): (Vec<_>, Vec<_>) =
                rules.iter().partition(|rule| rule.language == NOT_RUN);
            let refused = |rule: &&&Arc<Rule>| matches!(rule.state, RuleState::NotRunnable(_));
            let holes: Vec<_> = others.iter().filter(|rule| refused(rule)).collect();
            eprintln!(
                "  all but machine learning ({}): {} of {}",
                learning.len(),
                others.len() - holes.len(),
                others.len()
            );
            let holes: Vec<_> = holes.iter().map(|rule| rule.path.display()).collect();
            assert!(holes.is_empty(), "{holes:?}");
            assert!(learning.iter().all(|rule| refused(&rule)));
        }
    }
}
