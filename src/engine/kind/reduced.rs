//! Conditions reduced to what a channel and an event id tell.
//!
//! Takes rules' conditions; gives, for an event that stands for its kind, the rules that the kind rules out. Many rules
//! name the same log source, so equal conditions are kept, and tried, once.

use foldhash::{HashMap, HashSet};

use super::{decided, is_fixed, passes};
use crate::engine::naive::Scope;
use crate::lang::ir::{Leaf, Pred};
use crate::schema::Dataset;

/// What is left of a condition, negations at the leaves: the bool says whether a test is wanted or its negation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Reduced {
    /// The kind does not tell.
    Open,
    Never,
    Leaf(Leaf, bool),
    Member(Dataset, bool),
    All(Box<[Reduced]>),
    Any(Box<[Reduced]>),
}

impl Reduced {
    /// Reduces `pred`, or its negation when it is not `wanted`.
    fn of(pred: &Pred, wanted: bool) -> Self {
        match pred {
            Pred::Const(value) if *value == wanted => Self::Open,
            Pred::Const(_) => Self::Never,
            Pred::Not(inner) => Self::of(inner, !wanted),
            Pred::And(parts) => Self::group(parts, wanted, wanted),
            Pred::Or(parts) => Self::group(parts, wanted, !wanted),
            Pred::Leaf(leaf, _) if is_fixed(leaf.field) => Self::Leaf(leaf.clone(), wanted),
            Pred::Member(dataset, _) => Self::Member(*dataset, wanted),
            _ => Self::Open,
        }
    }

    /// Joins parts that must `all` hold, or of which one must.
    fn group(parts: &[Pred], wanted: bool, all: bool) -> Self {
        let (decisive, neutral) = if all {
            (Self::Never, Self::Open)
        } else {
            (Self::Open, Self::Never)
        };
        let mut left = Vec::new();
        for part in parts {
            let part = Self::of(part, wanted);
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
            _ if all => Self::All(left.into()),
            _ => Self::Any(left.into()),
        }
    }

    /// Returns whether some event of the kind that `scope` is of may meet it.
    fn may_hold(&self, scope: &Scope<'_>) -> bool {
        match self {
            Self::Open => true,
            Self::Never => false,
            Self::Leaf(leaf, wanted) => passes(leaf, scope).is_none_or(|passes| passes == *wanted),
            Self::Member(dataset, wanted) => {
                let pred = Pred::Member(*dataset, 0..0);
                decided(&pred, scope).is_none_or(|holds| holds == *wanted)
            }
            Self::All(parts) => parts.iter().all(|part| part.may_hold(scope)),
            Self::Any(parts) => parts.iter().any(|part| part.may_hold(scope)),
        }
    }
}

/// The conditions of rules, reduced.
#[derive(Debug, Default)]
pub struct Conditions {
    /// Different ones, and their numbers.
    known: HashMap<Reduced, usize>,
    /// The number of each rule's condition, by the rule's place.
    numbers: HashMap<usize, usize>,
}

impl Conditions {
    /// Returns the places of those rules that no event of the kind that `scope` is of can fire.
    pub fn ruled_out<'p>(
        &mut self,
        rules: impl Iterator<Item = (usize, &'p Pred)> + Clone,
        scope: &Scope<'_>,
    ) -> HashSet<usize> {
        for (place, pred) in rules.clone() {
            if !self.numbers.contains_key(&place) {
                let next = self.known.len();
                let reduced = Reduced::of(pred, true);
                let number = *self.known.entry(reduced).or_insert(next);
                self.numbers.insert(place, number);
            }
        }
        let mut possible = vec![true; self.known.len()];
        for (reduced, number) in &self.known {
            possible[*number] = reduced.may_hold(scope);
        }
        let places = rules.map(|(place, _)| place);
        places
            .filter(|place| !possible[self.numbers[place]])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::naive::holds;
    use crate::engine::state::testing;
    use crate::rule::RuleSet;
    use serde_json::json;

    #[test]
    fn a_rule_that_fires_is_never_ruled_out() {
        let rules = RuleSet::builtin().rules;
        let conditions: Vec<(usize, &Pred)> = rules
            .iter()
            .map(|rule| &rule.query.select)
            .enumerate()
            .collect();
        let mut reduced = Conditions::default();
        let fields = json!({
            "host": {"os": {"type": "windows"}},
            "powershell": {"file": {"script_block_text": "MiniDumpWriteDump"}},
        });
        let event = testing::event(1, 0, "process", fields);
        let scope = Scope::of(&event);
        let out = reduced.ruled_out(conditions.iter().copied(), &scope);
        let fires = |(place, pred): &(usize, &Pred)| holds(pred, &scope).then_some(*place);
        let firing: Vec<usize> = conditions.iter().filter_map(fires).collect();
        assert!(!firing.is_empty());
        assert!(firing.iter().all(|place| !out.contains(place)));
        assert!(reduced.known.len() < conditions.len());
    }
}
