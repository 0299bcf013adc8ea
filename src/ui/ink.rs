//! What drawing needs to know: the theme, and whether the terminal shows more than ASCII.
//!
//! Takes text out of a log; gives text that is safe to draw. Every pane gets its colours and symbols here.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::theme::{Role, Theme};
use crate::rule::Severity;
use crate::text::{Marks, fit, visible, width};

/// Theme and character set.
#[derive(Debug, Clone, Copy)]
pub struct Ink<'a> {
    pub theme: &'a Theme,
    pub ascii: bool,
}

impl Ink<'_> {
    /// Returns how `role` looks.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Returns how hidden characters are marked.
    #[must_use]
    pub const fn marks(&self) -> Marks {
        if self.ascii {
            Marks::Ascii
        } else {
            Marks::Unicode
        }
    }

    /// Returns one of our own symbols: the first on a UTF-8 terminal, the second on an ASCII one.
    #[must_use]
    pub const fn symbol<'s>(&self, unicode: &'s str, ascii: &'s str) -> &'s str {
        if self.ascii { ascii } else { unicode }
    }

    /// Returns text from a log on one line, with nothing hidden in it.
    #[must_use]
    pub fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        visible(text, self.marks())
    }

    /// Writes `text`, cut to `columns`, and returns how many columns it took.
    pub fn put(&self, buffer: &mut Buffer, at: (u16, u16), columns: u16, text: &str, style: Style) -> u16 {
        if columns == 0 || text.is_empty() || !buffer.area.contains(at.into()) {
            return 0;
        }
        let clean = self.clean(text);
        let cut = fit(&clean, columns.into(), self.marks());
        let (end, _) = buffer.set_stringn(at.0, at.1, &cut, columns.into(), style);
        end.saturating_sub(at.0)
    }

    /// Writes `text` so that it ends at the last of `columns`.
    pub fn put_right(&self, buffer: &mut Buffer, at: (u16, u16), columns: u16, text: &str, style: Style) {
        let wide = (width(&self.clean(text)) as u16).min(columns);
        self.put(buffer, (at.0 + columns - wide, at.1), wide, text, style);
    }

    /// Gives a run of cells on one line a style.
    pub fn paint(&self, buffer: &mut Buffer, at: (u16, u16), columns: u16, role: Role) {
        let line = ratatui::layout::Rect::new(at.0, at.1, columns, 1).intersection(buffer.area);
        buffer.set_style(line, self.style(role));
    }
}

/// Returns the word and the role of a severity.
#[must_use]
pub const fn severity(severity: Severity) -> (&'static str, Role) {
    match severity {
        Severity::Critical => ("CRIT", Role::Critical),
        Severity::High => ("HIGH", Role::High),
        Severity::Medium => ("MED", Role::Medium),
        Severity::Low => ("LOW", Role::Low),
        Severity::Info => ("INFO", Role::Info),
    }
}

/// Returns `text` in lines of at most `columns`, broken at blanks where there are any.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let wide = width(word.trim_end());
        if used + wide > columns && used > 0 {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            used = 0;
        }
        if wide > columns {
            break_word(word, columns, &mut lines, &mut line);
            used = width(&line);
        } else {
            line.push_str(word);
            used += width(word);
        }
    }
    if !line.trim_end().is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

fn break_word(word: &str, columns: usize, lines: &mut Vec<String>, line: &mut String) {
    use unicode_segmentation::UnicodeSegmentation as _;
    let mut used = width(line);
    for piece in word.graphemes(true) {
        let wide = width(piece);
        if used + wide > columns {
            lines.push(std::mem::take(line));
            used = 0;
        }
        line.push_str(piece);
        used += wide;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_break_at_blanks() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 5), [""]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_letter_is_lost(text in "[a-z 漢字é]{0,60}", columns in 2usize..20) {
            let lines = wrap(&text, columns);
            prop_assert!(lines.iter().all(|line| width(line) <= columns));
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
