//! What the rules ask of one class of events, joined.
//!
//! Takes the conditions of rules and a [`Resolver`], which knows the class; gives a [`Program`]: the tests on each
//! input, equal ones once, and what is left of each rule's condition. What the resolver cannot tell counts as met, on
//! either side of a negation: a program may let an event through to a rule that does not fire, never the reverse.

mod lists;

use std::sync::{Arc, Mutex, PoisonError};

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::answer::Answer;
use super::matcher::{LeafId, Matcher, MatcherBuilder};
use super::numbers::Numbers;
use crate::lang::ir::{Leaf, Pred, Test};
use lists::{Lists, Named, Numbered};

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
    /// The number of the condition: [`super::condition::Conditions`].
    pub place: usize,
    pub residual: Residual,
    /// Whether the residual holds only for events that the rule's condition holds for.
    pub exact: bool,
}

/// A rule that an event may fire.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The number of the condition: [`super::condition::Conditions`].
    pub place: usize,
    /// Whether the condition surely holds.
    pub exact: bool,
    /// The rule's outcome, where it is known.
    pub answer: Option<Arc<Answer>>,
}

impl Candidate {
    /// Returns a rule whose condition may hold.
    #[must_use]
    pub const fn unsure(place: usize) -> Self {
        Self {
            place,
            exact: false,
            answer: None,
        }
    }
}

/// The tests and conditions of one class.
#[derive(Debug, Default)]
pub struct Program {
    /// Of each input the number of its first leaf, and the tests on it.
    inputs: Vec<Option<(LeafId, Arc<Asked>)>>,
    /// Of each leaf the input that it is a test on.
    pub leaves: Box<[u32]>,
    /// The rules that some event of the class may fire, in the engine's order.
    pub rules: Vec<Planned>,
}

/// The tests on one input, and their matcher, which numbers them from 0.
#[derive(Debug)]
pub struct Asked {
    pub tests: Box<[Test]>,
    pub matcher: Matcher,
}

/// The matchers of all programs of rules whose tests have numbers, by those of the tests: equal ones are made once.
#[derive(Debug, Default)]
pub struct Matchers {
    known: Mutex<HashMap<Box<[u32]>, Arc<Asked>>>,
    lists: Lists,
}

impl Matchers {
    fn get(&self, tests: &[Numbered<'_>]) -> Arc<Asked> {
        let numbers: Box<[u32]> = tests.iter().map(|one| one.number).collect();
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(asked) = known.get(&numbers) {
                return Arc::clone(asked);
            }
        }
        let mut builder = MatcherBuilder::default();
        for (leaf, one) in tests.iter().enumerate() {
            builder.add(leaf as LeafId, &one.test);
        }
        let asked = Asked {
            matcher: builder.build(),
            tests: tests.iter().map(|one| Test::clone(&one.test)).collect(),
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = known.entry(numbers).or_insert_with(|| Arc::new(asked));
        Arc::clone(asked)
    }
}

impl Program {
    /// Builds the program of `conditions`: places of rules and what they ask, in the engine's order. `numbers` are those of
    /// all their tests.
    pub fn build<'a>(
        conditions: impl IntoIterator<Item = (usize, &'a Pred)>,
        resolver: &mut impl Resolver,
        numbers: &Numbers,
        matchers: &Matchers,
    ) -> Self {
        let mut planner = Planner::new(resolver, numbers);
        let mut rules = Vec::new();
        for (place, pred) in conditions {
            // Most rules are of other classes: their tests need not be looked at.
            if planner.fails(pred, true) {
                continue;
            }
            planner.exact = true;
            let residual = planner.residual(pred, true);
            if residual != Residual::Never {
                let exact = planner.exact;
                rules.push(Planned {
                    place,
                    residual,
                    exact,
                });
            }
        }
        let mut tests = planner.tests;
        matchers.lists.join(&mut rules, &mut tests);
        let kept = kept(&mut rules, tests);
        let mut leaves = Vec::new();
        let inputs = kept.into_iter().enumerate().map(|(input, tests)| {
            let first = leaves.len() as LeafId;
            leaves.resize(leaves.len() + tests.len(), input as u32);
            (!tests.is_empty()).then(|| (first, matchers.get(&tests)))
        });
        Self {
            inputs: inputs.collect(),
            leaves: leaves.into(),
            rules,
        }
    }

    /// Returns the number of an input's first leaf, and the tests on it; `None` when no rule asks anything of it.
    #[must_use]
    pub fn input(&self, input: usize) -> Option<(LeafId, &Asked)> {
        let (first, asked) = self.inputs.get(input)?.as_ref()?;
        Some((*first, asked))
    }

    /// Returns whether a rule asks anything of the input.
    #[must_use]
    pub fn asks(&self, input: usize) -> bool {
        self.input(input).is_some()
    }

    /// Returns how many inputs there are.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs.len()
    }

    /// Returns the test of each leaf.
    pub fn tests(&self) -> impl Iterator<Item = &Test> {
        let inputs = self.inputs.iter().flatten();
        inputs.flat_map(|(_, asked)| &asked.tests)
    }
}

/// Returns the tests on each input that the rules' conditions still name, and numbers them anew, one input after the
/// other.
fn kept<'p>(rules: &mut [Planned], tests: Vec<(u32, Numbered<'p>)>) -> Vec<Vec<Numbered<'p>>> {
    let mut named = vec![false; tests.len()];
    for rule in &mut *rules {
        rule.residual
            .leaves(&mut |leaf| named[*leaf as usize] = true);
    }
    let inputs = tests.iter().map(|(input, _)| *input as usize + 1).max();
    let mut kept: Vec<Vec<Numbered<'_>>> = vec![Vec::new(); inputs.unwrap_or_default()];
    let mut places = vec![(0, 0); tests.len()];
    for (leaf, (input, test)) in tests.into_iter().enumerate() {
        if named[leaf] {
            let on_input = &mut kept[input as usize];
            places[leaf] = (input as usize, on_input.len());
            on_input.push(test);
        }
    }
    let mut firsts = vec![0; kept.len()];
    let mut next = 0;
    for (first, tests) in firsts.iter_mut().zip(&kept) {
        *first = next;
        next += tests.len();
    }
    for rule in rules {
        rule.residual.leaves(&mut |leaf| {
            let (input, place) = places[*leaf as usize];
            *leaf = (firsts[input] + place) as LeafId;
        });
    }
    kept
}

struct Planner<'r, 'p, R> {
    resolver: &'r mut R,
    numbers: &'r Numbers,
    /// By the input and the test's number.
    known: HashMap<(u32, u32), LeafId>,
    /// The input of each leaf, and its test.
    tests: Vec<(u32, Numbered<'p>)>,
    /// Nothing of the condition was left out so far.
    exact: bool,
}

impl<'r, 'p, R: Resolver> Planner<'r, 'p, R> {
    fn new(resolver: &'r mut R, numbers: &'r Numbers) -> Self {
        Self {
            resolver,
            numbers,
            known: HashMap::new(),
            tests: Vec::new(),
            exact: true,
        }
    }

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
    fn residual(&mut self, pred: &'p Pred, wanted: bool) -> Residual {
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
                // A member too many may be tried.
                self.exact = false;
                self.test(place, Some(&any.test), wanted)
            }
            Pred::Member(..) | Pred::Nested(..) | Pred::Truth(..) => {
                let place = self.resolver.other(pred, wanted);
                self.test(place, None, wanted)
            }
        }
    }

    fn test(&mut self, place: Place, test: Option<&'p Test>, wanted: bool) -> Residual {
        match (place, test) {
            (Place::Known(value), _) => fixed(value == wanted),
            (Place::Input(input), Some(test)) if let Some(id) = self.intern(input, test) => {
                if wanted {
                    Residual::Is(id)
                } else {
                    Residual::IsNot(id)
                }
            }
            (Place::Unknown | Place::Input(_), _) => {
                self.exact = false;
                Residual::Open
            }
        }
    }

    /// Joins parts that must `all` hold, or of which one must.
    fn group(&mut self, parts: &'p [Pred], wanted: bool, all: bool) -> Residual {
        let (decisive, neutral) = if all {
            (Residual::Never, Residual::Open)
        } else {
            (Residual::Open, Residual::Never)
        };
        let mut left = Vec::new();
        let mut leaves = HashSet::new();
        for part in parts {
            let part = self.residual(part, wanted);
            if part == decisive {
                return decisive;
            }
            let is_new = match &part {
                Residual::Is(leaf) => leaves.insert((*leaf, true)),
                Residual::IsNot(leaf) => leaves.insert((*leaf, false)),
                _ => true,
            };
            if part != neutral && is_new {
                left.push(part);
            }
        }
        // What takes little time is looked at first.
        left.sort_by_key(Residual::size);
        match left.len() {
            0 => neutral,
            1 => left.swap_remove(0),
            _ if all => Residual::All(left.into()),
            _ => Residual::Any(left.into()),
        }
    }

    /// Returns the leaf of a test on an input; `None` for a test without a number.
    fn intern(&mut self, input: u32, test: &'p Test) -> Option<LeafId> {
        let number = self.numbers.get(test)?;
        let next = self.tests.len() as LeafId;
        let id = *self.known.entry((input, number)).or_insert(next);
        if id == next {
            let test = Named::OfRule(test);
            self.tests.push((input, Numbered { number, test }));
        }
        Some(id)
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
    /// Returns whether it may hold when `is` tells which leaves passed, and `may` which passed or may have.
    pub fn holds(&self, is: &impl Fn(LeafId) -> bool, may: &impl Fn(LeafId) -> bool) -> bool {
        match self {
            Self::Open => true,
            Self::Never => false,
            Self::Is(leaf) => may(*leaf),
            Self::IsNot(leaf) => !is(*leaf),
            Self::All(parts) => parts.iter().all(|part| part.holds(is, may)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(is, may)),
        }
    }

    /// Returns how many leaves it has.
    fn size(&self) -> usize {
        let mut size = 0;
        self.each_leaf(&mut |_| size += 1);
        size
    }

    /// Visits the leaves.
    pub fn each_leaf(&self, see: &mut impl FnMut(LeafId)) {
        match self {
            Self::Open | Self::Never => {}
            Self::Is(leaf) | Self::IsNot(leaf) => see(*leaf),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.each_leaf(see));
            }
        }
    }

    /// Visits the leaves, to change them.
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
