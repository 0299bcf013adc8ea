//! A program run on one event after the other.
//!
//! Takes the values of an event's inputs; gives the rules that it may fire. One worker owns a [`Desk`], so nothing is
//! locked: its memos, and its counters of how often each leaf passed, which choose each rule's witnesses. A rule is
//! looked at only when one of its witnesses passed. So a value as it stands in a record is at first only searched for
//! what its witnesses need ([`Gate`]); without that it is put off, and read only where a rule that is looked at hangs on it.

mod gating;

use std::borrow::Cow;
use std::sync::Arc;

use super::matcher::{Folded, Form, Gate, LeafId};
use super::memo::Memo;
use super::plan::{Candidate, Program};
use crate::event::Value;
use crate::lang::ir::Test;
use gating::Gating;

/// Counted events after which the witnesses are chosen anew, each time so many times more.
const FIRST_TRAINING: u64 = 128;
const TRAINING_GROWTH: u64 = 2;

/// What a leaf's text says of how often it passes, before any event was seen: each byte makes it rarer.
const GUESS_PER_BYTE: f64 = 0.9;

/// A rule that its witnesses would call in more than this part of the events is looked at in all of them: a witness that
/// nearly every value passes keeps the values of its input from being put off.
const OFTEN: f64 = 0.5;

/// A value that could not be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unclear;

/// The value of an input.
#[derive(Debug)]
pub enum Seen<'v> {
    Nothing,
    Text(Cow<'v, str>),
    Value(Cow<'v, Value>),
}

impl<'v> From<Option<Cow<'v, Value>>> for Seen<'v> {
    fn from(value: Option<Cow<'v, Value>>) -> Self {
        value.map_or(Self::Nothing, Self::Value)
    }
}

/// One worker's state of a program.
#[derive(Debug)]
pub struct Desk {
    program: Arc<Program>,
    gating: Gating,
    memos: Vec<Memo>,
    folded: Folded,
    found: Vec<LeafId>,
    /// The event in which each leaf passed last.
    passed: Vec<u32>,
    touched: Vec<LeafId>,
    /// The event in which each rule was looked at last.
    looked: Vec<u32>,
    event: u32,
    /// Rules to look at when a leaf passes.
    witnessed: Vec<Vec<u32>>,
    /// Rules to look at in every event.
    always: Vec<u32>,
    counts: Vec<u64>,
    /// Events that were counted.
    events: u64,
    next_training: u64,
    /// Rules that were looked at, for a profile.
    looks: u64,
}

impl Desk {
    /// Returns a desk that reads values as they stand in records of that form.
    #[must_use]
    pub fn gated(program: Arc<Program>, memos: usize, memo: bool, form: Form) -> Self {
        Self {
            gating: Gating::new(program.inputs(), memo, form),
            ..Self::new(program, memos, memo)
        }
    }

    /// Returns a fresh desk with so many memos, which [`Desk::feed`] names; without `memo` every value is matched anew.
    #[must_use]
    pub fn new(program: Arc<Program>, memos: usize, memo: bool) -> Self {
        let fresh = || if memo { Memo::default() } else { Memo::off() };
        let mut desk = Self {
            memos: std::iter::repeat_with(fresh).take(memos).collect(),
            folded: Folded::default(),
            found: Vec::new(),
            passed: vec![0; program.leaves.len()],
            touched: Vec::new(),
            looked: vec![0; program.rules.len()],
            event: 0,
            witnessed: Vec::new(),
            always: Vec::new(),
            counts: vec![0; program.leaves.len()],
            events: 0,
            next_training: FIRST_TRAINING,
            looks: 0,
            gating: Gating::default(),
            program,
        };
        desk.choose_witnesses();
        desk
    }

    /// Returns the program.
    #[must_use]
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// Returns how often each leaf passed, and in how many events.
    #[must_use]
    pub fn counts(&self) -> (&[u64], u64) {
        (&self.counts, self.events)
    }

    /// Begins an event.
    pub fn begin(&mut self) {
        if self.events == self.next_training {
            self.choose_witnesses();
            self.choose_gates();
            self.next_training *= TRAINING_GROWTH;
        }
        self.gating.begin();
        self.events += u64::from(self.gating.counted);
        self.touched.clear();
        self.event = self.event.wrapping_add(1);
        if self.event == 0 {
            self.passed.fill(0);
            self.looked.fill(0);
            self.gating.forget();
            self.event = 1;
        }
    }

    /// Puts the value of an input off that stands in the record as `raw`; false when it has to be read.
    pub fn puts_off(&mut self, input: usize, raw: &[u8]) -> bool {
        raw.len() >= self.gating.from && self.passes_by(input, raw)
    }

    /// The same for one of the many values of an input, whatever its length.
    pub fn passes_by(&mut self, input: usize, raw: &[u8]) -> bool {
        self.gating.passes_by(input, raw, self.event)
    }

    /// Returns the inputs that were put off and that a rule hangs on; from now on nothing is put off in this event.
    pub fn wanted(&mut self) -> &[u32] {
        let witnessed = self.touched.iter();
        let witnessed = witnessed.flat_map(|leaf| &self.witnessed[*leaf as usize]);
        let looked_at = witnessed.chain(&self.always).copied();
        self.gating
            .want(&self.program, &self.passed, self.event, looked_at)
    }

    /// Tries only those tests on a wanted input that rules hang on, in the bytes that were put off; false when the input
    /// has to be read.
    pub fn tries(&mut self, input: usize, raw: &[u8]) -> bool {
        let mut passing = Passing {
            event: self.event,
            passed: &mut self.passed,
            counts: None,
            touched: &mut self.touched,
        };
        self.gating
            .tries(&self.program, input as u32, raw, |leaf| passing.pass(leaf))
    }

    /// Takes the value of an input; `key` names it in memo `memo`: equal there for equal values of
    /// this input. Returns false when there was an error, which is not remembered.
    pub fn feed<'v>(
        &mut self,
        input: usize,
        memo: usize,
        key: &[u8],
        value: impl FnOnce() -> Result<Seen<'v>, Unclear>,
    ) -> bool {
        let Some((first, asked)) = self.program.input(input) else {
            return true;
        };
        let memo = &mut self.memos[memo];
        let mut passing = Passing {
            event: self.event,
            passed: &mut self.passed,
            counts: self.gating.counted.then_some(&mut self.counts),
            touched: &mut self.touched,
        };
        let known = memo.get(key, |leaves| {
            for leaf in leaves {
                passing.pass(first + *leaf);
            }
        });
        if known {
            return true;
        }
        let Ok(value) = value() else { return false };
        self.found.clear();
        match value {
            Seen::Nothing => {}
            Seen::Text(text) => {
                asked
                    .matcher
                    .run_text(&text, &mut self.folded, &mut self.found);
            }
            Seen::Value(value) => {
                asked.matcher.run(&value, &mut self.folded, &mut self.found);
            }
        }
        self.found.sort_unstable();
        self.found.dedup();
        memo.put(key, &self.found);
        for leaf in &self.found {
            passing.pass(first + *leaf);
        }
        true
    }

    /// Adds the rules that the event may fire, in the engine's order.
    pub fn candidates(&mut self, candidates: &mut Vec<Candidate>) {
        let from = candidates.len();
        let program = Arc::clone(&self.program);
        let (event, passed) = (self.event, &self.passed);
        let is = |leaf: LeafId| passed[leaf as usize] == event;
        let mut look = |rule: u32, looked: &mut Vec<u32>| {
            let last = &mut looked[rule as usize];
            if *last == event {
                return;
            }
            *last = event;
            let planned = &program.rules[rule as usize];
            self.looks += 1;
            if planned.residual.holds(&is, &is) {
                candidates.push(Candidate {
                    place: planned.place,
                    exact: planned.exact,
                });
            }
        };
        for leaf in &self.touched {
            for rule in &self.witnessed[*leaf as usize] {
                look(*rule, &mut self.looked);
            }
        }
        for rule in &self.always {
            look(*rule, &mut self.looked);
        }
        candidates[from..].sort_unstable_by_key(|candidate| candidate.place);
    }

    fn choose_witnesses(&mut self) {
        let events = self.events as f64;
        let counts = &self.counts;
        let guesses: Vec<f64> = self.program.tests().map(guess).collect();
        let cost = |leaf: LeafId| {
            let at = leaf as usize;
            (counts[at] as f64 + guesses[at]) / (events + 1.0)
        };
        let mut witnessed = vec![Vec::new(); self.program.leaves.len()];
        let mut always = Vec::new();
        for (rule, planned) in self.program.rules.iter().enumerate() {
            match planned.residual.witnesses(&cost) {
                Some((_, cost)) if cost > OFTEN && events > 0.0 => always.push(rule as u32),
                Some((leaves, _)) => {
                    for leaf in leaves {
                        let rules: &mut Vec<u32> = &mut witnessed[leaf as usize];
                        if rules.last() != Some(&(rule as u32)) {
                            rules.push(rule as u32);
                        }
                    }
                }
                None => always.push(rule as u32),
            }
        }
        (self.witnessed, self.always) = (witnessed, always);
    }

    /// Makes the gates of the witnesses.
    fn choose_gates(&mut self) {
        let Some(form) = self.gating.form else { return };
        let program = &self.program;
        let gates = (0..program.inputs()).map(|input| {
            let (first, asked) = program.input(input)?;
            let witnesses = asked.tests.iter().enumerate().filter(|(leaf, _)| {
                let rules = &self.witnessed[first as usize + leaf];
                !rules.is_empty()
            });
            Gate::new(witnesses.map(|(_, test)| test), form)
        });
        self.gating.gates = gates.collect();
    }
}

/// Where it is noted that a leaf passed.
struct Passing<'d> {
    event: u32,
    passed: &'d mut [u32],
    counts: Option<&'d mut Vec<u64>>,
    touched: &'d mut Vec<LeafId>,
}

impl Passing<'_> {
    fn pass(&mut self, leaf: LeafId) {
        let last = &mut self.passed[leaf as usize];
        if *last != self.event {
            *last = self.event;
            if let Some(counts) = &mut self.counts {
                counts[leaf as usize] += 1;
            }
            self.touched.push(leaf);
        }
    }
}

/// Returns how often a test passes, before any event was seen.
fn guess(test: &Test) -> f64 {
    GUESS_PER_BYTE.powi(length(test).min(64) as i32)
}

/// Returns about how many bytes a value must agree in to pass.
fn length(test: &Test) -> usize {
    match test {
        Test::Text(text, _) => text.len() + 4,
        Test::Wildcard(pattern) => pattern.pieces().len(),
        Test::AnyOf(tests) => tests.iter().map(length).min().unwrap_or_default(),
        Test::Regex(_) | Test::Tokens(_) | Test::OneOf(_) => 6,
        Test::Number(..) | Test::Network(_) | Test::Addresses(_) => 3,
        Test::Exists | Test::Time(..) | Test::TextOrder(..) | Test::Differs(_) => 0,
    }
}
