//! Every public Splunk detection through the compiler: none stops it, and a known share runs.
//!
//! `cargo test --test splunk_detections -- --nocapture` prints what the others need.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

mod support;

use std::collections::BTreeMap;

use watchglass::rule::{Language, RuleSet, RuleState};

/// How many detections run, could run and never fire here, of a folder: what was measured, so that it cannot fall.
const FLOORS: [(&str, usize); 2] = [("endpoint", 1), ("", 1)];

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
    }
}
