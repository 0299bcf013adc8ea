//! Regular expressions of Java, which ES|QL's `replace` takes.
//!
//! Takes a Java pattern; runs it with the `fancy-regex` crate, which looks around and back where the `regex` crate does
//! not. Work on one text is bounded: what would try more than [`STEPS`] ways has no result.

use std::cell::RefCell;
use std::collections::HashMap;

use fancy_regex::{Captures, Regex, RegexBuilder};

use crate::lang::ir::Regex as Plain;

/// Most ways that are tried on one text before its result is given up.
const STEPS: usize = 200_000;

/// Most expressions that a thread keeps compiled.
const MAX_KEPT: usize = 256;

thread_local! {
    static KEPT: RefCell<HashMap<String, Option<Regex>>> = RefCell::new(HashMap::new());
}

/// Compiles a pattern.
pub fn compile(pattern: &str) -> Result<Regex, Box<fancy_regex::Error>> {
    RegexBuilder::new(&translate(pattern))
        .backtrack_limit(STEPS)
        .delegate_size_limit(Plain::SIZE_LIMIT)
        .delegate_dfa_size_limit(Plain::SIZE_LIMIT)
        .build()
        .map_err(Box::new)
}

/// Replaces every match; `$1` in `with` stands for the first group, `\$` for a dollar sign. `None` when the pattern does
/// not compile or takes too long.
pub fn replace(text: &str, pattern: &str, with: &str) -> Option<String> {
    KEPT.with_borrow_mut(|kept| {
        if !kept.contains_key(pattern) {
            if kept.len() >= MAX_KEPT {
                kept.clear();
            }
            kept.insert(pattern.to_owned(), compile(pattern).ok());
        }
        let regex = kept.get(pattern)?.as_ref()?;
        let with = Replacement::parse(with, regex.captures_len());
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for found in regex.captures_iter(text) {
            let found = found.ok()?;
            let whole = found.get(0)?;
            out.push_str(&text[end..whole.start()]);
            with.write(&found, &mut out);
            end = whole.end();
        }
        out.push_str(&text[end..]);
        Some(out)
    })
}

/// A replacement in pieces.
struct Replacement(Vec<Piece>);

enum Piece {
    Char(char),
    Group(usize),
}

impl Replacement {
    /// A group's number takes as many digits as there are groups for.
    fn parse(text: &str, groups: usize) -> Self {
        let mut pieces = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '\\' => pieces.extend(chars.next().map(Piece::Char)),
                '$' => {
                    let mut group = None;
                    while let Some(digit) = chars.peek().and_then(|char| char.to_digit(10)) {
                        let longer = group.unwrap_or(0) * 10 + digit as usize;
                        if group.is_some() && longer >= groups {
                            break;
                        }
                        group = Some(longer);
                        chars.next();
                    }
                    pieces.extend(group.map(Piece::Group));
                }
                other => pieces.push(Piece::Char(other)),
            }
        }
        Self(pieces)
    }

    fn write(&self, found: &Captures<'_, str>, out: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Char(char) => out.push(*char),
                Piece::Group(group) => {
                    out.push_str(found.get(*group).map_or("", |found| found.as_str()));
                }
            }
        }
    }
}

/// Rewrites what the two read differently: Java's classes are of ASCII, `\h` is a space within a line, `\Q...\E` quotes.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut depth = 0_usize;
    while let Some(char) = rest.chars().next() {
        rest = &rest[char.len_utf8()..];
        match char {
            '\\' => {
                let Some(next) = rest.chars().next() else {
                    out.push('\\');
                    break;
                };
                rest = &rest[next.len_utf8()..];
                if next == 'Q' {
                    let (quoted, after) = rest.split_once("\\E").unwrap_or((rest, ""));
                    quoted.chars().for_each(|char| literal(char, &mut out));
                    rest = after;
                } else {
                    escape(next, depth > 0, &mut out);
                }
            }
            '[' => {
                depth += 1;
                out.push('[');
            }
            ']' if depth > 0 => {
                depth -= 1;
                out.push(']');
            }
            // Set operations of the `regex` crate that Java has not.
            '~' | '-' if depth > 0 && rest.starts_with(char) => literal(char, &mut out),
            other => out.push(other),
        }
    }
    out
}

fn escape(next: char, in_set: bool, out: &mut String) {
    let class = match next {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        's' => r" \t\n\x0B\f\r",
        'h' => r" \t\x{A0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}",
        'D' => "^0-9",
        'W' => "^0-9A-Za-z_",
        'S' => r"^ \t\n\x0B\f\r",
        'R' if !in_set => return out.push_str(r"(?:\r\n|[\n\x0B\f\r\x{85}\x{2028}\x{2029}])"),
        'e' => return out.push_str(r"\x1B"),
        // A letter that the crate knows alike, or a group.
        other if other.is_ascii_alphanumeric() => return out.extend(['\\', other]),
        other => return literal(other, out),
    };
    if in_set && !class.starts_with('^') {
        out.push_str(class);
    } else {
        out.extend(["[", class, "]"]);
    }
}

fn literal(char: char, out: &mut String) {
    if char.is_ascii_punctuation() && !matches!(char, '<' | '>' | '"' | '\'' | '_' | '`') {
        out.push('\\');
    }
    out.push(char);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(text: &str, pattern: &str, with: &str, wanted: &str) {
        assert_eq!(
            replace(text, pattern, with).as_deref(),
            Some(wanted),
            "{pattern}"
        );
    }

    #[test]
    fn java_meanings_are_kept() {
        is("x`y a`n", r"[a-z]`(?![rntb]|\d)[a-z]", "!", "! a`n");
        is("aab", r"(a)\1", "<$1>", "<a>b");
        is("a.b", r"\Q.\E", "", "ab");
        is("١2", r"\d", "", "١");
        is("a-~b", r"[\w--~]+", "x", "x");
        is("a\u{a0}b", r"\h", "", "ab");
        is("a\r\nb", r"\R", "-", "a-b");
        is("a'b\"c", r#"['"]"#, "", "abc");
        is("C:\\x", r"^.*\\|\$$", "", "x");
        is("host$", r"^.*\\|\$$", "", "host");
        is("a\nb", "a.b", "x", "a\nb");
        is("abc", "(?i)B", "\\$", "a$c");
        is("abc", "(b)", "$12", "ab2c");
        is("aXbX", "(?<n>X)", "$1$1", "aXXbXX");
        is("abc", "", "-", "-a-b-c-");
    }

    #[test]
    fn what_would_take_too_long_has_no_result() {
        let text = "a".repeat(5_000) + "!";
        assert_eq!(replace(&text, r"(?=(a+)+$)(a+)+\1$", "x"), None);
        assert!(compile("(").is_err());
        assert_eq!(replace("a", "(", ""), None);
    }
}
