//! `watchglass run DIR`: detection without a screen, until a signal ends it.

use std::cmp::Ordering;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
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
use crate::text::counted;

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
        renews_state: true,
    };
    let stop = signals()?;
    let mut live = Live::start(options).map_err(|error| CliError::failed("threads", error))?;
    output.note(&format!(
        "watching {} with {runnable} rules; Ctrl-C ends it",
        command.directory.display()
    ));
    let mut told = Told {
        watched: command.directory.display().to_string(),
        once: command.once,
        ..Told::default()
    };
    let mut rules = live.rules();
    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
        let status = live.status();
        let now = live.rules();
        if !Arc::ptr_eq(&rules, &now) {
            for news in news(&rules, &now) {
                output.note(&news.line());
            }
            rules = now;
        }
        told.tell(&status, output);
        told.unreadable(live.take_unreadable(), output);
        if command.once && (status.settled || matches!(status.duty, Duty::Elsewhere(_))) {
            break;
        }
        thread::sleep(LOOK);
    }
    let last = live.stop();
    told.tell(&last, output);
    told.unreadable(live.take_unreadable(), output);
    output.note(&format!(
        "{}, {}, {}",
        counted(last.events as usize, "event"),
        counted(last.alerts as usize, "new alert"),
        counted(last.unreadable as usize, "unreadable record")
    ));
    for (_, sentence) in incomplete(&last.memory) {
        output.note(&sentence);
    }
    // A daemon that a signal ends has read all it could for as long as it ran.
    let unread = command.once && told.unreadable > 0;
    Ok(if told.problems.is_empty() && !unread {
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
    watched: String,
    once: bool,
    duty: Option<Duty>,
    problems: Vec<String>,
    incomplete: Vec<&'static str>,
    /// Places of records that could not be read.
    unreadable: usize,
}

/// Places of unreadable records that are said one by one; `U` in the workbench and the store have more.
const PLACES: usize = 200;

impl Told {
    fn unreadable(&mut self, places: Vec<String>, output: &Output) {
        for place in places {
            self.unreadable += 1;
            match self.unreadable.cmp(&PLACES) {
                Ordering::Less => output.note(&place),
                Ordering::Equal => output.note("further unreadable records are only counted"),
                Ordering::Greater => {}
            }
        }
    }

    fn tell(&mut self, status: &Status, output: &Output) {
        let known = self.duty.as_ref();
        let same = match (known, &status.duty) {
            // That it is silent, or watches something else, is among the problems.
            (Some(Duty::Elsewhere(one)), Duty::Elsewhere(other)) => {
                one.holder.pid == other.holder.pid
            }
            (known, duty) => known == Some(duty),
        };
        if !same {
            match &status.duty {
                Duty::Starting => {}
                Duty::Here => {
                    output.note(&format!("this process detects now, in {}", self.watched));
                }
                Duty::Elsewhere(other) if self.once => {
                    output.note(&format!("{} detects already", other.holder));
                }
                Duty::Elsewhere(other) => output.note(&format!(
                    "{} detects; this process waits for its end",
                    other.holder
                )),
                Duty::Nobody => output.note("no one detects now"),
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
            "times a rule over several events gave an event or a group up for want of memory",
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
