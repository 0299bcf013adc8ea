//! One file, opened without ever blocking on it.
//!
//! Takes a path; gives an [`OpenFile`], plain or packed as its first bytes say. Only regular files are opened;
//! a FIFO, a device or a socket is refused.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::archive::{Packed, Packing};
use super::{Content, SourceError};

/// What the file system calls a file as long as it exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId {
    pub device: u64,
    pub inode: u64,
}

impl FileId {
    /// Returns the identity of the file that `metadata` describes.
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}

/// Whether a file may still grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Watched: its end is only the end for now.
    Live,
    /// Scanned once: its end is its end.
    Finished,
}

/// An open file of any packing.
#[derive(Debug)]
pub enum OpenFile {
    Plain(LiveFile),
    Packed(Packed),
}

impl OpenFile {
    /// Opens `path` (symbolic links are followed) if it is a regular file.
    ///
    /// # Errors
    /// [`SourceError::NotRegular`] for anything else, [`SourceError::Io`] when the file system refuses.
    pub fn open(path: &Path, reading: Reading) -> Result<Self, SourceError> {
        let wrap = |error| SourceError::io(path, error);
        // Asked before opening, since opening a device can have effects; and asked again of what was opened.
        let metadata = std::fs::metadata(path).map_err(wrap)?;
        require_regular(path, &metadata)?;
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
            .open(path)
            .map_err(wrap)?;
        require_regular(path, &file.metadata().map_err(wrap)?)?;
        Self::from_file(file, reading).map_err(wrap)
    }

    /// Takes an open regular file and looks at its first bytes for how it is packed.
    pub fn from_file(file: File, reading: Reading) -> io::Result<Self> {
        Self::from_shared(Arc::new(file), reading)
    }

    fn from_shared(file: Arc<File>, reading: Reading) -> io::Result<Self> {
        let mut magic = [0; Packing::MAGIC_BYTES];
        let read = read_some(&file, &mut magic)?;
        Ok(match Packing::recognise(&magic[..read]) {
            Some(packing) => Self::Packed(Packed::new(file, packing, reading)),
            None => Self::Plain(LiveFile { file, reading }),
        })
    }

    /// Returns the file's metadata, of the file itself whatever its name is now.
    pub fn metadata(&self) -> io::Result<Metadata> {
        match self {
            Self::Plain(plain) => plain.file.metadata(),
            Self::Packed(packed) => packed.metadata(),
        }
    }

    /// Returns how many bytes of the file itself reading the content up to `offset` has taken: for progress.
    pub fn consumed(&self, offset: u64) -> u64 {
        match self {
            Self::Plain(_) => offset,
            Self::Packed(packed) => packed.consumed(),
        }
    }

    /// Returns, once, why packed content ended before its time; see [`Packed::take_error`].
    pub fn take_error(&mut self) -> Option<io::Error> {
        match self {
            Self::Plain(_) => None,
            Self::Packed(packed) => packed.take_error(),
        }
    }

    /// Returns the same file read from its beginning; how it is packed is looked at anew.
    pub fn again(&self) -> io::Result<Self> {
        let (file, reading) = match self {
            Self::Plain(plain) => (&plain.file, plain.reading),
            Self::Packed(packed) => (packed.file(), packed.reading()),
        };
        Self::from_shared(Arc::clone(file), reading)
    }

    /// Takes the end of the file for its end from now on: nobody writes to it any more.
    pub const fn finish(&mut self) {
        match self {
            Self::Plain(plain) => plain.reading = Reading::Finished,
            Self::Packed(packed) => packed.finish(),
        }
    }

    /// Returns whether reading at `offset` goes on from what is at hand, instead of unpacking from the start.
    pub fn is_near(&self, offset: u64) -> bool {
        match self {
            Self::Plain(_) => true,
            Self::Packed(packed) => packed.is_near(offset),
        }
    }

    /// Returns whether the content is decompressed on the way.
    pub const fn is_packed(&self) -> bool {
        matches!(self, Self::Packed(_))
    }
}

impl Content for OpenFile {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(plain) => plain.read_at(offset, buffer),
            Self::Packed(packed) => packed.read_at(offset, buffer),
        }
    }

    fn is_complete(&self) -> bool {
        match self {
            Self::Plain(plain) => plain.is_complete(),
            Self::Packed(packed) => packed.is_complete(),
        }
    }
}

/// A plain file: its bytes are its content.
#[derive(Debug)]
pub struct LiveFile {
    file: Arc<File>,
    reading: Reading,
}

impl Content for LiveFile {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.reading == Reading::Finished
    }
}

fn read_some(file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Returns an error that names what `metadata` describes when it is not a regular file.
pub(super) fn require_regular(path: &Path, metadata: &Metadata) -> Result<(), SourceError> {
    let kind = metadata.file_type();
    let kind = if kind.is_file() {
        return Ok(());
    } else if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_block_device() || kind.is_char_device() {
        "a device"
    } else if kind.is_dir() {
        "a directory"
    } else {
        "of an unknown kind"
    };
    Err(SourceError::NotRegular {
        path: path.to_path_buf(),
        kind,
    })
}
