//! `watchglass rules explain RULE FILE[:N]`: why a rule selects an event, or does not.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::super::arguments::{ExplainFormat, Global, RuleExplain};
use super::super::output::Output;
use super::super::{CliError, Done};
use super::{load, pick};
use crate::engine::explain::outline::{outline, word};
use crate::engine::explain::{Truth, explain};
use crate::event::Event;
use crate::pipeline::{Found, scan};
use crate::rule::Rule;
use crate::source::expand;
use crate::text::{Marks, visible, visible_lines};

/// Runs the command.
pub fn run(command: &RuleExplain, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let set = load(&command.rules.rules, global, output)?;
    let rule = pick(&set, &command.rule)?;
    let (path, number) = place(&command.event)?;
    let event = find(&path, number)?;
    match command.format {
        ExplainFormat::Text => output.raw(page(rule, &event, &path, number).as_bytes())?,
        ExplainFormat::Jsonl => {
            let tree = explain(&rule.query, &event);
            output.line(&crate::alert::export::json_line(&json!({
                "rule": {"id": rule.id, "name": rule.name, "language": rule.language.as_str()},
                "event": {"path": path.display().to_string(), "number": number},
                "selected": tree.outcome == Truth::True,
                "tree": tree,
            })))?;
        }
    }
    Ok(Done::Well)
}

/// Cuts `FILE:N`; a file whose own name ends like this is taken as it is.
fn place(text: &str) -> Result<(PathBuf, usize), CliError> {
    if Path::new(text).exists() {
        return Ok((text.into(), 1));
    }
    let cut = text.rsplit_once(':').and_then(|(path, number)| {
        let number = number.parse().ok()?;
        Path::new(path).exists().then(|| (path.into(), number))
    });
    match cut {
        Some((_, 0)) => Err(CliError::Usage("events are counted from 1".to_owned())),
        Some(found) => Ok(found),
        None => Err(CliError::Usage(format!(
            "{}: no such file; an event is named FILE or FILE:N",
            visible(text, Marks::Unicode)
        ))),
    }
}

/// Reads the event of this number; records that cannot be read are not counted, as in `watchglass events`.
fn find(path: &Path, number: usize) -> Result<Arc<Event>, CliError> {
    let mut seen = 0;
    let mut wanted = None;
    let mut trouble = None;
    scan(expand(&[path.to_owned()]), &mut |found| {
        match found {
            Found::Event(event) => {
                seen += 1;
                if seen == number {
                    wanted = Some(event);
                    return ControlFlow::Break(());
                }
            }
            Found::Unreadable(unreadable) => trouble = Some(unreadable.reason),
            Found::Failed(error) => trouble = Some(error.to_string()),
            Found::Progress(_) => {}
        }
        ControlFlow::Continue(())
    });
    wanted.ok_or_else(|| {
        let path = visible(&path.display().to_string(), Marks::Unicode).into_owned();
        let why = trouble.map_or_else(String::new, |why| {
            format!("; {}", visible(&why, Marks::Unicode))
        });
        CliError::Failed(format!(
            "{path} has {seen} events, none with number {number}{why}"
        ))
    })
}

fn page(rule: &Rule, event: &Event, path: &Path, number: usize) -> String {
    let tree = explain(&rule.query, event);
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(page, "{}  ({})", rule.name, rule.language.as_str());
    let _ = writeln!(
        page,
        "{}, event {number}: {}  {}  {} {}",
        path.display(),
        event.time.to_rfc3339(),
        event.computer,
        event.channel,
        event.code
    );
    let verdict = match tree.outcome {
        Truth::True => "The rule selects this event.",
        Truth::False | Truth::Missing => "The rule does not select this event.",
    };
    let _ = writeln!(page, "{verdict}");
    if rule.query.stateful.is_some() {
        let _ = writeln!(
            page,
            "It fires on several such events together, as its query says."
        );
    } else if rule.query.rows.is_some() {
        let _ = writeln!(
            page,
            "What its search makes of the selected events is not shown here."
        );
    }
    page.push('\n');
    for line in outline(&tree, &rule.query_text) {
        let indent = "  ".repeat(line.depth);
        let _ = writeln!(page, "{:<8}{indent}{}", word(line.outcome), line.text);
        if !line.seen.is_empty() {
            let _ = writeln!(page, "{:<8}{indent}  {}", "", line.seen.replace('\n', " "));
        }
    }
    visible_lines(&page, Marks::Unicode).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_named_by_file_and_number() {
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("a.ndjson");
        let odd = folder.path().join("b:2");
        std::fs::write(&plain, "").unwrap();
        std::fs::write(&odd, "").unwrap();
        let read = |text: String| place(&text).unwrap();
        assert_eq!(read(plain.display().to_string()), (plain.clone(), 1));
        assert_eq!(read(format!("{}:7", plain.display())), (plain.clone(), 7));
        assert_eq!(read(odd.display().to_string()), (odd, 1));
        assert!(place(&format!("{}:0", plain.display())).is_err());
        assert!(place("nowhere:1").is_err());
    }

    #[test]
    fn a_page_says_which_conditions_hold() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ndjson");
        let line = |text: &str| {
            format!(
                r#"{{"@timestamp":"2026-03-01T10:00:00.000Z","event":{{"category":["process"],"code":"4104"}},"host":{{"name":"WS-1","os":{{"type":"windows"}}}},"powershell":{{"file":{{"script_block_text":"{text}"}}}},"winlog":{{"channel":"Microsoft-Windows-PowerShell/Operational","event_id":"4104"}}}}"#
            )
        };
        std::fs::write(&path, [line("MiniDumpWriteDump"), line("hello")].join("\n")).unwrap();
        let set = crate::rule::RuleSet::builtin();
        let rule = pick(&set, "PowerShell MiniDump").unwrap();
        let first = page(rule, &find(&path, 1).unwrap(), &path, 1);
        assert!(first.contains("The rule selects this event."), "{first}");
        assert!(first.contains("the event has MiniDumpWriteDump"), "{first}");
        let second = page(rule, &find(&path, 2).unwrap(), &path, 2);
        assert!(
            second.contains("does not select") && second.contains("\nfalse"),
            "{second}"
        );
        let third = find(&path, 3).unwrap_err().to_string();
        assert!(third.contains("has 2 events"), "{third}");
    }
}
