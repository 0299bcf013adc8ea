//! Many tests on one field's value, run together.
//!
//! Takes tests with the number of the leaf that each belongs to; gives, for a value, the leaves that pass. Equal texts
//! are found by one look-up, prefixes and suffixes by tries, texts inside by one pass. What needs a closer look
//! (a regular expression, a pattern with wildcards inside) is tried only where a text that it cannot do without is
//! found by the same pass.

mod fold;
mod gate;
mod literal;
mod needle;
mod texts;
mod trie;

use std::cell::OnceCell;

use crate::event::Value;
use crate::lang::ir::pattern::{Piece, text_of};
use crate::lang::ir::test::with_text;
use crate::lang::ir::{Case, Pattern, Test};

pub use fold::Folded;
pub use gate::{Common, Form, Gate, Met};
pub use needle::Needle;
use texts::{Texts, TextsBuilder};

/// The number of a leaf in its program.
pub type LeafId = u32;

/// What an entry of a text table leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// The leaf passes.
    Leaf(LeafId),
    /// The test at this place of [`Matcher::close`] is worth trying.
    Try(u32),
}

/// How much a test has to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is found by the tables of texts that all tests on its field share.
    Shared,
    /// It looks at values that hold a text which it cannot do without.
    Gated,
    /// It looks at every value of its field.
    Every,
}

/// The tests on one field, compiled.
#[derive(Debug, Default)]
pub struct Matcher {
    /// Leaves that any value passes.
    exists: Vec<LeafId>,
    folded: Texts,
    exact: Texts,
    /// Tests that look at the value themselves, only where a text of theirs was found.
    close: Vec<(LeafId, Test)>,
    /// Tests that look at every value.
    every: Vec<(LeafId, Test)>,
}

/// Collects tests for a [`Matcher`].
#[derive(Debug, Default)]
pub struct MatcherBuilder {
    matcher: Matcher,
    folded: TextsBuilder,
    exact: TextsBuilder,
}

impl MatcherBuilder {
    /// Adds the test of a leaf; one leaf may have several, any of which makes it pass.
    pub fn add(&mut self, leaf: LeafId, test: &Test) {
        match test {
            Test::Exists => self.matcher.exists.push(leaf),
            Test::Text(text, case) => self.texts(*case).whole(text, Entry::Leaf(leaf)),
            Test::Wildcard(pattern) => self.add_pattern(leaf, pattern, test),
            Test::AnyOf(tests) => tests.iter().for_each(|test| self.add(leaf, test)),
            Test::Regex(_) | Test::Tokens(_) => match literal::required(test) {
                Some(texts) => self.add_close(leaf, test, Case::Insensitive, &texts),
                None => self.matcher.every.push((leaf, test.clone())),
            },
            Test::Number(..)
            | Test::Time(..)
            | Test::TextOrder(..)
            | Test::OneOf(_)
            | Test::Network(_)
            | Test::Addresses(_)
            | Test::Differs(_) => self.matcher.every.push((leaf, test.clone())),
        }
    }

    /// Compiles what was added.
    #[must_use]
    pub fn build(self) -> Matcher {
        Matcher {
            folded: self.folded.build(),
            exact: self.exact.build(),
            ..self.matcher
        }
    }

    fn texts(&mut self, case: Case) -> &mut TextsBuilder {
        match case {
            Case::Sensitive => &mut self.exact,
            Case::Insensitive => &mut self.folded,
        }
    }

    fn add_pattern(&mut self, leaf: LeafId, pattern: &Pattern, test: &Test) {
        let pieces = pattern.pieces();
        let texts = self.texts(pattern.case());
        let entry = Entry::Leaf(leaf);
        match pieces {
            [Piece::Many] => self.matcher.every.push((leaf, test.clone())),
            [Piece::Many, inner @ .., Piece::Many] if let Some(text) = text_of(inner) => {
                texts.inside(&text, entry);
            }
            [Piece::Many, inner @ ..] if let Some(text) = text_of(inner) => {
                texts.suffix(&text, entry);
            }
            [inner @ .., Piece::Many] if let Some(text) = text_of(inner) => {
                texts.prefix(&text, entry);
            }
            _ => match (text_of(pieces), pattern.longest_text()) {
                (Some(text), _) => texts.whole(&text, entry),
                (None, Some(text)) => {
                    self.add_close(leaf, test, pattern.case(), &[text]);
                }
                (None, None) => self.matcher.every.push((leaf, test.clone())),
            },
        }
    }

    /// Adds a test that can pass only where one of `texts` is found.
    fn add_close(&mut self, leaf: LeafId, test: &Test, case: Case, required: &[String]) {
        let entry = Entry::Try(self.matcher.close.len() as u32);
        self.matcher.close.push((leaf, test.clone()));
        let texts = self.texts(case);
        for text in required {
            texts.inside(text, entry);
        }
    }
}

impl Matcher {
    /// Returns the dearest way of its tests.
    #[must_use]
    pub fn way(&self) -> Way {
        if !self.every.is_empty() {
            Way::Every
        } else if !self.close.is_empty() {
            Way::Gated
        } else {
            Way::Shared
        }
    }

    /// Adds the leaves that `value` passes to `found`, some perhaps more than once.
    pub fn run(&self, value: &Value, folded: &mut Folded, found: &mut Vec<LeafId>) {
        match value {
            Value::List(elements) => {
                for element in elements {
                    self.element(element, folded, found);
                }
            }
            single => self.element(single, folded, found),
        }
    }

    /// Does the same for a text.
    pub fn run_text(&self, text: &str, folded: &mut Folded, found: &mut Vec<LeafId>) {
        found.extend(&self.exists);
        let value = OnceCell::new();
        let element = || value.get_or_init(|| Value::from(text));
        self.text(text, &element, folded, found);
        let passed = self.every.iter().filter(|(_, test)| test.holds(element()));
        found.extend(passed.map(|(leaf, _)| *leaf));
    }

    fn element(&self, element: &Value, folded: &mut Folded, found: &mut Vec<LeafId>) {
        if Test::Exists.holds(element) {
            found.extend(&self.exists);
        }
        with_text(element, |text| self.text(text, &|| element, folded, found));
        let passed = self.every.iter().filter(|(_, test)| test.holds(element));
        found.extend(passed.map(|(leaf, _)| *leaf));
    }

    fn text<'v>(
        &self,
        text: &str,
        element: &impl Fn() -> &'v Value,
        folded: &mut Folded,
        found: &mut Vec<LeafId>,
    ) {
        let lowered = folded.fold(text);
        let mut close = Vec::new();
        let mut see = |entry| match entry {
            Entry::Leaf(leaf) => found.push(leaf),
            Entry::Try(at) => close.push(at),
        };
        self.folded.find(lowered.as_bytes(), &mut see);
        self.exact.find(text.as_bytes(), &mut see);
        if !self.close.is_empty() && !fold::is_clean(text.as_bytes()) {
            // Letters like the Kelvin sign fold in more than one way, so what a text needs is not known.
            close = (0..self.close.len() as u32).collect();
        }
        close.sort_unstable();
        close.dedup();
        for at in close {
            let (leaf, test) = &self.close[at as usize];
            if test.holds(element()) {
                found.push(*leaf);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::ir::{Regex, Tokens};
    use proptest::prelude::*;

    fn pattern(text: &str, case: Case) -> Test {
        Test::Wildcard(Pattern::new(
            text.chars().map(|char| match char {
                '*' => Piece::Many,
                '?' => Piece::One,
                other => Piece::Char(other),
            }),
            case,
        ))
    }

    fn passing(tests: &[Test], value: &Value) -> Vec<LeafId> {
        let mut builder = MatcherBuilder::default();
        for (leaf, test) in tests.iter().enumerate() {
            builder.add(leaf as LeafId, test);
        }
        let matcher = builder.build();
        let mut found = Vec::new();
        matcher.run(value, &mut Folded::default(), &mut found);
        found.sort_unstable();
        found.dedup();
        if let Value::Str(text) = value {
            let mut by_text = Vec::new();
            matcher.run_text(text, &mut Folded::default(), &mut by_text);
            by_text.sort_unstable();
            by_text.dedup();
            assert_eq!(by_text, found);
        }
        found
    }

    fn plainly(tests: &[Test], value: &Value) -> Vec<LeafId> {
        let passed = tests
            .iter()
            .enumerate()
            .filter(|(_, test)| test.passes(Some(value)));
        passed.map(|(leaf, _)| leaf as LeafId).collect()
    }

    fn some_tests(case: Case) -> Vec<Test> {
        let mut tests: Vec<Test> = [
            "ab", "a*", "*b", "*ab*", "*", "?", "a?b", "*a*b", "", "*aK*", "é*", "*a", "b*",
        ]
        .iter()
        .map(|text| pattern(text, case))
        .collect();
        tests
            .extend(["AB", "a", "", "1", "1.5"].map(|text| Test::Text(case.fold_text(text), case)));
        tests.extend(
            [
                "a+b", "(ab|ba)", "(?i)k", "^a.*b$", "[ab]{2}a", "(?i)sa", "a|", "ab?1",
            ]
            .iter()
            .map(|source| Test::Regex(Regex::compile(source, case).unwrap())),
        );
        tests.push(Test::Exists);
        tests.push(Test::Tokens(Tokens::Any(["ab".into(), "é".into()].into())));
        tests.push(Test::Tokens(Tokens::Phrase(
            ["a".into(), "ab".into()].into(),
        )));
        let both = [tests[0].clone(), tests[4].clone()];
        tests.push(Test::AnyOf(both.into()));
        tests.push(Test::Differs(Box::new(tests[1].clone())));
        tests
    }

    proptest! {
        #[test]
        fn agrees_with_each_test_alone(
            texts in proptest::collection::vec("[abABkK1 é\u{212a}ſS.]{0,9}", 0..3),
            number in proptest::option::of(-3_i64..3),
            ignore in any::<bool>(),
        ) {
            let case = if ignore { Case::Insensitive } else { Case::Sensitive };
            let tests = some_tests(case);
            let mut values: Vec<Value> = texts.into_iter().map(Value::from).collect();
            values.extend(number.map(Value::Int));
            for value in &values {
                prop_assert_eq!(passing(&tests, value), plainly(&tests, value), "{:?}", value);
            }
            let list = Value::List(values);
            prop_assert_eq!(passing(&tests, &list), plainly(&tests, &list));
        }
    }
}
