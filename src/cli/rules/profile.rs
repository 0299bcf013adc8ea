//! `watchglass rules profile PATH... --rules DIR`: what makes rules slow, on logs of the author's own.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::super::arguments::{Global, RuleProfile, TableFormat, TextFormat};
use super::super::events::{outcome, report};
use super::super::output::Output;
use super::super::progress::Progress;
use super::super::table::Table;
use super::super::{CliError, Done};
use super::load_quietly;
use crate::alert::export::json_line;
use crate::engine::Engine;
use crate::engine::matcher::Way;
use crate::engine::profile::{PredicateCost, Profile, Report, RuleCost, Tried};
use crate::event::Event;
use crate::pipeline::{Found, scan};
use crate::rule::Rule;
use crate::source::expand;

/// Events that are measured at once.
const BATCH: usize = 4096;

/// Longest text of a condition in the table, in characters.
const MAX_TEXT: usize = 100;

/// Measures, and prints the dearest.
///
/// # Errors
/// A path of rules is not there, or standard output is closed.
pub fn run(command: &RuleProfile, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let set = load_quietly(&command.rules.rules, global)?;
    let engine = Engine::new(set.rules);
    let listing = expand(&command.paths);
    let mut progress = Progress::start(listing.bytes);
    let mut profile = Profile::new(&engine);
    let mut batch: Vec<Arc<Event>> = Vec::with_capacity(BATCH);
    let totals = scan(listing, &mut |found| {
        match found {
            Found::Event(event) => batch.push(event),
            other => report(other, &mut progress, output),
        }
        if batch.len() == BATCH {
            profile.take(&batch);
            batch.clear();
        }
        ControlFlow::Continue(())
    });
    profile.take(&batch);
    progress.clear();
    if totals.events == 0 {
        output.note("there are no events here to measure rules on");
        return Ok(outcome(totals, output));
    }
    let report = profile.finish();
    let top = if command.top == 0 {
        usize::MAX
    } else {
        command.top
    };
    let mut order: Vec<usize> = (0..report.rules.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(report.rules[*place].time));
    order.retain(|place| report.rules[*place].asked > 0);
    order.truncate(top);
    match command.format {
        TextFormat::Text => tables(&report, &engine, &order, top, output)?,
        TextFormat::Jsonl => lines(&report, &engine, &order, top, output)?,
    }
    Ok(outcome(totals, output))
}

/// Returns the part of all that some time is, from 0 to 1.
fn share(time: Duration, all: Duration) -> f64 {
    time.as_secs_f64() / all.as_secs_f64().max(1e-12)
}

fn nanos(time: Duration, count: u64) -> f64 {
    time.as_secs_f64() * 1e9 / count.max(1) as f64
}

/// The time of all rules, and of all conditions.
fn sums(report: &Report) -> (Duration, Duration) {
    (
        report.rules.iter().map(|cost| cost.time).sum(),
        report.predicates.iter().map(|cost| cost.time).sum(),
    )
}

const fn word(tried: Tried) -> &'static str {
    match tried {
        Tried::Class => "class",
        Tried::Values(Way::Shared) => "shared",
        Tried::Values(Way::Gated) => "gated",
        Tried::Values(Way::Every) => "every value",
        Tried::Event => "whole event",
    }
}

fn tables(
    report: &Report,
    engine: &Engine,
    order: &[usize],
    top: usize,
    output: &mut Output,
) -> Result<(), CliError> {
    let (all, all_predicates) = sums(report);
    let mut table = Table::new(
        &[
            "SHARE %", "NS/ASKED", "ASKED", "ASKED %", "HITS", "LANG", "RULE",
        ],
        &[0, 1, 2, 3, 4],
    );
    for place in order {
        let (cost, rule): (&RuleCost, &Rule) = (&report.rules[*place], &engine.rules()[*place]);
        table.row([
            format!("{:.1}", 100.0 * share(cost.time, all)),
            format!("{:.0}", nanos(cost.time, cost.asked)),
            cost.asked.to_string(),
            format!(
                "{:.2}",
                100.0 * cost.asked as f64 / report.events.max(1) as f64
            ),
            cost.hits.to_string(),
            rule.language.as_str().to_owned(),
            rule.name.clone(),
        ]);
    }
    table.print(TableFormat::Table, output)?;
    output.line("")?;
    let mut table = Table::new(
        &[
            "SHARE %",
            "NS/VALUE",
            "VALUES",
            "HELD",
            "RULES",
            "TRIED ON",
            "CONDITION",
        ],
        &[0, 1, 2, 3, 4],
    );
    for cost in report.predicates.iter().take(top) {
        table.row([
            format!("{:.1}", 100.0 * share(cost.time, all_predicates)),
            format!("{:.0}", cost.nanos()),
            cost.count.to_string(),
            cost.held.to_string(),
            cost.rules.len().to_string(),
            word(cost.tried).to_owned(),
            shortened(&cost.text),
        ]);
    }
    table.print(TableFormat::Table, output)?;
    output.line("")?;
    let asked: u64 = report.rules.iter().map(|cost| cost.asked).sum();
    output.line(&format!(
        "{} rules on {} events: matching {:.0} ns an event; then {:.2} rules asked an event, {:.0} ns an event; {} conditions tried on {} events",
        engine.rules().len(),
        report.events,
        nanos(report.matching, report.events),
        asked as f64 / report.events.max(1) as f64,
        nanos(all, report.events),
        report.predicates.len(),
        report.sample,
    ))
}

fn lines(
    report: &Report,
    engine: &Engine,
    order: &[usize],
    top: usize,
    output: &mut Output,
) -> Result<(), CliError> {
    let (all, all_predicates) = sums(report);
    output.line(&json_line(&json!({
        "kind": "total", "rules": engine.rules().len(), "events": report.events,
        "matching_seconds": report.matching.as_secs_f64(), "seconds": all.as_secs_f64(),
        "conditions": report.predicates.len(), "sample": report.sample,
    })))?;
    for place in order {
        let (cost, rule) = (&report.rules[*place], &engine.rules()[*place]);
        output.line(&json_line(&json!({
            "kind": "rule", "id": rule.id, "name": rule.name,
            "language": rule.language.as_str(), "path": rule.path.display().to_string(),
            "share": share(cost.time, all), "seconds": cost.time.as_secs_f64(),
            "ns_per_asked": nanos(cost.time, cost.asked), "asked": cost.asked, "hits": cost.hits,
        })))?;
    }
    for cost in report.predicates.iter().take(top) {
        output.line(&condition(cost, engine, all_predicates))?;
    }
    Ok(())
}

fn condition(cost: &PredicateCost, engine: &Engine, all: Duration) -> String {
    let rules = cost
        .rules
        .iter()
        .map(|place| engine.rules()[*place].id.as_str());
    json_line(&json!({
        "kind": "condition", "condition": cost.text, "tried_on": word(cost.tried),
        "share": share(cost.time, all), "seconds": cost.time.as_secs_f64(),
        "ns_per_value": cost.nanos(), "values": cost.count, "held": cost.held,
        "rules": rules.collect::<Vec<_>>(),
    }))
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_TEXT {
        return text.to_owned();
    }
    let start: String = text.chars().take(MAX_TEXT - 1).collect();
    format!("{start}…")
}
