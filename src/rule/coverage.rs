//! Which ATT&CK techniques the rules watch for, and where nothing does.
//!
//! Takes rules and the number of alerts of each; gives a [`Coverage`]: tactics across, techniques down, both those
//! that rules name and those that only the catalogue knows.

pub mod navigator;

use std::collections::{BTreeMap, BTreeSet};

use super::attack::{catalogue, parent};
use super::{Rule, RuleState};

/// A technique or sub-technique and what is there for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub id: String,
    /// What ATT&CK calls it; the id where the catalogue lacks it.
    pub name: String,
    /// Rules that name it, or for a technique one of its sub-techniques; each once.
    pub rules: usize,
    /// Those of them that run and can fire.
    pub running: usize,
    /// Alerts of those rules.
    pub alerts: u64,
    /// The sub-techniques that rules name, by id.
    pub below: Vec<Self>,
}

/// A tactic and its techniques, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// `TA0006`; empty for techniques of no known tactic.
    pub tactic: String,
    pub name: String,
    pub cells: Vec<Cell>,
}

/// The matrix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// In the order of an intrusion.
    pub columns: Vec<Column>,
    /// Rules that name no technique.
    pub unmapped: usize,
}

/// What the rules of one technique add up to.
#[derive(Debug, Default)]
struct Sum {
    rules: BTreeSet<usize>,
}

impl Coverage {
    /// Counts `rules` under the techniques that they name; `alerts` says how many alerts one gave.
    #[must_use]
    pub fn of(rules: &[&Rule], alerts: &dyn Fn(&Rule) -> u64) -> Self {
        let mut sums: BTreeMap<String, BTreeMap<String, Sum>> = BTreeMap::new();
        let mut unmapped = 0;
        for (number, rule) in rules.iter().enumerate() {
            let pairs = named(rule);
            if pairs.iter().all(|(_, technique)| technique.is_empty()) {
                unmapped += 1;
            }
            for (tactic, technique) in pairs {
                let column = sums.entry(tactic).or_default();
                for id in [Some(technique.as_str()), parent(&technique)] {
                    let id = id.filter(|id| !id.is_empty());
                    if let Some(id) = id {
                        let sum = column.entry(id.to_owned()).or_default();
                        sum.rules.insert(number);
                    }
                }
            }
        }
        for technique in catalogue().techniques() {
            for tactic in &technique.tactics {
                if parent(&technique.id).is_none() {
                    let column = sums.entry(tactic.clone()).or_default();
                    column.entry(technique.id.clone()).or_default();
                }
            }
        }
        let ends = catalogue()
            .tactics()
            .iter()
            .map(|tactic| (&*tactic.id, &*tactic.name));
        let columns = ends
            .chain([("", "No tactic")])
            .filter_map(|(tactic, name)| {
                let cells = cells(sums.get(tactic)?, rules, alerts);
                (!cells.is_empty()).then(|| Column {
                    tactic: tactic.to_owned(),
                    name: name.to_owned(),
                    cells,
                })
            })
            .collect();
        Self { columns, unmapped }
    }

    /// Returns every technique and sub-technique once, by id, with what stands for it under any tactic.
    #[must_use]
    pub fn techniques(&self) -> BTreeMap<&str, &Cell> {
        let mut found: BTreeMap<&str, &Cell> = BTreeMap::new();
        let all = self.columns.iter().flat_map(|column| &column.cells);
        for cell in all.flat_map(|cell| std::iter::once(cell).chain(&cell.below)) {
            let known = found.entry(&cell.id).or_insert(cell);
            // A rule may name a technique under one of its tactics only.
            if cell.rules > known.rules {
                *known = cell;
            }
        }
        found
    }

    /// Returns how many techniques have a rule that runs, and how many there are; sub-techniques are not counted.
    #[must_use]
    pub fn covered(&self) -> (usize, usize) {
        let techniques = self.techniques();
        let parents = techniques
            .values()
            .filter(|cell| parent(&cell.id).is_none());
        parents.fold((0, 0), |(with, all), cell| {
            (with + usize::from(cell.running > 0), all + 1)
        })
    }
}

/// Returns the (tactic, technique) pairs that a rule names; where it names no tactic, those that ATT&CK lists.
fn named(rule: &Rule) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for threat in &rule.threat {
        for technique in &threat.techniques {
            let known = || {
                let found = catalogue().technique(technique);
                found.or_else(|| catalogue().technique(parent(technique)?))
            };
            let tactics = match &threat.tactic {
                Some(tactic) => vec![tactic.clone()],
                None => known().map_or_else(|| vec![String::new()], |known| known.tactics.clone()),
            };
            pairs.extend(
                tactics
                    .into_iter()
                    .map(|tactic| (tactic, technique.clone())),
            );
        }
    }
    pairs
}

fn cells(
    column: &BTreeMap<String, Sum>,
    rules: &[&Rule],
    alerts: &dyn Fn(&Rule) -> u64,
) -> Vec<Cell> {
    let cell = |(id, sum): (&String, &Sum)| {
        let of = || sum.rules.iter().filter_map(|number| rules.get(*number));
        Cell {
            name: catalogue()
                .technique(id)
                .map_or_else(|| id.clone(), |known| known.name.clone()),
            id: id.clone(),
            rules: sum.rules.len(),
            running: of().filter(|rule| rule.state == RuleState::Runs).count(),
            alerts: of().map(|rule| alerts(rule)).sum(),
            below: Vec::new(),
        }
    };
    let (subs, mut tops): (Vec<Cell>, Vec<Cell>) = column
        .iter()
        .map(cell)
        .partition(|cell| parent(&cell.id).is_some());
    for sub in subs {
        if let Some(top) = tops
            .iter_mut()
            .find(|top| Some(&*top.id) == parent(&sub.id))
        {
            top.below.push(sub);
        }
    }
    tops.sort_by(|a, b| a.name.cmp(&b.name));
    tops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::RuleSet;

    fn builtin() -> Coverage {
        let set = RuleSet::builtin();
        let rules: Vec<&Rule> = set.rules.iter().map(|rule| &**rule).collect();
        Coverage::of(&rules, &|_| 10)
    }

    #[test]
    fn a_technique_counts_each_rule_once_with_those_of_its_sub_techniques() {
        let coverage = builtin();
        let column = coverage
            .columns
            .iter()
            .find(|column| column.tactic == "TA0006")
            .unwrap();
        let dumping = column.cells.iter().find(|cell| cell.id == "T1003").unwrap();
        // All four detections dump credentials; three or four of them name LSASS.
        assert_eq!((dumping.rules, dumping.running, dumping.alerts), (4, 4, 40));
        let lsass = dumping
            .below
            .iter()
            .find(|cell| cell.id == "T1003.001")
            .unwrap();
        assert!(lsass.rules <= dumping.rules && lsass.name == "LSASS Memory");
    }

    #[test]
    fn what_no_rule_names_stands_there_empty() {
        let coverage = builtin();
        let names: Vec<&str> = coverage
            .columns
            .iter()
            .map(|column| &*column.name)
            .collect();
        assert!(names.contains(&"Exfiltration"), "{names:?}");
        let (with, all) = coverage.covered();
        assert!((1..10).contains(&with) && all > 100, "{with} of {all}");
        assert_eq!(coverage.unmapped, 0);
    }
}
