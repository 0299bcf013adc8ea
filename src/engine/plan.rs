//! What the rules ask of one class of events, joined.
//!
//! Takes the conditions of rules and a [`Resolver`], which knows the class; gives a [`Program`]: the tests on each
//! input, equal ones once, and what is left of each rule's condition. What the resolver cannot tell counts as met, on
//! either side of a negation: a program may let an event through to a rule that does not fire, never the reverse.

use foldhash::{HashMap, HashMapExt};

use super::matcher::{LeafId, Matcher, MatcherBuilder};
use crate::lang::ir::{Leaf, Pred, Test};

/// Where the value of a leaf's field comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The leaf comes out the same for all events of the class.
    Known(bool),
    /// It can come out either way, and the program cannot tell.
    Unknown,
    /// A view of an input: numbers that the resolver gives out from 0 on.
    Input(u32),
}

/// Knows one class of events.
pub trait Resolver {
    /// Tells where the value of the leaf's field comes from.
    fn leaf(&mut self, leaf: &Leaf) -> Place;

    /// Tells where a condition that is no leaf is read from, as it is `wanted` or its negation is; an input only for a
    /// test on any field.
    fn other(&mut self, pred: &Pred, wanted: bool) -> Place;
}

/// What is left of a condition, negations at the leaves.
#[derive(Debug, Clone, PartialEq)]
pub enum Residual {
    /// Met, or not known.
    Open,
    Never,
    Is(LeafId),
    IsNot(LeafId),
    All(Box<[Residual]>),
    Any(Box<[Residual]>),
}

/// A rule of a class.
#[derive(Debug)]
pub struct Planned {
    /// The rule's place in the engine's list.
    pub place: usize,
    pub residual: Residual,
}

/// The tests and conditions of one class.
#[derive(Debug, Default)]
pub struct Program {
    /// The tests on each input.
    pub matchers: Vec<Matcher>,
    /// Of each input whether a test is on it.
    asked: Vec<bool>,
    /// How many leaves there are.
    pub leaves: usize,
    /// The rules that some event of the class may fire, in the engine's order.
    pub rules: Vec<Planned>,
    /// Text that describes each leaf: its input and its test, for a profile.
    pub tests: Vec<(u32, Test)>,
}

impl Program {
    /// Builds the program of `conditions`: places of rules and what they ask, in the engine's order.
    pub fn build<'a>(
        conditions: impl IntoIterator<Item = (usize, &'a Pred)>,
        resolver: &mut impl Resolver,
    ) -> Self {
        let mut planner = Planner {
            resolver,
            known: HashMap::new(),
            tests: Vec::new(),
        };
        let mut rules = Vec::new();
        for (place, pred) in conditions {
            // Most rules are of other classes: their tests need not be looked at.
            if planner.fails(pred, true) {
                continue;
            }
            let residual = planner.residual(pred, true);
            if residual != Residual::Never {
                rules.push(Planned { place, residual });
            }
        }
        let tests = kept(&mut rules, planner.tests);
        let matchers = matchers(&tests);
        let mut asked = vec![false; matchers.len()];
        for (input, _) in &tests {
            asked[*input as usize] = true;
        }
        Self {
            matchers,
            asked,
            leaves: tests.len(),
            rules,
            tests,
        }
    }

    /// Returns whether a rule asks anything of the input.
    #[must_use]
    pub fn asks(&self, input: usize) -> bool {
        self.asked.get(input) == Some(&true)
    }
}

/// Returns the tests that the rules' conditions still name, numbered anew.
fn kept(rules: &mut [Planned], tests: Vec<(u32, Test)>) -> Vec<(u32, Test)> {
    let mut numbers = vec![None; tests.len()];
    let mut next = 0;
    for rule in rules {
        rule.residual.leaves(&mut |leaf| {
            let number = numbers[*leaf as usize].get_or_insert_with(|| {
                next += 1;
                next - 1
            });
            *leaf = *number;
        });
    }
    let named = numbers.into_iter().zip(tests);
    let mut named: Vec<_> = named
        .filter_map(|(number, test)| Some((number?, test)))
        .collect();
    named.sort_unstable_by_key(|(number, _)| *number);
    named.into_iter().map(|(_, test)| test).collect()
}

/// Returns the matcher of each input.
fn matchers(tests: &[(u32, Test)]) -> Vec<Matcher> {
    let inputs = tests.iter().map(|(input, _)| *input as usize + 1).max();
    let mut builders = Vec::new();
    builders.resize_with(inputs.unwrap_or_default(), MatcherBuilder::default);
    for (leaf, (input, test)) in tests.iter().enumerate() {
        builders[*input as usize].add(leaf as LeafId, test);
    }
    builders.into_iter().map(MatcherBuilder::build).collect()
}

struct Planner<'r, R> {
    resolver: &'r mut R,
    known: HashMap<(u32, Test), LeafId>,
    tests: Vec<(u32, Test)>,
}

impl<R: Resolver> Planner<'_, R> {
    /// Returns whether `pred`, or its negation when it is not `wanted`, fails on every event of the class.
    fn fails(&mut self, pred: &Pred, wanted: bool) -> bool {
        match (pred, wanted) {
            (Pred::Const(value), _) => *value != wanted,
            (Pred::Not(inner), _) => self.fails(inner, !wanted),
            (Pred::And(parts), true) | (Pred::Or(parts), false) => {
                parts.iter().any(|part| self.fails(part, wanted))
            }
            (Pred::And(parts), false) | (Pred::Or(parts), true) => {
                parts.iter().all(|part| self.fails(part, wanted))
            }
            (Pred::Leaf(leaf, _), _) => self.resolver.leaf(leaf) == Place::Known(!wanted),
            (Pred::AnyField(..) | Pred::Member(..) | Pred::Nested(..) | Pred::Truth(..), _) => {
                self.resolver.other(pred, wanted) == Place::Known(!wanted)
            }
        }
    }

    /// Returns what is left of `pred`, or of its negation when it is not `wanted`.
    fn residual(&mut self, pred: &Pred, wanted: bool) -> Residual {
        match pred {
            Pred::Const(value) => fixed(*value == wanted),
            Pred::Not(inner) => self.residual(inner, !wanted),
            Pred::And(parts) => self.group(parts, wanted, wanted),
            Pred::Or(parts) => self.group(parts, wanted, !wanted),
            Pred::Leaf(leaf, _) => {
                let place = self.resolver.leaf(leaf);
                self.test(place, Some(&leaf.test), wanted)
            }
            Pred::AnyField(any, _) => {
                let place = self.resolver.other(pred, wanted);
                self.test(place, Some(&any.test), wanted)
            }
            Pred::Member(..) | Pred::Nested(..) | Pred::Truth(..) => {
                let place = self.resolver.other(pred, wanted);
                self.test(place, None, wanted)
            }
        }
    }

    fn test(&mut self, place: Place, test: Option<&Test>, wanted: bool) -> Residual {
        match (place, test) {
            (Place::Known(value), _) => fixed(value == wanted),
            (Place::Unknown, _) | (_, None) => Residual::Open,
            (Place::Input(input), Some(test)) => {
                let id = self.intern(input, test);
                if wanted {
                    Residual::Is(id)
                } else {
                    Residual::IsNot(id)
                }
            }
        }
    }

    /// Joins parts that must `all` hold, or of which one must.
    fn group(&mut self, parts: &[Pred], wanted: bool, all: bool) -> Residual {
        let (decisive, neutral) = if all {
            (Residual::Never, Residual::Open)
        } else {
            (Residual::Open, Residual::Never)
        };
        let mut left = Vec::new();
        for part in parts {
            let part = self.residual(part, wanted);
            if part == decisive {
                return decisive;
            }
            if part != neutral && !left.contains(&part) {
                left.push(part);
            }
        }
        match left.len() {
            0 => neutral,
            1 => left.swap_remove(0),
            _ if all => Residual::All(left.into()),
            _ => Residual::Any(left.into()),
        }
    }

    fn intern(&mut self, input: u32, test: &Test) -> LeafId {
        let key = (input, test.clone());
        if let Some(id) = self.known.get(&key) {
            return *id;
        }
        let id = self.tests.len() as LeafId;
        self.tests.push((input, test.clone()));
        self.known.insert(key, id);
        id
    }
}

fn fixed(holds: bool) -> Residual {
    if holds {
        Residual::Open
    } else {
        Residual::Never
    }
}

impl Residual {
    /// Returns whether it holds when `is` tells which leaves passed.
    pub fn holds(&self, is: &impl Fn(LeafId) -> bool) -> bool {
        match self {
            Self::Open => true,
            Self::Never => false,
            Self::Is(leaf) => is(*leaf),
            Self::IsNot(leaf) => !is(*leaf),
            Self::All(parts) => parts.iter().all(|part| part.holds(is)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(is)),
        }
    }

    /// Visits the leaves.
    fn leaves(&mut self, see: &mut impl FnMut(&mut LeafId)) {
        match self {
            Self::Open | Self::Never => {}
            Self::Is(leaf) | Self::IsNot(leaf) => see(leaf),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter_mut().for_each(|part| part.leaves(see));
            }
        }
    }

    /// Returns leaves of which one passes whenever it holds, the cheapest such set, and its cost; `None` when it can
    /// hold without any.
    pub fn witnesses(&self, cost: &impl Fn(LeafId) -> f64) -> Option<(Vec<LeafId>, f64)> {
        match self {
            Self::Open | Self::IsNot(_) => None,
            Self::Never => Some((Vec::new(), 0.0)),
            Self::Is(leaf) => Some((vec![*leaf], cost(*leaf))),
            Self::All(parts) => parts
                .iter()
                .filter_map(|part| part.witnesses(cost))
                .min_by(|left, right| left.1.total_cmp(&right.1)),
            Self::Any(parts) => {
                let (mut leaves, mut sum) = (Vec::new(), 0.0);
                for part in parts {
                    let (more, cost) = part.witnesses(cost)?;
                    leaves.extend(more);
                    sum += cost;
                }
                Some((leaves, sum))
            }
        }
    }
}
