//! The store: alerts, evidence, triage, history and read positions in one SQLite database.
//!
//! Takes [`Batch`]es of detections and [`Edit`]s; gives [`AlertRow`]s, [`Alert`]s and [`HistoryEntry`]s. Several
//! processes may have the same directory open; each change is one transaction.

mod cells;
mod columns;
mod commit;
mod error;
mod history;
mod journal;
mod lead;
mod read;
mod replay;
mod scratch;
mod sources;
mod tables;

use std::fmt::Display;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Alert, AlertId, AlertRow, Change, Edit, EventRef, HistoryEntry, Who};
use crate::decode::{Format, Place, Unreadable};
use crate::engine::Detection;
use crate::event::EventId;
use crate::source::{FileId, SavedPosition};

pub use error::StoreError;
pub use journal::{Journal, Recalled};

/// The database's file name in the state directory.
pub const FILE: &str = "watchglass.db";

/// How long a change waits for another process's transaction: a detector's batch takes milliseconds, and past this
/// the disk hangs and a person should hear of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Page cache of a connection, in KiB: the random ids of a million alerts index without re-reading pages.
const CACHE_KIB: i64 = 16 * 1024;

/// Most digits' worth of matches that [`Store::find`] returns.
const FOUND: usize = 10;

/// An open store.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    /// The database's file; `None` in memory.
    file: Option<FileId>,
    /// It is for one pass, and nothing keeps it.
    scratch: bool,
    packer: commit::Packer,
}

/// What the pipeline hands over at once: committed whole or not at all.
#[derive(Debug, Default)]
pub struct Batch {
    pub detections: Vec<Detection>,
    /// Where each source is read up to once these detections are kept.
    pub positions: Vec<SavedPosition>,
    pub unreadable: Vec<Unreadable>,
    /// What rules over several events need after a restart.
    pub journal: Journal,
    /// Whether the rules' caps hold (live), or every match is an alert (`scan`).
    pub cap: bool,
}

/// What a commit changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Committed {
    /// Alerts that were not there before.
    pub new_alerts: usize,
    /// Alerts that gained events.
    pub grown_alerts: usize,
    /// Records that cannot be read and were not known; the same bytes in two files are one.
    pub new_unreadable: usize,
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
        let path = dir.join(FILE);
        create(dir, &path).map_err(|source| StoreError::Directory {
            path: dir.to_path_buf(),
            source,
        })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connect = || -> Result<Connection, StoreError> {
            let mut connection = Connection::open_with_flags(&path, flags)?;
            connection.busy_timeout(PATIENCE)?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "normal")?;
            settle(&connection)?;
            tables::migrate(&mut connection)?;
            Ok(connection)
        };
        match connect() {
            Ok(connection) => Ok(Self::over(connection, path)),
            Err(error) => Err(error.at(&path)),
        }
    }

    /// Opens an existing store for reading only; makes no database where there is none.
    pub fn open_read_only(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(FILE);
        if !path.exists() {
            return Err(StoreError::Missing {
                path: dir.to_path_buf(),
            });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connect = || -> Result<Connection, StoreError> {
            let connection = Connection::open_with_flags(&path, flags)?;
            connection.busy_timeout(PATIENCE)?;
            settle(&connection)?;
            tables::belongs(&connection)?;
            Ok(connection)
        };
        match connect() {
            Ok(connection) => Ok(Self::over(connection, path)),
            Err(error) => Err(error.at(&path)),
        }
    }

    /// Opens a store that is gone when it is dropped, with all that a kept one does.
    pub fn in_memory() -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        settle(&connection)?;
        tables::migrate(&mut connection)?;
        Ok(Self::over(connection, PathBuf::from(":memory:")))
    }

    fn over(connection: Connection, path: PathBuf) -> Self {
        // Every statement of this module stays prepared.
        connection.set_prepared_statement_cache_capacity(64);
        let file = fs::metadata(&path).ok().map(|found| FileId::of(&found));
        Self {
            connection,
            path,
            file,
            scratch: false,
            packer: commit::Packer::new(),
        }
    }

    /// Returns the database's file, by which a store is known again; `None` in memory.
    #[must_use]
    pub const fn file(&self) -> Option<FileId> {
        self.file
    }

    /// Checks that the database is still where it was opened: SQLite would go on to write into a file that was deleted.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn still_there(&self) -> Result<(), StoreError> {
        let Some(own) = self.file else { return Ok(()) };
        let there = fs::metadata(&self.path).is_ok_and(|found| FileId::of(&found) == own);
        if there {
            return Ok(());
        }
        let path = self.path.parent().unwrap_or(&self.path).to_path_buf();
        Err(StoreError::Gone { path })
    }

    /// Keeps a batch: alerts, evidence and positions in one transaction.
    ///
    /// After a kill at any instant the batch is there whole or not at all. After a power loss the last batches may be
    /// missing, alerts and positions alike, and the logs are read again from there.
    ///
    /// # Errors
    /// [`StoreError`] says which; [`StoreError::Gone`] when the database was deleted meanwhile.
    pub fn commit(&mut self, batch: &Batch) -> Result<Committed, StoreError> {
        self.still_there()?;
        let packer = &mut self.packer;
        transact(&mut self.connection, |transaction| {
            commit::write(transaction, packer, batch)
        })
        .map_err(|error| self.place(error))
    }

    /// Returns the read positions of the last commit.
    pub fn positions(&self) -> Result<Vec<SavedPosition>, StoreError> {
        self.read(sources::positions)
    }

    /// Returns a number that differs when another connection changed the store; reads no table.
    pub fn data_version(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            Ok(connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
        })
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
        self.read(|connection| read::rows_since(connection, revision, each))
    }

    /// Returns an alert, whole.
    pub fn alert(&self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        self.read(|connection| read::alert(connection, id))
    }

    /// Returns the alerts whose id starts with `prefix` (hexadecimal), at most 10.
    pub fn find(&self, prefix: &str) -> Result<Vec<AlertId>, StoreError> {
        self.read(|connection| read::find(connection, prefix, FOUND))
    }

    /// Returns `limit` contributing events from number `from` on, in the order of their time.
    pub fn events_of(
        &self,
        id: AlertId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<EventRef>, StoreError> {
        self.read(|connection| read::events(connection, id, from, limit))
    }

    /// Returns what is kept of an event.
    pub fn raw_event(&self, id: EventId) -> Result<Option<Evidence>, StoreError> {
        self.read(|connection| read::evidence(connection, id))
    }

    /// Makes `edit` on each of `ids` as one undoable change; all or none. Who acknowledges an alert that nobody
    /// owns becomes its owner. An alert that is already so is left out of the [`Change`].
    pub fn edit(&mut self, who: &Who, ids: &[AlertId], edit: &Edit) -> Result<Change, StoreError> {
        self.edit_all(who, ids, std::slice::from_ref(edit))
    }

    /// Makes several edits as [`Store::edit`] does one: together one change, taken back by one undo.
    ///
    /// # Errors
    /// [`StoreError`] says which; then nothing was changed.
    pub fn edit_all(
        &mut self,
        who: &Who,
        ids: &[AlertId],
        edits: &[Edit],
    ) -> Result<Change, StoreError> {
        self.durably(|transaction| history::edit(transaction, who, ids, edits))
    }

    /// Takes back the last change of `who` that is not yet undone; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError::ChangedSince`] when someone else has changed the same thing since: it stays, and the next
    /// undo takes back the change before it.
    pub fn undo(&mut self, who: &Who) -> Result<Option<Change>, StoreError> {
        self.durably(|transaction| history::undo(transaction, who))
            .and_then(unless_changed)
    }

    /// Makes the last undone change of `who` again; `None` when there is none, or an edit came between.
    ///
    /// # Errors
    /// [`StoreError::ChangedSince`] as for [`Store::undo`].
    pub fn redo(&mut self, who: &Who) -> Result<Option<Change>, StoreError> {
        self.durably(|transaction| history::redo(transaction, who))
            .and_then(unless_changed)
    }

    /// Returns every change of an alert, oldest first.
    pub fn history(&self, id: AlertId) -> Result<Vec<HistoryEntry>, StoreError> {
        self.read(|connection| history::of_alert(connection, id))
    }

    /// Returns what [`Store::save_view`] kept for this analyst.
    pub fn view(&self, who: &Who) -> Result<Option<serde_json::Value>, StoreError> {
        self.read(|connection| sources::view(connection, &who.name))
    }

    /// Keeps where this analyst is (filter, sort, cursor, panes), for the next time.
    pub fn save_view(&mut self, who: &Who, view: &serde_json::Value) -> Result<(), StoreError> {
        transact(&mut self.connection, |transaction| {
            sources::save_view(transaction, &who.name, view)
        })
        .map_err(|error| self.place(error))
    }

    /// Returns the newest `limit` unreadable records that are kept, and how many there were in all.
    pub fn unreadable(&self, limit: usize) -> Result<(Vec<Unreadable>, u64), StoreError> {
        self.read(|connection| sources::unreadable(connection, limit))
    }

    fn read<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        question(&self.connection).map_err(|error| self.place(error))
    }

    /// Says where an error was met.
    fn place(&self, error: StoreError) -> StoreError {
        if self.scratch {
            error.of_scratch()
        } else {
            error.at(&self.path)
        }
    }

    /// Runs an analyst's change in a transaction that outlives a power loss: nothing can make it again.
    fn durably<T>(
        &mut self,
        change: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.still_there()?;
        let durable = |connection: &mut Connection| {
            connection.pragma_update(None, "synchronous", "full")?;
            let outcome = transact(connection, change);
            connection.pragma_update(None, "synchronous", "normal")?;
            outcome
        };
        durable(&mut self.connection).map_err(|error| error.at(&self.path))
    }
}

/// Runs `change` in one transaction: committed when it succeeds, rolled back when it fails (but for [`Store::scratch`]).
fn transact<T>(
    connection: &mut Connection,
    change: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    // Immediate: takes the write lock now, so two processes never both read and then collide on writing.
    let transaction: Transaction<'_> =
        connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let outcome = change(&transaction)?;
    transaction.commit()?;
    Ok(outcome)
}

fn settle(connection: &Connection) -> Result<(), StoreError> {
    // Otherwise a statement is prepared anew for each value that it is given, as its plan may depend on it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

/// Makes directory and database file. Only the owner may read them; in a directory that is open to a group (several
/// analysts, one store) so is the file, and SQLite gives its side files the same mode.
fn create(dir: &Path, file: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)?;
    let mode = fs::metadata(dir)?.permissions().mode() & 0o060 | 0o600;
    let made = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(file);
    match made {
        // Again, because the umask may have taken the group's bits.
        Ok(made) => made.set_permissions(fs::Permissions::from_mode(mode)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn unless_changed(outcome: Option<Result<Change, String>>) -> Result<Option<Change>, StoreError> {
    outcome
        .map(|change| change.map_err(|who| StoreError::ChangedSince { who }))
        .transpose()
}

fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::content("value", "new", &error.to_string()))
}

fn from_json<T: DeserializeOwned>(
    text: &str,
    what: &str,
    which: impl Display,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::content(what, which, &error.to_string()))
}

#[cfg(test)]
mod tests;
