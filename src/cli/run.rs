//! `watchglass run DIR`: detection without a screen, until a signal ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::arguments::{Global, Run};
use super::output::Output;
use super::{CliError, Done, rules, watch};
use crate::alert::Store;
use crate::engine::state::Health;
use crate::pipeline::live::{Duty, Live, Options, Status};
use crate::rule::news::news;

/// How often signals, problems and the end of `--once` are looked for.
const LOOK: Duration = Duration::from_millis(50);

/// Watches the directory; messages go to standard error, alerts to the store.
pub fn run(command: &Run, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let set = rules::load(&command.rules.rules, global, output)?;
    let runnable = set.rules.len();
    watch::readable(&command.directory)?;
    let state = watch::state_directory(&command.state)?;
    // What cannot be opened now is for a person to mend; what fails later is tried again.
    Store::open(&state).map_err(|error| CliError::Failed(error.to_string()))?;
    let options = Options {
        root: command.directory.clone(),
        state,
        rules: set,
        once: command.once,
    };
    let stop = signals()?;
    let live = Live::start(options).map_err(|error| CliError::failed("threads", error))?;
    output.note(&format!(
        "watching {} with {runnable} rules; Ctrl-C ends it",
        command.directory.display()
    ));
    let mut told = Told::default();
    let mut rules = live.rules();
    while !stop.load(Ordering::Relaxed) {
        let status = live.status();
        let now = live.rules();
        if !Arc::ptr_eq(&rules, &now) {
            for news in news(&rules, &now) {
                output.note(&news.line());
            }
            rules = now;
        }
        told.tell(&status, output);
        if command.once && (status.settled || matches!(status.duty, Duty::Elsewhere(_))) {
            break;
        }
        thread::sleep(LOOK);
    }
    let last = live.stop();
    told.tell(&last, output);
    output.note(&format!(
        "{} events, {} new alerts, {} unreadable records",
        last.events, last.alerts, last.unreadable
    ));
    for (_, sentence) in incomplete(&last.memory) {
        output.note(&sentence);
    }
    Ok(if told.problems.is_empty() {
        Done::Well
    } else {
        Done::WithErrors
    })
}

fn signals() -> Result<Arc<AtomicBool>, CliError> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|error| CliError::failed("signals", error))?;
    }
    Ok(stop)
}

/// What was said already, so that each thing is said once.
#[derive(Default)]
struct Told {
    duty: Option<Duty>,
    problems: Vec<String>,
    incomplete: Vec<&'static str>,
}

impl Told {
    fn tell(&mut self, status: &Status, output: &Output) {
        if self.duty.as_ref() != Some(&status.duty) {
            match &status.duty {
                Duty::Starting => {}
                Duty::Here => output.note("this process detects"),
                Duty::Elsewhere(who) => {
                    output.note(&format!("{who} detects; this process waits for its end"));
                }
            }
            self.duty = Some(status.duty.clone());
        }
        // The first of each kind; how many they were is said at the end.
        for (what, sentence) in incomplete(&status.memory) {
            if !self.incomplete.contains(&what) {
                output.note(&sentence);
                self.incomplete.push(what);
            }
        }
        for problem in &status.problems {
            if !self.problems.contains(problem) {
                output.note(problem);
                self.problems.push(problem.clone());
            }
        }
    }
}

/// Says what rules may have missed: one sentence for each cap that was reached, and what kind it is.
pub(super) fn incomplete(memory: &Health) -> Vec<(&'static str, String)> {
    let said = [
        (
            "late",
            memory.late,
            "events came too late for rules over several events to see them in order",
        ),
        (
            "given up",
            memory.evicted,
            "events were given up by rules over several events for want of memory",
        ),
        (
            "left out",
            memory.cut,
            "groups or rows were left out by rules over several events, past the most that they keep",
        ),
        (
            "not tried",
            memory.combinations,
            "combinations of values of fields with many were not tried",
        ),
        (
            "not read",
            memory.values,
            "times only the first of many values or field names were read",
        ),
        (
            "regex stopped",
            memory.searches,
            "searches of regular expressions took too many steps, and count as no match",
        ),
    ];
    let said = said.into_iter().filter(|(_, count, _)| *count > 0);
    said.map(|(what, count, sentence)| (what, format!("{count} {sentence}")))
        .collect()
}
