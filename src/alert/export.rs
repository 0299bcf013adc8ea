//! Alerts leave the program: JSON lines, CSV, and a page for people as text or Markdown.
//!
//! Takes [`Alert`]s; gives text that carries no control, bidi or zero-width character raw. `docs/alerts.md` is the
//! contract of the two formats for machines.

pub mod file;
mod fill;
mod markdown;
mod page;
mod paper;

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Alert, EventRef};
use crate::text::{Marks, visible};

pub use fill::{fill, names as names_in};
pub use page::{Case, Highlight};

/// Returns the alert as the JSON contract has it, and its triage beside that.
#[must_use]
pub fn jsonl(alert: &Alert) -> Value {
    json!({
        "id": alert.id.to_string(),
        "rule": { "id": alert.rule_id, "name": alert.rule_name, "language": alert.language },
        "severity": alert.severity.as_str(),
        "risk_score": alert.risk_score,
        "@timestamp": alert.first.to_rfc3339(),
        "last": alert.last.to_rfc3339(),
        "host": alert.host,
        "user": alert.user,
        "message": alert.message,
        "count": alert.count,
        "techniques": alert.techniques,
        "events": alert.events.iter().map(event).collect::<Vec<_>>(),
        "overflow": alert.overflow,
        "row": alert.row.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<serde_json::Map<_, _>>(),
        "status": alert.status,
        "disposition": alert.disposition,
        "owner": alert.owner,
        "steps": alert.steps.iter().map(|(step, mark)| json!({ "id": step, "mark": mark })).collect::<Vec<_>>(),
        "notes": alert.notes,
    })
}

fn event(event: &EventRef) -> Value {
    json!({
        "computer": event.computer,
        "channel": event.channel,
        "event_id": event.event_id,
        "record_id": event.record_id,
        "path": event.path,
    })
}

/// Returns `value` as one line of JSON in which every character that a terminal would act on or hide is escaped:
/// the data stays exact and nothing raw leaves.
#[must_use]
pub fn json_line(value: &Value) -> String {
    let text = value.to_string();
    if visible(&text, Marks::Unicode) == text {
        return text;
    }
    let mut line = String::with_capacity(text.len() + 64);
    let mut buffer = [0_u8; 4];
    for character in text.chars() {
        let own: &str = character.encode_utf8(&mut buffer);
        if visible(own, Marks::Unicode) == own {
            line.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(line, "\\u{unit:04x}");
            }
        }
    }
    line
}

/// The columns of [`csv_row`], named as the members of [`jsonl`] are (`@` at the start of a cell would be a formula).
pub const CSV_COLUMNS: [&str; 17] = [
    "id",
    "rule_id",
    "rule_name",
    "language",
    "severity",
    "risk_score",
    "timestamp",
    "last",
    "host",
    "user",
    "message",
    "count",
    "techniques",
    "status",
    "disposition",
    "owner",
    "overflow",
];

/// Returns an alert as a line of CSV with the [`CSV_COLUMNS`].
#[must_use]
pub fn csv_row(alert: &Alert) -> String {
    csv_line(&[
        &alert.id.to_string(),
        &alert.rule_id,
        &alert.rule_name,
        &alert.language,
        alert.severity.as_str(),
        &alert.risk_score.to_string(),
        &alert.first.to_rfc3339(),
        &alert.last.to_rfc3339(),
        &alert.host,
        &alert.user,
        &alert.message,
        &alert.count.to_string(),
        &alert.techniques.join(" "),
        alert.status.as_str(),
        alert
            .disposition
            .map_or("", |disposition| disposition.as_str()),
        alert.owner.as_deref().unwrap_or_default(),
        if alert.overflow { "true" } else { "false" },
    ])
}

/// Returns a line of CSV (RFC 4180), without its end, in which no cell acts as a spreadsheet formula.
#[must_use]
pub fn csv_line(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
    cells.join(",")
}

/// Returns a cell of CSV (RFC 4180); a cell that a spreadsheet would take for a formula gets an apostrophe, as OWASP
/// advises under "CSV Injection": those that begin with `=`, `+`, `-`, `@` or their full-width forms, spaces before
/// them or not. Numbers stay numbers. Tabs and line ends, the other beginnings on that list, are marked.
#[must_use]
pub fn csv_cell(cell: &str) -> String {
    let shown = visible(cell, Marks::Unicode);
    let begins = shown
        .trim_start()
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let guarded = if begins && shown.parse::<f64>().is_err() {
        format!("'{shown}")
    } else {
        shown.into_owned()
    };
    // A semicolon or blank parts cells too, depending on the reader's settings.
    if guarded.contains(['"', ',', ';', '\'']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_escapes_what_a_terminal_would_act_on_and_keeps_the_data() {
        let value = json!({ "a": "x\u{202e}y\u{1b}]52;\u{9b}z\u{e0041}é" });
        let line = json_line(&value);
        assert!(
            line.contains("\\u202e") && line.contains("\\u009b") && line.contains('é'),
            "{line}"
        );
        assert_eq!(visible(&line, Marks::Unicode), line);
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
    }

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        assert_eq!(csv_cell("plain"), "plain");
        assert_eq!(csv_cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(csv_cell("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
        assert_eq!(csv_cell("-5"), "-5");
        for (hostile, expected) in [
            ("  @SUM(1)", "\"'  @SUM(1)\""),
            ("-2+3+cmd|' /C calc'!A0", "\"'-2+3+cmd|' /C calc'!A0\""),
            ("\t=1", "␉=1"),
            ("\r\n=1", "␍␊=1"),
            ("＝1+1", "\"'＝1+1\""),
            ("a;=1", "\"a;=1\""),
            ("\",=1", "\"\"\",=1\""),
        ] {
            assert_eq!(csv_cell(hostile), expected);
        }
    }
}
