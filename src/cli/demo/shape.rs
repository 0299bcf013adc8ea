//! The shapes in which logs arrive, and how an event is written in each.

mod beats;
mod dump;
mod flat;
mod xml;

use serde::Deserialize;
use serde_json::Value;

use super::entry::{Cell, Entry};
use crate::event::Time;

/// The shape of a host's logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// ECS documents as winlogbeat ships them, one a line.
    Winlogbeat,
    /// Windows event XML over several lines.
    Xml,
    /// `evtx_dump`'s JSON, one event a line, one file a channel.
    EvtxDump,
    /// NXLog's flat JSON, one event a line.
    Nxlog,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 4] = [Self::Winlogbeat, Self::Xml, Self::EvtxDump, Self::Nxlog];

    /// Returns the bytes of an event, with the line end behind them.
    pub fn write(self, entry: &Entry) -> Vec<u8> {
        if entry.kind.document {
            return line(&beats::document(entry));
        }
        match self {
            Self::Winlogbeat => line(&beats::shipped(entry)),
            Self::Xml => xml::event(entry).into_bytes(),
            Self::EvtxDump => line(&dump::event(entry)),
            Self::Nxlog => line(&flat::event(entry)),
        }
    }

    /// Returns the name of the file, in its host's folder, that takes an event.
    pub fn file(self, entry: &Entry) -> &'static str {
        if entry.kind.document {
            return "elastic-defend.ndjson";
        }
        match self {
            Self::Winlogbeat => "winlogbeat.ndjson",
            Self::Xml => "events.xml",
            Self::Nxlog => "nxlog.json",
            Self::EvtxDump => match entry.kind.channel.as_str() {
                "Security" => "Security.jsonl",
                "Microsoft-Windows-Sysmon/Operational" => "Sysmon.jsonl",
                _ => "PowerShell.jsonl",
            },
        }
    }
}

fn line(value: &Value) -> Vec<u8> {
    let mut text = value.to_string();
    text.push('\n');
    text.into_bytes()
}

/// Returns a member's value as JSON.
fn json(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Number(number) => Value::from(*number),
        Cell::Flag(flag) => Value::from(*flag),
        Cell::List(items) => Value::from(items.clone()),
    }
}

/// Returns the moment with seven digits of a second, as Windows stamps events.
fn windows_time(time: Time) -> String {
    let whole = time.to_rfc3339_millis();
    let ticks = time.0.rem_euclid(1_000_000_000) / 100;
    format!("{}.{ticks:07}Z", &whole[..whole.len().saturating_sub(5)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_counts_in_tenths_of_microseconds() {
        assert_eq!(
            windows_time(Time(1_603_852_766_000_054_321)),
            "2020-10-28T02:39:26.0000543Z"
        );
    }
}
