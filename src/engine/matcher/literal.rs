//! Texts that a value must hold for a regular expression or a token test to pass.
//!
//! Takes a test; gives texts, folded, of which one must be in the folded value, provided that the value
//! [has no letter that folds into ASCII](super::fold::is_clean).
//! `None` when no such text is known.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::fold::FOLDS_INTO_ASCII;
use crate::lang::ir::{Test, Tokens};

/// Fewer bytes are found in nearly every value and tell nothing.
const SHORTEST: usize = 2;

/// More alternatives than this are not worth looking for.
const MOST: usize = 64;

/// Returns the texts of which one must be there: of several such sets the one whose shortest text is longest.
pub fn required(test: &Test) -> Option<Vec<String>> {
    best(all_required(test))
}

/// Returns every such set; of each of them one text must be there.
pub fn all_required(test: &Test) -> Vec<Vec<String>> {
    let alone = |text: String| vec![vec![text]];
    let sets = match test {
        Test::Regex(regex) => regex_syntax::parse(regex.source())
            .map(|hir| sets(&hir))
            .unwrap_or_default(),
        Test::Tokens(Tokens::Any(tokens)) => {
            vec![tokens.iter().map(ToString::to_string).collect()]
        }
        Test::Tokens(Tokens::Phrase(tokens)) => {
            let tokens = tokens.iter().map(|token| vec![token.to_string()]);
            tokens.collect()
        }
        Test::Tokens(Tokens::Fits(pattern)) => pattern.longest_text().map_or_else(Vec::new, alone),
        _ => Vec::new(),
    };
    let useful = |texts: &Vec<String>| {
        let known = |text: &String| text.len() >= SHORTEST && text.is_ascii();
        !texts.is_empty() && texts.len() <= MOST && texts.iter().all(known)
    };
    let lower = |text: String| text.to_ascii_lowercase();
    let sets = sets.into_iter().filter(useful);
    sets.map(|texts| texts.into_iter().map(lower).collect())
        .collect()
}

/// Returns sets of texts of an expression, of each of which one must be there.
fn sets(hir: &Hir) -> Vec<Vec<String>> {
    match hir.kind() {
        HirKind::Capture(capture) => sets(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => sets(&repetition.sub),
        HirKind::Alternation(parts) => {
            let each: Option<Vec<_>> = parts.iter().map(|part| best(sets(part))).collect();
            each.map_or_else(Vec::new, |each| vec![each.concat()])
        }
        HirKind::Concat(parts) => {
            let mut all = Vec::new();
            let mut run = String::new();
            for part in parts {
                if let Some(text) = exact(part) {
                    run.push_str(&text);
                    continue;
                }
                all.extend(ended(&mut run));
                all.extend(sets(part));
            }
            all.extend(ended(&mut run));
            all
        }
        _ => exact(hir).map_or_else(Vec::new, |text| vec![vec![text]]),
    }
}

fn ended(run: &mut String) -> Option<Vec<String>> {
    (!run.is_empty()).then(|| vec![std::mem::take(run)])
}

/// Returns the set whose shortest text is longest, the first of such.
fn best(sets: Vec<Vec<String>>) -> Option<Vec<String>> {
    let worth = |texts: &Vec<String>| texts.iter().map(String::len).min();
    sets.into_iter().rev().max_by_key(worth)
}

/// Returns the one text, folded, that the expression stands for in a value without letters that fold into ASCII.
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

/// Returns the letter of a class that holds its cases; those beyond ASCII do not count.
fn one_letter(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else {
        return None;
    };
    let mut letter = None;
    for range in class.ranges() {
        let alone = range.start() == range.end();
        if alone && FOLDS_INTO_ASCII.contains(&range.start()) {
            continue;
        }
        if range.end() as u32 - range.start() as u32 > 1 {
            return None;
        }
        for char in range.start()..=range.end() {
            if !char.is_ascii() {
                return None;
            }
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
        assert_eq!(of(r"(?i)task[sS]"), texts(&["tasks"]));
        let regex = Regex::compile(r"(?i)(set).*&&(one|more).*\{?input", Case::Sensitive).unwrap();
        let all = all_required(&Test::Regex(regex));
        let wanted = [&["set"][..], &["&&"], &["one", "more"], &["input"]];
        assert_eq!(all, wanted);
        for none in [
            r"\w+",
            "a",
            "(abc)?",
            "abc|",
            "abc|x",
            "é{2}",
            "",
            "[aä]b",
            "[kK\u{212a}é]b",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
