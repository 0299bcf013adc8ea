//! Conditions, each measured by itself on a sample of events.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldhash::{HashMap, HashMapExt};

use super::super::explain::words;
use super::super::kind::is_fixed;
use super::super::matcher::{MatcherBuilder, Way};
use super::super::naive::{Scope, holds};
use crate::event::{Event, Value};
use crate::lang::Span;
use crate::lang::ir::{Leaf, Pred};
use crate::rule::Rule;
use crate::schema::FieldRef;

/// How a pass tries a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// Once a class of events: it asks for the channel, the event id or what follows from them.
    Class,
    /// On the values of its field, beside the others on it.
    Values(Way),
    /// On the event as a whole: an expression, or a test on any field.
    Event,
}

impl Tried {
    /// Returns whether it costs next to nothing in a pass.
    const fn is_cheap(self) -> bool {
        matches!(self, Self::Class | Self::Values(Way::Shared))
    }
}

/// What a condition cost.
#[derive(Debug, Clone)]
pub struct PredicateCost {
    /// In a few words, or as its rule writes it.
    pub text: String,
    pub tried: Tried,
    /// Places of the rules that have it.
    pub rules: Vec<usize>,
    /// Values, or for what is no test on a field events, that it was measured on.
    pub count: u64,
    /// How many of them it held for.
    pub held: u64,
    pub time: Duration,
}

impl PredicateCost {
    /// Returns nanoseconds a value.
    #[must_use]
    pub fn nanos(&self) -> f64 {
        self.time.as_secs_f64() * 1e9 / self.count.max(1) as f64
    }
}

/// Measures every condition of the rules once, whichever rules share it; the dearest first, and behind all others those
/// that cost next to nothing in a pass.
pub fn measure(rules: &[Arc<Rule>], sample: &[Arc<Event>]) -> Vec<PredicateCost> {
    let mut found = Found::default();
    for (place, rule) in rules.iter().enumerate() {
        found.collect(&rule.query.select, place);
    }
    let mut costs = found.leaves(sample);
    costs.extend(found.others(rules, sample));
    costs.sort_by_key(|cost| (cost.tried.is_cheap(), Reverse(cost.time)));
    costs
}

/// The conditions of all rules.
#[derive(Default)]
struct Found<'r> {
    leaves: HashMap<&'r Leaf, Vec<usize>>,
    others: Vec<(&'r Pred, &'r Span, usize)>,
}

impl<'r> Found<'r> {
    fn collect(&mut self, pred: &'r Pred, place: usize) {
        match pred {
            Pred::And(parts) | Pred::Or(parts) => {
                for part in parts {
                    self.collect(part, place);
                }
            }
            Pred::Not(inner) => self.collect(inner, place),
            Pred::Leaf(leaf, _) => {
                let rules = self.leaves.entry(leaf).or_default();
                if rules.last() != Some(&place) {
                    rules.push(place);
                }
            }
            Pred::AnyField(_, span) | Pred::Nested(_, span) | Pred::Truth(_, span) => {
                self.others.push((pred, span, place));
            }
            Pred::Const(_) | Pred::Member(..) => {}
        }
    }

    fn leaves(&self, sample: &[Arc<Event>]) -> Vec<PredicateCost> {
        let mut fields: HashMap<FieldRef, Vec<Value>> = HashMap::new();
        for leaf in self.leaves.keys() {
            fields.entry(leaf.field).or_insert_with(|| {
                let scopes = sample.iter().map(|event| Scope::of(event));
                let values =
                    scopes.filter_map(|scope| scope.value(leaf.field).map(Cow::into_owned));
                values.collect()
            });
        }
        let costs = self.leaves.iter().map(|(leaf, rules)| {
            let values = fields.get(&leaf.field).map_or(&[][..], Vec::as_slice);
            let (time, held) = timed(values, |value| leaf.test.passes(Some(value)));
            let mut builder = MatcherBuilder::default();
            builder.add(0, &leaf.test);
            PredicateCost {
                text: words::test(leaf.field.name.name(), &leaf.test),
                tried: if is_fixed(leaf.field) {
                    Tried::Class
                } else {
                    Tried::Values(builder.build().way())
                },
                rules: rules.clone(),
                count: values.len() as u64,
                held,
                time,
            }
        });
        costs.collect()
    }

    fn others(&self, rules: &[Arc<Rule>], sample: &[Arc<Event>]) -> Vec<PredicateCost> {
        let costs = self.others.iter().map(|(pred, span, place)| {
            let (time, held) = timed(sample, |event| holds(pred, &Scope::of(event)));
            let text = rules[*place].query_text.get((*span).clone());
            let words: Vec<&str> = text.unwrap_or("an expression").split_whitespace().collect();
            PredicateCost {
                text: words.join(" "),
                tried: Tried::Event,
                rules: vec![*place],
                count: sample.len() as u64,
                held,
                time,
            }
        });
        costs.collect()
    }
}

/// Returns how long a condition takes on all values, and how many it holds for.
fn timed<T>(values: &[T], holds: impl Fn(&T) -> bool) -> (Duration, u64) {
    let start = Instant::now();
    let held = values.iter().filter(|value| holds(value)).count() as u64;
    (start.elapsed(), held)
}
