//! What the readers leave: positions, and records that could not be read. And each analyst's view.

use std::os::unix::ffi::OsStrExt;

use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, from_json, read, to_json};
use crate::decode::Unreadable;
use crate::source::SavedPosition;

/// How many unreadable records are kept for inspection, the first ones: a file of garbage must not fill the disk
/// (at most 40 MB with [`Unreadable::KEPT`]). All are counted.
const UNREADABLE_KEPT: u64 = 10_000;

/// Keeps how far a source is read.
pub(super) fn save_position(
    transaction: &Connection,
    position: &SavedPosition,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO position (key, value) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![position.key(), to_json(position)?])?;
    Ok(())
}

/// Returns all positions. One that does not read back is left out: its source is read anew, which is harmless.
pub(super) fn positions(connection: &Connection) -> Result<Vec<SavedPosition>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM position ORDER BY key")?;
    let mut rows = statement.query(())?;
    let mut positions = Vec::new();
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        positions.extend(serde_json::from_str::<SavedPosition>(text));
    }
    Ok(positions)
}

/// Counts an unreadable record, and keeps it while there is room; returns whether it was new.
pub(super) fn keep_unreadable(
    transaction: &Connection,
    record: &Unreadable,
) -> Result<bool, StoreError> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&record.place.content.to_be_bytes());
    hasher.update(&record.place.offset.to_be_bytes());
    hasher.update(&record.place.length.to_be_bytes());
    hasher.update(&record.head);
    let mut id = [0; 16];
    hasher.finalize_xof().fill(&mut id);
    let known = transaction
        .prepare_cached("SELECT 1 FROM unreadable WHERE id = ?1")?
        .exists([id])?;
    if known {
        return Ok(false);
    }
    transaction
        .prepare_cached(
            "INSERT INTO tally (name, value) VALUES ('unreadable', 1)
             ON CONFLICT (name) DO UPDATE SET value = value + 1",
        )?
        .execute(())?;
    if unreadable_count(transaction)? > UNREADABLE_KEPT {
        return Ok(true);
    }
    transaction
        .prepare_cached(
            "INSERT INTO unreadable (id, path, offset, length, content, reason, head)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            id,
            record.place.path.as_os_str().as_bytes(),
            record.place.offset as i64,
            record.place.length as i64,
            record.place.content as i64,
            record.reason,
            record.head
        ])?;
    Ok(true)
}

/// Returns the newest kept unreadable records and how many there were in all.
pub(super) fn unreadable(
    connection: &Connection,
    limit: usize,
) -> Result<(Vec<Unreadable>, u64), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT path, offset, length, content, reason, head FROM unreadable
         ORDER BY num DESC LIMIT ?1",
    )?;
    let records = statement
        .query_map([limit], |row| {
            Ok(Unreadable {
                place: read::place(row, 0)?,
                reason: row.get(4)?,
                head: row.get::<_, Vec<u8>>(5)?.into(),
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok((records, unreadable_count(connection)?))
}

fn unreadable_count(connection: &Connection) -> Result<u64, StoreError> {
    let count = connection
        .prepare_cached("SELECT value FROM tally WHERE name = 'unreadable'")?
        .query_row((), |row| row.get(0))
        .optional()?;
    Ok(count.unwrap_or(0))
}

/// Returns the saved view of an analyst.
pub(super) fn view(
    connection: &Connection,
    who: &str,
) -> Result<Option<serde_json::Value>, StoreError> {
    let text: Option<String> = connection
        .prepare_cached("SELECT value FROM view WHERE who = ?1")?
        .query_row([who], |row| row.get(0))
        .optional()?;
    text.map(|text| from_json(&text, "view of", who))
        .transpose()
}

/// Keeps the view of an analyst.
pub(super) fn save_view(
    transaction: &Connection,
    who: &str,
    view: &serde_json::Value,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO view (who, value) VALUES (?1, ?2)
             ON CONFLICT (who) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![who, view.to_string()])?;
    Ok(())
}
