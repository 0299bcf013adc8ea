//! One EVTX chunk becomes its records, as event XML.
//!
//! Takes the 64 KiB of a chunk; gives each record's place in it and its XML, or why it cannot be read.

use std::cell::Cell;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use evtx::err::EvtxError;
use evtx::{EvtxChunkData, ParserSettings};

use crate::text;

/// Bytes of a chunk.
pub(super) const SIZE: usize = 64 << 10;

/// Bytes of a chunk's header, before its first record.
pub(super) const HEADER: usize = 512;

/// Bytes of a record's header: mark, size, record id, time written.
pub(super) const RECORD_HEADER: usize = 24;

/// What a chunk begins with.
pub(super) const MAGIC: &[u8; 8] = b"ElfChnk\0";

const RECORD_MAGIC: [u8; 4] = [0x2a, 0x2a, 0, 0];

/// Where the chunk's header says which records are its first and last, and where its free space begins.
const FIRST_ID: usize = 24;
const LAST_ID: usize = 32;
const FREE_SPACE: usize = 48;

/// A record, or what stands where one should.
#[derive(Debug)]
pub(super) struct Found {
    /// Bytes from the chunk's beginning.
    pub offset: usize,
    pub length: usize,
    /// The event XML, or why there is none.
    pub xml: Result<String, String>,
}

/// The first record's header: names a chunk, since no two chunks share both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct First {
    pub id: u64,
    /// When it was written, a FILETIME.
    pub written: u64,
}

/// Returns the first record's header, from at least the chunk's first [`HEADER`] + [`RECORD_HEADER`] bytes.
pub(super) fn first(chunk: &[u8]) -> Option<First> {
    let record = chunk.get(HEADER..HEADER + RECORD_HEADER)?;
    if record.starts_with(&RECORD_MAGIC) {
        return Some(First {
            id: number(record, 8)?,
            written: number(record, 16)?,
        });
    }
    // Zeros: a chunk that Windows has just begun. Anything else: a damaged record, with others behind it.
    let damaged = record.iter().any(|byte| *byte != 0);
    Some(First {
        id: damaged.then(|| number(chunk, FIRST_ID))??,
        written: 0,
    })
}

/// Returns where the live records end and the id of the last: the header's word, or further where whole records
/// follow it.
///
/// Windows writes records first and the header after; what lies between is found by walking the records.
pub(super) fn end(chunk: &[u8]) -> (usize, u64) {
    let (walked, last) = walk(chunk);
    let free = small(chunk, FREE_SPACE).unwrap_or_default() as usize;
    if free > walked {
        return (free.min(SIZE), number(chunk, LAST_ID).unwrap_or_default());
    }
    (walked, last.unwrap_or_default())
}

/// Records that a chunk's header names and its file does not hold.
pub(super) struct Lost {
    /// Where the whole records end, in bytes from the chunk's beginning.
    pub from: usize,
    /// Ids of the first and the last that are lost.
    pub first: u64,
    pub last: u64,
}

/// Returns what is lost of a chunk of which the file holds `filled` bytes, the rest being zeros here.
pub(super) fn lost(chunk: &[u8], filled: usize) -> Option<Lost> {
    let free = small(chunk, FREE_SPACE)? as usize;
    let (from, whole) = walk(chunk);
    let first = whole.map_or_else(
        || number(chunk, FIRST_ID),
        |whole| Some(whole.wrapping_add(1)),
    )?;
    (free > filled).then_some(Lost {
        from: from.min(filled),
        first,
        last: number(chunk, LAST_ID)?,
    })
}

/// Walks the whole records from the first on; returns where they end and the last one's id.
fn walk(chunk: &[u8]) -> (usize, Option<u64>) {
    let (mut end, mut last) = (HEADER, None);
    while let Some((length, id)) = record_at(chunk, end) {
        // A record left over from an earlier use of the slot does not follow on.
        if last.is_some_and(|last: u64| id != last.wrapping_add(1)) {
            break;
        }
        end += length;
        last = Some(id);
    }
    (end, last)
}

/// Returns the length and id of a whole record at `offset`.
fn record_at(chunk: &[u8], offset: usize) -> Option<(usize, u64)> {
    let record = chunk.get(offset..)?;
    record.starts_with(&RECORD_MAGIC).then_some(())?;
    let length = small(record, 4)? as usize;
    let fits = length >= RECORD_HEADER + 4 && length <= record.len();
    let closed = fits && small(record, length - 4)? as usize == length;
    Some((closed.then_some(length)?, number(record, 8)?))
}

fn small(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn number(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Returns whether a panic of this thread would be caught and cost no more than a chunk: a panic hook need not tell.
#[must_use]
pub fn is_contained() -> bool {
    CONTAINED.get()
}

/// Reads the records that begin at `from` or after it, and hands each to `sink` until that says false.
///
/// The `evtx` crate reads untrusted offsets; should one make it panic, the panic is caught here and costs the rest
/// of the chunk, not the program.
pub(super) fn records(mut chunk: Vec<u8>, from: usize, sink: &mut dyn FnMut(Found) -> bool) {
    chunk.resize(SIZE, 0);
    correct_header(&mut chunk);
    let mut reached = from.max(HEADER);
    CONTAINED.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        read(chunk, from, &mut |found| {
            reached = found.offset + found.length;
            sink(found)
        })
    }));
    CONTAINED.set(false);
    let failure = match outcome {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error,
        Err(_) => "the chunk is damaged beyond what the EVTX reader can take".to_owned(),
    };
    sink(Found {
        offset: reached,
        length: SIZE.saturating_sub(reached),
        xml: Err(failure),
    });
}

/// Makes the header of a chunk that is being written name all its whole records.
fn correct_header(chunk: &mut [u8]) {
    let (end, last) = walk(chunk);
    let (Some(last), Some(free)) = (last, small(chunk, FREE_SPACE)) else {
        return;
    };
    if end > free as usize {
        chunk[FREE_SPACE..FREE_SPACE + 4].copy_from_slice(&(end as u32).to_le_bytes());
        chunk[LAST_ID..LAST_ID + 8].copy_from_slice(&last.to_le_bytes());
    }
}

fn read(chunk: Vec<u8>, from: usize, sink: &mut dyn FnMut(Found) -> bool) -> Result<(), String> {
    let settings = Arc::new(ParserSettings::new().indent(false));
    let mut data = EvtxChunkData::new(chunk, false).map_err(|error| describe(&error))?;
    let bytes = data.data.clone();
    let mut chunk = data.parse(settings).map_err(|error| describe(&error))?;
    for record in chunk.iter() {
        let found = match record {
            Ok(record) => {
                let offset = record.binxml_offset as usize - RECORD_HEADER;
                if offset < from {
                    continue;
                }
                let length = record.binxml_size as usize + RECORD_HEADER + 4;
                let xml = record
                    .into_xml()
                    .map(|record| record.data)
                    .map_err(|error| describe(&error));
                Found {
                    offset,
                    length,
                    xml,
                }
            }
            Err(error) => {
                let offset = failed_at(&error, &bytes).unwrap_or(HEADER);
                if offset < from {
                    continue;
                }
                let length = record_at(&bytes, offset).map_or(0, |(length, _)| length);
                Found {
                    offset,
                    length,
                    xml: Err(describe(&error)),
                }
            }
        };
        if !sink(found) {
            break;
        }
    }
    Ok(())
}

/// Tells where a failure happened.
fn failed_at(error: &EvtxError, chunk: &[u8]) -> Option<usize> {
    match error {
        EvtxError::FailedToReadRecordAt { offset, .. } => usize::try_from(*offset).ok(),
        EvtxError::FailedToParseRecord { record_id, .. } => {
            let mut offset = HEADER;
            while let Some((length, id)) = record_at(chunk, offset) {
                if id == *record_id {
                    return Some(offset);
                }
                offset += length;
            }
            None
        }
        _ => None,
    }
}

/// Writes an error with its causes on one line.
fn describe(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    text::plain(&message).into_owned()
}
