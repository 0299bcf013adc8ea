//! Indicators of compromise for rules that match events with them.
//!
//! Takes the files of a directory called `indicators`, and those that the settings name: NDJSON documents in ECS (`threat.indicator.ip`), nested or
//! dotted, or CSV with such names in its first line. Gives each indicator as flat fields. What Elastic's integrations
//! would have added is filled in where a file does not say it, so that a plain list of addresses does: `event.kind`,
//! `event.category`, `event.type`, `event.module`, and the time of the file as `@timestamp`.

use std::path::Path;
use std::time::UNIX_EPOCH;

use serde_json::{Map, Value as Json};

use super::files::Listed;
use super::{Finding, bytes};
use crate::event::{Fields, Time, Value};

/// Where indicators are looked for: beside the rules, or above them.
pub const FOLDER: &str = "indicators";

/// Endings of files of indicators.
pub const ENDINGS: [&str; 4] = ["csv", "ndjson", "jsonl", "json"];

/// Most indicators that are kept; what is past it is a finding.
pub const MAX_INDICATORS: usize = 1_000_000;

/// All indicators of the rule paths.
#[derive(Debug, Clone, Default)]
pub struct Indicators {
    pub all: Vec<Fields>,
    pub findings: Vec<Finding>,
}

impl Indicators {
    /// Says that a named path of indicators could not be looked at.
    pub fn missing(&mut self, path: &Path, error: &std::io::Error) {
        let reason = format!("no indicators are taken from it: {error}");
        let finding = Finding::warning("R213", reason, 0..0, "", path, &"".into());
        self.findings
            .push(finding.help("put it there, or take it out of `indicators` in the settings"));
    }

    /// Adds the indicators of a file.
    pub fn read(&mut self, file: &Listed) {
        let problem = |reason: String| {
            Finding::warning("R213", reason, 0..0, "", &file.path, &"".into())
                .help("write NDJSON with ECS names, or CSV with such names in the first line")
        };
        let bytes = bytes::read(&file.path, bytes::MAX_LINES).map_err(|error| error.to_string());
        let text = match bytes.and_then(bytes::decode) {
            Ok(text) => text,
            Err(error) => {
                let reason = format!("its indicators are not used: {error}");
                return self.findings.push(problem(reason));
            }
        };
        let since = file
            .stamp
            .modified
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let time = Time(since.map_or(0, |since| since.as_nanos() as i64));
        let is_csv = file
            .path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let (read, bad) = if is_csv {
            from_csv(&text)
        } else {
            from_lines(&text)
        };
        if let Some(line) = bad.first() {
            let reason = format!(
                "{} lines are no indicators, the first is line {line}",
                bad.len()
            );
            self.findings.push(problem(reason));
        }
        let room = MAX_INDICATORS.saturating_sub(self.all.len());
        if read.len() > room {
            let reason = format!(
                "{} indicators are not used: {MAX_INDICATORS} are kept",
                read.len() - room
            );
            self.findings.push(problem(reason));
        }
        self.all.extend(
            read.into_iter()
                .take(room)
                .map(|fields| complete(fields, time)),
        );
    }
}

/// Returns whether the path lies in a directory of indicators and may be a file of them.
#[must_use]
pub fn is_indicator_file(path: &Path) -> bool {
    let inside = path
        .parent()
        .is_some_and(|folder| folder.components().any(|part| part.as_os_str() == FOLDER));
    inside && has_ending(path)
}

/// Returns whether a file is called as those of indicators are: by its ending.
#[must_use]
pub fn has_ending(path: &Path) -> bool {
    super::ends_as(path, &ENDINGS)
}

fn complete(mut fields: Fields, time: Time) -> Fields {
    for (name, value) in [
        ("event.kind", Value::from("enrichment")),
        ("event.category", "threat".into()),
        ("event.type", "indicator".into()),
        ("event.module", "threatintel".into()),
        ("@timestamp", time.to_rfc3339().into()),
    ] {
        if fields.named(name).is_none() {
            fields.put(name, value);
        }
    }
    fields
}

/// Returns the indicators and the numbers of lines that are none.
fn from_lines(text: &str) -> (Vec<Fields>, Vec<usize>) {
    let (mut read, mut bad) = (Vec::new(), Vec::new());
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<Map<String, Json>>(line) {
            Ok(document) => {
                // Search results wrap the document.
                let source = document.get("_source").and_then(Json::as_object).cloned();
                read.push(Fields::flatten(source.unwrap_or(document)));
            }
            Err(_) => bad.push(number + 1),
        }
    }
    (read, bad)
}

/// A name without a dot is one below `threat.indicator`.
fn from_csv(text: &str) -> (Vec<Fields>, Vec<usize>) {
    let mut rows = records(text).into_iter();
    let (mut read, mut bad) = (Vec::new(), Vec::new());
    let Some((_, header)) = rows.next() else {
        return (read, bad);
    };
    let names: Vec<String> = header
        .iter()
        .map(|name| match name.trim() {
            name if name.contains('.') || name.starts_with('@') => name.to_owned(),
            name => format!("threat.indicator.{name}"),
        })
        .collect();
    for (line, row) in rows {
        if row.len() != names.len() {
            bad.push(line);
            continue;
        }
        let mut fields = Fields::default();
        for (name, value) in names
            .iter()
            .zip(row)
            .filter(|(_, value)| !value.trim().is_empty())
        {
            fields.put(name, value.trim());
        }
        read.push(fields);
    }
    (read, bad)
}

/// Splits CSV into records, each with the number of its first line; quotes as in RFC 4180.
fn records(text: &str) -> Vec<(usize, Vec<String>)> {
    let mut records = Vec::new();
    let (mut record, mut cell) = (Vec::new(), String::new());
    let (mut quoted, mut line, mut first) = (false, 1, 1);
    let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(char) = chars.next() {
        line += usize::from(char == '\n');
        match char {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                let whole = std::mem::take(&mut record);
                if whole.len() > 1 || whole.iter().any(|cell| !cell.trim().is_empty()) {
                    records.push((first, whole));
                }
                first = line;
            }
            other => cell.push(other),
        }
    }
    if !cell.is_empty() || !record.is_empty() {
        record.push(cell);
        records.push((first, record));
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_and_lines_give_the_same_fields() {
        let (csv, bad) = from_csv("ip,threat.indicator.type\n1.2.3.4,\"ipv4-addr\"\n\n5.6.7.8\n");
        assert_eq!(bad, [4]);
        assert_eq!(csv[0].text("threat.indicator.ip"), Some("1.2.3.4"));
        assert_eq!(csv[0].text("threat.indicator.type"), Some("ipv4-addr"));
        let (lines, bad) = from_lines(
            "{\"threat\":{\"indicator\":{\"ip\":\"1.2.3.4\"}}}\nx\n{\"_source\":{\"threat.indicator.ip\":\"9.9.9.9\"}}\n",
        );
        assert_eq!(bad, [2]);
        assert_eq!(lines[1].text("threat.indicator.ip"), Some("9.9.9.9"));
        let whole = complete(lines[0].clone(), Time(1_000_000_000));
        assert_eq!(whole.text("event.module"), Some("threatintel"));
        assert_eq!(whole.text("@timestamp"), Some("1970-01-01T00:00:01Z"));
    }

    #[test]
    fn only_files_of_the_directory_count() {
        assert!(is_indicator_file(Path::new("x/indicators/a.CSV")));
        assert!(is_indicator_file(Path::new("indicators/feed/a.ndjson")));
        assert!(!is_indicator_file(Path::new("lookups/a.csv")));
        assert!(!is_indicator_file(Path::new("indicators/a.toml")));
    }
}
