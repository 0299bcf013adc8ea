//! Tests of which a rule asks only whether any passes, made one.
//!
//! Takes what is left of rules' conditions; gives the same with each such list of tests on one input as one test. Some
//! rules list a thousand texts: to ask for each of them whether it passed would take longer than to find those that did.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::{HashMap, HashMapExt, HashSet};

use super::{Planned, Residual};
use crate::engine::matcher::LeafId;
use crate::lang::ir::Test;

/// A list of tests that other rules name too is made one test besides, if it is longer: each that passes costs a little.
const LONG: usize = 8;

/// The number of the first list of tests; those of tests are smaller.
const LISTS: u32 = 1 << 30;

/// A test on an input, and its number among all tests of the rules.
#[derive(Debug, Clone)]
pub struct Numbered<'p> {
    pub number: u32,
    pub test: Named<'p>,
}

/// A test of a rule, or a list of such.
#[derive(Debug, Clone)]
pub enum Named<'p> {
    OfRule(&'p Test),
    List(Arc<Test>),
}

impl Deref for Named<'_> {
    type Target = Test;

    fn deref(&self) -> &Test {
        match self {
            Self::OfRule(test) => test,
            Self::List(test) => test,
        }
    }
}

/// The lists of all programs.
#[derive(Debug, Default)]
pub struct Lists(Mutex<Known>);

/// The number of each list and its test, by the numbers of the tests in it.
type Known = HashMap<Box<[u32]>, (u32, Arc<Test>)>;

impl Lists {
    /// Returns the test that passes when any of these does.
    fn any_of<'p>(&self, tests: &[&Numbered<'p>]) -> Numbered<'p> {
        let numbers: Box<[u32]> = tests.iter().map(|test| test.number).collect();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = LISTS + known.len() as u32;
        let (number, test) = known.entry(numbers).or_insert_with(|| {
            let tests = tests.iter().map(|one| Test::clone(&one.test));
            (next, Arc::new(Test::AnyOf(tests.collect())))
        });
        Numbered {
            number: *number,
            test: Named::List(Arc::clone(test)),
        }
    }

    /// Joins the tests of `rules` where that makes no difference; `tests` are the input of each leaf and its test, to which
    /// the lists are added.
    pub fn join(&self, rules: &mut [Planned], tests: &mut Vec<(u32, Numbered<'_>)>) {
        let mut uses = vec![0_u32; tests.len()];
        for rule in &*rules {
            rule.residual
                .each_leaf(&mut |leaf| uses[leaf as usize] += 1);
        }
        let mut joining = Joining {
            lists: self,
            uses,
            tests,
            known: HashMap::new(),
        };
        for rule in rules {
            joining.residual(&mut rule.residual);
        }
    }
}

struct Joining<'j, 'p> {
    lists: &'j Lists,
    /// How often each leaf is named.
    uses: Vec<u32>,
    tests: &'j mut Vec<(u32, Numbered<'p>)>,
    /// By the input and the list's number.
    known: HashMap<(u32, u32), LeafId>,
}

impl Joining<'_, '_> {
    fn residual(&mut self, residual: &mut Residual) {
        let (parts, all) = match residual {
            Residual::All(parts) => (parts, true),
            Residual::Any(parts) => (parts, false),
            _ => return,
        };
        parts.iter_mut().for_each(|part| self.residual(part));
        // Neither of two passes: no test of both does. Either does: one of both.
        let joined = |part: &Residual| match part {
            Residual::IsNot(leaf) if all => Some(*leaf),
            Residual::Is(leaf) if !all => Some(*leaf),
            _ => None,
        };
        let mut by_input: HashMap<u32, Vec<LeafId>> = HashMap::new();
        for leaf in parts.iter().filter_map(joined) {
            let input = self.tests[leaf as usize].0;
            by_input.entry(input).or_default().push(leaf);
        }
        let mut lists: Vec<(u32, Vec<LeafId>)> = by_input.into_iter().collect();
        lists.sort_unstable_by_key(|(input, _)| *input);
        let lists = lists.into_iter().filter_map(|(input, mut leaves)| {
            if leaves.len() <= LONG {
                leaves.retain(|leaf| self.uses.get(*leaf as usize) == Some(&1));
            }
            let list = (leaves.len() > 1).then(|| self.list(input, &leaves))?;
            Some((leaves, list))
        });
        let lists: Vec<_> = lists.collect();
        if lists.is_empty() {
            return;
        }
        let listed = lists.iter().flat_map(|(leaves, _)| leaves);
        let listed: HashSet<LeafId> = listed.copied().collect();
        let left = std::mem::take(parts).into_vec().into_iter();
        let left = left.filter(|part| !joined(part).is_some_and(|leaf| listed.contains(&leaf)));
        let leaf = if all { Residual::IsNot } else { Residual::Is };
        let lists = lists.iter().map(|(_, list)| leaf(*list));
        let mut joined: Vec<Residual> = lists.chain(left).collect();
        joined.sort_by_key(Residual::size);
        *residual = match joined.len() {
            1 => joined.swap_remove(0),
            _ if all => Residual::All(joined.into()),
            _ => Residual::Any(joined.into()),
        };
    }

    /// Returns the leaf of a list.
    fn list(&mut self, input: u32, leaves: &[LeafId]) -> LeafId {
        let tests: Vec<_> = leaves
            .iter()
            .map(|leaf| &self.tests[*leaf as usize].1)
            .collect();
        let list = self.lists.any_of(&tests);
        let next = self.tests.len() as LeafId;
        let leaf = *self.known.entry((input, list.number)).or_insert(next);
        if leaf == next {
            self.tests.push((input, list));
        }
        leaf
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::matcher::LeafId;
    use crate::engine::numbers::Numbers;
    use crate::engine::plan::{Matchers, Place, Program, Residual, Resolver};
    use crate::lang::eql;
    use crate::lang::ir::{Leaf, Pred};

    /// Gives each field an input.
    #[derive(Default)]
    struct Each(Vec<crate::schema::FieldRef>);

    impl Resolver for Each {
        fn leaf(&mut self, leaf: &Leaf) -> Place {
            let known = self.0.iter().position(|field| *field == leaf.field);
            let input = known.unwrap_or_else(|| {
                self.0.push(leaf.field);
                self.0.len() - 1
            });
            Place::Input(input as u32)
        }

        fn other(&mut self, _: &Pred, _: bool) -> Place {
            Place::Unknown
        }
    }

    fn any_of(field: &str, texts: &[&str]) -> String {
        let each = texts.iter().map(|text| format!("{field} : \"{text}*\""));
        each.collect::<Vec<_>>().join(" or ")
    }

    fn program(rules: &[String]) -> Program {
        let rules = rules.iter().map(|rule| eql::compile(rule).unwrap().select);
        let rules: Vec<Pred> = rules.collect();
        let numbers = Numbers::of(&rules);
        let conditions = rules.iter().enumerate();
        let mut inputs = Each::default();
        Program::build(conditions, &mut inputs, &numbers, &Matchers::default())
    }

    fn leaves(program: &Program, rule: usize) -> Vec<LeafId> {
        let mut leaves = Vec::new();
        let residual: &Residual = &program.rules[rule].residual;
        residual.each_leaf(&mut |leaf| leaves.push(leaf));
        leaves
    }

    #[test]
    fn a_list_is_one_test() {
        let names = any_of("process.name", &["a", "b", "c"]);
        let arguments = any_of("process.args", &["x", "y"]);
        let program = program(&[format!("any where ({names}) and not ({arguments})")]);
        assert_eq!(leaves(&program, 0).len(), 2);
        assert_eq!(program.leaves.len(), 2);
    }

    #[test]
    fn what_other_rules_ask_too_is_shared_unless_the_list_is_long() {
        let lists = [
            ["a", "b", "x", "y"].as_slice(),
            &["a", "b"],
            &["a", "b", "c", "d", "e", "f", "g", "h", "i"],
        ];
        let rule = |names| format!("any where {}", any_of("process.name", names));
        let program = program(&lists.map(rule));
        let [mixed, shared, long] = [0, 1, 2].map(|rule| leaves(&program, rule));
        // Two that are shared, and a list of the rest.
        assert_eq!((mixed.len(), shared.len(), long.len()), (3, 2, 1));
        assert!(shared.iter().all(|leaf| mixed.contains(leaf)));
        assert_eq!(program.leaves.len(), 4);
    }

    #[test]
    fn different_inputs_and_wishes_stay_apart() {
        let rules = [
            "any where process.name : \"a\" or process.args : \"b\"",
            "any where process.name : \"c\" and process.name : \"d\"",
        ];
        let program = program(&rules.map(str::to_owned));
        assert_eq!(leaves(&program, 0).len(), 2);
        assert_eq!(leaves(&program, 1).len(), 2);
    }
}
