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

/// Finds where `text` stands in `file`; `None` when it does not.
#[must_use]
pub fn find(file: &str, text: &str) -> Option<Place> {
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
        at = match_char(file, at, wanted, &mut offsets)?;
    }
    offsets.push(at);
    Some(Place { offsets })
}

/// Matches one character of the text; returns where the file goes on.
fn match_char(file: &str, at: usize, wanted: char, offsets: &mut Vec<usize>) -> Option<usize> {
    let rest = file.get(at..)?;
    let here = rest.chars().next()?;
    let next = if here == wanted && !(here == '\'' && rest.starts_with("''")) {
        at + here.len_utf8()
    } else if here == '\'' && wanted == '\'' {
        at + 2
    } else if here == '\\' {
        return match_escape(file, at, wanted, offsets);
    } else if here.is_whitespace() {
        let blank = rest.len() - rest.trim_start().len();
        if wanted.is_whitespace() {
            at + blank
        } else {
            return match_char(file, at + blank, wanted, offsets);
        }
    } else {
        return None;
    };
    offsets.extend(std::iter::repeat_n(at, wanted.len_utf8()));
    Some(next)
}

fn match_escape(file: &str, at: usize, wanted: char, offsets: &mut Vec<usize>) -> Option<usize> {
    let rest = &file[at + 1..];
    let letter = rest.chars().next()?;
    let (meant, length) = match letter {
        'n' => ('\n', 1),
        't' => ('\t', 1),
        'r' => ('\r', 1),
        'u' => (
            char::from_u32(u32::from_str_radix(rest.get(1..5)?, 16).ok()?)?,
            5,
        ),
        // A line that ends in a backslash goes on in the next.
        '\n' | '\r' => {
            let after = at + 1 + (rest.len() - rest.trim_start().len());
            return match_char(file, after, wanted, offsets);
        }
        other => (other, other.len_utf8()),
    };
    (meant == wanted).then(|| {
        offsets.extend(std::iter::repeat_n(at, wanted.len_utf8()));
        at + 1 + length
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
