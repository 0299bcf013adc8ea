//! Expressions that ask only for so many characters of a kind in a row, as `.{1000,}` does.
//!
//! Takes the source of an expression; gives what it asks for, if it is no more than that. An automaton of a thousand steps
//! is too large to be made ahead, and a thousand times slower than to count.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicodeRange, HirKind};

/// Fewer in a row are left to an automaton.
const LONG: u32 = 32;

/// So many characters of a kind in a row.
#[derive(Debug, Clone)]
pub struct Run {
    least: usize,
    kind: Box<[ClassUnicodeRange]>,
}

impl Run {
    /// Returns the run that an expression asks for; `None` for any other expression.
    pub fn of(source: &str, insensitive: bool) -> Option<Self> {
        // Few expressions count, and all rules' are compiled at the start: the others are not parsed once more.
        if !source.contains('{') {
            return None;
        }
        let mut parser = ParserBuilder::new()
            .case_insensitive(insensitive)
            .dot_matches_new_line(true)
            .build();
        let parsed = parser.parse(source).ok()?;
        // More than the least is in the text wherever the least is.
        let HirKind::Repetition(repeated) = parsed.kind() else {
            return None;
        };
        let HirKind::Class(Class::Unicode(kind)) = repeated.sub.kind() else {
            return None;
        };
        (repeated.min >= LONG).then(|| Self {
            least: repeated.min as usize,
            kind: kind.ranges().into(),
        })
    }

    /// Returns whether the expression matches somewhere in `text`.
    pub fn is_in(&self, text: &str) -> bool {
        if text.len() < self.least {
            return false;
        }
        let mut row = 0;
        text.chars().any(|char| {
            row = if self.has(char) { row + 1 } else { 0 };
            row >= self.least
        })
    }

    fn has(&self, char: char) -> bool {
        let after = self.kind.partition_point(|range| range.end() < char);
        self.kind
            .get(after)
            .is_some_and(|range| range.start() <= char)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_rows_of_one_kind_are_counted() {
        for (source, is) in [
            (".{1000,}", true),
            ("[^/]{100}", true),
            (r"\w{40,80}", true),
            (".{8,}", false),
            ("a.{100,}", false),
            ("[^/]{100,}$", false),
            ("(.{100,})", false),
            ("(", false),
        ] {
            assert_eq!(Run::of(source, false).is_some(), is, "{source}");
        }
    }

    proptest! {
        #[test]
        fn what_is_counted_is_what_the_automaton_finds(
            source in "(\\.|\\[a-k\\]|\\[\\^/\\]|\\\\w)\\{(32|33|40),?\\}",
            parts in proptest::collection::vec("[a-kA-K/é\n]{0,34}", 0..4),
            insensitive in any::<bool>(),
        ) {
            let text = parts.concat();
            let run = Run::of(&source, insensitive).unwrap();
            let regex = regex::RegexBuilder::new(&source)
                .case_insensitive(insensitive)
                .dot_matches_new_line(true)
                .build()
                .unwrap();
            prop_assert_eq!(run.is_in(&text), regex.is_match(&text), "{} {:?}", source, text);
        }
    }
}
