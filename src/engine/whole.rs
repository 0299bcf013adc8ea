//! Programs over built events: whatever the format, every field of every vocabulary.
//!
//! Takes an event; gives the rules that it may fire. A class is a [`Kind`]; events without one share a class that
//! assumes nothing.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::{HashMap, HashMapExt};

use super::condition::Conditions;
use super::eval::{Desk, Seen, Training};
use super::kind::{Kind, decided, passes};
use super::making::Making;
use super::naive::Scope;
use super::plan::{Candidate, Matchers, Place, Program, Resolver};
use crate::event::Value;
use crate::lang::ir::{Leaf, Pred};
use crate::schema::FieldRef;

/// Most classes with a program of their own; events of further kinds share the program that assumes nothing.
pub const MAX_CLASSES: usize = 1024;

/// Events without a kind that are put to every rule, before the program of all rules is worth making: that takes as long as
/// trying them all on so many events, and most logs have a few such events or none.
const EARLY: u32 = 64;

/// A program and the field of each of its inputs.
#[derive(Debug)]
struct Fielded {
    training: Arc<Training>,
    fields: Vec<FieldRef>,
}

/// The programs of all classes seen so far.
#[derive(Debug, Default)]
pub struct Programs {
    known: RwLock<HashMap<Option<Kind>, Arc<Fielded>>>,
    matchers: Matchers,
    making: Making<Option<Kind>>,
}

impl Programs {
    /// Returns the class of the event and its program.
    fn of(&self, conditions: &Conditions, scope: &Scope<'_>) -> (Option<Kind>, Arc<Fielded>) {
        let mut kind = Kind::of(scope.event());
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(fielded) = known.get(&kind) {
                return (kind, Arc::clone(fielded));
            }
            if known.len() >= MAX_CLASSES {
                kind = None;
            }
        }
        let known = || {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.get(&kind).cloned()
        };
        let make = || {
            let fielded = Arc::new(self.make(conditions, kind.is_some().then_some(scope)));
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.insert(kind.clone(), Arc::clone(&fielded));
            fielded
        };
        let fielded = self.making.once(kind.clone(), known, make);
        (kind, fielded)
    }

    fn make(&self, conditions: &Conditions, scope: Option<&Scope<'_>>) -> Fielded {
        let mut fields = Fields {
            scope,
            places: HashMap::new(),
            read: Vec::new(),
        };
        let program = Program::build(
            conditions.iter(),
            &mut fields,
            conditions.numbers(),
            &self.matchers,
        );
        Fielded {
            training: Arc::new(Training::new(program)),
            fields: fields.read,
        }
    }
}

/// Gives each field an input.
struct Fields<'s> {
    /// An event of the class; `None` when the class assumes nothing.
    scope: Option<&'s Scope<'s>>,
    places: HashMap<FieldRef, u32>,
    read: Vec<FieldRef>,
}

impl Resolver for Fields<'_> {
    fn leaf(&mut self, leaf: &Leaf) -> Place {
        if let Some(passes) = self.scope.and_then(|scope| passes(leaf, scope)) {
            return Place::Known(passes);
        }
        let next = self.read.len() as u32;
        let input = *self.places.entry(leaf.field).or_insert(next);
        if input == next {
            self.read.push(leaf.field);
        }
        Place::Input(input)
    }

    fn other(&mut self, pred: &Pred, _: bool) -> Place {
        let value = self.scope.and_then(|scope| decided(pred, scope));
        value.map_or(Place::Unknown, Place::Known)
    }
}

/// One worker's desks.
#[derive(Debug, Default)]
pub struct Worker {
    desks: HashMap<Option<Kind>, (Arc<Fielded>, Desk)>,
    key: Vec<u8>,
    candidates: Vec<Candidate>,
    /// Events without a kind that were put to every rule.
    early: u32,
}

impl Worker {
    /// Returns a worker that makes a program for the first event of every class, to measure programs.
    #[must_use]
    pub fn eager() -> Self {
        Self {
            early: EARLY,
            ..Self::default()
        }
    }

    /// Returns the places of the rules that the event of `scope` may fire, in order.
    pub fn candidates(
        &mut self,
        programs: &Programs,
        conditions: &Conditions,
        scope: &Scope<'_>,
    ) -> &[Candidate] {
        self.candidates.clear();
        let (kind, fielded) = match Kind::of(scope.event()) {
            None if self.early < EARLY => {
                self.early += 1;
                let all = (0..conditions.count()).map(Candidate::unsure);
                self.candidates.extend(all);
                return &self.candidates;
            }
            kind if self.desks.contains_key(&kind) => (kind, None),
            _ => {
                let (kind, fielded) = programs.of(conditions, scope);
                (kind, Some(fielded))
            }
        };
        let desk = self.desks.entry(kind);
        let (fielded, desk) = match (desk, fielded) {
            (std::collections::hash_map::Entry::Occupied(desk), _) => desk.into_mut(),
            (std::collections::hash_map::Entry::Vacant(empty), fielded) => {
                let fielded = fielded.unwrap_or_else(|| programs.of(conditions, scope).1);
                let desk = Desk::new(Arc::clone(&fielded.training), fielded.fields.len(), true);
                empty.insert((fielded, desk))
            }
        };
        desk.begin();
        for (input, field) in fielded.fields.iter().enumerate() {
            if fielded.training.program.asks(input)
                && let Some(value) = scope.value(*field)
            {
                self.key.clear();
                write_key(&value, &mut self.key);
                desk.feed(input, input, &self.key, || {
                    Ok(Seen::Value(Cow::Borrowed(&*value)))
                });
            }
        }
        desk.candidates(&mut self.candidates);
        &self.candidates
    }
}

/// Writes bytes that are equal for equal values only.
fn write_key(value: &Value, key: &mut Vec<u8>) {
    match value {
        Value::Str(text) => {
            key.push(b's');
            key.extend_from_slice(text.as_bytes());
        }
        Value::Bool(flag) => key.extend([b'b', u8::from(*flag)]),
        Value::Int(number) => {
            key.push(b'i');
            key.extend(number.to_le_bytes());
        }
        Value::Float(number) => {
            key.push(b'f');
            key.extend(number.to_bits().to_le_bytes());
        }
        Value::List(elements) => {
            key.push(b'l');
            for element in elements {
                write_part(element, key);
            }
        }
        Value::Object(members) => {
            key.push(b'o');
            for (name, member) in members {
                key.extend((name.len() as u64).to_le_bytes());
                key.extend(name.as_bytes());
                write_part(member, key);
            }
        }
    }
}

/// Writes a part of a list or an object behind its length.
fn write_part(value: &Value, key: &mut Vec<u8>) {
    let at = key.len();
    key.extend([0; 8]);
    write_key(value, key);
    let length = (key.len() - at - 8) as u64;
    key[at..at + 8].copy_from_slice(&length.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::naive::holds;
    use crate::engine::state::testing;
    use crate::rule::{Rule, RuleSet};
    use serde_json::json;

    #[test]
    fn events_without_a_kind_are_put_to_every_rule_until_a_program_is_worth_it() {
        let rules = RuleSet::builtin().rules;
        let fields = json!({
            "host": {"os": {"type": "windows"}},
            "powershell": {"file": {"script_block_text": "MiniDumpWriteDump"}},
        });
        let event = testing::event(1, 0, "process", fields);
        assert_eq!(Kind::of(&event), None);
        let scope = Scope::of(&event);
        let fires =
            |(place, rule): (usize, &Arc<Rule>)| holds(&rule.query.select, &scope).then_some(place);
        let firing: Vec<usize> = rules.iter().enumerate().filter_map(fires).collect();
        assert_eq!(firing.len(), 1);
        let conditions = Conditions::of(rules.clone());
        let (programs, mut worker) = (Programs::default(), Worker::default());
        for number in 0..=EARLY {
            let candidates = worker.candidates(&programs, &conditions, &scope);
            let places: Vec<usize> = candidates.iter().map(|one| one.place).collect();
            if number < EARLY {
                assert_eq!(places.len(), rules.len());
            } else {
                assert_eq!(places, firing);
            }
        }
    }
}
