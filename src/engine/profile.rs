//! What each rule and each condition costs.
//!
//! Takes batches of events; gives for each rule how often a pass lets an event through to it, the time that its plain
//! evaluation then takes, and its hits; for each condition the time that it takes on a sample of the events. Who is let
//! through is told as in a pass: by the members of a record that is a line of JSON, else by the program of its class. A class program tries all tests on a field together, so what one of them costs there cannot be told apart:
//! conditions are measured one by one, as the plain evaluator tries them, whichever rules share them.

mod predicate;

use std::sync::Arc;
use std::time::{Duration, Instant};

use foldhash::{HashMap, HashMapExt};

use super::kind::Kind;
use super::naive::{self, Scope};
use super::{Engine, Sieve, Verdict, whole};
use crate::event::Event;
use crate::schema::index::Indices;

pub use predicate::{PredicateCost, Tried};

/// Most events of one class that conditions are tried on.
const SAMPLE_OF_CLASS: usize = 200;

/// Most events that conditions are tried on.
const SAMPLE: usize = 4000;

/// What a rule cost.
#[derive(Debug, Clone, Default)]
pub struct RuleCost {
    /// Events that were let through to it.
    pub asked: u64,
    /// Time of its evaluations.
    pub time: Duration,
    /// Events that it selected.
    pub hits: u64,
}

/// Costs being measured.
#[derive(Debug)]
pub struct Profile<'e> {
    engine: &'e Engine,
    rules: Vec<RuleCost>,
    events: u64,
    matching: Duration,
    sieve: Sieve,
    worker: whole::Worker,
    sample: Vec<Arc<Event>>,
    classes: HashMap<Option<Kind>, usize>,
}

/// What was measured.
#[derive(Debug)]
pub struct Report {
    pub events: u64,
    /// Time of telling which rules are let through to an event, for all rules together.
    pub matching: Duration,
    /// In the order of the engine's rules.
    pub rules: Vec<RuleCost>,
    /// The dearest first, those that cost next to nothing in a pass last.
    pub predicates: Vec<PredicateCost>,
    /// Events that the conditions were tried on.
    pub sample: usize,
}

impl<'e> Profile<'e> {
    /// Starts to measure the rules of `engine`.
    #[must_use]
    pub fn new(engine: &'e Engine) -> Self {
        Self {
            rules: vec![RuleCost::default(); engine.rules().len()],
            engine,
            events: 0,
            matching: Duration::ZERO,
            sieve: Sieve::new(true),
            worker: whole::Worker::eager(),
            sample: Vec::new(),
            classes: HashMap::new(),
        }
    }

    /// Runs the rules on a batch of events. A batch is measured as a whole: the more events in it, the less the clock
    /// adds.
    pub fn take(&mut self, events: &[Arc<Event>]) {
        let mut asked: Vec<Vec<u32>> = vec![Vec::new(); self.rules.len()];
        let conditions = &self.engine.conditions;
        let mut ask = |place: usize, number: u32| {
            let asked = &mut asked[conditions.get(place).rule];
            if asked.last() != Some(&number) {
                asked.push(number);
            }
        };
        let start = Instant::now();
        for (number, event) in events.iter().enumerate() {
            let line = &*event.record.raw;
            if line.first() == Some(&b'{')
                && let Verdict::Sound(candidates) = self.engine.look(&mut self.sieve, line)
            {
                for candidate in candidates {
                    ask(candidate.place, number as u32);
                }
                continue;
            }
            let kept = naive::Kept::new(&self.engine.fields);
            let scope = Scope::keeping(event, &kept);
            let programs = &self.engine.programs;
            for candidate in self.worker.candidates(programs, conditions, &scope) {
                ask(candidate.place, number as u32);
            }
        }
        self.matching += start.elapsed();
        for (place, numbers) in asked.iter().enumerate() {
            if !numbers.is_empty() {
                self.ask(place, numbers, events);
            }
        }
        self.events += events.len() as u64;
        for event in events {
            self.keep(event);
        }
    }

    /// Evaluates one rule on the events that were let through to it.
    fn ask(&mut self, place: usize, numbers: &[u32], events: &[Arc<Event>]) {
        let query = &self.engine.rules()[place].query;
        let patterns = &self.engine.patterns[place];
        let cost = &mut self.rules[place];
        let mut hits = 0;
        let start = Instant::now();
        for number in numbers {
            let event = &events[*number as usize];
            let outcome = naive::eval_in(query, &Scope::of(event));
            hits += u64::from(outcome.matched && patterns.admit(&Indices::of(event)));
        }
        cost.time += start.elapsed();
        cost.asked += numbers.len() as u64;
        cost.hits += hits;
    }

    /// Keeps an event for the conditions, unless there are enough of its class.
    fn keep(&mut self, event: &Arc<Event>) {
        if self.sample.len() >= SAMPLE {
            return;
        }
        let count = self.classes.entry(Kind::of(event)).or_insert(0);
        if *count < SAMPLE_OF_CLASS {
            *count += 1;
            self.sample.push(Arc::clone(event));
        }
    }

    /// Measures the conditions on the sample, and ends.
    #[must_use]
    pub fn finish(self) -> Report {
        Report {
            predicates: predicate::measure(self.engine.rules(), &self.sample),
            events: self.events,
            matching: self.matching,
            rules: self.rules,
            sample: self.sample.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Matches;
    use crate::engine::state::testing;
    use crate::rule::RuleSet;
    use serde_json::json;

    fn event(number: u64, text: &str) -> Arc<Event> {
        let fields = json!({
            "host": {"os": {"type": "windows"}},
            "powershell": {"file": {"script_block_text": text}},
        });
        testing::event(number, 0, "process", fields)
    }

    #[test]
    fn costs_are_counted_where_they_arise() {
        let engine = Engine::new(RuleSet::builtin().rules);
        let events = [
            event(1, "MiniDumpWriteDump"),
            event(2, "hello"),
            event(3, "MiniDumpWithFullMemory"),
        ];
        let mut profile = Profile::new(&engine);
        profile.take(&events[..1]);
        profile.take(&events[1..]);
        let report = profile.finish();
        assert_eq!((report.events, report.sample), (3, 3));
        let place = |name: &str| {
            engine
                .rules()
                .iter()
                .position(|rule| rule.name.contains(name))
                .unwrap()
        };
        let minidump = &report.rules[place("MiniDump")];
        assert_eq!((minidump.asked, minidump.hits), (2, 2));
        assert!(minidump.time > Duration::ZERO);
        assert_eq!(report.rules[place("procdump")].asked, 0);
        let word = report
            .predicates
            .iter()
            .find(|cost| {
                cost.text.contains("MiniDumpWriteDump") || cost.text.contains("minidumpwritedump")
            })
            .unwrap();
        assert_eq!(
            (word.count, word.held, word.rules.as_slice()),
            (3, 1, &[place("MiniDump")][..])
        );
        let mut plainly = Matches::default();
        for event in &events {
            engine.observe_plainly(event, &mut plainly);
        }
        let hits: u64 = report.rules.iter().map(|rule| rule.hits).sum();
        assert_eq!(hits, plainly.detections.len() as u64);
    }
}
