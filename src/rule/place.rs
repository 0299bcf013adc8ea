//! Where a value of a rule file stands in the file.
//!
//! Takes the file and a text that its parser gave; gives the file's byte for each byte of the text. The two differ by
//! TOML's and JSON's escapes and by YAML's folding and indentation, so the text is walked along the file.

use crate::lang::{Diagnostic, Span};

/// Byte offsets in the file of each byte of a text, and of its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    offsets: Vec<usize>,
}

/// Longest file that is searched. An export of thousands of rules is not searched once a rule: a finding there shows
/// the query alone.
const MAX_FILE: usize = 1 << 20;

/// Finds where `text` stands in `file`; `None` when it does not, or the file is too long to look.
#[must_use]
pub fn find(file: &str, text: &str) -> Option<Place> {
    if file.len() > MAX_FILE {
        return None;
    }
    if let Some(base) = file.find(text) {
        return Some(Place {
            offsets: (base..=base + text.len()).collect(),
        });
    }
    let first = text.chars().next()?;
    let mut starts = file.match_indices(first).map(|(at, _)| at);
    starts.find_map(|start| align(file, start, text))
}

impl Place {
    /// Returns where a span of the text lies in the file.
    #[must_use]
    pub fn span(&self, span: &Span) -> Span {
        let last = self.offsets.last().copied().unwrap_or(0);
        let at = |n: usize| self.offsets.get(n).copied().unwrap_or(last);
        let start = at(span.start);
        start..at(span.end).max(start)
    }

    /// Returns the place when `base` bytes stand ahead of what was searched.
    #[must_use]
    pub fn after(mut self, base: usize) -> Self {
        for offset in &mut self.offsets {
            *offset += base;
        }
        self
    }

    /// Returns the diagnostic with its labels moved from the text to the file.
    #[must_use]
    pub fn moved(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        for label in &mut diagnostic.labels {
            label.span = self.span(&label.span);
        }
        diagnostic
    }
}

/// Walks `text` along `file` from `start`.
fn align(file: &str, start: usize, text: &str) -> Option<Place> {
    let mut offsets = Vec::with_capacity(text.len() + 1);
    let mut at = start;
    for wanted in text.chars() {
        at = skip_folds(file, at, wanted);
        let next = at + written_length(&file[at..], wanted)?;
        offsets.extend(std::iter::repeat_n(at, wanted.len_utf8()));
        at = next;
    }
    offsets.push(at);
    Some(Place { offsets })
}

/// Passes over what the parser dropped ahead of `wanted`: indentation, folded lines, lines that a backslash joins.
fn skip_folds(file: &str, at: usize, wanted: char) -> usize {
    let mut rest = &file[at..];
    if !wanted.is_whitespace() {
        loop {
            let joined = rest
                .strip_prefix('\\')
                .filter(|next| next.starts_with(['\n', '\r']));
            let next = joined.unwrap_or(rest).trim_start();
            if next.len() == rest.len() {
                break;
            }
            rest = next;
        }
    }
    file.len() - rest.len()
}

/// Returns how many bytes `rest` spends on writing `wanted` at its start; `None` when it writes something else.
fn written_length(rest: &str, wanted: char) -> Option<usize> {
    let here = rest.chars().next()?;
    if here == '\'' && wanted == '\'' {
        return Some(if rest.starts_with("''") { 2 } else { 1 });
    }
    if here == '\\' {
        let escaped = escape(&rest[1..]).filter(|(meant, _)| *meant == wanted);
        // A literal string writes a backslash as itself.
        return escaped
            .map(|(_, length)| 1 + length)
            .or((wanted == '\\').then_some(1));
    }
    if here.is_whitespace() && wanted.is_whitespace() {
        let folds = rest.starts_with(['\n', '\r']) && wanted == ' ';
        return Some(if folds {
            rest.len() - rest.trim_start().len()
        } else {
            here.len_utf8()
        });
    }
    (here == wanted).then(|| here.len_utf8())
}

/// Returns the character that the escape after a backslash means, and the length of the escape.
fn escape(rest: &str) -> Option<(char, usize)> {
    let letter = rest.chars().next()?;
    Some(match letter {
        'n' => ('\n', 1),
        't' => ('\t', 1),
        'r' => ('\r', 1),
        'u' => (
            char::from_u32(u32::from_str_radix(rest.get(1..5)?, 16).ok()?)?,
            5,
        ),
        other => (other, other.len_utf8()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown<'a>(file: &'a str, text: &str, part: &str) -> &'a str {
        let at = text.find(part).unwrap();
        &file[find(file, text).unwrap().span(&(at..at + part.len()))]
    }

    #[test]
    fn verbatim_escaped_and_folded_texts_are_found() {
        assert_eq!(shown("query = '''a == b'''", "a == b", "b"), "b");
        assert_eq!(
            shown(
                r#"q = "a == \"x\\y\" and bad""#,
                r#"a == "x\y" and bad"#,
                "bad"
            ),
            "bad"
        );
        assert_eq!(
            shown(r#"{"q":"a\nb \u00e9 bad"}"#, "a\nb é bad", "bad"),
            "bad"
        );
        assert_eq!(
            shown(
                "search: '| tstats\n    count where\n    x=1 | wrong'\nid: 1",
                "| tstats count where x=1 | wrong",
                "wrong"
            ),
            "wrong"
        );
        assert_eq!(shown("search: 'a ''b'' bad'", "a 'b' bad", "bad"), "bad");
        assert!(find("abc", "abd").is_none());
        assert!(find("abc", "").is_some());
    }

    proptest::proptest! {
        #[test]
        fn spans_stay_in_the_file(file in "[ab\\\\n '\n\"é]{0,40}", text in "[ab\\\\n '\n\"é]{0,12}", start in 0usize..50) {
            if let Some(place) = find(&file, &text) {
                let span = place.span(&(start..start + 3));
                proptest::prop_assert!(span.end <= file.len() && span.start <= span.end);
            }
        }
    }
}
