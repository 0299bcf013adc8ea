//! Every ES|QL rule of the vendor's checkout parses, and what it prints parses to the same tree.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise and says what it counted"
)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use watchglass::lang::esql;
use watchglass::rule::{Language, RuleSet, RuleState};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "toml") {
            found.push(path);
        }
    }
}

/// Path and query of every ES|QL rule.
fn queries(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    files(folder, &mut paths);
    paths.sort();
    let rule = |path: PathBuf| {
        let document: toml::Table = std::fs::read_to_string(&path).unwrap().parse().ok()?;
        let rule = document.get("rule")?;
        let esql = rule.get("language")?.as_str() == Some("esql");
        let query = rule.get("query")?.as_str()?.to_owned();
        esql.then_some((path, query))
    };
    paths.into_iter().filter_map(rule).collect()
}

#[test]
fn every_rule_parses_and_prints_as_itself() {
    let Some(data) = support::data() else { return };
    let queries = queries(&data.join("rules/elastic"));
    let mut failed = Vec::new();
    for (path, query) in &queries {
        match esql::parse(query) {
            Ok(tree) => {
                let text = tree.to_string();
                assert_eq!(esql::parse(&text).as_ref(), Ok(&tree), "{text}");
            }
            Err(error) => failed.extend(error.diagnostics.iter().map(|diagnostic| {
                format!("{}\n{}", path.display(), diagnostic.render(query, false))
            })),
        }
    }
    eprintln!(
        "{} ES|QL rules, {} do not parse",
        queries.len(),
        failed.len()
    );
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(queries.len() > 100);
}

#[test]
fn every_rule_runs_or_says_what_it_lacks() {
    let Some(data) = support::data() else { return };
    let folder = data.join("rules/elastic");
    let set = RuleSet::load(&[folder]);
    let esql = set
        .rules
        .iter()
        .filter(|rule| rule.language == Language::Esql);
    let mut totals = BTreeMap::new();
    let mut refused = Vec::new();
    for rule in esql {
        let windows = rule.tags.iter().any(|tag| tag == "OS: Windows");
        let (state, reason) = match &rule.state {
            RuleState::Runs => ("runs", ""),
            RuleState::NeverFires(reason) => ("never fires", reason.as_str()),
            RuleState::NotRunnable(reason) => ("not runnable", reason.as_str()),
        };
        let on = if windows { "Windows" } else { "other" };
        *totals.entry((on, state)).or_insert(0) += 1;
        let wrong = match state {
            "runs" => false,
            "never fires" => reason.is_empty(),
            _ => windows || !reason.starts_with("ES|QL "),
        };
        if wrong {
            refused.push(format!("{}: {state}: {reason}", rule.path.display()));
        }
        if state != "runs" || windows {
            eprintln!("{on} {state} {}: {reason}", rule.name);
        }
    }
    eprintln!("{totals:?}");
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
