//! Wildcard patterns that cover a whole value.

use std::fmt;

/// Whether letters must agree in case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Case {
    Sensitive,
    Insensitive,
}

impl Case {
    /// Returns `char` as it is compared.
    #[must_use]
    pub fn fold(self, char: char) -> char {
        match self {
            Self::Sensitive => char,
            Self::Insensitive => lower(char),
        }
    }

    /// Returns `text` as it is compared.
    #[must_use]
    pub fn fold_text(self, text: &str) -> Box<str> {
        match self {
            Self::Sensitive => text.into(),
            Self::Insensitive => text.chars().map(lower).collect(),
        }
    }

    /// Returns whether `value` equals `folded`, which [`Case::fold_text`] gave.
    #[must_use]
    pub fn equals(self, value: &str, folded: &str) -> bool {
        match self {
            Self::Sensitive => value == folded,
            Self::Insensitive if value.is_ascii() && folded.is_ascii() => {
                value.eq_ignore_ascii_case(folded)
            }
            Self::Insensitive => value.chars().map(lower).eq(folded.chars()),
        }
    }
}

/// One character to one: letters whose lower case is longer (`İ`) stay as they are, so that `?` keeps its meaning.
fn lower(char: char) -> char {
    if char.is_ascii() {
        return char.to_ascii_lowercase();
    }
    let mut lowered = char.to_lowercase();
    match (lowered.next(), lowered.next()) {
        (Some(single), None) => single,
        _ => char,
    }
}

/// A piece of a [`Pattern`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    Char(char),
    /// Exactly one character.
    One,
    /// Any number of characters, newlines included.
    Many,
}

/// A pattern over a whole value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    pieces: Box<[Piece]>,
    case: Case,
}

impl Pattern {
    /// Returns the pattern made of `pieces`.
    #[must_use]
    pub fn new(pieces: impl IntoIterator<Item = Piece>, case: Case) -> Self {
        let mut kept: Vec<Piece> = Vec::new();
        for piece in pieces {
            if piece == Piece::Many && kept.last() == Some(&Piece::Many) {
                continue;
            }
            kept.push(match piece {
                Piece::Char(char) => Piece::Char(case.fold(char)),
                wild => wild,
            });
        }
        Self {
            pieces: kept.into(),
            case,
        }
    }

    /// Returns the pieces, letters folded.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns the case rule.
    #[must_use]
    pub const fn case(&self) -> Case {
        self.case
    }

    /// Returns whether every text fits.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self.pieces == [Piece::Many]
    }

    /// Returns the text it stands for when it has no wildcard.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        text_of(&self.pieces)
    }

    /// Returns the texts between wildcards, letters folded; none of them is empty.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        let texts = self.pieces.split(|piece| !matches!(piece, Piece::Char(_)));
        texts.filter(|text| !text.is_empty()).filter_map(text_of)
    }

    /// Returns the longest of [`Pattern::texts`].
    #[must_use]
    pub fn longest_text(&self) -> Option<String> {
        self.texts().max_by_key(String::len)
    }

    /// Returns whether the whole of `text` fits. Takes at most length of text times length of pattern steps.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        let mut rest = text.chars();
        let mut at = 0;
        // The last `*` and the text behind it: where to go on when a later piece fails.
        let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            match self.pieces.get(at) {
                Some(Piece::Many) => {
                    at += 1;
                    if at == self.pieces.len() {
                        return true;
                    }
                    let Some(start) = self.next_start(at, rest) else {
                        return false;
                    };
                    rest = start;
                    retry = Some((at, rest.clone()));
                    continue;
                }
                None if rest.as_str().is_empty() => return true,
                Some(piece) => {
                    if let Some(char) = rest.next()
                        && self.fits_one(*piece, char)
                    {
                        at += 1;
                        continue;
                    }
                }
                None => {}
            }
            let Some((after, behind)) = &mut retry else {
                return false;
            };
            if behind.next().is_none() {
                return false;
            }
            let Some(start) = self.next_start(*after, behind.clone()) else {
                return false;
            };
            *behind = start;
            at = *after;
            rest = behind.clone();
        }
    }

    /// Returns `text` from where the piece at `at` can be found first; `None` where it cannot.
    fn next_start<'t>(&self, at: usize, text: std::str::Chars<'t>) -> Option<std::str::Chars<'t>> {
        let Some(Piece::Char(wanted)) = self.pieces.get(at).copied() else {
            return Some(text);
        };
        let bytes = text.as_str().as_bytes();
        // The Kelvin sign is a `k`, too.
        if !wanted.is_ascii() || (wanted == 'k' && self.case == Case::Insensitive) {
            return Some(text);
        }
        let (small, capital) = (wanted as u8, wanted.to_ascii_uppercase() as u8);
        let start = match self.case {
            Case::Insensitive => memchr::memchr2(small, capital, bytes)?,
            Case::Sensitive => memchr::memchr(small, bytes)?,
        };
        Some(text.as_str()[start..].chars())
    }

    fn fits_one(&self, piece: Piece, char: char) -> bool {
        match piece {
            Piece::One | Piece::Many => true,
            Piece::Char(wanted) => wanted == self.case.fold(char),
        }
    }
}

/// Returns the text of pieces that have no wildcard among them.
#[must_use]
pub fn text_of(pieces: &[Piece]) -> Option<String> {
    let chars = pieces.iter().map(|piece| match piece {
        Piece::Char(char) => Some(*char),
        Piece::One | Piece::Many => None,
    });
    chars.collect()
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Char(char) => *char,
                Piece::One => '?',
                Piece::Many => '*',
            })
            .collect();
        write!(f, "Pattern({text:?}, {:?})", self.case)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern(text: &str, case: Case) -> Pattern {
        Pattern::new(
            text.chars().map(|char| match char {
                '*' => Piece::Many,
                '?' => Piece::One,
                other => Piece::Char(other),
            }),
            case,
        )
    }

    #[test]
    fn covers_the_whole_value() {
        let fits = |p: &str, t: &str| pattern(p, Case::Insensitive).fits(t);
        assert!(fits("*lsass*.dmp", r"C:\Temp\LSASS (2).DMP"));
        assert!(fits(
            r"?:\windows\system32\svchost.exe",
            r"C:\Windows\System32\svchost.exe"
        ));
        assert!(!fits("lsass", "lsass.exe"));
        assert!(!fits("?", ""));
        assert!(fits("*", ""));
        assert!(fits("", ""));
        assert!(!fits("", "a"));
        assert!(fits("*a*b", "aab-ab"));
        assert!(fits("*ÄÖ?", "xäöZ"));
        assert!(!pattern("A*", Case::Sensitive).fits("abc"));
        assert!(fits("*kb", "\u{212a}B"));
        assert!(fits("*Kb*", "é k\u{212a}bé"));
    }

    #[test]
    fn many_stars_stay_quick() {
        let text = "a".repeat(20_000);
        assert!(!pattern("*a*a*a*a*a*a*a*b", Case::Sensitive).fits(&text));
    }

    proptest! {
        #[test]
        fn agrees_with_a_regex(p in "[abk*?é]{0,8}", t in "[abABk\u{212a}éÉ]{0,10}", ignore in any::<bool>()) {
            let case = if ignore { Case::Insensitive } else { Case::Sensitive };
            let source = p.replace('*', ".*").replace('?', ".");
            let flags = if ignore { "(?is)" } else { "(?s)" };
            let regex = regex::Regex::new(&format!("{flags}^(?:{source})$")).unwrap();
            prop_assert_eq!(pattern(&p, case).fits(&t), regex.is_match(&t));
        }
    }
}
