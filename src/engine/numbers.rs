//! Numbers for the tests that rules' conditions ask: equal tests have one.
//!
//! Takes conditions; gives the number of each test in them. A rule is planned for many classes of events, and a test is a
//! long text: so it is compared with the others once, and found by where it lies from then on.

use std::ptr;

use foldhash::{HashMap, HashMapExt};

use crate::lang::ir::{Pred, Test};

/// The numbers of the tests of some conditions, which must stay where they are.
#[derive(Debug, Default)]
pub struct Numbers {
    /// By the address of the test.
    known: HashMap<usize, u32>,
}

impl Numbers {
    /// Returns the numbers of all tests of these conditions.
    #[expect(
        clippy::mutable_key_type,
        reason = "a regular expression is compared and hashed by its source"
    )]
    pub fn of<'p>(conditions: impl IntoIterator<Item = &'p Pred, IntoIter: Clone>) -> Self {
        let conditions = conditions.into_iter();
        let mut count = 0;
        for pred in conditions.clone() {
            each_test(pred, &mut |_| count += 1);
        }
        let mut known = HashMap::with_capacity(count);
        let mut numbers: HashMap<&Test, u32> = HashMap::with_capacity(count);
        for pred in conditions {
            each_test(pred, &mut |test| {
                let next = numbers.len() as u32;
                let number = *numbers.entry(test).or_insert(next);
                known.insert(ptr::from_ref(test).addr(), number);
            });
        }
        Self { known }
    }

    /// Returns the number of a test of these conditions; `None` for another test.
    pub fn get(&self, test: &Test) -> Option<u32> {
        self.known.get(&ptr::from_ref(test).addr()).copied()
    }
}

/// Shows `see` the tests on the event's own values.
fn each_test<'p>(pred: &'p Pred, see: &mut impl FnMut(&'p Test)) {
    match pred {
        Pred::Not(inner) => each_test(inner, see),
        Pred::And(parts) | Pred::Or(parts) => parts.iter().for_each(|part| each_test(part, see)),
        Pred::Leaf(leaf, _) => see(&leaf.test),
        Pred::AnyField(any, _) => see(&any.test),
        Pred::Const(_) | Pred::Member(..) | Pred::Nested(..) | Pred::Truth(..) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::eql;

    #[test]
    fn equal_tests_have_one_number() {
        let query = |text| eql::compile(text).unwrap().select;
        let one = query("process where process.name == \"a\" or process.pid == 1");
        let other = query("file where file.name == \"a\" and not file.name == \"b\"");
        let numbers = Numbers::of([&one, &other]);
        let of = |pred| {
            let mut all = Vec::new();
            each_test(pred, &mut |test| all.push(numbers.get(test).unwrap()));
            all
        };
        let (one, other) = (of(&one), of(&other));
        let shared = one.iter().filter(|number| other.contains(number));
        // Those on the name, and what both ask of the category is not the same.
        assert_eq!(shared.count(), 1, "{one:?} {other:?}");
        let unknown = query("process where process.name == \"a\"");
        let mut known = Vec::new();
        each_test(&unknown, &mut |test| known.push(numbers.get(test)));
        assert!(known.iter().all(Option::is_none));
    }
}
