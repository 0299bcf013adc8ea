//! How many rules of each language run, and why the others do not; each line leads to its rules.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::list::short;
use super::{Standing, reason};
use crate::rule::{Language, Rule, RuleSet};
use crate::ui::ink::Ink;
use crate::ui::pane::event::prose;
use crate::ui::pane::techniques::{counted, grouped};
use crate::ui::sheet::SheetLine;
use crate::ui::theme::Role;

/// Most reasons that are listed; the rest is counted.
const REASONS: usize = 500;

/// Returns the lines for rules that gave so many `alerts`, and for each item the search that finds its rules.
#[must_use]
pub fn lines(
    set: &RuleSet,
    alerts: &dyn Fn(&Rule) -> u64,
    ink: Ink<'_>,
    columns: usize,
) -> (Vec<SheetLine>, Vec<String>) {
    let mut lines = Vec::new();
    let mut choices = Vec::new();
    languages(set, alerts, &mut lines, &mut choices);
    reasons(set, ink, columns, &mut lines, &mut choices);
    if choices.is_empty() {
        let said = if set.is_pending() {
            "The rules are being loaded ..."
        } else {
            "No rule is loaded."
        };
        lines = prose(said, Role::Warning, columns);
    }
    (lines, choices)
}

#[derive(Default)]
struct Count {
    all: u64,
    runs: u64,
    never: u64,
    not: u64,
    alerts: u64,
}

fn languages(
    set: &RuleSet,
    alerts: &dyn Fn(&Rule) -> u64,
    lines: &mut Vec<SheetLine>,
    choices: &mut Vec<String>,
) {
    let mut counts: BTreeMap<Language, Count> = BTreeMap::new();
    for rule in &set.rules {
        let count = counts.entry(rule.language).or_default();
        count.all += 1;
        count.alerts += alerts(rule);
        match Standing::of(rule, set) {
            Standing::Runs | Standing::LastGood => count.runs += 1,
            Standing::NeverFires => count.never += 1,
            Standing::NotRunnable => count.not += 1,
        }
    }
    lines.push(SheetLine::plain(
        Role::Title,
        format!(
            "{:<10}{:>8}{:>8}{:>13}{:>14}{:>10}",
            "LANGUAGE", "RULES", "RUN", "NEVER FIRE", "NOT RUNNABLE", "ALERTS"
        ),
    ));
    for (language, count) in counts {
        let name = short(language);
        let mut line = SheetLine::of(choices.len())
            .with(Role::Text, format!("{name:<10}{:>8}", grouped(count.all)))
            .with(Role::Good, format!("{:>8}", grouped(count.runs)));
        for (role, wide, number) in [(Role::Warning, 13, count.never), (Role::Bad, 14, count.not)] {
            let role = if number == 0 { Role::Dim } else { role };
            line = line.with(role, format!("{:>wide$}", grouped(number)));
        }
        lines.push(line.with(Role::Text, format!("{:>10}", grouped(count.alerts))));
        choices.push(format!("lang:{name}"));
    }
}

fn reasons(
    set: &RuleSet,
    ink: Ink<'_>,
    columns: usize,
    lines: &mut Vec<SheetLine>,
    choices: &mut Vec<String>,
) {
    for (standing, heading, role) in [
        (Standing::NotRunnable, "WHY RULES CANNOT RUN", Role::Bad),
        (
            Standing::NeverFires,
            "WHY RULES NEVER FIRE HERE",
            Role::Warning,
        ),
    ] {
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for rule in set
            .rules
            .iter()
            .filter(|rule| Standing::of(rule, set) == standing)
        {
            *counts.entry(reason(rule)).or_default() += 1;
        }
        if counts.is_empty() {
            continue;
        }
        let mut sorted: Vec<(&str, u64)> = counts.into_iter().collect();
        sorted.sort_by_key(|(reason, count)| (Reverse(*count), *reason));
        lines.push(SheetLine::default());
        lines.push(SheetLine::plain(Role::Title, heading));
        for (reason, count) in sorted.iter().take(REASONS) {
            lines.push(
                SheetLine::of(choices.len())
                    .with(role, format!("{:>6}  ", grouped(*count)))
                    .with(Role::Text, ink.clean(reason).into_owned()),
            );
            choices.push(format!("reason:\"{}\"", reason.replace('"', "")));
        }
        if sorted.len() > REASONS {
            let more = counted(sorted.len() - REASONS, "more reason");
            lines.extend(prose(&more, Role::Dim, columns));
        }
    }
}
