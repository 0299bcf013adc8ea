//! One rule whole, and what is wrong with files.

use super::{Standing, reason};
use crate::lang::diagnostic::Level;
use crate::rule::attack::catalogue;
use crate::rule::{Finding, Rule, RuleSet};
use crate::text::visible_lines;
use crate::ui::ink::{Ink, severity, wrap};
use crate::ui::pane::event::prose;
use crate::ui::pane::techniques::grouped;
use crate::ui::sheet::SheetLine;
use crate::ui::theme::Role;

/// Columns of a fact's name.
const NAME: usize = 12;

/// Returns what is wrong with files, and with rules that run in their last good version.
#[must_use]
pub fn problems(set: &RuleSet, ink: Ink<'_>, columns: usize) -> Vec<SheetLine> {
    if set.problems().next().is_none() {
        return prose("Every rule file could be read.", Role::Good, columns);
    }
    let mut lines = Vec::new();
    for (item, finding) in set.problems().enumerate() {
        for mut line in rendered(finding, ink, columns) {
            line.item = Some(item);
            lines.push(line);
        }
        lines.push(SheetLine::default());
    }
    lines
}

/// Returns a finding with its caret; what stands after `= help` is wrapped, lines of the file are cut at the edge.
fn rendered(finding: &Finding, ink: Ink<'_>, columns: usize) -> Vec<SheetLine> {
    let text = finding.diagnostic.render(&finding.source, false);
    let role = match finding.diagnostic.level {
        Level::Error => Role::Bad,
        Level::Warning => Role::Warning,
    };
    let mut lines = Vec::new();
    for (at, line) in visible_lines(&text, ink.marks()).lines().enumerate() {
        let prose = at == 0 || line.trim_start().starts_with("= ");
        if !prose {
            lines.push(SheetLine::plain(Role::Text, line));
            continue;
        }
        let indent = " ".repeat(line.len() - line.trim_start().len());
        let wide = columns.saturating_sub(indent.len() + 4);
        for (piece_at, piece) in wrap(line.trim_start(), wide).into_iter().enumerate() {
            let more = if piece_at == 0 { "" } else { "  " };
            let role = if at == 0 { role } else { Role::Dim };
            lines.push(SheetLine::plain(role, format!("{indent}{more}{piece}")));
        }
    }
    lines
}

/// Returns everything about a rule: facts, findings, description, query.
#[must_use]
pub fn rule(
    rule: &Rule,
    set: &RuleSet,
    alerts: u64,
    ink: Ink<'_>,
    columns: usize,
) -> Vec<SheetLine> {
    let mut lines = Vec::new();
    let standing = Standing::of(rule, set);
    let role = match standing {
        Standing::Runs => Role::Good,
        Standing::LastGood | Standing::NeverFires => Role::Warning,
        Standing::NotRunnable => Role::Bad,
    };
    let why = match (standing, reason(rule)) {
        (Standing::LastGood, _) => ": its file broke, this is the version before".to_owned(),
        (_, "") => String::new(),
        (_, reason) => format!(": {reason}"),
    };
    fact(
        "state",
        &format!("{}{why}", standing.words()),
        role,
        (ink, columns),
        &mut lines,
    );
    let (word, _) = severity(rule.severity);
    let facts = [
        ("severity", format!("{word}, risk {}", rule.risk_score)),
        ("alerts", grouped(alerts)),
        ("language", rule.language.as_str().to_owned()),
        ("id", rule.id.clone()),
        ("file", rule.path.display().to_string()),
        ("techniques", techniques(rule)),
        ("sources", rule.sources.join(", ")),
        ("original", rule.source.clone().unwrap_or_default()),
    ];
    for (name, value) in &facts {
        fact(name, value, Role::Text, (ink, columns), &mut lines);
    }
    for finding in &rule.findings {
        lines.push(SheetLine::default());
        lines.extend(rendered(finding, ink, columns));
    }
    lines.push(SheetLine::default());
    let description = visible_lines(rule.description.trim(), ink.marks());
    for line in description.lines() {
        lines.extend(prose(line, Role::Text, columns));
    }
    lines.push(SheetLine::default());
    let query = visible_lines(rule.query_text.trim(), ink.marks());
    for line in query.lines() {
        let indent = " ".repeat((line.len() - line.trim_start().len()).min(columns / 2));
        for piece in wrap(line.trim_start(), columns.saturating_sub(indent.len() + 2)) {
            lines.push(SheetLine::plain(Role::Info, format!("{indent}{piece}")));
        }
    }
    lines
}

fn fact(
    name: &str,
    value: &str,
    role: Role,
    (ink, columns): (Ink<'_>, usize),
    lines: &mut Vec<SheetLine>,
) {
    if value.is_empty() {
        return;
    }
    let pieces = wrap(&ink.clean(value), columns.saturating_sub(NAME + 2));
    for (at, piece) in pieces.into_iter().enumerate() {
        let name = if at == 0 { name } else { "" };
        lines.push(SheetLine::plain(Role::Dim, format!("{name:<NAME$}")).with(role, piece));
    }
}

fn techniques(rule: &Rule) -> String {
    let mut ids: Vec<&str> = rule
        .threat
        .iter()
        .flat_map(|threat| &threat.techniques)
        .map(String::as_str)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let named = ids.into_iter().map(|id| match catalogue().technique(id) {
        Some(known) => format!("{id} {}", known.name),
        None => id.to_owned(),
    });
    named.collect::<Vec<_>>().join(", ")
}
