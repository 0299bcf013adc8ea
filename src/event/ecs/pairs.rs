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

    /// Writes the name of a pair without white space to `closed`; nothing for what is no pair.
    pub fn close_name(&self, pair: &str, closed: &mut String) {
        if let Some((name, _)) = self.pair(pair) {
            closed.extend(name.chars().filter(|letter| !letter.is_whitespace()));
        }
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

    /// Writes those of the pairs to `kept` that `pieces` of the member's text have, as the member would list them; each comes
    /// behind its [closed name](Listing::close_name).
    pub fn keep<'t>(&self, pieces: impl Iterator<Item = (&'t str, &'t str)>, kept: &mut String) {
        let Listing { separator, .. } = self.listing;
        let mut few = pieces.filter(|(name, _)| self.names.contains(name));
        if let Some((_, first)) = few.next() {
            kept.push_str(first);
        }
        for (_, piece) in few {
            kept.push_str(separator);
            kept.push_str(piece);
        }
    }

    /// The same of the whole text.
    #[cfg(test)]
    pub fn keep_of(&self, text: &str, kept: &mut String) {
        let mut names = Vec::new();
        for piece in self.listing.pieces(text) {
            let mut name = String::new();
            self.listing.close_name(&text[piece.clone()], &mut name);
            names.push((name, piece));
        }
        let pieces = names.iter();
        self.keep(
            pieces.map(|(name, piece)| (&**name, &text[piece.clone()])),
            kept,
        );
    }
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
        pairs.keep_of(text, &mut kept);
        assert_eq!(kept, "  Script Name = C:\\a=b\r\nUser=y\nS\tcriptName=w");
    }

    #[test]
    fn a_pair_ends_at_its_first_equals_sign() {
        assert_eq!(LISTING.pair(" a b = c=d \r"), Some(("a b", "c=d")));
        assert_eq!(LISTING.pair("a b"), None);
    }
}
