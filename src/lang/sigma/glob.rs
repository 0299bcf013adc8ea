//! Sigma's plain values: text with the wildcards `*` and `?`.
//!
//! Takes the text as YAML gives it; gives pieces. A backslash escapes `*`, `?` and a backslash; before anything else it
//! stands for itself (Sigma rules specification 2.0, "Escaping").

use crate::lang::ir::pattern::Piece;
use crate::lang::ir::{Case, Pattern, Test};

/// A value in pieces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Glob(pub Vec<Piece>);

impl Glob {
    /// Reads a value; every text is one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::with_capacity(text.len());
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            pieces.push(match char {
                '\\' => Piece::Char(
                    chars
                        .next_if(|next| matches!(next, '\\' | '*' | '?'))
                        .unwrap_or('\\'),
                ),
                '*' => Piece::Many,
                '?' => Piece::One,
                other => Piece::Char(other),
            });
        }
        Self(pieces)
    }

    /// Returns the value that stands for exactly `text`.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self(text.chars().map(Piece::Char).collect())
    }

    /// Returns the text when there is no wildcard in it.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let plain = |piece: &Piece| match piece {
            Piece::Char(char) => Some(*char),
            Piece::One | Piece::Many => None,
        };
        self.0.iter().map(plain).collect()
    }

    /// Returns the value with any text allowed before it, behind it, or both.
    #[must_use]
    pub fn open(mut self, before: bool, behind: bool) -> Self {
        if before && self.0.first() != Some(&Piece::Many) {
            self.0.insert(0, Piece::Many);
        }
        if behind && self.0.last() != Some(&Piece::Many) {
            self.0.push(Piece::Many);
        }
        self
    }

    /// Returns the test of a whole field.
    #[must_use]
    pub fn test(&self, case: Case) -> Test {
        match self.text() {
            Some(text) => Test::Text(case.fold_text(&text), case),
            None => Test::Wildcard(Pattern::new(self.0.iter().copied(), case)),
        }
    }

    /// Returns the value as a regular expression.
    #[must_use]
    pub fn to_regex(&self) -> String {
        let mut source = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Char(char) => source.push_str(&regex::escape(char.encode_utf8(&mut [0; 4]))),
                Piece::One => source.push('.'),
                Piece::Many => source.push_str(".*"),
            }
        }
        source
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Char(char) => *char,
            Piece::One => '¿',
            Piece::Many => '…',
        };
        Glob::parse(text).0.iter().map(piece).collect()
    }

    #[test]
    fn backslashes_follow_the_specification() {
        for (written, meant) in [
            (r"C:\Windows\x", r"C:\Windows\x"),
            (r"C:\\Windows\\x", r"C:\Windows\x"),
            (r"a\*b\?c", "a*b?c"),
            (r"\\*", r"\…"),
            (r"\\\*", r"\*"),
            (r"\\\x", r"\\x"),
            (r"\\\\x", r"\\x"),
            (r"prog?.exe*", "prog¿.exe…"),
            (r"end\", r"end\"),
            (r"\d", r"\d"),
        ] {
            assert_eq!(shown(written), meant, "{written}");
        }
    }

    #[test]
    fn literals_have_no_wildcard() {
        assert_eq!(Glob::literal("a*b").text().as_deref(), Some("a*b"));
        assert_eq!(Glob::parse("a*b").text(), None);
        assert_eq!(
            Glob::parse("AbC").test(Case::Insensitive),
            Test::Text("abc".into(), Case::Insensitive)
        );
        assert_eq!(Glob::parse("a.*?").to_regex(), r"a\..*.");
    }

    proptest! {
        #[test]
        fn escaping_every_special_character_keeps_the_text(text in r"[a\\*?%]{0,12}") {
            let escaped: String = text.chars().flat_map(|char| match char {
                '\\' | '*' | '?' => vec!['\\', char],
                other => vec![other],
            }).collect();
            prop_assert_eq!(Glob::parse(&escaped).text(), Some(text));
        }
    }
}
