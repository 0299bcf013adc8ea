//! Bytes become records: exact raw bytes and their structure.
//!
//! Takes a [`Content`]; gives [`Item`]s. The format is recognised from the first bytes,
//! never from the name. An unreadable record is an item too, and never stops the rest.

mod chunk;
mod document;
mod evtx;
mod flat;
mod frame;
mod json;
mod lines;
pub mod members;
mod repair;
mod slots;
mod text;
mod window;
mod windows;
mod xml;

pub use chunk::is_contained;
pub use evtx::{Drawn, Piece};
pub use flat::{
    COMPUTERS as FLAT_COMPUTERS, Role, body_of_few as flat_body_of_few,
    is_computer as is_flat_computer, is_flat_by, role as flat_role,
    tells_origin as tells_flat_origin,
};
pub use lines::{EVENT_END, body_of, is_rest, record_of_event, record_of_line};
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::source::Content;
use crate::text::{Marks, visible_bytes};

/// The longest record that is read, in bytes. A Windows event holds at most 64 KiB of binary, and a script block
/// of 4104 about as much; JSON and XML blow that up a few times. 16 MiB leaves a wide margin and bounds memory.
pub const MAX_RECORD: usize = 16 << 20;

/// What the bytes of a record look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// One ECS document a line (winlogbeat, Elastic Agent, Elastic Defend, ...), nested or dotted keys.
    EcsJson,
    /// `evtx_dump` JSON, lines or pretty: `{"Event": {"System": ..., "EventData": ...}}`.
    EvtxDumpJson,
    /// Flat JSON in the way of NXLog: System and EventData names side by side.
    FlatJson,
    /// Windows event XML, one line or pretty-printed, many documents in one file.
    Xml,
    /// The binary event log.
    Evtx,
}

/// Where a record lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as the user would name it; a member of a zip reads `archive.zip/member`.
    pub path: Arc<Path>,
    /// Offset of the first byte in the decompressed content (for EVTX: of the record in the file).
    pub offset: u64,
    /// Bytes of the record in the content.
    pub length: u64,
    /// Digest of the content's first record: names the content whatever the file is called or however it is packed.
    pub content: u64,
}

/// One record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub format: Format,
    pub place: Place,
    /// The exact bytes; for EVTX, whose bytes mean nothing without their chunk, the record rendered as event XML;
    /// for UTF-16 content the same text in UTF-8.
    pub raw: Box<[u8]>,
    /// What the bytes say, once it was asked for: [`Record::body`].
    pub body: OnceLock<Body>,
}

impl Record {
    /// Returns the record without what was read of it.
    #[must_use]
    pub fn forgotten(self) -> Self {
        Self {
            body: OnceLock::new(),
            ..self
        }
    }

    /// Returns what the record's bytes say. A record whose structure is not known yet is read now, like a record by itself;
    /// bytes that are none give an empty document.
    pub fn body(&self) -> &Body {
        self.body
            .get_or_init(|| lines::structure(self.format, &self.raw).unwrap_or_default())
    }
}

/// The structure of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A Windows event as the system wrote it.
    Windows(Box<WindowsRecord>),
    /// A JSON document in ECS or another index family's names; dotted keys are not yet expanded.
    Document(serde_json::Map<String, serde_json::Value>),
}

impl From<WindowsRecord> for Body {
    fn from(record: WindowsRecord) -> Self {
        Self::Windows(Box::new(record))
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::Document(serde_json::Map::new())
    }
}

/// `System`, `EventData` and `UserData` of a Windows event, from any format. Absent members are `None` or empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WindowsRecord {
    pub provider_name: Option<String>,
    /// As written, braces and case included; normalising is the event's work.
    pub provider_guid: Option<String>,
    pub event_source_name: Option<String>,
    pub event_id: u32,
    pub qualifiers: Option<u32>,
    pub version: Option<u32>,
    pub level: Option<u32>,
    pub task: Option<u32>,
    pub opcode: Option<u32>,
    pub keywords: Option<String>,
    /// `TimeCreated/@SystemTime` as written; for flat JSON the best time field there is.
    pub time_created: Option<String>,
    pub record_id: Option<u64>,
    pub activity_id: Option<String>,
    pub related_activity_id: Option<String>,
    pub process_id: Option<u32>,
    pub thread_id: Option<u32>,
    pub channel: Option<String>,
    pub computer: Option<String>,
    /// `Security/@UserID`.
    pub user_sid: Option<String>,
    /// Rendered texts, where the format carries them (`RenderingInfo`, NXLog's `Message`).
    pub message: Option<String>,
    /// `EventData` in document order. An unnamed `<Data>` gets winlogbeat's names `param1`, `param2`, ...
    pub event_data: Vec<(String, String)>,
    /// `UserData`: the inner element's name and its children, nested names joined with a dot.
    pub user_data: Vec<(String, String)>,
    /// The inner element's name of `UserData` (winlogbeat's `xml_name`).
    pub user_data_name: Option<String>,
}

/// A record that could not be read, kept for inspection.
#[derive(Debug, Clone, PartialEq)]
pub struct Unreadable {
    pub place: Place,
    /// What is wrong and, where it helps, what to do; already free of log text that could harm a terminal.
    pub reason: String,
    /// The first bytes of it, at most [`Unreadable::KEPT`].
    pub head: Box<[u8]>,
}

impl Unreadable {
    /// How many bytes of an unreadable record are kept.
    pub const KEPT: usize = 4096;
}

/// `logs/a.xml, offset 812: why`, safe for a terminal.
impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.place.path.as_os_str().as_encoded_bytes();
        let path = visible_bytes(path, Marks::Unicode);
        let (offset, reason) = (self.place.offset, &self.reason);
        write!(f, "{path}, offset {offset}: {reason}")
    }
}

/// What a decoder finds.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Record(Box<Record>),
    Unreadable(Unreadable),
}

/// How much one [`Decoder::read`] may do before it gives the thread back.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Items to deliver.
    pub records: usize,
    /// Bytes of content to consume.
    pub bytes: u64,
}

/// How far a [`Decoder::read`] got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The content offset just after the last whole record consumed: where to go on, also after a restart.
    pub offset: u64,
    /// Whether the budget ended it and more is there to read now.
    pub more: bool,
    /// The format of the last record, once one was recognised.
    pub format: Option<Format>,
}

/// How a content may be cut without being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// At line ends: a JSON object a line.
    Lines,
    /// At the ends of events in XML.
    Events,
}

/// Reads one content, record by record, and remembers what it needs to go on.
///
/// The caller makes a new decoder (and offset 0) when the file was replaced or truncated.
#[derive(Debug)]
pub struct Decoder {
    path: Arc<Path>,
    reader: Option<Reader>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reader {
    Text(Box<text::TextReader>),
    Evtx(Box<evtx::EvtxReader>),
}

impl Decoder {
    /// Makes a decoder for the content of `path`; `state` is what [`Decoder::state`] gave before a restart.
    ///
    /// A state that cannot be read (of another version) is dropped: reading starts over, and event identity
    /// makes that harmless.
    #[must_use]
    pub fn new(path: Arc<Path>, state: Option<serde_json::Value>) -> Self {
        let reader = state.and_then(|state| serde_json::from_value(state).ok());
        Self { path, reader }
    }

    /// Reads records from `offset` on, which is 0 or the last [`Progress::offset`], and hands them to `sink`.
    ///
    /// While the content is not complete, an unfinished last record stays unconsumed.
    ///
    /// # Errors
    /// What `content` says; items found before the error have been delivered, and the call may be repeated with
    /// the offset of the last progress.
    pub fn read(
        &mut self,
        content: &mut dyn Content,
        offset: u64,
        budget: Budget,
        sink: &mut dyn FnMut(Item),
    ) -> io::Result<Progress> {
        if self.reader.is_none() {
            self.reader = recognise(content, offset)?;
        }
        match &mut self.reader {
            Some(Reader::Text(reader)) => reader.read(&self.path, content, offset, budget, sink),
            Some(Reader::Evtx(reader)) => reader.read(&self.path, content, budget, sink),
            None => Ok(Progress {
                offset,
                more: false,
                format: None,
            }),
        }
    }

    /// Returns how the content may be cut from where the last read ended, and its digest; `None` when only a decoder
    /// can read it, as UTF-16 or between the halves of a record.
    #[must_use]
    pub fn lane(&self) -> Option<(Lane, u64)> {
        match self.reader.as_ref()? {
            Reader::Text(reader) => reader.lane(),
            Reader::Evtx(_) => None,
        }
    }

    /// Returns the next chunk of an EVTX content that has anything new, for any thread to read; what stands where a
    /// chunk should goes to `sink`. `None` at the end, and at once for any other content.
    ///
    /// # Errors
    /// What `content` says.
    pub fn next_piece(
        &mut self,
        content: &mut dyn Content,
        sink: &mut dyn FnMut(Item),
    ) -> io::Result<Option<Piece>> {
        if self.reader.is_none() {
            self.reader = recognise(content, 0)?;
        }
        match &mut self.reader {
            Some(Reader::Evtx(reader)) => reader.next_piece(&self.path, content, sink),
            _ => Ok(None),
        }
    }

    /// Returns what a decoder needs to go on at the last [`Progress::offset`] after a restart.
    #[must_use]
    pub fn state(&self) -> Option<serde_json::Value> {
        self.reader
            .as_ref()
            .and_then(|reader| serde_json::to_value(reader).ok())
    }
}

/// Chooses the reader from the first bytes; `None` while too few are there to tell.
fn recognise(content: &mut dyn Content, offset: u64) -> io::Result<Option<Reader>> {
    let mut head = [0; evtx::MAGIC.len()];
    let mut filled = 0;
    while filled < head.len() {
        match content.read_at(filled as u64, &mut head[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    let head = &head[..filled];
    if head == evtx::MAGIC {
        return Ok(Some(Reader::Evtx(Box::default())));
    }
    let undecided = head.len() < 4 || evtx::MAGIC.starts_with(head);
    if undecided && !content.is_complete() {
        return Ok(None);
    }
    let encoding = window::Encoding::of(head);
    Ok(Some(Reader::Text(Box::new(text::TextReader::new(
        encoding, offset,
    )))))
}

/// Names a content by its first record, whatever the file is called or however it is packed.
fn digest(first_record: &[u8]) -> u64 {
    let hash = blake3::hash(first_record);
    let bytes = hash.as_bytes();
    u64::from_le_bytes([
        bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
    ])
}

#[cfg(test)]
mod tests;
