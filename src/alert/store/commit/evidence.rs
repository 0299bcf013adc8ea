//! Contributing events: the reference always, the bytes while there is room.

use std::os::unix::ffi::OsStrExt;

use rusqlite::{Connection, OptionalExtension, params};

use crate::alert::store::{Evidence, StoreError};
use crate::event::{Event, Time};

/// Shorter records are kept as they are: a frame header eats what is won.
const WORTH_PACKING: usize = 256;

/// zstd's default: most of the gain at a fraction of the time of higher levels.
const LEVEL: i32 = 3;

/// Compresses records, one context for all.
pub(in crate::alert::store) struct Packer(Option<zstd::bulk::Compressor<'static>>);

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Packer")
    }
}

impl Packer {
    /// Without memory for a context records are kept as they are.
    pub fn new() -> Self {
        Self(zstd::bulk::Compressor::new(LEVEL).ok())
    }

    /// Returns the shorter of `raw` compressed and `raw` itself, and which it is.
    pub fn pack(&mut self, raw: &[u8]) -> (std::borrow::Cow<'_, [u8]>, bool) {
        let packed = (raw.len() >= WORTH_PACKING)
            .then(|| self.0.as_mut()?.compress(raw).ok())
            .flatten()
            .filter(|packed| packed.len() < raw.len());
        match packed {
            Some(packed) => (packed.into(), true),
            None => (raw.to_vec().into(), false),
        }
    }
}

/// Returns the bytes that [`Packer`] packed.
pub(in crate::alert::store) fn unpack(raw: &[u8]) -> std::io::Result<Vec<u8>> {
    zstd::bulk::decompress(raw, Evidence::BYTES)
}

/// A contributing event in the database.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub num: i64,
    /// The time that was kept with it first.
    pub time: Time,
    /// It was added now, so no alert has it yet.
    pub new: bool,
}

/// Returns what is kept of `event`, adding it when it is new, and its bytes when `keep` asks for them.
pub(super) fn event(
    transaction: &Connection,
    packer: &mut Packer,
    event: &Event,
    keep: bool,
) -> Result<Kept, StoreError> {
    let keep = keep && event.record.raw.len() <= Evidence::BYTES;
    let known = transaction
        .prepare_cached("SELECT num, time, raw IS NULL FROM event WHERE id = ?1")?
        .query_row([event.id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    if let Some((num, time, bare)) = known {
        if keep && bare {
            add_bytes(transaction, packer, event, num)?;
        }
        let new = false;
        return Ok(Kept { num, time, new });
    }
    let (raw, packed) = if keep {
        let (raw, packed) = packer.pack(&event.record.raw);
        (Some(raw), packed)
    } else {
        (None, false)
    };
    let place = &event.record.place;
    let num = transaction
        .prepare_cached(
            "INSERT INTO event (id, time, computer, channel, code, record_id, path, offset, length,
             content, format, packed, raw)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .insert(params![
            event.id,
            event.time,
            event.computer,
            event.channel,
            event.code,
            event.record_id.map(|id| id as i64),
            place.path.as_os_str().as_bytes(),
            place.offset as i64,
            place.length as i64,
            place.content as i64,
            super::super::to_json(&event.record.format)?,
            packed,
            raw.as_deref()
        ])?;
    Ok(Kept {
        num,
        time: event.time,
        new: true,
    })
}

/// Keeps the bytes of an event that was kept by reference only, with the place they were read from now.
fn add_bytes(
    transaction: &Connection,
    packer: &mut Packer,
    event: &Event,
    num: i64,
) -> Result<(), StoreError> {
    let (raw, packed) = packer.pack(&event.record.raw);
    let place = &event.record.place;
    transaction
        .prepare_cached(
            "UPDATE event SET path = ?2, offset = ?3, length = ?4, content = ?5, format = ?6,
             packed = ?7, raw = ?8 WHERE num = ?1",
        )?
        .execute(params![
            num,
            place.path.as_os_str().as_bytes(),
            place.offset as i64,
            place.length as i64,
            place.content as i64,
            super::super::to_json(&event.record.format)?,
            packed,
            &*raw
        ])?;
    Ok(())
}
