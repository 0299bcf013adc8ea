//! Every change of an alert: when, who, what.

use jiff::tz::TimeZone;

use super::event::prose;
use super::guide::title;
use super::time::moment;
use crate::alert::{ChangeKind, Disposition, Edit, Status, StepMark};
use crate::text::width;
use crate::ui::detail::Detail;
use crate::ui::ink::{Ink, wrap};
use crate::ui::sheet::SheetLine;
use crate::ui::theme::Role;

/// Columns before what does not fit on a change's first line.
const INDENT: usize = 4;

/// Returns the lines, the newest change first.
#[must_use]
pub fn lines(detail: &Detail, ink: Ink<'_>, zone: &TimeZone, columns: usize) -> Vec<SheetLine> {
    let Some(opened) = &detail.opened else {
        return Vec::new();
    };
    if opened.history.is_empty() {
        return prose("Nobody has changed this alert yet.", Role::Dim, columns);
    }
    let mut lines = Vec::new();
    for (item, entry) in opened.history.iter().rev().enumerate() {
        let at = moment(entry.time, zone);
        let kind = match entry.kind {
            ChangeKind::Edit => "",
            ChangeKind::Undo => "undo: ",
            ChangeKind::Redo => "redo: ",
            ChangeKind::Automatic => "automatic: ",
        };
        let lead = format!("{} {}  ", at.date, at.clock);
        let who = format!("{}  ", ink.clean(&entry.who.name));
        let was = entry.reopened().map_or_else(String::new, |what| {
            format!(", no longer closed as {}", disposition(what))
        });
        let what = format!("{kind}{}{was}", ink.clean(&said(&entry.edit)));
        let step = step_of(detail, &entry.edit, ink);
        let session = ink.clean(&entry.who.session).into_owned();
        let taken = width(&lead) + width(&who);
        let text = format!("{what}{step}");
        let first = SheetLine::of(item)
            .with(Role::Dim, lead)
            .with(Role::Text, who);
        // The session is left out before a word of what was done is.
        let wide = columns.saturating_sub(taken + 2);
        if width(&text) <= wide {
            let mut line = first.with(Role::Text, what).with(Role::Dim, step);
            if width(&text) + width(&session) + 2 <= wide {
                line = line.right(Role::Dim, session);
            }
            lines.push(line);
            continue;
        }
        let below = columns.saturating_sub(INDENT + 2);
        let mut pieces = wrap(&text, wide.max(8)).into_iter();
        lines.push(first.with(Role::Text, pieces.next().unwrap_or_default()));
        let rest: Vec<String> = pieces.collect();
        for piece in wrap(&rest.join(" "), below) {
            let line = SheetLine::of(item).with(Role::Dim, format!("{:INDENT$}{piece}", ""));
            lines.push(line);
        }
    }
    lines
}

/// Returns which step an edit is about, and its text: `  respond 2 Stop the processes ...`; nothing for other edits.
fn step_of(detail: &Detail, edit: &Edit, ink: Ink<'_>) -> String {
    let (Edit::MarkStep { step: id, .. } | Edit::WriteNote { step: Some(id), .. }) = edit else {
        return String::new();
    };
    detail
        .numbered(id)
        .map_or_else(String::new, |(number, step)| {
            let phase = title(step.phase).to_lowercase();
            format!("  {phase} {number} {}", ink.clean(&step.text))
        })
}

/// Returns the word for a status.
#[must_use]
pub const fn status(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Acknowledged => "acknowledged",
        Status::Closed => "closed",
    }
}

/// Returns the words for a disposition.
#[must_use]
pub const fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::TruePositive => "true positive",
        Disposition::BenignPositive => "benign positive",
        Disposition::FalsePositive => "false positive",
        Disposition::Duplicate => "duplicate",
        Disposition::Other => "other",
    }
}

/// Returns what an edit does, in a few words.
#[must_use]
pub fn said(edit: &Edit) -> String {
    match edit {
        Edit::SetStatus {
            status: to,
            disposition: Some(what),
        } => format!("{} as {}", status(*to), disposition(*what)),
        Edit::SetStatus { status: to, .. } => status(*to).to_owned(),
        Edit::SetOwner { owner: Some(owner) } => format!("owner {owner}"),
        Edit::SetOwner { owner: None } => "no owner".into(),
        Edit::MarkStep { mark, .. } => match mark {
            Some(StepMark::Done) => "step done".into(),
            Some(StepMark::NotApplicable) => "step not applicable".into(),
            None => "step to do".into(),
        },
        Edit::WriteNote { text, .. } if text.is_empty() => "note removed".into(),
        Edit::WriteNote { text, .. } => format!("note \"{text}\""),
    }
}
