//! Bytes become records: exact raw bytes and their structure.
//!
//! Takes a [`Content`](crate::source::Content); gives [`Item`]s. The format is recognised from the first bytes,
//! never from the name. An unreadable record is an item too, and never stops the rest.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

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
    /// The exact bytes; for EVTX, whose bytes mean nothing without their chunk, the record rendered as event XML.
    pub raw: Box<[u8]>,
    pub body: Body,
}

/// The structure of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A Windows event as the system wrote it.
    Windows(Box<WindowsRecord>),
    /// A JSON document in ECS or another index family's names; dotted keys are not yet expanded.
    Document(serde_json::Map<String, serde_json::Value>),
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

/// What a decoder finds.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Record(Box<Record>),
    Unreadable(Unreadable),
}
