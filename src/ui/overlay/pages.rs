//! Pages to read: help, rules, the reasons of a rule.

use jiff::tz::TimeZone;

use crate::decode::Unreadable;
use crate::engine::explain::Truth;
use crate::engine::explain::outline::{Line, word};
use crate::event::Time;
use crate::text::{fit, visible_bytes};
use crate::ui::action::{Context, TABLE};
use crate::ui::ink::{Ink, wrap};
use crate::ui::keymap::Keymap;
use crate::ui::pane::event::prose;
use crate::ui::pane::techniques::grouped;
use crate::ui::pane::time::moment;
use crate::ui::sheet::SheetLine;
use crate::ui::theme::Role;

/// Lines of an unreadable record's beginning that its page shows.
const HEAD_LINES: usize = 3;

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
            for (at, piece) in wrap(entry.doc, columns.saturating_sub(indent + 2))
                .into_iter()
                .enumerate()
            {
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

/// Returns what is wrong now, then the records that could not be read, the newest first.
#[must_use]
pub fn unreadable(
    problems: &[String],
    found: Option<&(Vec<Unreadable>, u64)>,
    ink: Ink<'_>,
    columns: usize,
) -> Vec<SheetLine> {
    let mut lines = Vec::new();
    for problem in problems {
        lines.extend(prose(&ink.clean(problem), Role::Bad, columns));
        lines.push(SheetLine::default());
    }
    let Some((records, all)) = found else {
        lines.extend(prose(
            "Reading what could not be read ...",
            Role::Dim,
            columns,
        ));
        return lines;
    };
    if records.is_empty() {
        lines.extend(prose("Every record could be read.", Role::Good, columns));
        return lines;
    }
    if *all > records.len() as u64 {
        let said = format!(
            "The newest {} of {}.",
            grouped(records.len() as u64),
            grouped(*all)
        );
        lines.extend(prose(&said, Role::Dim, columns));
    }
    for (item, record) in records.iter().enumerate() {
        let place = format!(
            "{}, byte {}",
            ink.clean(&record.place.path.display().to_string()),
            grouped(record.place.offset)
        );
        lines.push(
            SheetLine::of(item)
                .with(Role::Text, place)
                .right(Role::Dim, format!("{} B", grouped(record.place.length))),
        );
        let wide = columns.saturating_sub(6);
        for line in wrap(&ink.clean(&record.reason), wide) {
            lines.push(SheetLine::of(item).with(Role::Warning, format!("    {line}")));
        }
        let head = visible_bytes(&record.head, ink.marks());
        let head = ink.clean(&head).into_owned();
        let head = fit(&head, wide * HEAD_LINES, ink.marks());
        for line in wrap(&head, wide).into_iter().take(HEAD_LINES) {
            lines.push(SheetLine::of(item).with(Role::Dim, format!("    {line}")));
        }
    }
    lines
}

/// Returns the messages, the newest first.
#[must_use]
pub fn messages(
    log: &[(Time, Role, String)],
    ink: Ink<'_>,
    zone: &TimeZone,
    columns: usize,
) -> Vec<SheetLine> {
    if log.is_empty() {
        return prose("Nothing was said yet.", Role::Dim, columns);
    }
    let mut lines = Vec::new();
    for (time, role, text) in log.iter().rev() {
        let clock = moment(*time, zone).clock;
        for (at, piece) in wrap(&ink.clean(text), columns.saturating_sub(12))
            .into_iter()
            .enumerate()
        {
            let lead = if at == 0 {
                clock.clone()
            } else {
                String::new()
            };
            lines.push(SheetLine::plain(Role::Dim, format!("{lead:<10}")).with(*role, piece));
        }
    }
    lines
}

/// Returns why a rule with this query text does or does not select an event; each condition is an item.
#[must_use]
pub fn explanation(outline: &[Line], ink: Ink<'_>, columns: usize) -> Vec<SheetLine> {
    let mut lines = Vec::new();
    for (item, line) in outline.iter().enumerate() {
        let (sign, role) = match line.outcome {
            Truth::True => (ink.symbol("● ", "* "), Role::Fired),
            Truth::False => ("- ", Role::Text),
            Truth::Missing => ("? ", Role::Warning),
        };
        // Deep conditions keep room for their text.
        let indent = "  ".repeat(line.depth.min(columns / 6));
        let wide = columns.saturating_sub(indent.len() + 6);
        for (at, piece) in wrap(&ink.clean(&line.text), wide).into_iter().enumerate() {
            let lead = if at == 0 { sign } else { "  " };
            let mut shown = SheetLine::of(item).with(role, format!("{indent}{lead}{piece}"));
            if at == 0 {
                shown = shown.right(role, word(line.outcome));
            }
            lines.push(shown);
        }
        let seen = ink.clean(&line.seen);
        let seen = fit(&seen, wide * 2, ink.marks());
        if !seen.is_empty() {
            let pieces = wrap(&seen, wide);
            let said = |piece| SheetLine::of(item).with(Role::Dim, format!("{indent}    {piece}"));
            lines.extend(pieces.into_iter().map(said));
        }
    }
    lines
}
