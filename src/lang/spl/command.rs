//! The commands of the pipeline, one file each.
//!
//! Each takes its arguments and the [`Plan`] so far, and adds to the plan or says why it cannot.

mod bucket;
mod columns;
mod convert;
mod dedup;
mod eval;
mod extract;
mod fillnull;
mod regex;
mod rename;
mod search;
mod sort;
mod stats;
pub mod tstats;

use super::pipeline::Command;
use super::plan::Plan;
use super::problem::{self, Parsed, not_runnable};
use crate::lang::Span;

/// What a command works on.
#[derive(Debug)]
pub struct Call<'a> {
    /// The expanded text, which all spans point into.
    pub text: &'a str,
    pub name: &'a str,
    pub name_span: &'a Span,
    pub arguments: &'a Span,
}

type Run = fn(&Call<'_>, &mut Plan) -> Parsed<()>;

/// Commands that run.
const COMMANDS: [(&str, Run); 17] = [
    ("search", search::run),
    ("tstats", tstats::run),
    ("stats", stats::run),
    ("where", eval::filter),
    ("eval", eval::set),
    ("rename", rename::run),
    ("fields", columns::fields),
    ("table", columns::table),
    ("convert", convert::run),
    ("fillnull", fillnull::run),
    ("regex", regex::run),
    ("rex", extract::run),
    ("bucket", bucket::run),
    ("bin", bucket::run),
    ("sort", sort::run),
    ("dedup", dedup::run),
    ("noop", |_, _| Ok(())),
];

/// Commands that watchglass knows and does not run.
const NOT_RUN: [&str; 54] = [
    "abstract",
    "addinfo",
    "addtotals",
    "anomalydetection",
    "append",
    "appendcols",
    "appendpipe",
    "apply",
    "chart",
    "cluster",
    "collect",
    "datamodel",
    "delta",
    "eventcount",
    "eventstats",
    "fit",
    "foreach",
    "format",
    "from",
    "geostats",
    "head",
    "inputlookup",
    "iplocation",
    "join",
    "kv",
    "extract",
    "kmeans",
    "lookup",
    "makemv",
    "makeresults",
    "map",
    "metadata",
    "mstats",
    "multisearch",
    "mvcombine",
    "mvexpand",
    "nomv",
    "outlier",
    "outputlookup",
    "pivot",
    "predict",
    "rare",
    "replace",
    "return",
    "reverse",
    "sendalert",
    "sistats",
    "spath",
    "streamstats",
    "tail",
    "timechart",
    "top",
    "transaction",
    "trendline",
];
const ALSO_NOT_RUN: [&str; 16] = [
    "multikv",
    "fromjson",
    "tojson",
    "transpose",
    "rangemap",
    "filldown",
    "discretize",
    "erex",
    "union",
    "untable",
    "xmlkv",
    "xpath",
    "xyseries",
    "strcat",
    "set",
    "cofilter",
];

/// Runs one command; `first` is whether nothing stands before it.
pub fn run(text: &str, command: &Command, first: bool, plan: &mut Plan) -> Parsed<()> {
    let call = Call {
        text,
        name: &command.name,
        name_span: &command.name_span,
        arguments: &command.arguments,
    };
    let name = command.name.as_str();
    if name == "tstats" && !first {
        return Err(not_runnable(
            "`tstats` after another command",
            call.name_span,
        ));
    }
    if first && name != "search" && name != "tstats" {
        return match name {
            known if is_known(known) => {
                let construct = format!("a search that starts with `{known}`");
                Err(not_runnable(construct, call.name_span))
            }
            _ => Err(unknown(&call)),
        };
    }
    match COMMANDS.iter().find(|(known, _)| *known == name) {
        Some((_, run)) => run(&call, plan),
        None if is_known(name) => Err(not_runnable(format!("`{name}`"), call.name_span)),
        None => Err(unknown(&call)),
    }
}

pub fn is_known(name: &str) -> bool {
    NOT_RUN.contains(&name)
        || ALSO_NOT_RUN.contains(&name)
        || COMMANDS.iter().any(|(known, _)| *known == name)
}

pub fn unknown(call: &Call<'_>) -> crate::lang::CompileError {
    let names = COMMANDS.iter().map(|(name, _)| *name);
    let names = names.chain(NOT_RUN).chain(ALSO_NOT_RUN);
    problem::unknown("command", call.name, call.name_span, names)
}
