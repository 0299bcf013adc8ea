//! What each event is asked: a condition a rule, or one for each input of a rule that makes a table.
//!
//! Takes the rules; gives their conditions, numbered in the order of the rules. Which inputs of a table select an event
//! is told here, with all other conditions, so that the table need not ask the event again.

use std::sync::{Arc, OnceLock};

use super::numbers::Numbers;
use crate::lang::ir::{Pred, Stateful};
use crate::rule::Rule;
use crate::schema::FieldRef;

/// The conditions of the rules that run.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    rules: Vec<Arc<Rule>>,
    all: Vec<Condition>,
    numbers: Arc<OnceLock<Numbers>>,
}

/// Whose a condition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// The rule's place in the engine's list.
    pub rule: usize,
    /// The input of its table.
    pub input: Option<usize>,
}

/// Most inputs of a table that are told apart here, a bit each; a table with more asks each event itself.
const MAX_INPUTS: usize = 64;

impl Conditions {
    /// Returns the conditions of `rules`.
    #[must_use]
    pub fn of(rules: Vec<Arc<Rule>>) -> Self {
        let mut all = Vec::new();
        for (rule, of) in rules.iter().enumerate() {
            match inputs(of) {
                Some(count) => all.extend((0..count).map(|input| Condition {
                    rule,
                    input: Some(input),
                })),
                None => all.push(Condition { rule, input: None }),
            }
        }
        Self {
            rules,
            all,
            numbers: Arc::default(),
        }
    }

    /// Returns the rules.
    #[must_use]
    pub fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }

    /// Returns how many conditions there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Returns whose the condition with this number is.
    #[must_use]
    pub fn get(&self, place: usize) -> Condition {
        self.all[place]
    }

    /// Returns the conditions and their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Pred)> + Clone {
        let places = 0..self.all.len();
        places.map(|place| (place, self.pred(place)))
    }

    /// Returns the numbers of the tests of all conditions.
    #[must_use]
    pub fn numbers(&self) -> &Numbers {
        let preds = self.iter().map(|(_, pred)| pred);
        self.numbers.get_or_init(|| Numbers::of(preds))
    }

    /// Returns the columns that a table with this one input has of each event, if no others are asked for by pattern.
    #[must_use]
    pub fn columns(&self, place: usize) -> Option<&[(Box<str>, FieldRef)]> {
        let Condition { rule, input } = self.all[place];
        let stateful = self.rules[rule].query.stateful.as_deref();
        let (Some(_), Some(Stateful::Table(table))) = (input, stateful) else {
            return None;
        };
        match table.inputs.as_slice() {
            [input] if !input.all => Some(&input.columns),
            _ => None,
        }
    }

    /// Returns the condition with this number.
    #[must_use]
    pub fn pred(&self, place: usize) -> &Pred {
        let Condition { rule, input } = self.all[place];
        let query = &self.rules[rule].query;
        match (input, query.stateful.as_deref()) {
            (Some(input), Some(Stateful::Table(table))) => &table.inputs[input].select,
            _ => &query.select,
        }
    }
}

/// Returns how many inputs the rule's table has, if what they select together is what the rule selects: an exception of
/// the rule may select less.
fn inputs(rule: &Rule) -> Option<usize> {
    let query = &rule.query;
    let stateful = query.stateful.as_deref()?;
    let Stateful::Table(table) = stateful else {
        return None;
    };
    let told = query.rows.is_none()
        && (1..=MAX_INPUTS).contains(&table.inputs.len())
        && query.select == stateful.select();
    told.then_some(table.inputs.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::state::testing;
    use crate::lang::spl::{self, Macros};
    use crate::rule::Language;

    fn rule(search: &str) -> Arc<Rule> {
        let query = spl::compile(search, &Macros::default()).unwrap();
        testing::rule("r", Language::Spl, search, query)
    }

    #[test]
    fn each_input_of_a_table_is_asked_by_itself() {
        let plain = rule("EventCode=1");
        let joined =
            rule("EventCode=1 | join host [search EventCode=4688 | table host, a] | table host");
        let mut narrowed = Rule::clone(&joined);
        narrowed.query.select = Pred::all([
            narrowed.query.select.clone(),
            Pred::Not(Box::new(plain.query.select.clone())),
        ]);
        let conditions = Conditions::of(vec![plain, joined, narrowed.into()]);
        let whose = |place| {
            let Condition { rule, input } = conditions.get(place);
            (rule, input)
        };
        let all: Vec<_> = (0..conditions.count()).map(whose).collect();
        assert_eq!(all, [(0, None), (1, Some(0)), (1, Some(1)), (2, None)]);
        assert_ne!(conditions.pred(1), conditions.pred(2));
    }
}
