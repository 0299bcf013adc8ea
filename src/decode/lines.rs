//! Lines of JSON and events of XML by themselves: a record each, wherever they come from.
//!
//! Takes a line, an object or an event; gives the record. What is no whole record on one line is left to the reader of text,
//! which knows records over several lines and torn ones.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::frame::{self, Extent};
use super::{Body, Format, Place, Record, json, xml};

/// What an event of XML ends with.
pub const EVENT_END: &[u8] = b"</Event>";

/// Returns the body that `object` is, as a line of it would be read.
#[must_use]
pub fn body_of(object: Map<String, Value>) -> Option<(Format, Body)> {
    json::body(object).ok()
}

/// Reads the record that `line`, at `offset` of a content, holds from end to end; `None` when it holds anything else.
#[must_use]
pub fn record_of_line(path: &Arc<Path>, content: u64, offset: u64, line: &[u8]) -> Option<Record> {
    let mut objects = serde_json::Deserializer::from_slice(line).into_iter();
    let object = objects.next()?.ok()?;
    let length = objects.byte_offset();
    if !is_rest(&line[length..]) {
        return None;
    }
    let (format, body) = json::body(object).ok()?;
    Some(Record {
        format,
        place: Place {
            path: Arc::clone(path),
            offset,
            length: length as u64,
            content,
        },
        raw: line[..length].into(),
        body: body.into(),
    })
}

/// Reads the record that `text`, at `offset` of a content, is from the first byte of its `<Event>` to the last; `None`
/// when it is anything else.
#[must_use]
pub fn record_of_event(path: &Arc<Path>, content: u64, offset: u64, text: &[u8]) -> Option<Record> {
    let whole = frame::beginning(text, true) == frame::Beginning::Event
        && frame::event_extent(text) == Extent::Whole(text.len());
    let record = xml::record(&String::from_utf8_lossy(text))
        .ok()
        .filter(|_| whole)?;
    Some(Record {
        format: Format::Xml,
        place: Place {
            path: Arc::clone(path),
            offset,
            length: text.len() as u64,
            content,
        },
        raw: text.into(),
        body: Body::from(record).into(),
    })
}

/// Reads what the bytes of a record say that stands by itself, in JSON or in XML.
pub(super) fn structure(format: Format, raw: &[u8]) -> Option<Body> {
    match format {
        Format::Xml | Format::Evtx => {
            let record = xml::record(&String::from_utf8_lossy(raw)).ok()?;
            Some(Body::from(record))
        }
        Format::EcsJson | Format::EvtxDumpJson | Format::FlatJson => {
            let object = serde_json::from_slice(raw).ok()?;
            Some(json::body(object).ok()?.1)
        }
    }
}

/// Tells whether nothing but what may stand between records follows one on its line.
#[must_use]
pub fn is_rest(rest: &[u8]) -> bool {
    rest.iter().all(|byte| b" \t\r\n,".contains(byte))
}
