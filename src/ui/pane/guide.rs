//! The guide: what to look at, what to rule out, what to do, what to have logged.
//!
//! One step is open in full, the others are folded to a line; what a step's question would find stands at the right.

use jiff::tz::TimeZone;

use super::event::prose;
use super::techniques::counted;
use super::time::moment;
use crate::alert::{Note, StepMark};
use crate::event::Time;
use crate::rule::{Phase, Step};
use crate::text::width;
use crate::ui::detail::Detail;
use crate::ui::ink::{Ink, wrap};
use crate::ui::sheet::SheetLine;
use crate::ui::theme::Role;

/// Returns the heading of a phase.
#[must_use]
pub const fn title(phase: Phase) -> &'static str {
    match phase {
        Phase::Investigate => "INVESTIGATE",
        Phase::FalsePositives => "FALSE POSITIVES",
        Phase::Respond => "RESPOND",
        Phase::Setup => "SETUP",
        Phase::References => "REFERENCES",
    }
}

/// Returns the lines.
#[must_use]
pub fn lines(detail: &Detail, ink: Ink<'_>, zone: &TimeZone, columns: usize) -> Vec<SheetLine> {
    let Some(opened) = &detail.opened else {
        return prose("", Role::Dim, columns);
    };
    let steps = detail.steps();
    let mut lines = Vec::new();
    for note in opened.alert.notes.iter().filter(|note| note.step.is_none()) {
        lines.extend(note_lines(note, None, ink, zone, columns, 0));
    }
    if steps.is_empty() {
        let said = match detail.rule {
            Some(_) => "The rule brings no guide. Press n to keep a note on the alert.",
            None => "The rule of this alert is not loaded, so its guide is not here.",
        };
        lines.extend(prose(said, Role::Dim, columns));
        return lines;
    }
    let open = detail.guide.cursor().unwrap_or(0);
    let mut phase = None;
    let mut number = 0;
    for (item, step) in steps.iter().enumerate() {
        if phase != Some(step.phase) {
            phase = Some(step.phase);
            number = 0;
            lines.push(heading(detail, step.phase));
        }
        number += 1;
        let is_open = item == open || (detail.guide.cursor().is_none() && item == 0);
        lines.extend(step_lines(
            detail,
            step,
            (item, number),
            is_open,
            ink,
            columns,
        ));
        let notes = opened.alert.notes.iter();
        for note in notes.filter(|note| note.step.as_deref() == Some(&step.id)) {
            lines.extend(note_lines(note, Some(item), ink, zone, columns, 6));
        }
    }
    lines
}

fn heading(detail: &Detail, phase: Phase) -> SheetLine {
    let (done, all) = detail.progress(Some(phase));
    let count = if phase.is_ticked() {
        format!("{done}/{all}")
    } else {
        all.to_string()
    };
    SheetLine::plain(Role::Title, title(phase)).with(Role::Dim, format!("  {count}"))
}

fn step_lines(
    detail: &Detail,
    step: &Step,
    (item, number): (usize, usize),
    is_open: bool,
    ink: Ink<'_>,
    columns: usize,
) -> Vec<SheetLine> {
    let (mark, role) = match detail.mark(&step.id) {
        _ if !step.phase.is_ticked() => (ink.symbol(" · ", " - "), Role::Dim),
        Some(StepMark::Done) => ("[x]", Role::Good),
        Some(StepMark::NotApplicable) => ("[-]", Role::Dim),
        None => ("[ ]", Role::Text),
    };
    let answer = answer(detail, step);
    let lead = format!(" {number} ");
    let indent = 3 + width(&lead);
    let wide = columns.saturating_sub(2 + indent);
    let text = detail.filled(&step.text);
    let mut text = ink.clean(&text);
    if ink.ascii {
        // A field that has no value stays as the rule names it.
        text = text.replace('‹', "<").replace('›', ">").into();
    }
    let body = if detail.mark(&step.id).is_some() && !is_open {
        Role::Dim
    } else {
        Role::Text
    };
    if !is_open {
        let mut line = SheetLine::of(item)
            .with(role, mark)
            .with(body, format!("{lead}{text}"));
        line.right = answer.map(|text| crate::ui::sheet::Part {
            role: Role::Dim,
            text,
        });
        return vec![line];
    }
    let mut lines: Vec<SheetLine> = wrap(&text, wide)
        .into_iter()
        .enumerate()
        .map(|(at, line)| {
            if at == 0 {
                SheetLine::of(item)
                    .with(role, mark)
                    .with(body, format!("{lead}{line}"))
            } else {
                SheetLine::of(item).with(body, format!("{}{line}", " ".repeat(indent)))
            }
        })
        .collect();
    if let Some(text) = answer {
        let fits = lines
            .last()
            .is_some_and(|line| width(&line.text()) + width(&text) + 4 <= columns);
        if !fits {
            lines.push(SheetLine::of(item));
        }
        if let Some(last) = lines.last_mut() {
            last.right = Some(crate::ui::sheet::Part {
                role: Role::Dim,
                text,
            });
        }
    }
    lines
}

fn answer(detail: &Detail, step: &Step) -> Option<String> {
    step.pivots.first()?;
    let key = (detail.alert()?.id, step.id.clone());
    match detail.answers.get(&key) {
        Some(Ok(found)) => Some(counted(found.events.len(), "event")),
        Some(Err(_)) => None,
        None => detail.searchable.then(|| "search".to_owned()),
    }
}

fn note_lines(
    note: &Note,
    item: Option<usize>,
    ink: Ink<'_>,
    zone: &TimeZone,
    columns: usize,
    indent: usize,
) -> Vec<SheetLine> {
    let when = moment(Time(note.written), zone).clock;
    let when = when.get(..5).unwrap_or_default();
    let said = format!(
        "note: {} ({}, {when})",
        ink.clean(&note.text),
        ink.clean(&note.author)
    );
    wrap(&said, columns.saturating_sub(2 + indent))
        .into_iter()
        .map(|line| {
            SheetLine {
                item,
                ..SheetLine::default()
            }
            .with(Role::Info, format!("{}{line}", " ".repeat(indent)))
        })
        .collect()
}
