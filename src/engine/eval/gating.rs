//! Values that are put off.
//!
//! Takes values as they stand in a record; tells which need not be read as long as no rule hangs on them, and, of those
//! that rules do hang on, the few tests that these ask.

use std::collections::hash_map::Entry;

use foldhash::{HashMap, HashMapExt};

use super::clear::Clear;
use super::training::Choice;
use crate::engine::matcher::{Form, Gate, LeafId, Needle};
use crate::engine::plan::Program;

/// Where values are put off, one event in so many is read whole, and its leaves are counted: that takes some twenty times
/// as long as another event does.
const SAMPLE: u64 = 256;

/// A value of fewer bytes is found in the memo in less time than a gate takes.
pub const GATED: usize = 128;

/// Up to so many tests are tried one by one on the values that were put off.
const FEW: usize = 16;

/// Most members, each for one input, whose long values are compared with those before; those of further ones are searched.
const MOST_CLEAR: usize = 32;

/// How values are put off.
#[derive(Debug, Default)]
pub struct Gating {
    /// How the records write texts; `None` where nothing is put off.
    pub form: Option<Form>,
    /// Shorter values are not put off.
    pub from: usize,
    /// This event's leaves are counted.
    pub counted: bool,
    /// The event in which each input was put off last.
    last: Vec<u32>,
    /// Inputs that were put off in this event, and those of them that rules hang on.
    inputs: Vec<u32>,
    wanted: Vec<u32>,
    /// The leaves of the wanted inputs that rules hang on, as long as they are few.
    leaves: Vec<LeafId>,
    /// What the leaves look for; `None` where a value has to be read for it.
    needles: HashMap<LeafId, Option<Box<[Needle]>>>,
    /// Long values that an input's gate saw nothing in, by the member that has them.
    clear: HashMap<(usize, usize), Clear>,
    memo: bool,
    /// Every input is read now.
    pub whole: bool,
    events: u64,
}

impl Gating {
    /// Returns the state before the first event of records of that form.
    pub fn new(inputs: usize, memo: bool, form: Form) -> Self {
        Self {
            form: Some(form),
            from: if memo { GATED } else { 0 },
            last: vec![0; inputs],
            clear: HashMap::new(),
            memo,
            needles: HashMap::new(),
            ..Self::default()
        }
    }

    /// Begins an event.
    pub fn begin(&mut self, choice: &Choice) {
        self.counted = choice.gates.is_empty() || self.events.is_multiple_of(SAMPLE);
        self.whole = self.counted;
        self.events += 1;
        self.inputs.clear();
        self.wanted.clear();
        self.leaves.clear();
    }

    /// Forgets what it knows of the events before, whose numbers begin anew.
    pub fn forget(&mut self) {
        self.last.fill(0);
    }

    /// Forgets what the gates of the last choice saw nothing in.
    pub fn choose(&mut self) {
        self.clear.clear();
    }

    /// Puts the value of a member off; false when it has to be read. Of no member, `raw` is many values of the input, with
    /// what stands between them, and false means that each has to be asked.
    pub fn passes_by(
        &mut self,
        choice: &Choice,
        (input, member): (usize, Option<usize>),
        raw: &[u8],
        event: u32,
    ) -> bool {
        if self.whole {
            return false;
        }
        let Some(gate) = choice.gates.get(input).and_then(Option::as_ref) else {
            return false;
        };
        let sees = match member {
            Some(member) => self.sees(gate, (input, member), raw),
            None => gate.sees(raw),
        };
        if !sees {
            self.put_off(input, event);
        }
        !sees
    }

    /// Puts a value off that several inputs have; false when each has to be asked.
    pub fn put_off_all(
        &mut self,
        (gate, clear): (&Gate, &mut Clear),
        inputs: &[usize],
        raw: &[u8],
        event: u32,
    ) -> bool {
        if self.whole || clear.sees(gate, raw) {
            return false;
        }
        for input in inputs {
            self.put_off(*input, event);
        }
        true
    }

    fn sees(&mut self, gate: &Gate, place: (usize, usize), raw: &[u8]) -> bool {
        if !self.memo || !Clear::takes(gate, raw) {
            return gate.sees(raw);
        }
        let is_full = self.clear.len() == MOST_CLEAR;
        match self.clear.entry(place) {
            Entry::Occupied(clear) => clear.into_mut().sees(gate, raw),
            Entry::Vacant(_) if is_full => gate.sees(raw),
            Entry::Vacant(clear) => clear.insert(Clear::default()).sees(gate, raw),
        }
    }

    fn put_off(&mut self, input: usize, event: u32) {
        if self.last[input] != event {
            self.last[input] = event;
            self.inputs.push(input as u32);
        }
    }

    /// Returns the inputs that were put off and that one of these rules hangs on; `passed` says in which event each leaf
    /// passed last. From now on nothing is put off in this event.
    pub fn want(
        &mut self,
        program: &Program,
        passed: &[u32],
        event: u32,
        rules: impl Iterator<Item = u32>,
    ) -> &[u32] {
        self.whole = true;
        if self.inputs.is_empty() {
            return &[];
        }
        let (last, leaves) = (&self.last, &program.leaves);
        let is = |leaf: LeafId| passed[leaf as usize] == event;
        let is_off = |leaf: LeafId| last[leaves[leaf as usize] as usize] == event;
        let may = |leaf: LeafId| is(leaf) || is_off(leaf);
        for rule in rules {
            let residual = &program.rules[rule as usize].residual;
            if !residual.holds(&is, &may) {
                continue;
            }
            residual.each_leaf(&mut |leaf| {
                let input = leaves[leaf as usize];
                if !is_off(leaf) {
                    return;
                }
                if !self.wanted.contains(&input) {
                    self.wanted.push(input);
                }
                if self.leaves.len() <= FEW && !self.leaves.contains(&leaf) {
                    self.leaves.push(leaf);
                }
            });
            if self.wanted.len() == self.inputs.len() && self.leaves.len() > FEW {
                break;
            }
        }
        &self.wanted
    }

    /// Calls `pass` with those leaves of a wanted input that pass on the value that was put off, of those that rules hang
    /// on; false when the value has to be read.
    pub fn tries(
        &mut self,
        program: &Program,
        input: u32,
        raw: &[u8],
        mut pass: impl FnMut(LeafId),
    ) -> bool {
        let (Some(form), Some((first, asked))) = (self.form, program.input(input as usize)) else {
            return false;
        };
        if self.leaves.len() > FEW {
            return false;
        }
        let leaves = self.leaves.iter();
        let leaves = leaves.filter(|leaf| program.leaves[**leaf as usize] == input);
        for leaf in leaves.clone() {
            let needles = self.needles.entry(*leaf).or_insert_with(|| {
                let test = &asked.tests[(leaf - first) as usize];
                let needles = Needle::all_of(test, form);
                let few = needles.filter(|needles| needles.len() <= FEW);
                few.map(Vec::into_boxed_slice)
            });
            if needles.is_none() {
                return false;
            }
        }
        for leaf in leaves {
            let needles = self.needles.get(leaf).and_then(Option::as_deref);
            let mut needles = needles.into_iter().flatten();
            if needles.any(|needle| needle.is_in(raw)) {
                pass(*leaf);
            }
        }
        true
    }
}
