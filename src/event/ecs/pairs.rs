//! Members that list `name=value` pairs, which become members of their own.
//!
//! Takes such a member's text; gives its pairs, or the text with only those pairs that have a part in a field.

use std::ops::Range;

use memchr::memmem;

/// Where an event lists pairs.
#[derive(Debug, PartialEq, Eq)]
pub struct Listing {
    pub member: &'static str,
    /// What stands between two pairs.
    pub separator: &'static str,
    /// What is taken off a name and a value at both ends.
    pub trim: &'static [char],
}

impl Listing {
    /// Returns where in the member's text each pair stands, and whatever else stands between two separators.
    pub fn pieces(&self, text: &str) -> impl Iterator<Item = Range<usize>> {
        let length = self.separator.len();
        let ends = memmem::find_iter(text.as_bytes(), self.separator);
        let mut from = 0;
        ends.chain([text.len()]).map(move |end| {
            let piece = from..end;
            from = end + length;
            piece
        })
    }

    /// Returns the name and the value of a pair.
    pub fn pair<'t>(&self, pair: &'t str) -> Option<(&'t str, &'t str)> {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim_matches(self.trim), value.trim_matches(self.trim)))
    }
}

/// Some of the pairs of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairs {
    listing: &'static Listing,
    names: Box<[&'static str]>,
}

impl Pairs {
    /// Returns the pairs of these names; white space in a name does not count.
    #[must_use]
    pub fn new(listing: &'static Listing, names: &[&'static str]) -> Self {
        Self {
            listing,
            names: names.into(),
        }
    }

    /// Returns where they are listed.
    #[must_use]
    pub const fn listing(&self) -> &'static Listing {
        self.listing
    }

    /// Writes those of the pairs to `kept` that `pieces` of the member's text have, as the member would list them.
    pub fn keep<'t>(&self, pieces: impl Iterator<Item = &'t str>, kept: &mut String) {
        let Listing { separator, .. } = self.listing;
        for piece in pieces {
            let is = |name: &str| self.names.iter().any(|known| is_closed(name, known));
            if self.listing.pair(piece).is_some_and(|(name, _)| is(name)) {
                if !kept.is_empty() {
                    kept.push_str(separator);
                }
                kept.push_str(piece);
            }
        }
    }
}

/// Returns whether `name` is `known` but for white space.
fn is_closed(name: &str, known: &str) -> bool {
    let mut letters = known.chars();
    let mut closed = name.chars().filter(|letter| !letter.is_whitespace());
    closed.by_ref().all(|letter| letters.next() == Some(letter)) && letters.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: Listing = Listing {
        member: "ContextInfo",
        separator: "\n",
        trim: &[' ', '\r'],
    };

    #[test]
    fn pairs_of_other_names_go() {
        static KNOWN: Listing = LISTING;
        let pairs = Pairs::new(&KNOWN, &["ScriptName", "User"]);
        let mut kept = String::new();
        let text =
            "  Script Name = C:\\a=b\r\n Users = x\nUser=y\nno pair\n Use = z\nS\tcriptName=w";
        let pieces = KNOWN.pieces(text).map(|piece| &text[piece]);
        pairs.keep(pieces, &mut kept);
        assert_eq!(kept, "  Script Name = C:\\a=b\r\nUser=y\nS\tcriptName=w");
    }

    #[test]
    fn a_pair_ends_at_its_first_equals_sign() {
        assert_eq!(LISTING.pair(" a b = c=d \r"), Some(("a b", "c=d")));
        assert_eq!(LISTING.pair("a b"), None);
    }
}
