//! A program run on one event after the other.
//!
//! Takes the values of an event's inputs; gives the rules that it may fire. One worker owns a [`Desk`] with its memos, so
//! nothing is locked around an event; what all workers counted of how often each leaf passed ([`Training`]) chooses each
//! rule's witnesses. A rule is looked at only when one of its witnesses passed. So a value as it stands in a record is at
//! first only searched for what its witnesses need; without that it is put off, and read only where a rule that is looked
//! at hangs on it.

mod clear;
mod gating;
mod training;

use std::borrow::Cow;
use std::sync::Arc;

use super::matcher::{Folded, Form, Gate, LeafId};
use super::memo::Memo;
pub use super::memo::Recalled;
use super::plan::{Asked, Candidate};
use crate::event::Value;
use clear::Clear;
pub use clear::LONG;
pub use gating::GATED;
use gating::Gating;
use training::Choice;
pub use training::Training;

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

/// What inputs with the same value have together.
#[derive(Debug, Default)]
struct Together {
    memo: Memo,
    /// The gate of the witnesses of all.
    gate: Option<Gate>,
    /// Long values that it saw nothing in.
    clear: Clear,
    /// Of the choice that it was made by; each choice has a greater one than that before.
    until: u32,
}

/// One worker's state of a program.
#[derive(Debug)]
pub struct Desk {
    training: Arc<Training>,
    choice: Arc<Choice>,
    gating: Gating,
    memos: Vec<Memo>,
    bundles: Vec<Together>,
    /// The leaves that each input passes where no member gives it a value, once they were asked for.
    absent: Vec<Option<Arc<[LeafId]>>>,
    /// How many leaves had passed when a bundle began to be read, whose inputs remember nothing by themselves.
    reading: Option<usize>,
    folded: Folded,
    found: Vec<LeafId>,
    passed: Passed,
    /// The event in which each rule was looked at last.
    looked: Vec<u32>,
}

impl Desk {
    /// Returns a desk that reads values as they stand in records of that form.
    #[must_use]
    pub fn gated(training: Arc<Training>, memos: usize, memo: bool, form: Form) -> Self {
        let gating = Gating::new(training.program.inputs(), memo, form);
        Self::with(training, memos, memo, gating)
    }

    /// Returns a fresh desk with so many memos, which [`Desk::feed`] names; without `memo` every value is matched anew.
    #[must_use]
    pub fn new(training: Arc<Training>, memos: usize, memo: bool) -> Self {
        Self::with(training, memos, memo, Gating::default())
    }

    fn with(training: Arc<Training>, memos: usize, memo: bool, gating: Gating) -> Self {
        let fresh = || if memo { Memo::default() } else { Memo::off() };
        let program = &training.program;
        Self {
            memos: std::iter::repeat_with(fresh).take(memos).collect(),
            bundles: Vec::new(),
            absent: vec![None; program.inputs()],
            reading: None,
            folded: Folded::default(),
            found: Vec::new(),
            passed: Passed {
                event: 0,
                last: vec![0; program.leaves.len()],
                touched: Vec::new(),
            },
            looked: vec![0; program.rules.len()],
            choice: training.choice(gating.form),
            gating,
            training,
        }
    }

    /// Begins an event.
    pub fn begin(&mut self) {
        if self.training.events() >= self.choice.until {
            self.choice = self.training.choice(self.gating.form);
            self.gating.choose();
        }
        self.gating.begin(&self.choice);
        if self.gating.counted {
            self.training.add_event();
        }
        let passed = &mut self.passed;
        passed.touched.clear();
        passed.event = passed.event.wrapping_add(1);
        if passed.event == 0 {
            passed.last.fill(0);
            self.looked.fill(0);
            self.gating.forget();
            passed.event = 1;
        }
    }

    /// Puts the value of an input off that stands in the record as `raw`; false when it has to be read.
    pub fn puts_off(&mut self, input: usize, raw: &[u8]) -> bool {
        if self.gating.counted && raw.len() >= GATED {
            self.training.see(input, raw);
        }
        raw.len() >= self.gating.from && self.passes_by(input, Some(0), raw)
    }

    /// The same for one of the many values of an input, whatever its length, which is told from the others by the member's
    /// number; or, of no member, for many of them at once, with whatever stands between them.
    pub fn passes_by(&mut self, input: usize, member: Option<usize>, raw: &[u8]) -> bool {
        let place = (input, member);
        self.gating
            .passes_by(&self.choice, place, raw, self.passed.event)
    }

    /// Returns whether nothing is put off any more in this event.
    pub const fn reads_all(&self) -> bool {
        self.gating.whole
    }

    /// Returns the inputs that were put off and that a rule hangs on; from now on nothing is put off in this event.
    pub fn wanted(&mut self) -> &[u32] {
        let Passed {
            event,
            last,
            touched,
        } = &self.passed;
        let witnessed = touched.iter();
        let witnessed = witnessed.flat_map(|leaf| &self.choice.witnessed[*leaf as usize]);
        let looked_at = witnessed.chain(&self.choice.always).copied();
        self.gating
            .want(&self.training.program, last, *event, looked_at)
    }

    /// Tries only those tests on a wanted input that rules hang on, in the bytes that were put off; false when the input
    /// has to be read.
    pub fn tries(&mut self, input: usize, raw: &[u8]) -> bool {
        let (passed, program) = (&mut self.passed, &self.training.program);
        self.gating.tries(program, input as u32, raw, |leaf| {
            passed.all([leaf], None);
        })
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
        let Some((first, asked)) = self.training.program.input(input) else {
            return true;
        };
        let passed = &mut self.passed;
        let training = self.gating.counted.then_some(&*self.training);
        let mut pass = |leaves: &[LeafId]| {
            passed.all(leaves.iter().map(|leaf| first + leaf), training);
        };
        let mut memo = match self.reading {
            Some(_) => None,
            None => Some(&mut self.memos[memo]),
        };
        if let Some(memo) = &mut memo
            && memo.get(key, &mut pass) == Recalled::Known
        {
            return true;
        }
        let Ok(value) = value() else { return false };
        find(asked, value, &mut self.folded, &mut self.found);
        if let Some(memo) = memo {
            memo.put(key, &self.found);
        }
        pass(&self.found);
        true
    }

    /// Takes the value that an input has where no member gives it one: the same in every event.
    pub fn feed_absent(&mut self, input: usize, value: &Value) {
        let leaves = self.absent(input, value);
        self.pass(&leaves);
    }

    /// Returns the leaves that an input passes with that value.
    pub fn absent(&mut self, input: usize, value: &Value) -> Arc<[LeafId]> {
        if let Some(leaves) = &self.absent[input] {
            return Arc::clone(leaves);
        }
        let mut leaves = Vec::new();
        if let Some((first, asked)) = self.training.program.input(input) {
            let value = Seen::Value(Cow::Borrowed(value));
            find(asked, value, &mut self.folded, &mut self.found);
            leaves.extend(self.found.iter().map(|leaf| first + leaf));
        }
        Arc::clone(self.absent[input].insert(leaves.into()))
    }

    /// Passes these leaves, of whatever inputs.
    pub fn pass(&mut self, leaves: &[LeafId]) {
        let training = self.gating.counted.then_some(&*self.training);
        self.passed.all(leaves.iter().copied(), training);
    }

    /// Has a memo and a gate for each of so many bundles of inputs.
    pub fn bundles(&mut self, count: usize) {
        self.bundles.resize_with(count, Together::default);
    }

    /// Puts off the text that several inputs have, and that stands in the record as `raw`; false when each has to be asked.
    pub fn puts_off_all(&mut self, bundle: usize, inputs: &[usize], raw: &[u8]) -> bool {
        let together = &mut self.bundles[bundle];
        let (choice, training) = (&self.choice, &self.training);
        if together.until != choice.until {
            together.until = choice.until;
            together.clear = Clear::default();
            together.gate = training.gate_of(inputs, choice, self.gating.form);
        }
        let Some(gate) = &together.gate else {
            return false;
        };
        let gate = (gate, &mut together.clear);
        self.gating
            .put_off_all(gate, inputs, raw, self.passed.event)
    }

    /// Begins to read the inputs of a bundle, none of which was read in this event: the leaves that pass from now on are theirs.
    pub fn begin_bundle(&mut self) {
        self.reading = Some(self.passed.touched.len());
    }

    /// Ends it, and remembers by `key` what passed; without one nothing.
    pub fn end_bundle(&mut self, bundle: usize, key: Option<&[u8]>) {
        if let (Some(from), Some(key)) = (self.reading.take(), key) {
            let theirs = &self.passed.touched[from..];
            self.bundles[bundle].memo.put(key, theirs);
        }
    }

    /// Passes the leaves that a bundle's memo has for a key.
    pub fn recalls(&mut self, bundle: usize, key: &[u8]) -> Recalled {
        let passed = &mut self.passed;
        let training = self.gating.counted.then_some(&*self.training);
        let memo = &mut self.bundles[bundle].memo;
        memo.get(key, |leaves| passed.all(leaves.iter().copied(), training))
    }

    /// Adds the rules that the event may fire, in the engine's order.
    pub fn candidates(&mut self, candidates: &mut Vec<Candidate>) {
        let from = candidates.len();
        let program = &self.training.program;
        let Passed {
            event,
            last,
            touched,
        } = &self.passed;
        let event = *event;
        let is = |leaf: LeafId| last[leaf as usize] == event;
        let mut look = |rule: u32, looked: &mut Vec<u32>| {
            let last = &mut looked[rule as usize];
            if *last == event {
                return;
            }
            *last = event;
            let planned = &program.rules[rule as usize];
            if planned.residual.holds(&is, &is) {
                candidates.push(Candidate {
                    place: planned.place,
                    exact: planned.exact,
                    answer: None,
                });
            }
        };
        for leaf in touched {
            for rule in &self.choice.witnessed[*leaf as usize] {
                look(*rule, &mut self.looked);
            }
        }
        for rule in &self.choice.always {
            look(*rule, &mut self.looked);
        }
        candidates[from..].sort_unstable_by_key(|candidate| candidate.place);
    }
}

/// Sets `found` to the leaves that a value passes, each once.
fn find(asked: &Asked, value: Seen<'_>, folded: &mut Folded, found: &mut Vec<LeafId>) {
    found.clear();
    match value {
        Seen::Nothing => {}
        Seen::Text(text) => asked.matcher.run_text(&text, folded, found),
        Seen::Value(value) => asked.matcher.run(&value, folded, found),
    }
    found.sort_unstable();
    found.dedup();
}

/// The leaves that passed in the event.
#[derive(Debug)]
struct Passed {
    event: u32,
    /// The event in which each leaf passed last.
    last: Vec<u32>,
    touched: Vec<LeafId>,
}

impl Passed {
    /// Notes that leaves passed, and counts them in `training`, if the event is counted.
    fn all(&mut self, leaves: impl IntoIterator<Item = LeafId>, training: Option<&Training>) {
        for leaf in leaves {
            let last = &mut self.last[leaf as usize];
            if *last != self.event {
                *last = self.event;
                if let Some(training) = training {
                    training.add(leaf);
                }
                self.touched.push(leaf);
            }
        }
    }
}
