//! A search over several events becomes a table.
//!
//! Takes the expanded text; gives a [`Query`] whose [`Table`] does what a stream of single events cannot. Each pipeline,
//! subsearches included, grows in a [`Builder`] of its own; [`source`] says where its rows come from, and the other
//! modules hold the commands.

mod arguments;
mod builder;
mod chart;
mod columns;
mod foreach;
mod group;
mod grows;
mod join;
mod lookup;
mod map;
mod order;
mod source;
mod subsearch;
mod transaction;
mod values;

pub use lookup::ABSENT_LOOKUP;

use super::command::{self, Call};
use super::macros::Macros;
use super::pipeline::{self, Command};
use super::problem::{Parsed, not_runnable};
use crate::lang::ir::table::{Dialect, Table};
use crate::lang::ir::{Query, Stateful};
use crate::lang::{Diagnostic, Span};

use builder::{Builder, Shared};

/// Nanoseconds of a window: Splunk's deployments run each detection hourly over an hour.
const WINDOW: i64 = 3_600_000_000_000;
/// Longest window; a search that looks further back sees no more than this.
const MAX_WINDOW: i64 = 24 * WINDOW;

/// Most errors of one search that are told.
const MAX_FINDINGS: usize = 20;

type Run = fn(&Call<'_>, &mut Builder<'_, '_>) -> Parsed<()>;

/// Commands after the first.
const COMMANDS: [(&str, Run); 58] = [
    ("search", values::search),
    ("where", values::filter),
    ("eval", values::eval),
    ("regex", values::regex),
    ("rex", values::rex),
    ("bucket", values::bucket),
    ("bin", values::bucket),
    ("discretize", values::bucket),
    ("makemv", values::make_list),
    ("nomv", values::join_list),
    ("mvexpand", values::expand),
    ("replace", values::replace),
    ("strcat", values::concatenate),
    ("convert", values::convert),
    ("xmlkv", values::xml_pairs),
    ("spath", values::path),
    ("addinfo", values::add_info),
    ("stats", group::stats),
    ("sistats", group::stats),
    ("eventstats", group::annotate),
    ("streamstats", group::running),
    ("top", group::top),
    ("rare", group::rare),
    ("addtotals", group::totals),
    ("rename", columns::rename),
    ("fields", columns::fields),
    ("table", columns::table),
    ("fillnull", columns::fill),
    ("filldown", columns::fill_down),
    ("iplocation", columns::places),
    ("sort", order::sort),
    ("head", order::head),
    ("tail", order::tail),
    ("reverse", order::reverse),
    ("dedup", order::dedup),
    ("join", join::join),
    ("append", join::append),
    ("appendcols", join::append_columns),
    ("appendpipe", join::append_pipe),
    ("union", join::append),
    ("map", map::run_for_each),
    ("lookup", lookup::lookup),
    ("inputlookup", lookup::input),
    ("outputlookup", lookup::output),
    ("transaction", transaction::run),
    ("foreach", foreach::run),
    // Rows stand for conditions as they are.
    ("format", |_, _| Ok(())),
    ("return", subsearch::give_back),
    ("outlier", group::outliers),
    ("outliers", group::outliers),
    ("chart", chart::by_column),
    ("timechart", chart::over_time),
    ("noop", |_, _| Ok(())),
    ("localop", |_, _| Ok(())),
    ("collect", |_, _| Ok(())),
    ("sendemail", |_, _| Ok(())),
    ("sendalert", |_, _| Ok(())),
    ("outputcsv", |_, _| Ok(())),
];

/// Lowers a whole search.
pub fn lower(text: &str, macros: &Macros) -> Parsed<Query> {
    let mut shared = Shared::new(macros);
    let commands = pipeline::split(text)?;
    let mut builder = Builder::new(text, &mut shared, 0);
    run(&commands, &mut builder)?;
    let main = builder.finish();
    let grows = grows::only(&main.pipeline);
    if shared.window > MAX_WINDOW {
        let finding = Diagnostic::warning(
            "E313",
            "the search looks further back than the events that are kept for it",
            shared.window_span.clone(),
            "here",
        );
        let finding = finding.help("it sees one day at a time");
        shared.warnings.push(finding);
    }
    let table = Table {
        inputs: shared.inputs,
        pipeline: main.pipeline,
        window: shared.window.clamp(WINDOW, MAX_WINDOW),
        dialect: Dialect::Spl,
        columns: main.columns,
        grows,
    };
    let stateful = Stateful::Table(table);
    Ok(Query {
        select: stateful.select(),
        stateful: Some(Box::new(stateful)),
        starved: main.starved,
        warnings: shared.warnings,
        rows: None,
    })
}

/// Runs the commands of a pipeline. What is wrong with the texts of several is said at once.
fn run(commands: &[Command], builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut wrong = Vec::new();
    for (n, command) in commands.iter().enumerate() {
        let call = Call {
            text: builder.text,
            name: &command.name,
            name_span: &command.name_span,
            arguments: &command.arguments,
        };
        match one(&call, n == 0, builder) {
            Ok(()) => {}
            Err(error) if error.construct.is_none() => wrong.extend(error.diagnostics),
            Err(error) if wrong.is_empty() => return Err(error),
            Err(_) => break,
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        wrong.truncate(MAX_FINDINGS);
        Err(wrong.into())
    }
}

fn one(call: &Call<'_>, first: bool, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    if first && source::run(call, builder)? {
        return Ok(());
    }
    later(call, builder)
}

/// Runs commands that work on rows which are there already (`appendpipe`, `foreach`).
fn run_later(commands: &[Command], builder: &mut Builder<'_, '_>) -> Parsed<()> {
    for command in commands {
        let call = Call {
            text: builder.text,
            name: &command.name,
            name_span: &command.name_span,
            arguments: &command.arguments,
        };
        later(&call, builder)?;
    }
    Ok(())
}

fn later(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    match COMMANDS.iter().find(|(known, _)| *known == call.name) {
        Some((_, run)) => run(call, builder),
        None if command::is_known(call.name) => {
            Err(not_runnable(format!("`{}`", call.name), call.name_span))
        }
        None => Err(command::unknown(call)),
    }
}

/// Returns what stands between the brackets of a subsearch.
const fn inside(brackets: &Span) -> Span {
    brackets.start + 1..brackets.end - 1
}
