//! The results of cases, as lines or as JSON.

use serde_json::{Value, json};

use super::super::super::CliError;
use super::super::super::arguments::TextFormat;
use super::super::super::output::Output;
use super::bench::{Outcome, Problem};
use super::why::Why;
use crate::alert::export::json_line;
use crate::event::Event;
use crate::rule::Finding;
use crate::rule::suite::{Case, Expect, Suite};
use crate::text::{Marks, counted, visible};

/// Most events of one case that are listed for people.
const MAX_LISTED: usize = 10;

/// What came of a case: it ran, or its rule could not be told.
pub type Result = std::result::Result<Outcome, Box<Finding>>;

/// What came of all cases.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    pub passed: usize,
    pub failed: usize,
    /// Files of tests and rules that could not be read.
    pub broken: usize,
    /// Rules without a test.
    pub untested: usize,
}

impl Totals {
    /// Counts a case.
    pub fn count(&mut self, result: &Result) {
        match result {
            Ok(outcome) if outcome.problems.is_empty() => self.passed += 1,
            _ => self.failed += 1,
        }
    }

    /// Returns whether there were cases, and nothing was wrong.
    pub const fn all_passed(&self) -> bool {
        self.passed > 0 && self.failed == 0 && self.broken == 0
    }
}

/// Prints results as they come.
#[derive(Debug)]
pub struct Printer {
    format: TextFormat,
}

impl Printer {
    pub const fn new(format: TextFormat) -> Self {
        Self { format }
    }

    /// Prints a case.
    pub fn case(
        &mut self,
        suite: &Suite,
        case: &Case,
        result: &Result,
        output: &mut Output,
    ) -> std::result::Result<(), CliError> {
        match self.format {
            TextFormat::Jsonl => output.line(&json_line(&object(suite, case, result))),
            TextFormat::Text => {
                for line in lines(suite, case, result) {
                    output.line(&visible(&line, Marks::Unicode))?;
                }
                if let Err(finding) = result {
                    output.note(&finding.render(false));
                }
                Ok(())
            }
        }
    }

    /// Prints the totals.
    pub fn finish(
        &self,
        totals: &Totals,
        output: &mut Output,
    ) -> std::result::Result<(), CliError> {
        let Totals {
            passed,
            failed,
            broken,
            untested,
        } = totals;
        let untested = counted(*untested, "rule");
        let unread = counted(*broken, "file");
        let sentence = match (passed + failed, *broken) {
            (0, 0) => format!(
                "{untested} and no test; a test is a file NAME.test.toml beside NAME.toml or NAME.yml"
            ),
            (0, _) => format!("no case was run; {unread} could not be read"),
            (cases, _) => format!(
                "{}: {passed} passed, {failed} failed; {untested} without a test; {unread} could not be read",
                counted(cases, "case"),
            ),
        };
        match self.format {
            TextFormat::Text => output.line(&sentence),
            TextFormat::Jsonl if passed + failed == 0 => {
                output.note(&sentence);
                Ok(())
            }
            TextFormat::Jsonl => Ok(()),
        }
    }
}

/// `path:line` of a case.
fn place(suite: &Suite, case: &Case) -> (String, usize) {
    let before = suite.text.get(..case.span.start).unwrap_or_default();
    let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
    (suite.path.display().to_string(), line)
}

fn title(case: &Case, rule: &str) -> String {
    if case.name.is_empty() {
        rule.to_owned()
    } else {
        format!("{rule}: {}", case.name)
    }
}

fn lines(suite: &Suite, case: &Case, result: &Result) -> Vec<String> {
    let (path, line) = place(suite, case);
    let Ok(outcome) = result else {
        return vec![format!("FAIL  {}", title(case, &format!("{path}:{line}")))];
    };
    let title = title(case, &outcome.rule.name);
    let hits = number(outcome.fired.len() as u64, "hits");
    let events = number(outcome.events, "events");
    if outcome.problems.is_empty() {
        return vec![format!("pass  {title}  ({hits} in {events})")];
    }
    let mut lines = vec![
        format!("FAIL  {title}"),
        format!("      {path}:{line}, {hits} in {events}"),
    ];
    lines.extend(
        outcome
            .problems
            .iter()
            .map(|problem| format!("      {}", sentence(problem))),
    );
    let told = |problem: &Problem| matches!(problem, Problem::Unexpected(_));
    if !outcome.problems.iter().any(told) {
        let fired = outcome.fired.iter().take(MAX_LISTED);
        lines.extend(fired.map(|event| format!("      fired on   {}", name(event))));
        if outcome.fired.len() > MAX_LISTED {
            lines.push(format!(
                "      and on {} more",
                outcome.fired.len() - MAX_LISTED
            ));
        }
    }
    lines
}

/// Returns `1 hit`, `2 hits`.
fn number(count: u64, what: &str) -> String {
    let what = if count == 1 {
        what.trim_end_matches('s')
    } else {
        what
    };
    format!("{count} {what}")
}

fn name(event: &Event) -> String {
    let record = event
        .record_id
        .map_or_else(String::new, |id| format!(" record {id}"));
    format!(
        "{} {} event {}{record} at {}",
        event.computer,
        event.channel,
        event.code,
        event.time.to_rfc3339()
    )
}

fn reason(why: &Why) -> String {
    let others = match why.alternatives {
        0 => String::new(),
        1 => " (nor does another alternative hold)".to_owned(),
        more => format!(" (nor do {more} other alternatives hold)"),
    };
    let seen = if why.seen.is_empty() {
        String::new()
    } else {
        format!("; {}", why.seen)
    };
    format!("first false: {}{seen}{others}", why.condition)
}

fn sentence(problem: &Problem) -> String {
    match problem {
        Problem::Rule(text) | Problem::Samples(text) => text.clone(),
        Problem::Count {
            what,
            expected,
            open,
            got,
        } => {
            let least = if *open { "at least " } else { "" };
            format!("expected   {least}{}, got {got}", number(*expected, what))
        }
        Problem::Absent(wanted, near) => {
            let near = near.as_ref().map_or_else(String::new, |event| {
                format!("; the nearest is {}", name(event))
            });
            format!("expected   {wanted}: the samples have no such event{near}")
        }
        Problem::Missed(event, why) => {
            format!("missed     {}\n{}", name(event), reason(why)).replace('\n', "; ")
        }
        Problem::Unexpected(event) => format!("unexpected {}", name(event)),
        Problem::Nearest(event, why) => {
            format!("nearest    {}; {}", name(event), reason(why))
        }
    }
}

fn object(suite: &Suite, case: &Case, result: &Result) -> Value {
    let (path, line) = place(suite, case);
    let mut object = json!({
        "passed": false, "case": case.name, "tests": {"path": path, "line": line},
        "expected": expected(&case.expect),
    });
    match result {
        Err(finding) => object["problems"] = json!([{"kind": "rule", "text": finding.line()}]),
        Ok(outcome) => {
            let rule = &outcome.rule;
            object["passed"] = outcome.problems.is_empty().into();
            object["rule"] = json!({
                "id": rule.id, "name": rule.name, "path": rule.path.display().to_string(),
                "language": rule.language.as_str(),
            });
            object["events"] = outcome.events.into();
            object["hits"] = outcome.fired.len().into();
            object["alerts"] = outcome.alerts.into();
            object["fired"] = outcome.fired.iter().map(|event| of_event(event)).collect();
            object["problems"] = outcome.problems.iter().map(of_problem).collect();
        }
    }
    object
}

fn expected(expect: &Expect) -> Value {
    let events = expect.events.iter().map(|name| {
        json!({
            "computer": name.computer, "channel": name.channel, "event_id": name.event_id,
            "record_id": name.record_id,
        })
    });
    json!({"hits": expect.hits, "alerts": expect.alerts, "events": events.collect::<Vec<_>>()})
}

fn of_event(event: &Event) -> Value {
    json!({
        "computer": &*event.computer, "channel": &*event.channel, "event_id": event.code,
        "record_id": event.record_id, "time": event.time.to_rfc3339(),
        "path": event.record.place.path.display().to_string(), "offset": event.record.place.offset,
    })
}

fn of_problem(problem: &Problem) -> Value {
    let (kind, event, why) = match problem {
        Problem::Rule(_) => ("rule", None, None),
        Problem::Samples(_) => ("samples", None, None),
        Problem::Count { .. } => ("count", None, None),
        Problem::Absent(..) => ("absent", None, None),
        Problem::Missed(event, why) => ("missed", Some(event), Some(why)),
        Problem::Unexpected(event) => ("unexpected", Some(event), None),
        Problem::Nearest(event, why) => ("nearest", Some(event), Some(why)),
    };
    let words: Vec<String> = sentence(problem)
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let mut object = json!({"kind": kind, "text": words.join(" ")});
    if let Some(event) = event {
        object["event"] = of_event(event);
    }
    if let Some(why) = why {
        object["first_false"] = json!({
            "condition": why.condition, "seen": why.seen, "other_alternatives": why.alternatives,
        });
    }
    object
}
