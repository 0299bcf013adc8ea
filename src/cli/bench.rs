//! `watchglass bench PATH...`: how fast each step of a pass is, and whether the fast engine is right.

mod classes;
mod copies;
mod lines;
mod machine;
mod steps;
mod verify;

use serde_json::json;

use super::arguments::{Bench, Global, TableFormat};
use super::output::Output;
use super::table::Table;
use super::{CliError, Done, rules};
use crate::alert::export::json_line;
use crate::engine::Engine;
use crate::source::expand;
use machine::Machine;
use steps::{Measured, Step};

/// Measures the steps, or compares the engines.
pub fn run(command: &Bench, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let set = rules::load_quietly(&command.rules.rules, global)?;
    for path in &command.paths {
        std::fs::metadata(path).map_err(|error| super::unusable(path, &error))?;
    }
    let engine = Engine::new(copies::of(set.rules, command.copies.get()));
    let threads = command.threads.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        usize::from,
    );
    if command.verify {
        return verify::run(&engine, &expand(&command.paths), threads, output);
    }
    let mut measured: Vec<Measured> = Vec::new();
    for step in Step::all(threads) {
        let mut best: Option<Measured> = None;
        for _ in 0..command.repeat.get() {
            let engine = engine.fresh();
            let one = step.measure(&engine, &expand(&command.paths))?;
            if best.as_ref().is_none_or(|best| one.cpu < best.cpu) {
                best = Some(one);
            }
        }
        measured.extend(best.filter(|best| best.events > 0));
    }
    let costs = classes::measure(&engine.fresh(), &expand(&command.paths))
        .map_err(|error| CliError::failed("classes", error))?;
    let steps = table(&measured, engine.rules().len(), command.format, output)?;
    if command.format == TableFormat::Csv {
        return with_classes(steps, &costs)
            .print(command.format, output)
            .map(|()| Done::Well);
    }
    steps.print(command.format, output)?;
    let machine = Machine::read();
    if command.format == TableFormat::Table {
        let memory = steps::peak_memory().map_or_else(String::new, |bytes| {
            format!(", at most {:.0} MB of memory", bytes as f64 / 1e6)
        });
        let machine = machine.words();
        let machine = machine.map_or_else(String::new, |words| format!("; {words}"));
        output.line(&format!("{} rules{memory}{machine}", engine.rules().len()))?;
    }
    print_classes(&costs, &machine, command.format, output)
}

/// Adds the classes as further rows of the steps' table: a program reads one table with one header.
fn with_classes(mut steps: Table, costs: &[classes::Cost]) -> Table {
    for cost in costs.iter().take(classes::SHOWN) {
        let seconds = cost.time.as_secs_f64();
        let empty = String::new;
        steps.row([
            format!("class {}", class_name(&cost.class)),
            "1".to_owned(),
            cost.events.to_string(),
            empty(),
            format!("{seconds:.2}"),
            empty(),
            empty(),
            empty(),
            format!("{:.0}", seconds * 1e9 / cost.events.max(1) as f64),
            empty(),
            empty(),
            empty(),
        ]);
    }
    steps
}

fn class_name(class: &classes::Class) -> String {
    if class.channel.is_empty() {
        "built whole".to_owned()
    } else {
        format!("{} {}", class.channel, class.code)
    }
}

fn print_classes(
    costs: &[classes::Cost],
    machine: &Machine,
    format: TableFormat,
    output: &mut Output,
) -> Result<Done, CliError> {
    let all: f64 = costs.iter().map(|cost| cost.time.as_secs_f64()).sum();
    let heads = ["CLASS", "EVENTS", "TIME %", "NS/EVENT", "CYCLES/EVENT"];
    let mut table = Table::new(&heads, &[1, 2, 3, 4]);
    for cost in costs.iter().take(classes::SHOWN) {
        let seconds = cost.time.as_secs_f64();
        let share = 100.0 * seconds / all.max(1e-9);
        let one = seconds / cost.events.max(1) as f64;
        let cycles = machine.cycles(one).map(f64::round);
        let classes::Class { channel, code } = &cost.class;
        match format {
            TableFormat::Jsonl => output.line(&json_line(&json!({
                "channel": channel, "event_id": code, "events": cost.events,
                "share": share / 100.0, "seconds": seconds, "cycles_per_event": cycles,
            })))?,
            TableFormat::Table | TableFormat::Csv => table.row([
                class_name(&cost.class),
                cost.events.to_string(),
                format!("{share:.1}"),
                format!("{:.0}", one * 1e9),
                cycles.map_or_else(|| "-".to_owned(), |cycles| format!("{cycles:.0}")),
            ]),
        }
    }
    if format == TableFormat::Table {
        output.line("")?;
    }
    table.print(format, output)?;
    Ok(Done::Well)
}

/// Returns the table of the steps; lines of JSON are printed here.
fn table(
    measured: &[Measured],
    rules: usize,
    format: TableFormat,
    output: &mut Output,
) -> Result<Table, CliError> {
    // Where there are no lines, decoding is what every pass has to do.
    let base = measured
        .iter()
        .find(|one| one.step == Step::Extract)
        .or_else(|| measured.iter().find(|one| one.step == Step::Decode))
        .map(Measured::nanos);
    let mut table = Table::new(
        &[
            "STEP", "THREADS", "EVENTS", "MB", "CPU s", "WALL s", "EVENTS/s", "MB/s", "NS/EVENT",
            "RATIO", "BUILT %", "FOUND",
        ],
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    );
    for one in measured {
        let (events, nanos) = (one.events as f64, one.nanos());
        let megabytes = one.bytes as f64 / 1e6;
        let ratio = base.map_or(0.0, |base| base / nanos);
        let built = 100.0 * one.built as f64 / events;
        match format {
            TableFormat::Jsonl => output.line(&json_line(&json!({
                "step": one.step.name(), "threads": one.step.threads(), "rules": rules,
                "events": one.events, "bytes": one.bytes, "cpu_seconds": one.cpu,
                "wall_seconds": one.wall, "ratio": ratio, "built": one.built, "odd": one.odd,
                "found": one.found,
            })))?,
            TableFormat::Table | TableFormat::Csv => table.row([
                one.step.name().to_owned(),
                one.step.threads().to_string(),
                one.events.to_string(),
                format!("{megabytes:.1}"),
                format!("{:.2}", one.cpu),
                format!("{:.2}", one.wall),
                format!("{:.0}", events / one.wall.max(1e-9)),
                format!("{:.0}", megabytes / one.wall.max(1e-9)),
                format!("{nanos:.0}"),
                format!("{ratio:.2}"),
                format!("{built:.1}"),
                one.found.to_string(),
            ]),
        }
    }
    Ok(table)
}
