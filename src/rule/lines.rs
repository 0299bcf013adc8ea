//! Exports: rules and what belongs to them, one JSON object a line.
//!
//! Takes the text of an NDJSON or JSON file; gives the rules in it, the exceptions beside them and the lines that are
//! broken. A file of logs, which lies beside rules as a sample, costs a search of each line and says nothing, torn or not.

use serde_json::Value;
use serde_json::value::RawValue;

use super::document::{self, Fault};
use super::elastic;

/// What an export holds.
#[derive(Debug, Default)]
pub struct Lines {
    pub rules: Vec<Value>,
    /// Exceptions and lists beside the rules.
    pub companions: Vec<Value>,
    /// Objects that are neither.
    pub others: Vec<Value>,
    /// Lines that were meant to be a rule, or stand beside some.
    pub faults: Vec<Fault>,
}

/// Reads an export: an object a line, one object over many lines, or a list of objects.
pub fn read(text: &str) -> Lines {
    let mut lines = Lines::default();
    let body = text.trim_start();
    if body.starts_with('[') {
        match serde_json::from_str::<Vec<&RawValue>>(body) {
            Ok(items) => items.into_iter().for_each(|item| lines.take(item.get())),
            Err(error) if is_telling(body) => lines.faults.push(fault(text, &error)),
            Err(_) => {}
        }
        return lines;
    }
    if !body.starts_with('{') {
        return lines;
    }
    match serde_json::from_str::<&RawValue>(text) {
        Ok(whole) => {
            lines.take(whole.get());
            return lines;
        }
        // Nothing but the beginning of one object stands in the first line: it is written over many.
        Err(error) if is_spread(body) => {
            if is_telling(text) {
                lines.faults.push(fault(text, &error));
            }
            return lines;
        }
        Err(_) => {}
    }
    lines.each(text);
    lines
}

impl Lines {
    fn each(&mut self, text: &str) {
        let mut doubtful = Vec::new();
        let mut base = 0;
        for line in text.split_inclusive('\n') {
            let content = line.trim();
            if is_telling(content) {
                match document::from_json_line(line, base) {
                    Ok(value) => self.sort(value),
                    Err(fault) => self.faults.push(fault),
                }
            } else if !content.is_empty()
                && let Err(error) = serde_json::from_str::<&RawValue>(content)
            {
                let at = base + error.column().saturating_sub(1).min(line.len());
                let message = error.to_string();
                doubtful.push(Fault {
                    message,
                    span: at..at,
                });
            }
            base += line.len();
        }
        if !self.rules.is_empty() {
            self.faults.extend(doubtful);
            self.faults.sort_by_key(|fault| fault.span.start);
        }
    }

    fn take(&mut self, text: &str) {
        if is_telling(text)
            && let Ok(value) = serde_json::from_str(text)
        {
            self.sort(value);
        }
    }

    fn sort(&mut self, value: Value) {
        if elastic::is_rule(&value) {
            self.rules.push(value);
        } else if value.get("entries").is_some() || value.get("list_id").is_some() {
            self.companions.push(value);
        } else if let Some(Value::Array(found)) = value.get("data") {
            // What Kibana's programming interface finds.
            for value in found.clone() {
                self.sort(value);
            }
        } else {
            self.others.push(value);
        }
    }
}

/// Returns whether a text names what a rule, or an exception beside it, has: a log hardly does.
pub fn is_telling(text: &str) -> bool {
    let has = |name: &str| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some();
    let rule = has("\"rule_id\"") || has("\"risk_score\"") || has("\"list_id\"");
    (rule || has("\"language\"") && has("\"query\"")) && !has("\"@timestamp\":")
}

/// Returns whether an object does not end in its first line.
fn is_spread(body: &str) -> bool {
    let first = body.lines().next().unwrap_or_default().trim_end();
    first == "{" || first.ends_with([',', '[', '{'])
}

fn fault(text: &str, error: &serde_json::Error) -> Fault {
    let lead = text.len() - text.trim_start().len();
    let body = if error.line() == 0 {
        text
    } else {
        &text[lead..]
    };
    let before: usize = body
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let at = (lead + before + error.column().saturating_sub(1)).min(text.len());
    Fault {
        message: error.to_string(),
        span: at..at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str =
        r#"{"name":"N","rule_id":"x","type":"query","query":"a:1","language":"kuery"}"#;

    fn counts(text: &str) -> (usize, usize, usize) {
        let found = read(text);
        (
            found.rules.len(),
            found.companions.len(),
            found.faults.len(),
        )
    }

    #[test]
    fn exports_are_read_in_every_layout() {
        assert_eq!(
            counts(&format!("{RULE}\n{RULE}\n{{\"exported_count\":2}}\n")),
            (2, 0, 0)
        );
        assert_eq!(counts(&format!("[{RULE},\n {RULE}]")), (2, 0, 0));
        assert_eq!(
            counts(&format!("{{\"page\":1,\"total\":1,\"data\":[{RULE}]}}")),
            (1, 0, 0)
        );
        assert_eq!(counts(&RULE.replace(',', ",\n  ")), (1, 0, 0));
        let item = r#"{"list_id":"l","entries":[],"name":"i"}"#;
        assert_eq!(counts(&format!("{RULE}\n{item}\n")), (1, 1, 0));
    }

    #[test]
    fn broken_lines_of_an_export_are_found_where_they_are() {
        let text = format!("{RULE}\nnot json\n{}\n", &RULE[..30]);
        let found = read(&text);
        assert_eq!((found.rules.len(), found.faults.len()), (1, 2));
        assert_eq!(&text[found.faults[0].span.start..][..2], "ot");
        let torn = &RULE[..30];
        assert_eq!(counts(torn), (0, 0, 1), "torn at the end of the file");
        let spread = RULE.replace(',', ",\n").replace("\"x\"", "x");
        let found = read(&spread);
        assert_eq!(found.faults.len(), 1);
        assert!(
            spread[found.faults[0].span.start..].starts_with('x'),
            "{found:?}"
        );
    }

    #[test]
    fn logs_are_silent_torn_or_not() {
        let event =
            r#"{"@timestamp":"2026-01-01T00:00:00Z","rule":{"rule_id":"x"},"event":{"code":"1"}}"#;
        let flat = r#"{"EventID":1,"Image":"C:\\a.exe"}"#;
        for text in [
            format!("{event}\n{}", &event[..50]),
            format!("{}\n{flat}\n", &flat[..20]),
            format!("[{flat},{}", &flat[..10]),
            "{\n  \"EventID\": 1,\n  \"Image\": \"C:".to_owned(),
            "Record 1\n{\n\"Event\":{}}\n".to_owned(),
            String::new(),
        ] {
            let found = read(&text);
            assert!(
                found.rules.is_empty() && found.faults.is_empty(),
                "{text}: {found:?}"
            );
        }
    }
}
