//! Which alerts are meant.
//!
//! Takes names and filters; gives ids, the oldest first.

use super::failed;
use crate::alert::{Alert, AlertId, AlertRow, Status, Store};
use crate::cli::arguments::{AlertFilter, SeverityName, StatusName};
use crate::cli::output::Output;
use crate::cli::{CliError, Done};
use crate::event::Time;
use crate::rule::Severity;

/// Returns the alerts that pass the filter.
///
/// # Errors
/// The filter's time is none, or the store cannot be read.
pub fn filtered(store: &Store, filter: &AlertFilter) -> Result<Vec<AlertId>, CliError> {
    let test = Test::new(filter)?;
    let mut rows: Vec<(Time, AlertId)> = Vec::new();
    store
        .for_rows_since(0, |row| {
            if test.passes(&row) {
                rows.push((row.first, row.id));
            }
        })
        .map_err(failed)?;
    rows.sort_unstable();
    let from = filter
        .limit
        .map_or(0, |limit| rows.len().saturating_sub(limit));
    Ok(rows[from..].iter().map(|(_, id)| *id).collect())
}

/// Returns the alert with this id, link id or beginning of an id.
///
/// # Errors
/// There is none, or there are several.
pub fn by_name(store: &Store, name: &str) -> Result<AlertId, CliError> {
    let digits = match name.get(..3) {
        Some(start) if start.eq_ignore_ascii_case("WG-") => &name[3..],
        _ => name,
    };
    let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits.is_empty() || digits.len() > 32 || !hexadecimal {
        return Err(CliError::Usage(format!(
            "`{name}` is no alert id: 1 to 32 hexadecimal digits, or a link id such as WG-1A2B3C4D"
        )));
    }
    match store.find(digits).map_err(failed)?.as_slice() {
        [one] => Ok(*one),
        [] => Err(CliError::Usage(format!(
            "no alert's id begins with `{digits}`"
        ))),
        several => {
            let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
            Err(CliError::Usage(format!(
                "several alerts' ids begin with `{digits}`: {}",
                ids.join(", ")
            )))
        }
    }
}

/// Hands each alert to `print`; one that cannot be read is told of and the rest goes on.
///
/// # Errors
/// Those of `print`.
pub fn each(
    store: &Store,
    ids: &[AlertId],
    output: &mut Output,
    mut print: impl FnMut(&Alert, &mut Output) -> Result<(), CliError>,
) -> Result<Done, CliError> {
    let mut done = Done::Well;
    for id in ids {
        match store.alert(*id) {
            Ok(Some(alert)) => print(&alert, output)?,
            Ok(None) => {}
            Err(error) => {
                output.error(&format!("alert {id}: {error}"));
                done = Done::WithErrors;
            }
        }
    }
    Ok(done)
}

struct Test {
    status: Vec<Status>,
    severity: Vec<Severity>,
    rule: Option<String>,
    host: Option<String>,
    since: Option<Time>,
}

impl Test {
    fn new(filter: &AlertFilter) -> Result<Self, CliError> {
        Ok(Self {
            status: filter.status.iter().map(|name| status(*name)).collect(),
            severity: filter.severity.iter().map(|name| severity(*name)).collect(),
            rule: filter.rule.as_deref().map(str::to_lowercase),
            host: filter.host.as_deref().map(str::to_lowercase),
            since: filter.since.as_deref().map(since).transpose()?,
        })
    }

    fn passes(&self, row: &AlertRow) -> bool {
        let rule = |text: &String| {
            row.rule.id.to_lowercase() == *text || row.rule.name.to_lowercase().contains(text)
        };
        (self.status.is_empty() || self.status.contains(&row.status))
            && (self.severity.is_empty() || self.severity.contains(&row.rule.severity))
            && self.rule.as_ref().is_none_or(rule)
            && self
                .host
                .as_ref()
                .is_none_or(|text| row.host.to_lowercase().contains(text))
            && self.since.is_none_or(|since| row.last >= since)
    }
}

const fn status(name: StatusName) -> Status {
    match name {
        StatusName::Open => Status::Open,
        StatusName::Acknowledged => Status::Acknowledged,
        StatusName::Closed => Status::Closed,
    }
}

const fn severity(name: SeverityName) -> Severity {
    match name {
        SeverityName::Info => Severity::Info,
        SeverityName::Low => Severity::Low,
        SeverityName::Medium => Severity::Medium,
        SeverityName::High => Severity::High,
        SeverityName::Critical => Severity::Critical,
    }
}

/// Reads `90m`, `24h`, `7d`, `2w` as a span before now, anything else as a time.
fn since(text: &str) -> Result<Time, CliError> {
    let now = jiff::Timestamp::now().as_second();
    let span = text.char_indices().next_back().and_then(|(at, unit)| {
        let seconds: i64 = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => return None,
        };
        let number: u32 = text[..at].parse().ok()?;
        i64::from(number).checked_mul(seconds)
    });
    let moment = match span {
        Some(span) => (now - span).checked_mul(1_000_000_000).map(Time),
        None if text.contains('-') => {
            Time::parse(text).or_else(|| Time::parse(&format!("{text}T00:00:00Z")))
        }
        None => None,
    };
    moment.ok_or_else(|| {
        CliError::Usage(format!(
            "--since {text}: say 90m, 24h, 7d or 2w, or a time such as 2026-11-24T06:00:00Z"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_a_span_or_a_time() {
        assert_eq!(
            since("2026-11-24T06:00:00Z").unwrap().to_rfc3339(),
            "2026-11-24T06:00:00Z"
        );
        assert_eq!(
            since("2026-11-24").unwrap().to_rfc3339(),
            "2026-11-24T00:00:00Z"
        );
        let hour = jiff::Timestamp::now().as_second() - since("1h").unwrap().seconds();
        assert!((3600..3610).contains(&hour), "{hour}");
        for wrong in ["", "h", "yesterday", "5", "-1h", "é", "4294967295w", "1.5h"] {
            assert!(since(wrong).is_err(), "{wrong}");
        }
    }
}
