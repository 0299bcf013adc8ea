//! What all workers have seen of a class, and what they make of it: which tests stand for which rules.
//!
//! Takes the leaves that passed in the events that any worker counts; gives a [`Choice`], made anew each time so many
//! times more events were counted. What one worker has made the others use, so two threads count together no more than
//! one does alone. Choices decide how fast rules are told, never which fire.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::engine::matcher::{Common, Form, Gate, LeafId};
use crate::engine::plan::Program;
use crate::lang::ir::Test;

/// Counted events after which the first choice from counters is made; the next come each time so many times later.
const FIRST: u32 = 128;
const GROWTH: u32 = 2;

/// What a leaf's text says of how often it passes, before any event was seen: each byte makes it rarer.
const GUESS_PER_BYTE: f64 = 0.9;

/// A rule that its witnesses would call in more than this part of the events is looked at in all of them: a witness that
/// nearly every value passes keeps the values of its input from being put off.
const OFTEN: f64 = 0.5;

/// Which rules are looked at when.
#[derive(Debug)]
pub struct Choice {
    /// Rules to look at when a leaf passes.
    pub witnessed: Vec<Vec<u32>>,
    /// Rules to look at in every event.
    pub always: Vec<u32>,
    /// Of each input the gate of its witnesses, if it can have one; empty before anything was counted.
    pub gates: Vec<Option<Gate>>,
    /// So many events must be counted for the next one.
    pub until: u32,
}

/// A program, and what its workers know of its events.
#[derive(Debug)]
pub struct Training {
    pub program: Program,
    /// How often each leaf passed.
    counts: Box<[AtomicU32]>,
    events: AtomicU32,
    /// What is common in the long values of each input.
    common: Box<[OnceLock<Option<Common>>]>,
    /// The newest choice for each form of records.
    choices: Mutex<Vec<(Option<Form>, Arc<Choice>)>>,
}

impl Training {
    /// Returns a program that nothing is known of.
    #[must_use]
    pub fn new(program: Program) -> Self {
        let counts = program.leaves.iter().map(|_| AtomicU32::new(0));
        let common = std::iter::repeat_with(OnceLock::new);
        Self {
            counts: counts.collect(),
            common: common.take(program.inputs()).collect(),
            program,
            events: AtomicU32::new(0),
            choices: Mutex::default(),
        }
    }

    /// Returns how many events were counted.
    #[must_use]
    pub fn events(&self) -> u32 {
        self.events.load(Ordering::Relaxed)
    }

    /// Notes that one more event is counted.
    pub fn add_event(&self) {
        add_one(&self.events);
    }

    /// Notes that a leaf passed in a counted event.
    pub fn add(&self, leaf: LeafId) {
        add_one(&self.counts[leaf as usize]);
    }

    /// Notes what a long value of an input holds, as it stands in a counted event. A class of few events needs no gates.
    pub fn see(&self, input: usize, raw: &[u8]) {
        if self.events() < FIRST / 2 {
            return;
        }
        if let Some(common) = self.common[input].get_or_init(Common::new) {
            common.see(raw);
        }
    }

    /// Returns the newest choice for records of that form (`None`: values that are never put off); makes one when enough
    /// was counted since the last.
    #[must_use]
    pub fn choice(&self, form: Option<Form>) -> Arc<Choice> {
        // Another worker waits here, and need not make the same.
        let mut choices = self.choices.lock().unwrap_or_else(PoisonError::into_inner);
        let events = self.events();
        let known = choices.iter_mut().find(|(known, _)| *known == form);
        match known {
            Some((_, choice)) if events < choice.until => Arc::clone(choice),
            Some((_, choice)) => {
                *choice = Arc::new(self.choose(form, events));
                Arc::clone(choice)
            }
            None => {
                let choice = Arc::new(self.choose(form, events));
                choices.push((form, Arc::clone(&choice)));
                choice
            }
        }
    }

    fn choose(&self, form: Option<Form>, events: u32) -> Choice {
        let (witnessed, always) = self.witnesses(events);
        let gates = match form {
            Some(form) if events >= FIRST => self.gates(&witnessed, form),
            _ => Vec::new(),
        };
        let mut until = FIRST;
        while until <= events {
            until = until.saturating_mul(GROWTH);
        }
        Choice {
            witnessed,
            always,
            gates,
            until,
        }
    }

    /// Chooses the rules that each leaf calls, and those that are looked at in every event.
    fn witnesses(&self, events: u32) -> (Vec<Vec<u32>>, Vec<u32>) {
        let guesses: Vec<f64> = self.program.tests().map(guess).collect();
        let cost = |leaf: LeafId| {
            let at = leaf as usize;
            let count = self.counts[at].load(Ordering::Relaxed);
            (f64::from(count) + guesses[at]) / (f64::from(events) + 1.0)
        };
        let mut witnessed = vec![Vec::new(); self.program.leaves.len()];
        let mut always = Vec::new();
        for (rule, planned) in self.program.rules.iter().enumerate() {
            match planned.residual.witnesses(&cost) {
                Some((_, cost)) if cost > OFTEN && events > 0 => always.push(rule as u32),
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
        (witnessed, always)
    }

    /// Makes the gates of the witnesses.
    fn gates(&self, witnessed: &[Vec<u32>], form: Form) -> Vec<Option<Gate>> {
        let gates = (0..self.program.inputs()).map(|input| {
            self.program.input(input)?;
            self.gate(&[input], witnessed, form)
        });
        gates.collect()
    }

    /// Makes the gate of the witnesses of inputs with the same value; `None` as long as there are no gates.
    #[must_use]
    pub fn gate_of(&self, inputs: &[usize], choice: &Choice, form: Option<Form>) -> Option<Gate> {
        if choice.gates.is_empty() {
            return None;
        }
        self.gate(inputs, &choice.witnessed, form?)
    }

    fn gate(&self, inputs: &[usize], witnessed: &[Vec<u32>], form: Form) -> Option<Gate> {
        let common = inputs
            .iter()
            .find_map(|input| self.common[*input].get()?.as_ref());
        let asked = inputs.iter().filter_map(|input| self.program.input(*input));
        let tests = asked.flat_map(|(first, asked)| {
            let tests = asked.tests.iter().enumerate();
            let called =
                tests.filter(move |(leaf, _)| !witnessed[first as usize + leaf].is_empty());
            called.map(|(_, test)| test)
        });
        Gate::new(tests, form, common)
    }
}

/// Adds one, as long as a larger number is left to wait for.
fn add_one(count: &AtomicU32) {
    let now = count.load(Ordering::Relaxed);
    if now < u32::MAX - 1 {
        // Two workers may count one event for two: that is no harm.
        count.store(now + 1, Ordering::Relaxed);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::numbers::Numbers;
    use crate::engine::plan::{Matchers, Place, Resolver};
    use crate::lang::eql;
    use crate::lang::ir::{Leaf, Pred};

    /// Reads everything from one input.
    struct One;

    impl Resolver for One {
        fn leaf(&mut self, _: &Leaf) -> Place {
            Place::Input(0)
        }

        fn other(&mut self, _: &Pred, _: bool) -> Place {
            Place::Unknown
        }
    }

    fn training() -> Training {
        let rule = "process where process.name == \"often.exe\" and process.name : \"*seldom, but longer*\"";
        let query = eql::compile(rule).unwrap();
        let conditions = [(0, &query.select)];
        Training::new(Program::build(
            conditions,
            &mut One,
            &Numbers::of([&query.select]),
            &Matchers::default(),
        ))
    }

    #[test]
    fn workers_count_together_and_share_what_one_chose() {
        let training = training();
        let form = Some(Form::Json);
        let first = training.choice(form);
        assert!(first.gates.is_empty() && first.until == FIRST);
        for _ in 0..FIRST {
            training.add_event();
        }
        let (one, other) = (training.choice(form), training.choice(form));
        assert!(Arc::ptr_eq(&one, &other) && !Arc::ptr_eq(&one, &first));
        assert_eq!((one.gates.len(), one.until), (1, FIRST * GROWTH));
        let unformed = training.choice(None);
        assert!(unformed.gates.is_empty() && unformed.until == FIRST * GROWTH);
    }

    #[test]
    fn the_leaf_that_passes_seldom_stands_for_the_rule() {
        let training = training();
        let calls = |choice: &Choice| -> Vec<usize> {
            let leaves = choice.witnessed.iter().enumerate();
            let calling = leaves.filter(|(_, rules)| !rules.is_empty());
            calling.map(|(leaf, _)| leaf).collect()
        };
        let guessed = calls(&training.choice(None));
        for _ in 0..FIRST {
            training.add_event();
            for leaf in &guessed {
                training.add(*leaf as LeafId);
            }
        }
        let counted = calls(&training.choice(None));
        assert_eq!((guessed.len(), counted.len()), (1, 1));
        assert_ne!(guessed, counted);
    }
}
