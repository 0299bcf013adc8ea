//! More rules of the same kind, to see what their number costs.
//!
//! Takes rules; gives them and copies of them whose tests look for other texts of the same length. What tells the kind
//! of event (its channel, its id, its category) stays, so a copy asks as much of the same events as its original. So does
//! what a rule leaves out: a copy that left out something else would fire wherever its original does not.

use std::sync::Arc;

use crate::lang::ir::pattern::Piece;
use crate::lang::ir::{Leaf, Pattern, Pred, Test};
use crate::rule::Rule;
use crate::schema::FieldRef;

/// Beginnings of names of fields that tell the kind of an event.
const KIND: [&str; 14] = [
    "Channel",
    "EventCode",
    "EventID",
    "EventType",
    "Provider_Name",
    "System_",
    "_index",
    "data_stream.",
    "event.",
    "eventtype",
    "host.os.",
    "signature_id",
    "source",
    "tag",
];

/// Returns the rules and their copies, so many of each in all.
pub fn of(rules: Vec<Arc<Rule>>, count: usize) -> Vec<Arc<Rule>> {
    let copies = (1..count).flat_map(|copy| rules.iter().map(move |rule| copied(rule, copy)));
    let copies: Vec<_> = copies.collect();
    rules.into_iter().chain(copies).collect()
}

fn copied(rule: &Arc<Rule>, copy: usize) -> Arc<Rule> {
    let mut rule = Rule::clone(rule);
    rule.id = format!("{}-{copy}", rule.id);
    change(&mut rule.query.select, copy, true);
    Arc::new(rule)
}

/// Changes the tests that are `wanted`.
fn change(pred: &mut Pred, copy: usize, wanted: bool) {
    match pred {
        Pred::And(parts) | Pred::Or(parts) => {
            let parts = parts.iter_mut();
            parts.for_each(|part| change(part, copy, wanted));
        }
        Pred::Not(inner) => change(inner, copy, !wanted),
        Pred::Leaf(Leaf { field, test }, _) if wanted && !tells_kind(*field) => {
            *test = changed(test, copy);
        }
        Pred::AnyField(any, _) if wanted => any.test = changed(&any.test, copy),
        Pred::Leaf(..)
        | Pred::AnyField(..)
        | Pred::Const(_)
        | Pred::Member(..)
        | Pred::Nested(..)
        | Pred::Truth(..) => {}
    }
}

fn tells_kind(field: FieldRef) -> bool {
    KIND.iter().any(|head| field.name.name().starts_with(head))
}

/// Shorter texts stay: with another letter they might be in every value.
const SHORTEST: usize = 4;

/// Returns a test for another text; tests for anything else stay.
fn changed(test: &Test, copy: usize) -> Test {
    match test {
        Test::Text(text, case) if text.len() >= SHORTEST => {
            let middle = text.chars().count() / 2;
            let chars = text.chars().enumerate();
            let other = chars.map(|(at, char)| if at == middle { next(char, copy) } else { char });
            Test::Text(other.collect(), *case)
        }
        Test::Wildcard(pattern) if pattern.pieces().len() >= SHORTEST => {
            let pieces = pattern.pieces();
            let middle = pieces.len() / 2;
            let other = pieces.iter().enumerate().map(|(at, piece)| match piece {
                Piece::Char(char) if at == middle => Piece::Char(next(*char, copy)),
                other => *other,
            });
            Test::Wildcard(Pattern::new(other, pattern.case()))
        }
        Test::AnyOf(tests) => Test::AnyOf(tests.iter().map(|test| changed(test, copy)).collect()),
        Test::Differs(test) => Test::Differs(Box::new(changed(test, copy))),
        other => other.clone(),
    }
}

/// Returns the small letter that comes so many later in a circle.
fn next(char: char, copy: usize) -> char {
    let at = if char.is_ascii_alphabetic() {
        char.to_ascii_lowercase() as usize - 'a' as usize
    } else {
        char as usize % 26
    };
    char::from(b'a' + ((at + copy) % 26) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::RuleSet;

    #[test]
    fn copies_ask_as_much_and_look_for_other_texts() {
        let rules = RuleSet::builtin().rules;
        let all = of(rules.clone(), 3);
        assert_eq!(all.len(), 3 * rules.len());
        let copies = all.iter().enumerate().skip(rules.len());
        let pairs = copies.map(|(at, copy)| (copy, &rules[at % rules.len()]));
        let asks_other = pairs.filter(|(copy, original)| {
            assert_ne!(copy.id, original.id);
            copy.query.select != original.query.select
        });
        // A rule may have nothing but expressions, which stay.
        assert!(asks_other.count() > rules.len());
        assert_eq!(next('z', 1), 'a');
    }
}
