//! Mending JSON strings that a strict parser refuses.
//!
//! Takes the text of an object; gives it with invalid UTF-8, lone surrogates and bare control characters replaced.
//! A file name with half a surrogate pair must not hide its event from the rules. The raw bytes stay as they are.

use std::fmt::Write;

/// Tells whether a parser's complaint is one that [`repair`] may cure.
pub(super) fn needs_repair(error: &serde_json::Error) -> bool {
    const CURABLE: [&str; 5] = [
        "control character",
        "invalid unicode code point",
        "lone leading surrogate",
        "lone trailing surrogate",
        "unexpected end of hex escape",
    ];
    let message = error.to_string();
    CURABLE.iter().any(|curable| message.starts_with(curable))
}

/// Mends the strings in `object`: what cannot be text becomes U+FFFD, a control character its escape.
pub(super) fn repair(object: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(object);
    let mut out = String::with_capacity(text.len() + 16);
    let mut in_string = false;
    let mut rest = text.as_ref();
    while let Some(character) = rest.chars().next() {
        let length = match character {
            '\\' if in_string => escape(rest, &mut out),
            '"' => {
                in_string = !in_string;
                out.push('"');
                1
            }
            '\0'..'\u{20}' if in_string => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
                1
            }
            other => {
                out.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    out.into_bytes()
}

/// Copies the escape that `rest` begins with, a lone surrogate as U+FFFD; returns its length.
fn escape(rest: &str, out: &mut String) -> usize {
    let Some(unit) = unicode_escape(rest) else {
        let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
        out.push_str(&rest[..length]);
        return length;
    };
    let pair = (0xd800..0xdc00).contains(&unit)
        && unicode_escape(&rest[6..]).is_some_and(|low| (0xdc00..0xe000).contains(&low));
    if pair {
        out.push_str(&rest[..12]);
        return 12;
    }
    if (0xd800..0xe000).contains(&unit) {
        out.push(char::REPLACEMENT_CHARACTER);
    } else {
        out.push_str(&rest[..6]);
    }
    6
}

/// Reads the unit of a `\uXXXX` at the beginning of `text`.
fn unicode_escape(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits
        .bytes()
        .all(|digit| digit.is_ascii_hexdigit())
        .then_some(())?;
    u32::from_str_radix(digits, 16).ok()
}
