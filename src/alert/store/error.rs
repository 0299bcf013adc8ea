//! What can go wrong with the store, and what to do about it.

use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};

use crate::alert::AlertId;

/// Why the store could not do it. Nothing was changed when one of these comes back, except in a store for one pass
/// ([`StoreError::Scratch`]).
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path}: {}; choose another place with --state", no_directory(.source), path = path.display())]
    Directory {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}: no alerts are kept here; name the directory that `run` or `watch` wrote with --state", path = path.display())]
    Missing { path: PathBuf },
    #[error("{path}: was deleted or replaced while watchglass ran, so nothing is kept; put the directory back, or end watchglass and start again: then the logs are read anew", path = path.display())]
    Gone { path: PathBuf },
    #[error("{path}: the disk is full; free some space, the change is tried again", path = path.display())]
    DiskFull { path: PathBuf },
    #[error("{path}: could not be written: the disk is full or fails, or a quota or a limit on the size of files is reached; the change is tried again", path = path.display())]
    NotWritten { path: PathBuf },
    #[error(
        "temporary files: {why}, so the alerts of this pass have no place; free some space, or name another directory with TMPDIR"
    )]
    Scratch { why: String },
    #[error("{path}: may not be written; check its owner and mode, or choose another place with --state", path = path.display())]
    ReadOnly { path: PathBuf },
    #[error("{path}: another process holds the database for too long; try again", path = path.display())]
    Busy { path: PathBuf },
    #[error("{path}: the database is damaged; move it away and start again (the logs are read anew), or restore a copy", path = path.display())]
    Damaged { path: PathBuf },
    #[error("{path}: is not a watchglass database; choose another place with --state", path = path.display())]
    Foreign { path: PathBuf },
    #[error("{path}: was written by a newer watchglass (format {found}, this one knows {known}); update watchglass", path = path.display())]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    #[error("{path}: {source}", path = path.display())]
    Sqlite {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("there is no alert {0}")]
    NoSuchAlert(AlertId),
    #[error("there is no note {0} on this alert")]
    NoSuchNote(i64),
    #[error("say what it was: closing an alert needs a disposition")]
    NeedsDisposition,
    #[error("a note holds at most {limit} bytes, this one has {length}")]
    NoteTooLong { length: usize, limit: usize },
    #[error(
        "{who} has changed the same since, so it stays; undo again takes back your change before it"
    )]
    ChangedSince { who: String },
    #[error("kept data of {what} does not read back: {reason}")]
    Content { what: String, reason: String },
}

impl StoreError {
    /// Returns whether the same change may succeed later without anybody changing it: the disk was full or failed,
    /// another process held the database, or the directory was moved away.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::DiskFull { .. } | Self::NotWritten { .. } | Self::Busy { .. } | Self::Gone { .. }
        )
    }

    /// Made by another program; the path is filled in by [`StoreError::at`].
    pub(super) fn foreign() -> Self {
        Self::Foreign {
            path: PathBuf::new(),
        }
    }

    /// Made by a newer version; the path is filled in by [`StoreError::at`].
    pub(super) fn newer(found: i64, known: i64) -> Self {
        Self::Newer {
            path: PathBuf::new(),
            found,
            known,
        }
    }

    /// Something in the database is not what this version writes.
    pub(super) fn content(what: &str, which: impl std::fmt::Display, reason: &str) -> Self {
        Self::Content {
            what: format!("{what} {which}"),
            reason: reason.to_owned(),
        }
    }

    /// Says that it was the database of one pass, among the temporary files.
    pub(super) fn of_scratch(self) -> Self {
        let why = match self {
            Self::DiskFull { .. } => "the disk is full".to_owned(),
            Self::NotWritten { .. } | Self::ReadOnly { .. } => {
                "the disk fails, or a limit on the size of files is reached".to_owned()
            }
            Self::Busy { .. } | Self::Damaged { .. } | Self::Foreign { .. } => {
                "what was written does not read back".to_owned()
            }
            Self::Sqlite { source, .. } => source.to_string(),
            error => return error,
        };
        Self::Scratch { why }
    }

    /// Says which database it was.
    pub(super) fn at(mut self, place: &Path) -> Self {
        match &mut self {
            Self::DiskFull { path }
            | Self::NotWritten { path }
            | Self::ReadOnly { path }
            | Self::Busy { path }
            | Self::Damaged { path }
            | Self::Foreign { path }
            | Self::Newer { path, .. }
            | Self::Sqlite { path, .. } => path.clone_from(&place.to_path_buf()),
            _ => {}
        }
        self
    }
}

/// Sorts an error of SQLite into the ones a person can do something about; the path comes with [`StoreError::at`].
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let path = PathBuf::new();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::ReadOnly { path }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path },
            Some(ErrorCode::NotADatabase) => Self::Foreign { path },
            Some(ErrorCode::SystemIoFailure) if is_of_writing(&error) => Self::NotWritten { path },
            _ => Self::Sqlite {
                path,
                source: error,
            },
        }
    }
}

/// Says why a directory for the alerts cannot be made or entered.
fn no_directory(error: &std::io::Error) -> String {
    use std::io::ErrorKind as Kind;
    let said = match error.kind() {
        Kind::AlreadyExists => "is a file, and alerts are kept in a directory",
        Kind::NotADirectory => "lies below a file, and alerts are kept in a directory",
        Kind::PermissionDenied => "this user may not make files there; check its owner and mode",
        Kind::ReadOnlyFilesystem => "the file system is mounted read-only",
        Kind::StorageFull | Kind::QuotaExceeded => "the disk or the quota is full; free some space",
        Kind::NotFound => "the directory is not there and cannot be made",
        _ => return error.to_string(),
    };
    said.to_owned()
}

/// SQLite tells a full disk by its own code; a quota or a limit on file sizes is a write that failed.
fn is_of_writing(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    [
        ffi::SQLITE_IOERR_WRITE,
        ffi::SQLITE_IOERR_FSYNC,
        ffi::SQLITE_IOERR_TRUNCATE,
        ffi::SQLITE_IOERR_SHMSIZE,
    ]
    .iter()
    .any(|writing| code == Some(*writing))
}
