//! The decoder as its callers see it.

use std::path::PathBuf;

use super::*;

mod corpus;
mod hostile;
mod live;
mod shapes;

/// Content in memory, of which only `shown` bytes are there yet.
#[derive(Debug, Clone)]
struct Memory {
    bytes: Vec<u8>,
    shown: usize,
    complete: bool,
    /// The most that one read gives, to exercise short reads.
    step: usize,
}

impl Memory {
    fn complete(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self {
            shown: bytes.len(),
            bytes,
            complete: true,
            step: usize::MAX,
        }
    }

    fn live(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            complete: false,
            ..Self::complete(bytes)
        }
    }
}

impl Content for Memory {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let there = &self.bytes[..self.shown];
        let rest = there.get(offset as usize..).unwrap_or_default();
        let length = rest.len().min(buffer.len()).min(self.step);
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}

const ALL: Budget = Budget {
    records: usize::MAX,
    bytes: u64::MAX,
};

fn decoder() -> Decoder {
    Decoder::new(Arc::from(PathBuf::from("log")), None)
}

/// Reads everything that a complete content holds.
fn read_all(bytes: impl Into<Vec<u8>>) -> Vec<Item> {
    let mut items = Vec::new();
    let mut content = Memory::complete(bytes);
    let progress = decoder()
        .read(&mut content, 0, ALL, &mut |item| items.push(item))
        .unwrap();
    assert!(!progress.more);
    items
}

fn records(items: Vec<Item>) -> Vec<Record> {
    let record = |item| match item {
        Item::Record(record) => *record,
        Item::Unreadable(unreadable) => panic!("{unreadable:?}"),
    };
    items.into_iter().map(record).collect()
}

fn windows(record: &Record) -> &WindowsRecord {
    match record.body() {
        Body::Windows(windows) => windows,
        Body::Document(document) => panic!("{document:?}"),
    }
}

/// One line an item: the record id of a Windows event, `document`, or the reason.
fn outline(items: &[Item]) -> Vec<String> {
    let line = |item: &Item| match item {
        Item::Record(record) => match record.body() {
            Body::Windows(windows) => windows.record_id.unwrap_or_default().to_string(),
            Body::Document(_) => "document".to_owned(),
        },
        Item::Unreadable(unreadable) => format!(
            "{}+{}: {}",
            unreadable.place.offset, unreadable.place.length, unreadable.reason
        ),
    };
    items.iter().map(line).collect()
}

/// An event as `evtx_dump` writes it.
fn dumped(id: u64) -> String {
    format!(
        r#"{{"Event":{{"System":{{"EventID":1,"EventRecordID":{id}}},"EventData":{{"A":"b"}}}}}}"#
    )
}

/// An event as XML.
fn xml(id: u64) -> String {
    format!(
        "<Event><System><EventID>1</EventID><EventRecordID>{id}</EventRecordID></System></Event>"
    )
}
