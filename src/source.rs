//! Bytes come in: a directory, a file or an archive becomes readable content.
//!
//! Gives [`Content`]: the bytes of one file after decompression, read at an offset. Knows nothing of formats.

use std::io;

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
