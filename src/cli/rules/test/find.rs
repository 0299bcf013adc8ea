//! Which tests there are, and the rule of each.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::super::CliError;
use crate::lang::Span;
use crate::rule::suite::{self, Case, Suite};
use crate::rule::{FileKind, Finding, Origins, Rule, RuleSet};
use crate::text::{Marks, similar, visible};

/// The suites that were asked for and the rules that they may name.
#[derive(Debug)]
pub struct Plan {
    pub suites: Vec<Suite>,
    /// What is wrong with sidecars and rule files.
    pub findings: Vec<Finding>,
    /// Sidecars and rule files that could not be read.
    pub broken: usize,
    rules: RuleSet,
}

impl Plan {
    /// Finds the suites of `paths`, of the current directory when there are none, and loads their rules.
    ///
    /// # Errors
    /// A path is not there.
    pub fn of(paths: &[PathBuf], indicators: Vec<PathBuf>) -> Result<Self, CliError> {
        let here = [PathBuf::from(".")];
        let paths = if paths.is_empty() { &here } else { paths };
        let mut sidecars = BTreeSet::new();
        let mut sources = Sources::default();
        let mut failed = Vec::new();
        for path in paths {
            let found = std::fs::metadata(path).map_err(|error| {
                let path = visible(&path.display().to_string(), Marks::Unicode).into_owned();
                CliError::Usage(format!("{path}: {error}"))
            })?;
            if found.is_dir() {
                let (found, errors) = suite::under(path);
                sidecars.extend(found);
                failed.extend(errors);
                sources.add(path);
            } else if suite::is_sidecar(path) {
                sidecars.insert(path.clone());
            } else {
                sidecars.extend(Some(suite::of_rule_file(path)).filter(|path| path.is_file()));
                sources.add(path);
            }
        }
        let (mut suites, mut findings) = (Vec::new(), Vec::new());
        for path in sidecars {
            match Suite::load(&path) {
                Ok(mut suite) => {
                    findings.append(&mut suite.findings);
                    suites.push(suite);
                }
                Err(mut wrong) => findings.append(&mut wrong),
            }
        }
        for suite in &suites {
            suite.beside().iter().for_each(|path| sources.add(path));
            suite.rules.iter().for_each(|(path, _)| sources.add(path));
        }
        let nowhere: Arc<str> = Arc::from("");
        findings.extend(failed.iter().map(|(path, error)| {
            let message = format!("cannot be read: {error}");
            Finding::error("R301", message, 0..0, "", path, &nowhere)
        }));
        let rules = RuleSet::load_from(Origins {
            rules: sources.paths,
            indicators,
        });
        let samples = folders_of_samples(&suites);
        let is_sample = |path: &Path| {
            is_json(path)
                && path
                    .parent()
                    .is_some_and(|folder| samples.contains(&place(folder)))
        };
        let broken_rules = rules
            .files
            .iter()
            .filter(|file| file.kind == FileKind::Broken && !is_sample(&file.path));
        let broken = findings.len() + broken_rules.count();
        let of_rules = rules.findings.iter().filter(|finding| {
            let path = finding.diagnostic.path.as_deref();
            !path.is_some_and(is_sample)
        });
        findings.extend(of_rules.cloned());
        Ok(Self {
            suites,
            findings,
            broken,
            rules,
        })
    }

    /// Returns the rule of `case`.
    ///
    /// # Errors
    /// There is none, or it cannot be told which: with the place in the suite.
    pub fn rule(&self, suite: &Suite, case: &Case) -> Result<&Arc<Rule>, Box<Finding>> {
        let named = suite.rules.iter().map(|(path, _)| path.clone());
        let own: Vec<PathBuf> = named
            .chain(suite.beside())
            .map(|path| place(&path))
            .collect();
        let near: Vec<&Arc<Rule>> = self
            .rules
            .rules
            .iter()
            .filter(|rule| {
                let path = place(&rule.path);
                own.iter().any(|own| path.starts_with(own))
            })
            .collect();
        let wrong = |message: String, span: &Span, help: String| {
            let span = span.clone();
            let (path, text) = (&suite.path, &suite.text);
            Box::new(Finding::error("R304", message, span, "", path, text).help(help))
        };
        let Some((wanted, span)) = &case.rule else {
            return match near.as_slice() {
                [one] => Ok(one),
                [] => Err(wrong(
                    "no rule lies beside this file under its name".to_owned(),
                    &case.span,
                    "say rule = \"id or name\", or rules = \"path of a rule file\" ahead of the cases"
                        .to_owned(),
                )),
                several => Err(wrong(
                    format!("which of the {} rules?", several.len()),
                    &case.span,
                    "say rule = \"id or name\"".to_owned(),
                )),
            };
        };
        let all: Vec<&Arc<Rule>> = self.rules.rules.iter().collect();
        let is = |rule: &&&Arc<Rule>| rule.id == *wanted || rule.name == *wanted;
        let found = near.iter().find(is).or_else(|| all.iter().find(is));
        found.copied().ok_or_else(|| {
            let known = if near.is_empty() { &all } else { &near };
            let names = known.iter().flat_map(|rule| [rule.name.as_str(), &rule.id]);
            let help = similar::nearest(wanted, names).map_or_else(
                || format!("{} rules are loaded; none has this id or name", all.len()),
                |name| format!("did you mean `{name}`?"),
            );
            let wanted = visible(wanted, Marks::Unicode);
            wrong(format!("no rule is `{wanted}`"), span, help)
        })
    }

    /// Returns how many of the rules no case names.
    pub fn untested(&self) -> usize {
        let cases = self
            .suites
            .iter()
            .flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)));
        let tested: HashSet<&str> = cases
            .filter_map(|(suite, case)| self.rule(suite, case).ok())
            .map(|rule| rule.id.as_str())
            .collect();
        let rules = self.rules.rules.iter();
        rules
            .filter(|rule| !tested.contains(rule.id.as_str()))
            .count()
    }
}

/// Returns the directories that samples lie in. They may lie among rules, where what is torn on purpose would pass for
/// a broken export.
fn folders_of_samples(suites: &[Suite]) -> HashSet<PathBuf> {
    let cases = suites.iter().flat_map(|suite| &suite.cases);
    let samples = cases.flat_map(|case| &case.samples);
    samples
        .filter_map(|(path, _)| path.parent().map(place))
        .collect()
}

fn is_json(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ["json", "jsonl", "ndjson"].contains(&ending))
}

/// Paths to load, none inside another.
#[derive(Debug, Default)]
struct Sources {
    paths: Vec<PathBuf>,
    places: Vec<PathBuf>,
}

impl Sources {
    fn add(&mut self, path: &Path) {
        let new = place(path);
        if self.places.iter().any(|known| new.starts_with(known)) {
            return;
        }
        let inside = |known: &PathBuf| known.starts_with(&new);
        let kept: Vec<bool> = self.places.iter().map(|known| !inside(known)).collect();
        let mut keep = kept.iter();
        self.paths.retain(|_| keep.next().copied().unwrap_or(true));
        self.places.retain(|known| !inside(known));
        self.paths.push(path.to_owned());
        self.places.push(new);
    }
}

/// Returns the one name of a path.
fn place(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
