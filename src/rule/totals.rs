//! How many rules of a set run, by language, and why the others do not.
//!
//! Takes a loaded set; gives counts by language and the reasons, the most frequent first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::{Language, RuleSet, RuleState};

/// Rules of one language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub all: u64,
    /// Run, if only in the last good version.
    pub run: u64,
    pub never_fire: u64,
    pub not_runnable: u64,
}

/// A reason and how many rules have it.
pub type Reason<'s> = (&'s str, u64);

/// What a set comes to.
#[derive(Debug, Default)]
pub struct Totals<'s> {
    pub languages: BTreeMap<Language, Count>,
    /// Why rules can never fire, the most frequent reason first, then by the alphabet.
    pub never_fire: Vec<Reason<'s>>,
    /// Why rules cannot run, in the same order.
    pub not_runnable: Vec<Reason<'s>>,
}

impl Totals<'_> {
    /// Returns the sum over all languages.
    #[must_use]
    pub fn sum(&self) -> Count {
        self.languages
            .values()
            .fold(Count::default(), |sum, count| Count {
                all: sum.all + count.all,
                run: sum.run + count.run,
                never_fire: sum.never_fire + count.never_fire,
                not_runnable: sum.not_runnable + count.not_runnable,
            })
    }
}

/// Counts the rules of `set`.
#[must_use]
pub fn totals(set: &RuleSet) -> Totals<'_> {
    let mut languages: BTreeMap<Language, Count> = BTreeMap::new();
    let mut never_fire = HashMap::new();
    let mut not_runnable = HashMap::new();
    for rule in &set.rules {
        let count = languages.entry(rule.language).or_default();
        count.all += 1;
        match &rule.state {
            _ if set.kept.contains(&rule.id) => count.run += 1,
            RuleState::Runs => count.run += 1,
            RuleState::NeverFires(reason) => {
                count.never_fire += 1;
                *never_fire.entry(reason.as_str()).or_default() += 1;
            }
            RuleState::NotRunnable(reason) => {
                count.not_runnable += 1;
                *not_runnable.entry(reason.as_str()).or_default() += 1;
            }
        }
    }
    Totals {
        languages,
        never_fire: sorted(never_fire),
        not_runnable: sorted(not_runnable),
    }
}

fn sorted(counts: HashMap<&str, u64>) -> Vec<Reason<'_>> {
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by_key(|(reason, count)| (Reverse(*count), *reason));
    sorted
}
