//! A condition in a few words.

use crate::lang::ir::pattern::Piece;
use crate::lang::ir::{Case, Comparison, Number, Pattern, Test, Tokens};
use crate::schema::FieldRef;

/// Most alternatives that are written out.
const MOST_WRITTEN: usize = 4;

/// Says what `name` must be.
pub fn test(name: &str, test: &Test) -> String {
    match test {
        Test::Exists => format!("{name} has a value"),
        Test::Differs(inner) => format!("{name} has a value other than: {}", wanted(inner)),
        test => format!("{name} {}", wanted(test)),
    }
}

/// Says which fields an expression reads.
pub fn expression(fields: &[FieldRef]) -> String {
    let names: Vec<_> = fields.iter().map(|field| field.name.name()).collect();
    match names.as_slice() {
        [] => "an expression is true".to_owned(),
        names => format!("an expression over {} is true", names.join(", ")),
    }
}

/// Returns the texts that a value passes the test by, for marking them in it; none where that is no text.
pub fn literals(test: &Test) -> Vec<String> {
    match test {
        Test::Text(text, _) => vec![text.to_string()],
        Test::Wildcard(pattern) | Test::Tokens(Tokens::Fits(pattern)) => runs(pattern),
        Test::Tokens(Tokens::Any(words) | Tokens::Phrase(words)) => {
            words.iter().map(ToString::to_string).collect()
        }
        Test::AnyOf(tests) => tests.iter().flat_map(literals).collect(),
        Test::Exists
        | Test::Number(..)
        | Test::Time(..)
        | Test::TextOrder(..)
        | Test::OneOf(_)
        | Test::Network(_)
        | Test::Tokens(Tokens::Matches(_))
        | Test::Addresses(_)
        | Test::Regex(_)
        | Test::Differs(_) => Vec::new(),
    }
}

/// Fewest characters between wildcards that are worth marking.
const RUN: usize = 3;

/// Returns the texts between the wildcards of a pattern.
fn runs(pattern: &Pattern) -> Vec<String> {
    let mut runs = vec![String::new()];
    for piece in pattern.pieces() {
        match (piece, runs.last_mut()) {
            (Piece::Char(char), Some(run)) => run.push(*char),
            _ => runs.push(String::new()),
        }
    }
    runs.retain(|run| run.chars().count() >= RUN);
    runs
}

fn wanted(test: &Test) -> String {
    match test {
        Test::Exists => "has a value".to_owned(),
        Test::Text(text, case) => format!("is \"{text}\"{}", in_case(*case)),
        Test::Wildcard(pattern) => format!(
            "is like \"{}\"{}",
            written(pattern),
            in_case(pattern.case())
        ),
        Test::Number(op, number) => format!("{} {}", op.as_str(), plain(*number)),
        Test::Time(op, time) => format!("{} {}", op.as_str(), time.to_rfc3339()),
        Test::TextOrder(op, text, case) => format!("{} \"{text}\"{}", op.as_str(), in_case(*case)),
        Test::Network(_) => "is in the network".to_owned(),
        Test::OneOf(set) => format!("is one of {} values", set.texts().len()),
        Test::Addresses(set) => format!("is in one of {} ranges of addresses", set.len()),
        Test::Regex(_) => "matches the expression".to_owned(),
        Test::Tokens(Tokens::Any(words)) => format!("holds a word of: {}", words.join(", ")),
        Test::Tokens(Tokens::Phrase(words)) => format!("holds \"{}\"", words.join(" ")),
        Test::Tokens(Tokens::Fits(pattern)) => {
            format!("holds a word like \"{}\"", written(pattern))
        }
        Test::Tokens(Tokens::Matches(_)) => "holds a word that matches the expression".to_owned(),
        Test::Differs(inner) => format!("is other than: {}", wanted(inner)),
        Test::AnyOf(tests) => any_of(tests),
    }
}

fn any_of(tests: &[Test]) -> String {
    // A number that is also compared as a text says the same twice.
    let said = tests
        .iter()
        .filter(|test| tests.len() == 1 || !matches!(test, Test::Number(Comparison::Equal, _)));
    let mut parts: Vec<String> = said.take(MOST_WRITTEN).map(wanted).collect();
    if tests.len() > MOST_WRITTEN {
        parts.push(format!("… ({} in all)", tests.len()));
    }
    parts.join(" or ")
}

const fn in_case(case: Case) -> &'static str {
    match case {
        Case::Sensitive => "",
        Case::Insensitive => " in any case",
    }
}

fn written(pattern: &Pattern) -> String {
    let pieces = pattern.pieces().iter();
    pieces
        .map(|piece| match piece {
            Piece::Char(char) => *char,
            Piece::One => '?',
            Piece::Many => '*',
        })
        .collect()
}

fn plain(number: Number) -> String {
    number.to_string()
}
