//! Finding where a record begins and ends in text.
//!
//! Takes the unconsumed text of a content; tells what it begins with. Each record is judged by itself, so a file
//! may mix formats, and whatever is broken costs only the text up to the next beginning.

use memchr::{memchr, memchr_iter};

/// What the text begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beginning {
    /// Too little text to tell.
    Unclear,
    /// So many bytes between records: space, a byte order mark, array brackets, `Record 12`, XML prologs, wrappers.
    Blank(usize),
    /// So many NUL bytes, as a sparse file has after it was copied and truncated under its writer.
    Nul(usize),
    /// A JSON object.
    Object,
    /// An `<Event>`.
    Event,
    /// A line of so many bytes that begins no record.
    Junk(usize),
}

/// The longest stretch that is looked at for the end of a prolog, comment or wrapper tag.
const LONGEST_BLANK: usize = 64 << 10;

/// Lists within lists that may hold records: pages of results in a list are two.
const DEEPEST_LIST: usize = 8;

/// The longest prefix of a namespaced `<prefix:Event>` that is recognised.
const LONGEST_PREFIX: usize = 64;

/// Tells what `text` begins with; `last` says that no text will follow.
pub(super) fn beginning(text: &[u8], last: bool) -> Beginning {
    let Some(first) = text.first() else {
        return Beginning::Unclear;
    };
    match first {
        b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' | b']' => match blanks(text) {
            0 => junk(text, last),
            length => Beginning::Blank(length),
        },
        0 => Beginning::Nul(text.iter().take_while(|byte| **byte == 0).count()),
        b'{' => Beginning::Object,
        b'<' => tag(text, last),
        0xef => byte_order_mark(text, last),
        b'R' => record_line(text).map_or_else(|| junk(text, last), Beginning::Blank),
        _ => junk(text, last),
    }
}

/// Returns how many bytes lie before the next record, or before lists within lists deeper than any that holds one.
fn blanks(text: &[u8]) -> usize {
    let (mut depth, mut outermost) = (0usize, 0);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'[' if depth == DEEPEST_LIST => return outermost,
            b'[' => {
                if depth == 0 {
                    outermost = at;
                }
                depth += 1;
            }
            b']' => depth = depth.saturating_sub(1),
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {}
            _ => return at,
        }
    }
    text.len()
}

fn byte_order_mark(text: &[u8], last: bool) -> Beginning {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    if text.starts_with(MARK) {
        Beginning::Blank(MARK.len())
    } else if MARK.starts_with(text) && !last {
        Beginning::Unclear
    } else {
        junk(text, last)
    }
}

/// The separator that `evtx_dump` writes before each pretty document.
fn record_line(text: &[u8]) -> Option<usize> {
    let line = &text[..memchr(b'\n', text)?];
    let number = line.trim_ascii_end().strip_prefix(b"Record ")?;
    (!number.is_empty() && number.iter().all(u8::is_ascii_digit)).then_some(line.len())
}

fn junk(text: &[u8], last: bool) -> Beginning {
    match memchr(b'\n', text) {
        Some(end) => Beginning::Junk(end),
        None if last || text.len() >= LONGEST_BLANK => Beginning::Junk(text.len()),
        None => Beginning::Unclear,
    }
}

fn tag(text: &[u8], last: bool) -> Beginning {
    match opens_event(text) {
        Some(true) => return Beginning::Event,
        None if !last => return Beginning::Unclear,
        _ => {}
    }
    let end: &[u8] = match text {
        [b'<', b'?', ..] => b"?>",
        [b'<', b'!', b'-', b'-', ..] => b"-->",
        _ if is_wrapper(text) => b">",
        _ => return junk(text, last),
    };
    match memchr::memmem::find(&text[..text.len().min(LONGEST_BLANK)], end) {
        Some(at) => Beginning::Blank(at + end.len()),
        None if text.len() < LONGEST_BLANK && !last => Beginning::Unclear,
        None => junk(text, last),
    }
}

/// Tells whether `text` begins with `<Events` or its end tag.
fn is_wrapper(text: &[u8]) -> bool {
    let name = text
        .strip_prefix(b"</")
        .or_else(|| text.strip_prefix(b"<"))
        .unwrap_or_default();
    let end = name
        .iter()
        .position(|byte| matches!(byte, b'>' | b' ' | b'\t' | b'\r' | b'\n'));
    let name = &name[..end.unwrap_or(name.len())];
    name == b"Events" || name.ends_with(b":Events")
}

/// Tells whether `text`, which begins with `<`, opens an `<Event>`; `None` when it is too short to tell.
pub(super) fn opens_event(text: &[u8]) -> Option<bool> {
    let window = &text[1..text.len().min(LONGEST_PREFIX + 8)];
    let Some(end) = window.iter().position(|byte| !is_name(*byte)) else {
        // A name that goes on to the end of what is there.
        return if window.len() >= LONGEST_PREFIX + 7 {
            Some(false)
        } else {
            None
        };
    };
    let (name, after) = (&window[..end], window[end]);
    let is_event = name == b"Event" || name.ends_with(b":Event");
    Some(is_event && matches!(after, b' ' | b'>' | b'\t' | b'\r' | b'\n' | b'/'))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b'.')
}

/// Returns where the next `<Event` (or, failing that, what may become one) begins at or after `from`.
pub(super) fn next_event(text: &[u8], from: usize) -> NextEvent {
    for at in memchr_iter(b'<', &text[from..]) {
        match opens_event(&text[from + at..]) {
            Some(true) => return NextEvent::At(from + at),
            None => return NextEvent::MaybeAt(from + at),
            Some(false) => {}
        }
    }
    NextEvent::None
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NextEvent {
    At(usize),
    MaybeAt(usize),
    None,
}

/// How an `<Event>` goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// It ends after so many bytes.
    Whole(usize),
    /// Another event begins inside it, after so many bytes: its end was lost.
    Torn(usize),
    /// Its end is not there yet.
    Open,
}

/// Finds the end of the `<Event>` that `text` begins with.
pub(super) fn event_extent(text: &[u8]) -> Extent {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(found) = memchr(b'<', &text[at..]) {
        at += found;
        let rest = &text[at..];
        if at > 0 && opens_own_event(rest) {
            return Extent::Torn(at);
        }
        let skipped = match rest {
            [b'<', b'!', b'[', ..] => find(rest, b"]]>"),
            [b'<', b'!', b'-', b'-', ..] => find(rest, b"-->"),
            [b'<', b'?', ..] => find(rest, b"?>"),
            _ => match tag_end(rest) {
                TagEnd::At(end) => {
                    match (rest[1], rest[end - 1]) {
                        (b'/', _) => depth = depth.saturating_sub(1),
                        (_, b'/') => {}
                        _ => depth += 1,
                    }
                    if depth == 0 {
                        return Extent::Whole(at + end + 1);
                    }
                    Some(end + 1)
                }
                // A `<` inside a tag: look at it by itself.
                TagEnd::Broken(next) => Some(next),
                TagEnd::Open => None,
            },
        };
        match skipped {
            Some(length) => at += length,
            None => return Extent::Open,
        }
    }
    Extent::Open
}

fn find(text: &[u8], end: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, end).map(|at| at + end.len())
}

enum TagEnd {
    /// Where the `>` is.
    At(usize),
    /// Where a `<` stands that XML forbids here.
    Broken(usize),
    Open,
}

/// Finds the `>` of the tag that `text` begins with, past quoted values.
fn tag_end(text: &[u8]) -> TagEnd {
    let mut quote = None;
    for (at, byte) in text.iter().enumerate().skip(1) {
        match (*byte, quote) {
            (b'<', _) => return TagEnd::Broken(at),
            (b'>', None) => return TagEnd::At(at),
            (b'"' | b'\'', None) => quote = Some(*byte),
            (byte, Some(open)) if byte == open => quote = None,
            _ => {}
        }
    }
    TagEnd::Open
}

/// Tells whether `text` opens an event of the event log, as opposed to an element of some provider's that is
/// called the same.
fn opens_own_event(text: &[u8]) -> bool {
    const NAMESPACE: &[u8] = b"schemas.microsoft.com/win/2004/08/events/event";
    if opens_event(text) != Some(true) {
        return false;
    }
    let tag = &text[..memchr(b'>', text).unwrap_or(text.len())];
    memchr::memmem::find(tag, b"xmlns").is_none() || memchr::memmem::find(tag, NAMESPACE).is_some()
}

/// Finds the end of the JSON object that `text` begins with, by its braces; `None` when it does not end, or a line
/// ends inside a string.
pub(super) fn object_extent(text: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.iter().enumerate() {
        match (byte, in_string) {
            (b'\n', true) => return None,
            (_, true) if escaped => escaped = false,
            (b'\\', true) => escaped = true,
            (b'"', _) => in_string = !in_string,
            (b'{', false) => depth += 1,
            (b'}', false) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}
