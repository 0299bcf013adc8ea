//! The store: alerts, evidence, triage, history and read positions in one SQLite database.
//!
//! Takes [`Batch`]es of detections and [`Edit`]s; gives [`AlertRow`]s, [`Alert`]s and [`HistoryEntry`]s. Several
//! processes may have the same directory open; each change is one transaction.

mod error;

use std::path::Path;

use super::{Alert, AlertId, AlertRow, Change, Edit, EventRef, HistoryEntry, Who};
use crate::decode::{Format, Place, Unreadable};
use crate::engine::Detection;
use crate::event::EventId;

pub use error::StoreError;

/// An open store.
#[derive(Debug)]
pub struct Store {
    connection: rusqlite::Connection,
}

/// What the pipeline hands over at once: committed whole or not at all.
#[derive(Debug, Default)]
pub struct Batch {
    pub detections: Vec<Detection>,
    /// Where each source is read up to once these detections are kept.
    pub positions: Vec<SavedPosition>,
    pub unreadable: Vec<Unreadable>,
    /// Whether the rules' caps hold (live), or every match is an alert (`scan`).
    pub cap: bool,
}

/// Stands in until `source` has its own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SavedPosition {
    pub name: String,
}

/// What a commit changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Committed {
    /// Alerts that were not there before.
    pub new_alerts: usize,
    /// Alerts that gained events.
    pub grown_alerts: usize,
    /// Detections that were known already.
    pub repeated: usize,
    /// Detections that went to an overflow alert.
    pub overflowed: usize,
    /// Revision after the commit.
    pub revision: u64,
}

/// A kept record: what its decoder needs to read it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    pub format: Format,
    pub place: Place,
    /// The exact bytes; `None` when only the reference was kept (past [`Evidence::EVENTS`] or [`Evidence::BYTES`]).
    pub raw: Option<Box<[u8]>>,
}

impl Evidence {
    /// How many events of an alert are kept with their bytes: more is the log's work, not the alert's.
    pub const EVENTS: u64 = 100;
    /// Largest record that is kept with its bytes; Windows caps an event at 64 KiB, XML doubles it a few times.
    pub const BYTES: usize = 1 << 20;
}

impl Store {
    /// Opens the store in `dir`, creating the directory (mode 0700) and the database when they are missing.
    ///
    /// # Errors
    /// [`StoreError`] says which: not a directory, no permission, made by a newer version, damaged, disk full.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let _ = dir;
        Self::in_memory()
    }

    /// Opens an existing store for reading only; changes nothing on disk.
    pub fn open_read_only(dir: &Path) -> Result<Self, StoreError> {
        Self::open(dir)
    }

    /// Opens a store that is gone when it is dropped (`scan`, tests).
    pub fn in_memory() -> Result<Self, StoreError> {
        let connection = rusqlite::Connection::open_in_memory()
            .map_err(|error| StoreError::sqlite(error, Path::new(":memory:")))?;
        Ok(Self { connection })
    }

    /// Keeps a batch: alerts, evidence and positions in one transaction.
    pub fn commit(&mut self, batch: &Batch) -> Result<Committed, StoreError> {
        let _ = batch;
        Ok(Committed::default())
    }

    /// Returns the read positions of the last commit.
    pub fn positions(&self) -> Result<Vec<SavedPosition>, StoreError> {
        Ok(Vec::new())
    }

    /// Returns a number that differs when another connection changed the store; costs no reading.
    pub fn data_version(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    /// Returns the rows that changed after `revision`, oldest change first.
    pub fn rows_since(&self, revision: u64) -> Result<Vec<AlertRow>, StoreError> {
        let mut rows = Vec::new();
        self.for_rows_since(revision, |row| rows.push(row))?;
        Ok(rows)
    }

    /// Hands each row that changed after `revision` to `each`, oldest change first; returns the last revision.
    pub fn for_rows_since(
        &self,
        revision: u64,
        each: impl FnMut(AlertRow),
    ) -> Result<u64, StoreError> {
        let _ = each;
        Ok(revision)
    }

    /// Returns an alert, whole.
    pub fn alert(&self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        let _ = id;
        Ok(None)
    }

    /// Returns the alerts whose id starts with `prefix` (hexadecimal), at most 10.
    pub fn find(&self, prefix: &str) -> Result<Vec<AlertId>, StoreError> {
        let _ = prefix;
        Ok(Vec::new())
    }

    /// Returns `limit` contributing events from number `from` on, in the order of their time.
    pub fn events_of(
        &self,
        id: AlertId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<EventRef>, StoreError> {
        let _ = (id, from, limit);
        Ok(Vec::new())
    }

    /// Returns what is kept of an event.
    pub fn raw_event(&self, id: EventId) -> Result<Option<Evidence>, StoreError> {
        let _ = id;
        Ok(None)
    }

    /// Makes `edit` on each of `ids` as one undoable change; all or none.
    pub fn edit(&mut self, who: &Who, ids: &[AlertId], edit: &Edit) -> Result<Change, StoreError> {
        let _ = (who, ids);
        Ok(Change {
            kind: super::ChangeKind::Edit,
            edit: edit.clone(),
            alerts: Vec::new(),
        })
    }

    /// Takes back the last change of `who` that is not yet undone; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError::ChangedSince`] when someone else has changed the same thing since; nothing happens then.
    pub fn undo(&mut self, who: &Who) -> Result<Option<Change>, StoreError> {
        let _ = who;
        Ok(None)
    }

    /// Makes the last undone change of `who` again; `None` when there is none, or an edit came between.
    pub fn redo(&mut self, who: &Who) -> Result<Option<Change>, StoreError> {
        let _ = who;
        Ok(None)
    }

    /// Returns every change of an alert, oldest first.
    pub fn history(&self, id: AlertId) -> Result<Vec<HistoryEntry>, StoreError> {
        let _ = id;
        Ok(Vec::new())
    }

    /// Returns what [`Store::save_view`] kept for this analyst.
    pub fn view(&self, who: &Who) -> Result<Option<serde_json::Value>, StoreError> {
        let _ = who;
        Ok(None)
    }

    /// Keeps where this analyst is (filter, sort, cursor, panes), for the next time.
    pub fn save_view(&mut self, who: &Who, view: &serde_json::Value) -> Result<(), StoreError> {
        let _ = (who, view);
        Ok(())
    }

    /// Returns the last `limit` unreadable records and how many there were in all.
    pub fn unreadable(&self, limit: usize) -> Result<(Vec<Unreadable>, u64), StoreError> {
        let _ = limit;
        Ok((Vec::new(), 0))
    }
}
