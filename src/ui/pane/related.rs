//! Other alerts of the same host or user, and the events that answer a step.

use jiff::tz::TimeZone;

use super::event::prose;
use super::history::status;
use super::time::moment;
use crate::event::Time;
use crate::ui::detail::Detail;
use crate::ui::ink::{Ink, severity};
use crate::ui::list::Table;
use crate::ui::sheet::SheetLine;
use crate::ui::theme::Role;

/// Returns the related alerts, the newest first.
#[must_use]
pub fn lines(
    detail: &Detail,
    table: &Table,
    ink: Ink<'_>,
    zone: &TimeZone,
    columns: usize,
) -> Vec<SheetLine> {
    let names = &table.rows().names;
    let mut lines = Vec::new();
    for (item, id) in detail.survey.related.iter().enumerate() {
        let Some(row) = table.row(*id) else { continue };
        let at = moment(Time(row.time), zone);
        let (word, role) = severity(row.severity);
        lines.push(
            SheetLine::of(item)
                .with(role, format!("{word:<5}"))
                .with(Role::Dim, format!("{} {}  ", at.date, at.clock))
                .with(
                    Role::Text,
                    ink.clean(names.rule_name(row.rule)).into_owned(),
                )
                .with(
                    Role::Dim,
                    format!(
                        "  {}  {}",
                        ink.clean(names.text(row.host)),
                        ink.clean(names.text(row.user))
                    ),
                )
                .right(Role::Dim, status(row.status)),
        );
    }
    if lines.is_empty() {
        return prose("No other alert has this host or user.", Role::Dim, columns);
    }
    lines
}

/// Returns the events that answer the step.
#[must_use]
pub fn answers(
    detail: &Detail,
    step: &str,
    ink: Ink<'_>,
    zone: &TimeZone,
    columns: usize,
) -> Vec<SheetLine> {
    let events = detail
        .alert()
        .and_then(|alert| detail.answers.get(&(alert.id, step.to_owned())));
    let events = match events {
        Some(Ok(events)) if !events.is_empty() => events,
        Some(Ok(_)) => return prose("No event answers this step.", Role::Dim, columns),
        Some(Err(said)) => return prose(&ink.clean(said), Role::Warning, columns),
        None => {
            return prose(
                "Searching the events around the alert ...",
                Role::Dim,
                columns,
            );
        }
    };
    events
        .iter()
        .enumerate()
        .map(|(item, event)| {
            let at = moment(event.time, zone);
            SheetLine::of(item)
                .with(Role::Dim, format!("{} {}  ", at.date, at.clock))
                .with(Role::Text, ink.clean(&event.computer).into_owned())
                .with(
                    Role::Text,
                    format!("  {} {}", ink.clean(&event.channel), event.event_id),
                )
        })
        .collect()
}
