//! Cutting text to a number of terminal columns.
//!
//! Takes text that is already visible; gives as much of it as fits, whole graphemes only.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::Marks;

/// Returns the columns that `text` takes, counted by grapheme as the screen's cells are.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// Returns `text` in at most `columns` columns, with `…` (or `...`) at the end of what was cut.
///
/// Expects text without control characters, as [`visible`](super::visible) gives it.
#[must_use]
pub fn fit(text: &str, columns: usize, marks: Marks) -> Cow<'_, str> {
    // A text of few enough bytes may still be too wide only if a byte could take two columns; none does.
    if text.len() <= columns || width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let ellipsis = match marks {
        Marks::Unicode => "…",
        Marks::Ascii => "...",
    };
    let ellipsis = &ellipsis[..ellipsis
        .len()
        .min(if marks == Marks::Ascii { columns } else { 3 })];
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let room = columns - width(ellipsis);
    let mut used = 0;
    let mut out = String::with_capacity(columns + ellipsis.len());
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used > room {
            break;
        }
        out.push_str(grapheme);
    }
    out.push_str(ellipsis);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cuts_by_columns_and_never_inside_a_grapheme() {
        assert_eq!(fit("powershell.exe", 8, Marks::Unicode), "powersh…");
        assert_eq!(fit("powershell.exe", 8, Marks::Ascii), "power...");
        assert_eq!(fit("漢字漢字", 6, Marks::Unicode), "漢字…");
        assert_eq!(
            fit("e\u{301}e\u{301}e\u{301}", 2, Marks::Unicode),
            "e\u{301}…"
        );
        assert_eq!(fit("abc", 3, Marks::Unicode), "abc");
        assert_eq!(fit("abcd", 2, Marks::Ascii), "..");
        assert_eq!(fit("abcd", 0, Marks::Unicode), "");
    }

    proptest! {
        #[test]
        fn never_too_wide(text: String, columns in 0usize..30) {
            for marks in [Marks::Unicode, Marks::Ascii] {
                let text = super::super::visible(&text, marks);
                prop_assert!(width(&fit(&text, columns, marks)) <= columns);
            }
        }
    }
}
