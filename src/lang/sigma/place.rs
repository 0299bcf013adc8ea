//! Where in a rule's text its keys and values stand.
//!
//! Takes the text of a `detection` section and walks along it in the order of the tree that was read from it; gives
//! spans. What is written in another way than it reads (folded, escaped) gets the place of its key.

use crate::lang::Span;

/// The text of a section.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// The text that spans point into.
    pub whole: &'a str,
    /// Where in it the section begins.
    pub start: usize,
}

/// A walk along the text.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Returns a walk from the section's start.
    #[must_use]
    pub const fn new(text: Text<'a>) -> Self {
        Self {
            text: text.whole,
            at: text.start,
        }
    }

    /// Finds the next `key:` and goes behind it.
    pub fn key(&mut self, key: &str) -> Span {
        let found = self.occurrences(key).find(|span| {
            let behind = self.text[span.end..]
                .trim_start_matches(['\'', '"'])
                .trim_start_matches(' ');
            let before = self.text[..span.start].trim_end_matches(['\'', '"']);
            behind.starts_with(':')
                && before
                    .chars()
                    .next_back()
                    .is_none_or(|char| " \n-{,".contains(char))
        });
        self.reach(found)
    }

    /// Finds the next `value` and goes behind it.
    pub fn value(&mut self, value: &str, otherwise: &Span) -> Span {
        let doubled;
        let mut found = self.occurrences(value).next();
        if found.is_none() && value.contains('\'') {
            doubled = value.replace('\'', "''");
            found = self.occurrences(&doubled).next();
        }
        if found.is_none() {
            return otherwise.clone();
        }
        self.reach(found)
    }

    fn reach(&mut self, found: Option<Span>) -> Span {
        match found {
            Some(span) => {
                self.at = span.end;
                span
            }
            None => self.at..self.at,
        }
    }

    fn occurrences<'s>(&'s self, wanted: &'s str) -> impl Iterator<Item = Span> + 's {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let found = rest
            .match_indices(wanted)
            .filter(move |_| !wanted.is_empty());
        found.map(|(at, text)| self.at + at..self.at + at + text.len())
    }
}

/// Returns where a text of one line stands behind the section's `key:`, to move spans inside it; `None` when it is
/// written in another way.
#[must_use]
pub fn of_scalar(text: Text<'_>, key: &str, value: &str) -> Option<usize> {
    let mut cursor = Cursor::new(text);
    let key = cursor.key(key);
    let found = cursor.value(value, &key);
    (found != key).then_some(found.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "detection:\n    sel:\n        - Image|endswith: '\\a.exe'\n        - Image|endswith:\n              - 'it''s'\n              - b\n    'condition': sel and x\n";

    #[test]
    fn keys_and_values_are_found_in_order() {
        let text = Text {
            whole: TEXT,
            start: 0,
        };
        let mut cursor = Cursor::new(text);
        let sel = cursor.key("sel");
        assert_eq!(&TEXT[sel], "sel");
        let first = cursor.key("Image|endswith");
        let value = cursor.value("\\a.exe", &first);
        assert_eq!(&TEXT[value.clone()], "\\a.exe");
        let second = cursor.key("Image|endswith");
        assert!(second.start > value.end);
        assert_eq!(&TEXT[cursor.value("it's", &second)], "it''s");
        assert_eq!(cursor.value("not there", &second), second);
        let at = of_scalar(text, "condition", "sel and x").unwrap();
        assert_eq!(&TEXT[at..at + 3], "sel");
        assert_eq!(of_scalar(text, "condition", "other"), None);
    }
}
