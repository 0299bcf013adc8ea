//! How many rules of each language run, and why the others do not; each line leads to its rules.

use std::collections::BTreeMap;

use super::list::short;
use crate::rule::totals::{Totals, totals};
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
    let totals = totals(set);
    languages(set, &totals, alerts, &mut lines, &mut choices);
    reasons(&totals, ink, columns, &mut lines, &mut choices);
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

fn languages(
    set: &RuleSet,
    totals: &Totals<'_>,
    alerts: &dyn Fn(&Rule) -> u64,
    lines: &mut Vec<SheetLine>,
    choices: &mut Vec<String>,
) {
    let mut fired: BTreeMap<Language, u64> = BTreeMap::new();
    for rule in &set.rules {
        *fired.entry(rule.language).or_default() += alerts(rule);
    }
    lines.push(SheetLine::plain(
        Role::Title,
        format!(
            "{:<10}{:>8}{:>8}{:>13}{:>14}{:>10}",
            "LANGUAGE", "RULES", "RUN", "NEVER FIRE", "NOT RUNNABLE", "ALERTS"
        ),
    ));
    for (language, count) in &totals.languages {
        let alerts = fired.get(language).copied().unwrap_or_default();
        let name = short(*language);
        let mut line = SheetLine::of(choices.len())
            .with(Role::Text, format!("{name:<10}{:>8}", grouped(count.all)))
            .with(Role::Good, format!("{:>8}", grouped(count.run)));
        for (role, wide, number) in [
            (Role::Warning, 13, count.never_fire),
            (Role::Bad, 14, count.not_runnable),
        ] {
            let role = if number == 0 { Role::Dim } else { role };
            line = line.with(role, format!("{:>wide$}", grouped(number)));
        }
        lines.push(line.with(Role::Text, format!("{:>10}", grouped(alerts))));
        choices.push(format!("lang:{name}"));
    }
}

fn reasons(
    totals: &Totals<'_>,
    ink: Ink<'_>,
    columns: usize,
    lines: &mut Vec<SheetLine>,
    choices: &mut Vec<String>,
) {
    for (reasons, heading, role) in [
        (&totals.not_runnable, "WHY RULES CANNOT RUN", Role::Bad),
        (
            &totals.never_fire,
            "WHY RULES NEVER FIRE HERE",
            Role::Warning,
        ),
    ] {
        if reasons.is_empty() {
            continue;
        }
        lines.push(SheetLine::default());
        lines.push(SheetLine::plain(Role::Title, heading));
        for (reason, count) in reasons.iter().take(REASONS) {
            lines.push(
                SheetLine::of(choices.len())
                    .with(role, format!("{:>6}  ", grouped(*count)))
                    .with(Role::Text, ink.clean(reason).into_owned()),
            );
            choices.push(format!("reason:\"{}\"", reason.replace('"', "")));
        }
        if reasons.len() > REASONS {
            let more = counted(reasons.len() - REASONS, "more reason");
            lines.extend(prose(&more, Role::Dim, columns));
        }
    }
}
