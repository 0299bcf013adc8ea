//! One case: its rule over its samples, and what is not as expected.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use super::why::{self, Why};
use crate::alert::{Batch, Store};
use crate::engine::state::States;
use crate::engine::{Detection, Engine};
use crate::event::{Event, EventId};
use crate::pipeline::detect::Options;
use crate::pipeline::{Caught, Found, Totals, detect, scan};
use crate::rule::suite::{Case, EventName};
use crate::rule::{Rule, RuleState};
use crate::source::expand;

/// Most events of the samples that are tried to find the one that nearly fires.
const MAX_TRIED: usize = 20_000;

/// What came of a case.
#[derive(Debug)]
pub struct Outcome {
    pub rule: Arc<Rule>,
    pub events: u64,
    pub alerts: u64,
    /// The events that the rule's alerts are made of, in their order.
    pub fired: Vec<Arc<Event>>,
    /// None: the case passed.
    pub problems: Vec<Problem>,
}

/// What is not as expected.
#[derive(Debug)]
pub enum Problem {
    /// The rule cannot run, or can never fire.
    Rule(String),
    /// A sample cannot be read, or has nothing to show.
    Samples(String),
    /// There are too many or too few of something.
    Count {
        what: &'static str,
        expected: u64,
        /// More than that would do.
        open: bool,
        got: u64,
    },
    /// No event of the samples has this name; the one that agrees most.
    Absent(EventName, Option<Arc<Event>>),
    /// This event should have fired, and why it did not.
    Missed(Arc<Event>, Why),
    /// This one fired and is not among the expected.
    Unexpected(Arc<Event>),
    /// Nothing fired; this event came nearest.
    Nearest(Arc<Event>, Why),
}

/// Runs a case.
pub fn run(rule: &Arc<Rule>, case: &Case) -> Outcome {
    let mut outcome = Outcome {
        rule: Arc::clone(rule),
        events: 0,
        alerts: 0,
        fired: Vec::new(),
        problems: Vec::new(),
    };
    if let RuleState::NotRunnable(reason) = &rule.state {
        let reason = format!("the rule cannot run: {reason}");
        outcome.problems.push(Problem::Rule(reason));
        return outcome;
    }
    let (detections, totals, trouble) = detections(rule, case);
    outcome.events = totals.events;
    outcome.fired = distinct(&detections);
    match alerts(detections) {
        Ok(alerts) => outcome.alerts = alerts,
        Err(reason) => outcome.problems.push(Problem::Samples(reason)),
    }
    judge(&mut outcome, case, trouble.as_deref(), totals);
    outcome
}

fn detections(rule: &Arc<Rule>, case: &Case) -> (Vec<Detection>, Totals, Option<String>) {
    let engine = Engine::new(vec![Arc::clone(rule)]);
    let mut states = States::new(engine.rules());
    let options = Options {
        threads: 1,
        ..Options::default()
    };
    let (mut found, mut trouble) = (Vec::new(), None);
    let passed = detect(expand(&paths(case)), &engine, options, &mut |caught| {
        match caught {
            Caught::Matches(mut matches) => {
                found.append(&mut matches.detections);
                states.take(matches.hits.drain(..), &mut found);
            }
            Caught::Unreadable(unreadable) => {
                trouble.get_or_insert(unreadable.reason);
            }
            Caught::Failed(error) => {
                trouble.get_or_insert(error.to_string());
            }
            Caught::Progress(_) => {}
        }
        ControlFlow::Continue(())
    });
    states.finish(&mut found);
    (found, passed.totals, trouble)
}

fn paths(case: &Case) -> Vec<PathBuf> {
    case.samples.iter().map(|(path, _)| path.clone()).collect()
}

fn distinct(detections: &[Detection]) -> Vec<Arc<Event>> {
    let mut seen: BTreeMap<EventId, Arc<Event>> = BTreeMap::new();
    for detection in detections {
        seen.entry(detection.event.id)
            .or_insert_with(|| Arc::clone(&detection.event));
    }
    let mut events: Vec<_> = seen.into_values().collect();
    events.sort_by_key(|event| (event.time, event.record.place.offset));
    events
}

/// Returns how many alerts the store makes of them.
fn alerts(detections: Vec<Detection>) -> Result<u64, String> {
    let count = |detections| {
        let mut store = Store::in_memory()?;
        store.commit(&Batch {
            detections,
            ..Batch::default()
        })?;
        Ok(store.rows_since(0)?.len() as u64)
    };
    if detections.is_empty() {
        return Ok(0);
    }
    count(detections).map_err(|error: crate::alert::StoreError| error.to_string())
}

fn judge(outcome: &mut Outcome, case: &Case, trouble: Option<&str>, totals: Totals) {
    let expect = &case.expect;
    let hits = outcome.fired.len() as u64;
    let silent = expect.hits == Some(0) || expect.alerts == Some(0);
    let unread = totals.unreadable + totals.failed;
    let why = trouble.map(|why| format!(": {why}")).unwrap_or_default();
    let mut problems = std::mem::take(&mut outcome.problems);
    if totals.events == 0 {
        let text = format!("the samples hold no event that can be read{why}");
        problems.push(Problem::Samples(text));
    } else if silent && unread > 0 {
        let text =
            format!("{unread} records or files cannot be read, so silence shows nothing{why}");
        problems.push(Problem::Samples(text));
    }
    let mut count = |what, expected: Option<u64>, got| {
        if let Some(expected) = expected.filter(|expected| *expected != got) {
            problems.push(Problem::Count {
                what,
                expected,
                open: false,
                got,
            });
        }
    };
    count("hits", expect.hits, hits);
    count("alerts", expect.alerts, outcome.alerts);
    let open = expect.hits.is_none() && expect.alerts.is_none() && expect.events.is_empty();
    if open && hits == 0 {
        problems.push(Problem::Count {
            what: "hits",
            expected: 1,
            open: true,
            got: 0,
        });
    }
    named(outcome, case, &mut problems);
    let short = expect.hits.is_some_and(|wanted| hits < wanted)
        || expect.alerts.is_some_and(|wanted| outcome.alerts < wanted)
        || open;
    if !problems.is_empty() && hits == 0 && short && expect.events.is_empty() && totals.events > 0 {
        if let RuleState::NeverFires(reason) = &outcome.rule.state {
            let reason = format!("the rule can never fire: {reason}");
            problems.push(Problem::Rule(reason));
        }
        problems.extend(nearest(&outcome.rule, case));
    }
    outcome.problems = problems;
}

/// Compares what fired with the events that are named.
fn named(outcome: &Outcome, case: &Case, problems: &mut Vec<Problem>) {
    let expect = &case.expect;
    if expect.events.is_empty() {
        return;
    }
    for name in &expect.events {
        if outcome.fired.iter().any(|event| name.fits(event)) {
            continue;
        }
        problems.push(match search(case, name) {
            (_, Some(event)) => {
                let why = why::of(&outcome.rule, &event);
                Problem::Missed(event, why)
            }
            (near, None) => Problem::Absent(name.clone(), near),
        });
    }
    if expect.hits.is_none() {
        let others = outcome.fired.iter().filter(|event| {
            let mut names = expect.events.iter();
            !names.any(|name| name.fits(event))
        });
        problems.extend(others.map(|event| Problem::Unexpected(Arc::clone(event))));
    }
}

/// Calls `see` with each event of the samples until that breaks.
fn each(case: &Case, see: &mut dyn FnMut(Arc<Event>) -> ControlFlow<()>) {
    scan(expand(&paths(case)), &mut |found| match found {
        Found::Event(event) => see(event),
        _ => ControlFlow::Continue(()),
    });
}

/// Returns the event of that name, or the one that agrees with it in most members.
fn search(case: &Case, name: &EventName) -> (Option<Arc<Event>>, Option<Arc<Event>>) {
    let (mut near, mut best, mut found) = (None, 0, None);
    each(case, &mut |event| {
        let (agree, named) = name.agreement(&event);
        if agree == named {
            found = Some(event);
            return ControlFlow::Break(());
        }
        if agree > best {
            (near, best) = (Some(event), agree);
        }
        ControlFlow::Continue(())
    });
    (near, found)
}

/// Returns the event of the samples that meets most of the rule's conditions, and what it lacks.
fn nearest(rule: &Rule, case: &Case) -> Option<Problem> {
    let (mut best, mut met, mut tried) = (None, 0, 0);
    each(case, &mut |event| {
        let here = 1 + why::met(rule, &event);
        if here > met {
            (best, met) = (Some(event), here);
        }
        tried += 1;
        if tried < MAX_TRIED {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    let event = best?;
    let why = why::of(rule, &event);
    Some(Problem::Nearest(event, why))
}
