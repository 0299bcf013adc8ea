//! Lines of JSON by themselves: a record each, wherever they come from.
//!
//! Takes a line or an object; gives the record. What is no whole record on one line is left to the reader of text,
//! which knows records over several lines and torn ones.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Body, Format, Place, Record, json};

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
        body,
    })
}

/// Tells whether nothing but what may stand between records follows one on its line.
#[must_use]
pub fn is_rest(rest: &[u8]) -> bool {
    rest.iter().all(|byte| b" \t\r\n,".contains(byte))
}
