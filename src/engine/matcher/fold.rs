//! Text as comparisons without case see it.
//!
//! Takes a text; gives it folded letter by letter, as [`Case::fold_text`] does, in room that is used again.

use std::fmt::Write;

use memchr::memchr3_iter;

use crate::lang::ir::Case;

/// Letters beyond ASCII that some comparison without case takes for one in ASCII: the Kelvin sign, the long s, and the
/// capital i with a dot. No other folds so, in Unicode's `CaseFolding.txt` (C and S) or its lower case.
pub const FOLDS_INTO_ASCII: [char; 3] = ['\u{212a}', 'ſ', 'İ'];

/// Returns whether no such letter is in a text: a text of ASCII letters is then in it folded only where the same
/// letters, in either case, are in it.
pub fn is_clean(text: &[u8]) -> bool {
    text.is_ascii()
        || memchr3_iter(0xe2, 0xc5, 0xc4, text).all(|at| {
            let rest = &text[at..];
            let mut room = [0; 4];
            !FOLDS_INTO_ASCII
                .iter()
                .any(|letter| rest.starts_with(letter.encode_utf8(&mut room).as_bytes()))
        })
}

/// Room for one folded text.
#[derive(Debug, Default)]
pub struct Folded(String);

impl Folded {
    /// Returns `text` folded.
    pub fn fold(&mut self, text: &str) -> &str {
        self.0.clear();
        if text.is_ascii() {
            self.0.push_str(text);
            self.0.make_ascii_lowercase();
        } else {
            for char in text.chars() {
                // Writing to a string does not fail.
                let _ = self.0.write_char(Case::Insensitive.fold(char));
            }
        }
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_that_folds_into_ascii_is_known() {
        for char in ('\u{80}'..=char::MAX).filter(|char| !FOLDS_INTO_ASCII.contains(char)) {
            assert!(!char.to_lowercase().any(|lower| lower.is_ascii()), "{char}");
            assert!(!Case::Insensitive.fold(char).is_ascii(), "{char}");
            assert!(is_clean(char.to_string().as_bytes()), "{char}");
        }
        let any_letter = regex::Regex::new("(?i)[a-z]").unwrap();
        for char in '\u{80}'..=char::MAX {
            let text = char.to_string();
            assert!(
                !any_letter.is_match(&text) || !is_clean(text.as_bytes()),
                "{char}"
            );
        }
        for letter in FOLDS_INTO_ASCII {
            assert!(!is_clean(format!("Größe {letter}").as_bytes()));
        }
    }
}
