//! The tokens of a JSON object on one line: where lists, numbers, words and strings end, and what a string says.
//!
//! Takes a line and where a token begins; gives where it ends, or nothing when it is left to the full parser. Eight
//! bytes at a time are searched for the end of a string.

use super::{MAX_DEPTH, Shape};
use crate::decode::xml;

/// Numbers of more digits are left to the full parser; those of as many, when they are beyond 64 bits.
const LONGEST_NUMBER: usize = 19;

/// Steps over one space, as some writers put between tokens.
pub fn space(line: &[u8], at: usize) -> usize {
    at + usize::from(line.get(at) == Some(&b' '))
}

/// Returns where the list at `at` ends.
pub fn list_end(line: &[u8], at: usize, depth: usize) -> Option<usize> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut at = space(line, at + 1);
    if *line.get(at)? == b']' {
        return Some(at + 1);
    }
    loop {
        at = match *line.get(at)? {
            b'"' => string_end(line, at + 1)?.0 + 1,
            b'[' => list_end(line, at, depth + 1)?,
            // An object in a list has names of its own that nothing here asks for.
            b'{' => return None,
            _ => scalar_end(line, at)?.1,
        };
        at = space(line, at);
        match *line.get(at)? {
            b',' => at = space(line, at + 1),
            b']' => return Some(at + 1),
            _ => return None,
        }
    }
}

/// Returns what the number or word at `at` is, and where it ends.
pub fn scalar_end(line: &[u8], at: usize) -> Option<(Shape, usize)> {
    for (word, shape) in [
        (&b"true"[..], Shape::True),
        (b"false", Shape::False),
        (b"null", Shape::Null),
    ] {
        if line[at..].starts_with(word) {
            return Some((shape, at + word.len()));
        }
    }
    let digits = |from: usize| {
        let rest = line.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let negative = line[at] == b'-';
    let start = at + usize::from(negative);
    let whole = digits(start);
    let leading = line.get(start) == Some(&b'0');
    if whole == 0 || whole > LONGEST_NUMBER || (leading && (whole > 1 || negative)) {
        return None;
    }
    let mut end = start + whole;
    if whole == LONGEST_NUMBER {
        let text = std::str::from_utf8(&line[at..end]).ok()?;
        text.parse::<i64>().ok()?;
    }
    let mut shape = Shape::Whole;
    if line.get(end) == Some(&b'.') {
        let part = digits(end + 1);
        if part == 0 || part > LONGEST_NUMBER {
            return None;
        }
        end += 1 + part;
        shape = Shape::Fraction;
    }
    Some((shape, end))
}

/// Returns where the string that begins at `at` has its closing quote, and its shape.
pub fn string_end(line: &[u8], mut at: usize) -> Option<(usize, Shape)> {
    let mut shape = Shape::Text;
    loop {
        at = next_special(line, at)?;
        match line[at] {
            b'"' => return Some((at, shape)),
            b'\\' => {
                at += match *line.get(at + 1)? {
                    b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => {
                        if shape == Shape::Text {
                            shape = Shape::Escaped;
                        }
                        2
                    }
                    b'/' => {
                        shape = Shape::Coded;
                        2
                    }
                    b'u' => {
                        shape = Shape::Coded;
                        unit(line.get(at + 2..at + 6)?)?;
                        6
                    }
                    _ => return None,
                };
            }
            _ => return None,
        }
    }
}

/// Returns the character of four hexadecimal digits; `None` for half of a surrogate pair.
fn unit(digits: &[u8]) -> Option<char> {
    let digits = std::str::from_utf8(digits).ok()?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Returns where the next quote, backslash or control character is.
fn next_special(line: &[u8], mut at: usize) -> Option<usize> {
    while let Some(eight) = line.get(at..at + 8) {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(eight);
        let word = u64::from_le_bytes(bytes);
        let quote = word ^ (LOW * 0x22);
        let slash = word ^ (LOW * 0x5c);
        // The lowest byte that is marked is right; those above it may be marked by a borrow.
        let marks = ((quote.wrapping_sub(LOW) & !quote)
            | (slash.wrapping_sub(LOW) & !slash)
            | (word.wrapping_sub(LOW * 0x20) & !word))
            & HIGH;
        if marks != 0 {
            return Some(at + (marks.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    let rest = line.get(at..)?;
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    rest.iter().position(special).map(|found| at + found)
}

/// Returns the text of a member whose shape is a text; `room` is for what has to be resolved.
#[must_use]
pub fn text<'t>(shape: Shape, raw: &'t [u8], room: &'t mut String) -> Option<&'t str> {
    match shape {
        Shape::Escaped | Shape::Coded => unescape(raw, room),
        Shape::References => {
            room.clear();
            room.push_str(&xml::unescape(std::str::from_utf8(raw).ok()?));
            Some(room)
        }
        _ => std::str::from_utf8(raw).ok(),
    }
}

/// Writes a string's text into `room`, escapes resolved. The string was accepted by [`super::Members::read`].
#[must_use]
pub fn unescape<'r>(raw: &[u8], room: &'r mut String) -> Option<&'r str> {
    let mut bytes = std::mem::take(room).into_bytes();
    bytes.clear();
    bytes.reserve(raw.len());
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        // Paths and messages have an escape every few bytes: a search for each would cost more than the copy.
        if let Some(eight) = raw.get(at..at + 8) {
            let plain = plain_bytes(eight);
            bytes.extend_from_slice(&eight[..plain]);
            at += plain;
            if plain == 8 {
                continue;
            }
        } else if *byte != b'\\' {
            bytes.push(*byte);
            at += 1;
            continue;
        }
        let mut length = 2;
        match raw.get(at + 1)? {
            b'b' => bytes.push(0x8),
            b'f' => bytes.push(0xc),
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'u' => {
                length = 6;
                let char = unit(raw.get(at + 2..at + 6)?)?;
                bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            }
            other => bytes.push(*other),
        }
        at += length;
    }
    *room = String::from_utf8(bytes).ok()?;
    Some(room)
}

/// Returns how many of eight bytes come before the first backslash.
fn plain_bytes(eight: &[u8]) -> usize {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(eight);
    let slash = u64::from_le_bytes(bytes) ^ (LOW * 0x5c);
    let marks = slash.wrapping_sub(LOW) & !slash & HIGH;
    // The lowest byte that is marked is right; those above it may be marked by a borrow.
    (marks.trailing_zeros() / 8) as usize
}
