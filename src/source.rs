//! Bytes come in: a directory, a file or an archive becomes readable content.
//!
//! Gives [`Content`]: the bytes of one file after decompression, read at an offset. Knows nothing of formats.
//!
//! - [`mod@file`]: a plain file, read with `pread`;
//! - [`archive`]: gzip and zstd, recognised by their first bytes, and members of zip archives;
//! - [`position`]: how far a file was read, and how to find it again under another name;
//! - [`listing`]: finished files for one pass;
//! - [`watch`]: which files of a directory may have changed;
//! - [`follow`]: the files under a watched directory, through rotation, truncation and deletion.

pub mod archive;
pub mod file;
pub mod follow;
pub mod listing;
pub mod position;
pub mod watch;

use std::io;
use std::path::PathBuf;

pub use file::{FileId, LiveFile, OpenFile, Reading};
pub use listing::{Listed, Listing, expand};
pub use position::{Anchor, SavedPosition};

/// The bytes of one file, decompressed, read forward.
///
/// Reading goes through `pread` or a decompressor, never a memory map: a truncated log would kill the process.
pub trait Content {
    /// Reads into `buffer` from `offset` of the decompressed content; `Ok(0)` means nothing is there now.
    ///
    /// # Errors
    /// What the file system or the decompressor says; the caller reports it with the path.
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Returns whether no more bytes will follow: true for archives and in `scan`, false for a live file,
    /// whose last line may be unfinished.
    fn is_complete(&self) -> bool;
}

/// What keeps a path from being read. Paths are as the file system has them: show them through `crate::text`.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A FIFO, a device or a socket: reading one may block for ever or never end.
    #[error("{}: {kind}, not a regular file; skipped", crate::text::visible_bytes(path_bytes(.path), crate::text::Marks::Unicode))]
    NotRegular { path: PathBuf, kind: &'static str },
    /// The file system refuses.
    #[error("{}: {error}", crate::text::visible_bytes(path_bytes(.path), crate::text::Marks::Unicode))]
    Io {
        path: PathBuf,
        #[source]
        error: io::Error,
    },
    /// The kernel's limits keep notifications from working; polling takes their place.
    #[error(
        "cannot watch {} ({error}); looking at every file each {seconds} s instead. Raise fs.inotify.max_user_watches or max_user_instances to get notifications",
        crate::text::visible_bytes(path_bytes(.path), crate::text::Marks::Unicode)
    )]
    Unwatchable {
        path: PathBuf,
        error: String,
        seconds: u64,
    },
}

impl SourceError {
    pub(crate) fn io(path: impl Into<PathBuf>, error: io::Error) -> Self {
        Self::Io {
            path: path.into(),
            error,
        }
    }
}

fn path_bytes(path: &std::path::Path) -> &[u8] {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes()
}
