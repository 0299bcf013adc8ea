//! Texts that a value must hold for a regular expression or a token test to pass.
//!
//! Takes a test; gives texts, folded, of which one must be in the folded value, provided that the value is ASCII.
//! `None` when no such text is known.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::lang::ir::{Pattern, Test, Tokens, pattern::Piece};

/// Fewer bytes are found in nearly every value and tell nothing.
const SHORTEST: usize = 2;

/// More alternatives than this are not worth looking for.
const MOST: usize = 64;

/// Returns the texts of which one must be there.
pub fn required(test: &Test) -> Option<Vec<String>> {
    let texts = match test {
        Test::Regex(regex) => {
            let hir = regex_syntax::parse(regex.source()).ok()?;
            of_hir(&hir)
        }
        Test::Tokens(Tokens::Any(tokens)) => Some(tokens.iter().map(ToString::to_string).collect()),
        Test::Tokens(Tokens::Phrase(tokens)) => tokens
            .iter()
            .max_by_key(|token| token.len())
            .map(|token| vec![token.to_string()]),
        Test::Tokens(Tokens::Fits(pattern)) => longest(pattern).map(|text| vec![text]),
        _ => None,
    }?;
    let useful = !texts.is_empty()
        && texts.len() <= MOST
        && texts
            .iter()
            .all(|text| text.len() >= SHORTEST && text.is_ascii());
    useful.then(|| {
        texts
            .into_iter()
            .map(|text| text.to_ascii_lowercase())
            .collect()
    })
}

fn longest(pattern: &Pattern) -> Option<String> {
    let runs = pattern
        .pieces()
        .split(|piece| !matches!(piece, Piece::Char(_)));
    let texts = runs.map(|run| {
        let chars = run.iter().filter_map(|piece| match piece {
            Piece::Char(char) => Some(*char),
            _ => None,
        });
        chars.collect::<String>()
    });
    texts.max_by_key(String::len)
}

/// Returns the best set of texts of an expression: the one whose shortest text is longest.
fn of_hir(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Capture(capture) => of_hir(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => of_hir(&repetition.sub),
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(of_hir(part)?);
            }
            Some(all)
        }
        HirKind::Concat(parts) => {
            let mut best: Option<Vec<String>> = None;
            let mut run = String::new();
            for part in parts {
                if let Some(text) = exact(part) {
                    run.push_str(&text);
                    continue;
                }
                consider(&mut best, ended(&mut run));
                consider(&mut best, of_hir(part));
            }
            consider(&mut best, ended(&mut run));
            best
        }
        _ => exact(hir).map(|text| vec![text]),
    }
}

fn ended(run: &mut String) -> Option<Vec<String>> {
    (!run.is_empty()).then(|| vec![std::mem::take(run)])
}

fn consider(best: &mut Option<Vec<String>>, other: Option<Vec<String>>) {
    let worth = |texts: &Option<Vec<String>>| {
        let shortest = texts.iter().flatten().map(String::len).min();
        shortest.unwrap_or_default()
    };
    if worth(&other) > worth(best) {
        *best = other;
    }
}

/// Returns the one text, folded, that the expression stands for in ASCII.
fn exact(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            text.is_ascii().then(|| text.to_ascii_lowercase())
        }
        HirKind::Class(class) => one_letter(class).map(String::from),
        HirKind::Capture(capture) => exact(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(exact).collect(),
        _ => None,
    }
}

/// Returns the letter of a class that holds its two cases; members beyond ASCII do not count.
fn one_letter(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else {
        return None;
    };
    let mut letter = None;
    for range in class.ranges() {
        if !range.start().is_ascii() {
            continue;
        }
        if range.end() as u32 - range.start() as u32 > 1 {
            return None;
        }
        for char in range.start()..=range.end() {
            let lower = char.to_ascii_lowercase();
            if letter.is_some_and(|known| known != lower) {
                return None;
            }
            letter = Some(lower);
        }
    }
    letter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::ir::{Case, Regex};

    fn of(source: &str) -> Option<Vec<String>> {
        required(&Test::Regex(
            Regex::compile(source, Case::Sensitive).unwrap(),
        ))
    }

    #[test]
    fn the_best_texts_are_taken() {
        let texts = |list: &[&str]| Some(list.iter().map(|text| (*text).to_owned()).collect());
        assert_eq!(of(r"ab.*WXyz\d"), texts(&["wxyz"]));
        assert_eq!(of(r"(?i)invoke-\w+"), texts(&["invoke-"]));
        assert_eq!(of(r"\s(abc|def+)\s"), texts(&["abc", "de"]));
        assert_eq!(of(r"(x(?:abc))+"), texts(&["xabc"]));
        for none in [r"\w+", "a", "(abc)?", "abc|", "abc|x", "é{2}", ""] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
