//! Alerts leave the program: JSON lines and cells of CSV.
//!
//! Takes [`Alert`]s; gives text that carries no control, bidi or zero-width character raw.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Alert, EventRef};
use crate::text::{Marks, visible};

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

/// Returns a cell of CSV (RFC 4180); a cell that a spreadsheet would take for a formula gets an apostrophe.
#[must_use]
pub fn csv_cell(cell: &str) -> String {
    let shown = visible(cell, Marks::Unicode);
    let formula = shown.starts_with(['=', '+', '-', '@']) && shown.parse::<f64>().is_err();
    let guarded = if formula {
        format!("'{shown}")
    } else {
        shown.into_owned()
    };
    if guarded.contains(['"', ',', ';']) {
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
        assert_eq!(csv_cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(csv_cell("-5"), "-5");
    }
}
