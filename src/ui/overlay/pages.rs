//! Pages to read: help, rules, the reasons of a rule.

use jiff::tz::TimeZone;

use crate::engine::explain::{Kind, Tree, Truth};
use crate::event::Time;
use crate::rule::{RuleSet, RuleState};
use crate::ui::action::{Context, TABLE};
use crate::ui::ink::{Ink, severity, wrap};
use crate::ui::keymap::Keymap;
use crate::ui::pane::event::prose;
use crate::ui::pane::time::moment;
use crate::ui::sheet::SheetLine;
use crate::ui::theme::Role;

/// Returns the keys of the view: those of the focused pane, then those that hold anywhere.
#[must_use]
pub fn help(contexts: &[Context], keymap: &Keymap, columns: usize) -> Vec<SheetLine> {
    let mut lines = Vec::new();
    for context in contexts {
        lines.push(SheetLine::plain(Role::Title, context.title()));
        for entry in TABLE.iter().filter(|entry| entry.context == *context) {
            let keys = keymap.keys(entry.action).join("  ");
            let lead = format!("  {keys:<16}");
            let indent = lead.chars().count();
            for (at, piece) in wrap(entry.doc, columns.saturating_sub(indent + 2)).into_iter().enumerate() {
                let line = if at == 0 {
                    SheetLine::plain(Role::Key, lead.clone())
                } else {
                    SheetLine::plain(Role::Text, " ".repeat(indent))
                };
                lines.push(line.with(Role::Text, piece));
            }
        }
        lines.push(SheetLine::default());
    }
    lines
}

/// Returns the rules and what is wrong with them.
#[must_use]
pub fn rules(rules: &RuleSet, ink: Ink<'_>, columns: usize) -> Vec<SheetLine> {
    let mut lines = Vec::new();
    for finding in &rules.findings {
        let rendered = finding.diagnostic.render(&finding.source, false);
        for line in crate::text::visible_lines(&rendered, ink.marks()).lines() {
            lines.push(SheetLine::plain(Role::Bad, line));
        }
        lines.push(SheetLine::default());
    }
    if rules.rules.is_empty() {
        lines.extend(prose("No rule is loaded. watchglass rules check DIR says why.", Role::Warning, columns));
    }
    for (item, rule) in rules.rules.iter().enumerate() {
        let (word, role) = severity(rule.severity);
        let (state, state_role, reason) = match &rule.state {
            RuleState::Runs => ("runs", Role::Good, ""),
            RuleState::NeverFires(reason) => ("never fires", Role::Warning, reason.as_str()),
            RuleState::NotRunnable(reason) => ("not runnable", Role::Bad, reason.as_str()),
        };
        let kept = if rules.kept.contains(&rule.id) { "  last good version" } else { "" };
        lines.push(
            SheetLine::of(item)
                .with(role, format!("{word:<5}"))
                .with(Role::Text, ink.clean(&rule.name).into_owned())
                .with(Role::Dim, format!("  {}  {}{kept}", rule.language.as_str(), ink.clean(&rule.path.display().to_string())))
                .right(state_role, state),
        );
        for line in wrap(&ink.clean(reason), columns.saturating_sub(8)) {
            if !line.is_empty() {
                lines.push(SheetLine::of(item).with(Role::Dim, format!("      {line}")));
            }
        }
    }
    lines
}

/// Returns the messages, the newest first.
#[must_use]
pub fn messages(log: &[(Time, Role, String)], ink: Ink<'_>, zone: &TimeZone, columns: usize) -> Vec<SheetLine> {
    if log.is_empty() {
        return prose("Nothing was said yet.", Role::Dim, columns);
    }
    let mut lines = Vec::new();
    for (time, role, text) in log.iter().rev() {
        let clock = moment(*time, zone).clock;
        for (at, piece) in wrap(&ink.clean(text), columns.saturating_sub(12)).into_iter().enumerate() {
            let lead = if at == 0 { clock.clone() } else { String::new() };
            lines.push(SheetLine::plain(Role::Dim, format!("{lead:<10}")).with(*role, piece));
        }
    }
    lines
}

/// Returns why a rule does or does not select an event.
#[must_use]
pub fn explanation(tree: &Tree, ink: Ink<'_>) -> Vec<SheetLine> {
    let mut lines = Vec::new();
    branch(tree, 0, ink, &mut lines);
    lines
}

fn branch(tree: &Tree, depth: usize, ink: Ink<'_>, lines: &mut Vec<SheetLine>) {
    let (sign, role) = match tree.outcome {
        Truth::True => (ink.symbol("● ", "* "), Role::Fired),
        Truth::False => ("- ", Role::Dim),
        Truth::Missing => ("? ", Role::Warning),
    };
    let mut line = SheetLine::plain(role, format!("{}{sign}{}", "  ".repeat(depth), ink.clean(&tree.text)));
    if tree.kind == Kind::Leaf {
        let said = if tree.outcome == Truth::Missing {
            "the event has no such field".to_owned()
        } else {
            ink.clean(&tree.values.join(", ")).into_owned()
        };
        line = line.with(Role::Dim, format!("  {said}"));
    }
    lines.push(line);
    for child in &tree.children {
        branch(child, depth + 1, ink, lines);
    }
}
