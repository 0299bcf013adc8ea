//! Other alerts of the same host or user, and the events that answer a step.

use jiff::tz::TimeZone;

use super::alerts::short_host;
use super::event::prose;
use super::history::status;
use super::summary::summary;
use super::time::moment;
use crate::event::Time;
use crate::text::{fit, width};
use crate::ui::detail::Detail;
use crate::ui::ink::{Ink, severity};
use crate::ui::list::{Row, Table};
use crate::ui::sheet::SheetLine;
use crate::ui::theme::Role;

/// Columns from which an answer has room for the name of what happened; the event id says it too.
const ACTION_COLUMNS: usize = 80;

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
    let rows: Vec<_> = detail
        .survey
        .related
        .iter()
        .map(|id| table.row(*id))
        .collect();
    let widest = |text: &dyn Fn(&Row) -> String| {
        let widths = rows.iter().flatten().map(|row| width(&text(row)));
        widths.max().unwrap_or(0)
    };
    let rule = |row: &Row| ink.clean(names.rule_name(row.rule)).into_owned();
    let host = |row: &Row| ink.clean(names.text(row.host)).into_owned();
    let user = |row: &Row| ink.clean(names.text(row.user)).into_owned();
    // Severity, time and status take 36 columns; host and user get what they need of the rest, the rule what is left.
    let room = columns.saturating_sub(36 + 4);
    let hosts = widest(&host).min(room / 4);
    let users = widest(&user).min(room / 4);
    let rules = widest(&rule).min(room.saturating_sub(hosts + users)).max(8);
    let cell = |text: &str, wide: usize| {
        let text = fit(text, wide, ink.marks());
        format!("{text}{}  ", " ".repeat(wide.saturating_sub(width(&text))))
    };
    let mut lines = Vec::new();
    for (item, row) in rows.iter().enumerate() {
        let Some(row) = row else { continue };
        let at = moment(Time(row.time), zone);
        let (word, role) = severity(row.severity);
        let place = format!("{}{}", cell(&host(row), hosts), cell(&user(row), users));
        lines.push(
            SheetLine::of(item)
                .with(role, format!("{word:<5}"))
                .with(
                    Role::Dim,
                    format!("{} {}  ", at.date.get(5..).unwrap_or_default(), at.clock),
                )
                .with(Role::Text, cell(&rule(row), rules))
                .with(Role::Dim, place)
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
    let mut lines = Vec::new();
    let events = match events {
        Some(Ok(found)) => {
            if let Some(missing) = &found.missing {
                lines.extend(prose(&ink.clean(missing), Role::Warning, columns));
            }
            if found.events.is_empty() {
                let said = match found.missing {
                    Some(_) => "No event that is still there answers this step.",
                    None => "No event answers this step.",
                };
                lines.extend(prose(said, Role::Dim, columns));
                return lines;
            }
            &found.events
        }
        Some(Err(said)) => return prose(&ink.clean(said), Role::Warning, columns),
        None => {
            return prose(
                "Searching the events around the alert ...",
                Role::Dim,
                columns,
            );
        }
    };
    let here = detail.alert().map_or("", |alert| &*alert.host);
    let mut date = String::new();
    for (item, answer) in events.iter().enumerate() {
        let event = &answer.reference;
        let at = moment(event.time, zone);
        if at.date != date {
            lines.push(SheetLine::plain(Role::Dim, at.date.clone()));
            date = at.date;
        }
        // The alert's own events stand out among what was around them.
        let own = detail
            .alert()
            .is_some_and(|alert| alert.events.iter().any(|known| known.id == event.id));
        let mut line = SheetLine::of(item)
            .with(
                if own { Role::Fired } else { Role::Dim },
                format!("{} ", at.clock),
            )
            .with(Role::Info, format!("{:>4}  ", event.event_id));
        // The host stands where it is another than the alert's.
        if !event.computer.eq_ignore_ascii_case(here) {
            let host = short_host(&event.computer);
            line = line.with(Role::Match, format!("{}  ", ink.clean(host)));
        }
        let said = answer.event.as_ref().map_or_else(
            || event.channel.clone(),
            |event| summary(event, columns >= ACTION_COLUMNS),
        );
        line = line.with(Role::Text, ink.clean(&said).into_owned());
        if own {
            line = line.right(Role::Fired, ink.symbol("●", "*"));
        }
        lines.push(line);
    }
    lines
}
