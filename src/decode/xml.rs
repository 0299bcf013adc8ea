//! Windows event XML becomes a record.
//!
//! Takes the text of one `<Event>...</Event>`; gives its [`WindowsRecord`]. Only the five predefined entities and
//! character references are resolved, so nothing can expand; any other reference stays as written.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::WindowsRecord;
use super::windows::{self, Element};

/// The deepest nesting that is read; real events use six. Bounds the stack of the recursive walks over the tree.
const MAX_DEPTH: usize = 64;

/// Reads one event.
///
/// # Errors
/// What is wrong, for a person; may quote the log, so it must be made visible.
pub(super) fn record(text: &str) -> Result<WindowsRecord, String> {
    windows::record(&tree(text)?).map_err(str::to_owned)
}

/// Reads one element with everything in it.
fn tree(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = false;
    let mut open: Vec<Element> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        let closed = match event {
            Event::Start(start) => {
                if open.len() == MAX_DEPTH {
                    return Err(format!("XML is nested more than {MAX_DEPTH} deep"));
                }
                open.push(element(&start)?);
                None
            }
            Event::Empty(start) => Some(element(&start)?),
            Event::End(_) => open.pop(),
            Event::Text(text) => {
                push_text(&mut open, &text.into_inner());
                None
            }
            Event::CData(text) => {
                push_text(&mut open, &text.into_inner());
                None
            }
            Event::GeneralRef(reference) => {
                push_text(&mut open, &resolve(&reference));
                None
            }
            Event::Eof => return Err("XML ends inside an element".to_owned()),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_) => None,
        };
        if let Some(mut closed) = closed {
            if !closed.children.is_empty() && closed.text.trim().is_empty() {
                // The indentation of pretty-printed XML.
                closed.text = String::new();
            }
            match open.last_mut() {
                Some(parent) => parent.children.push(closed),
                None => return Ok(closed),
            }
        }
    }
}

fn push_text(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn element(start: &BytesStart) -> Result<Element, String> {
    let mut element = Element::new(local(start.name().into_inner()));
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let key = attribute.key.into_inner();
        if key == "xmlns" || key.starts_with("xmlns:") {
            continue;
        }
        let value = unescape(&attribute.value).into_owned();
        element.attributes.push((local(key).to_owned(), value));
    }
    Ok(element)
}

/// Returns the name without `prefix:` or a `{namespace}` in the way of Python's ElementTree.
fn local(name: &str) -> &str {
    let name = name.rsplit_once('}').map_or(name, |(_, local)| local);
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn resolve<'a>(reference: &'a BytesRef) -> Cow<'a, str> {
    let name: &str = reference;
    match character(name) {
        Some(character) => Cow::Owned(character.to_string()),
        None => Cow::Owned(format!("&{name};")),
    }
}

/// Resolves an entity's name (without `&` and `;`); a character that XML forbids is taken as it is.
fn character(name: &str) -> Option<char> {
    if let Some(code) = name.strip_prefix('#') {
        let code = match code.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => code.parse().ok()?,
        };
        return Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => return None,
    })
}

/// Resolves the references in a text or an attribute's value.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    /// The longest reference that can resolve: `#x10ffff`.
    const LONGEST: usize = 8;
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.bytes().take(LONGEST + 1).position(|byte| byte == b';');
        match end.and_then(|end| Some((character(&rest[..end])?, end))) {
            Some((character, end)) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}
