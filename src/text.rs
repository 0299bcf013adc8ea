//! Hostile text made visible: the one road from log text to a terminal, clipboard, export or message.
//!
//! Takes any string or bytes; gives text in which every control, bidi, zero-width and otherwise
//! invisible character is shown as a visible mark and no escape sequence survives. Nothing is dropped:
//! a hidden character is evidence. What is already marked passes unchanged, so marking twice is harmless.

use std::borrow::Cow;
use std::fmt::Write;

mod count;
mod fit;
mod hidden;
pub mod similar;

pub use count::{counted, grouped};
pub use fit::{fit, width};

/// How the marks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Marks {
    /// `␛`, `‹RLO›`: for a UTF-8 terminal.
    #[default]
    Unicode,
    /// `\x1b`, `\u{202e}`: for an ASCII terminal; every non-ASCII character is escaped too.
    Ascii,
}

/// Returns `text` on one line: newlines and tabs are marked as well.
#[must_use]
pub fn visible(text: &str, marks: Marks) -> Cow<'_, str> {
    mark(text, marks, Newlines::Marked)
}

/// Returns `text` with its newlines kept and everything else marked, a carriage return before a newline included.
#[must_use]
pub fn visible_lines(text: &str, marks: Marks) -> Cow<'_, str> {
    mark(text, marks, Newlines::Kept)
}

/// Returns `bytes` on one line; a byte that is not UTF-8 reads `\xNN`.
#[must_use]
pub fn visible_bytes(bytes: &[u8], marks: Marks) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(&visible(chunk.valid(), marks));
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Returns `text` on one line for standard error and exports, where nobody knows what will show it.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    visible(text, Marks::Unicode)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Newlines {
    Kept,
    Marked,
}

fn mark(text: &str, marks: Marks, newlines: Newlines) -> Cow<'_, str> {
    let stays = |c: char| match c {
        ' '..='~' => true,
        '\n' => newlines == Newlines::Kept,
        _ => marks == Marks::Unicode && !hidden::is_hidden(c),
    };
    let Some(first) = text.find(|c| !stays(c)) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    for c in text[first..].chars() {
        if stays(c) {
            out.push(c);
        } else {
            hidden::push_mark(&mut out, c, marks);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_lose_their_teeth() {
        let hostile = "\u{1b}]52;c;cm0=\u{7} a\tb\r\nc\u{9b}2J\u{7f}";
        assert_eq!(
            visible(hostile, Marks::Unicode),
            "␛]52;c;cm0=␇ a␉b␍␊c\\u{9b}2J␡"
        );
        assert_eq!(
            visible(hostile, Marks::Ascii),
            "\\x1b]52;c;cm0=\\x07 a\\tb\\r\\nc\\u{9b}2J\\x7f"
        );
        assert_eq!(
            visible_lines(hostile, Marks::Unicode),
            "␛]52;c;cm0=␇ a␉b␍\nc\\u{9b}2J␡"
        );
    }

    #[test]
    fn bidi_and_zero_width_are_named() {
        let hostile = "gpj.\u{202e}exe\u{200b}\u{feff}\u{ad}\u{e0041}";
        assert_eq!(
            visible(hostile, Marks::Unicode),
            "gpj.‹RLO›exe‹ZWSP›‹BOM›‹SHY›\\u{e0041}"
        );
        assert_eq!(visible("né\u{202e}", Marks::Ascii), "n\\u{e9}\\u{202e}");
    }

    #[test]
    fn invalid_bytes_are_shown_one_by_one() {
        assert_eq!(
            visible_bytes(b"a\xff\xc3(\n\x1b", Marks::Unicode),
            "a\\xff\\xc3(␊␛"
        );
    }

    #[test]
    fn harmless_text_is_borrowed() {
        assert!(matches!(
            plain("C:\\Windows\\Sübsystem 漢字"),
            Cow::Borrowed(_)
        ));
    }

    /// Text that is rich in what must not get through.
    fn hostile() -> impl Strategy<Value = String> {
        let picked = prop_oneof![
            proptest::char::any(),
            proptest::char::range('\0', '\u{a0}'),
            proptest::char::range('\u{2000}', '\u{206f}'),
            proptest::char::range('\u{e0000}', '\u{e01ef}'),
            Just('\u{feff}'),
            Just('\u{34f}'),
        ];
        proptest::collection::vec(picked, 0..40).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn nothing_hidden_gets_through(text in hostile()) {
            let seen = visible(&text, Marks::Unicode);
            prop_assert!(!seen.chars().any(hidden::is_hidden));
            let lines = visible_lines(&text, Marks::Unicode);
            prop_assert!(!lines.chars().any(|c| c != '\n' && hidden::is_hidden(c)));
            let ascii = visible(&text, Marks::Ascii);
            prop_assert!(ascii.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        }

        #[test]
        fn marking_twice_changes_nothing(text in hostile()) {
            let once = visible(&text, Marks::Unicode);
            prop_assert_eq!(visible(&once, Marks::Unicode), once.clone());
        }

        #[test]
        fn hidden_characters_stay_distinct(before in "[a-z]{0,4}", a in hostile(), b in hostile()) {
            // Only text that spells a mark itself may read like one.
            let spells = |text: &str| {
                text.chars().any(|c| matches!(c, '\\' | '‹' | '⍽' | '\u{2400}'..='\u{2426}'))
            };
            prop_assume!(!spells(&a) && !spells(&b) && a != b);
            for marks in [Marks::Unicode, Marks::Ascii] {
                let (a, b) = (format!("{before}{a}"), format!("{before}{b}"));
                prop_assert_ne!(visible(&a, marks), visible(&b, marks));
            }
        }

        #[test]
        fn bytes_never_reach_a_terminal_raw(bytes: Vec<u8>) {
            let seen = visible_bytes(&bytes, Marks::Unicode);
            prop_assert!(!seen.chars().any(hidden::is_hidden));
        }
    }
}
