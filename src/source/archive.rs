//! Compressed files as content: gzip and zstd, several members in a row, and the members of zip archives.
//!
//! Takes a file; gives its decompressed bytes, streaming and forward. Going back a little is served from a
//! window, going back far starts over. What a file may unpack to is bounded; everything before the bound is read.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, BufRead, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Content, Reading};

/// Content that any file may unpack to whatever its size. Beyond it [`MAX_RATIO`] holds.
pub const FREE_BYTES: u64 = 256 << 20;

/// Bytes of content for one packed byte, at most: logs pack 5 to 60 times, a bomb 1,000 times and more.
pub const MAX_RATIO: u64 = 250;

/// Decompressed bytes kept for going back: a decoder asks again from the end of its last whole record.
const WINDOW_BYTES: usize = 4 << 20;

/// First bytes kept for good: decoders look at a file's header again.
const HEAD_BYTES: usize = 64 << 10;

/// Packed bytes read at once.
const INPUT_BYTES: usize = 64 << 10;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    /// First bytes that [`Packing::recognise`] wants to see.
    pub const MAGIC_BYTES: usize = 4;

    /// Returns how a file is packed that begins with `head`; `None` is plain, or too short to tell.
    pub fn recognise(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            // The second is a skippable frame, which `pzstd` and others put first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// A span of a file, read forward; at the end of a live file it has nothing *yet*.
struct Span {
    file: Arc<File>,
    start: u64,
    /// `None`: to the end of the file.
    length: Option<u64>,
    at: u64,
    live: bool,
    buffer: Box<[u8]>,
    used: usize,
    filled: usize,
    consumed: Arc<AtomicU64>,
}

impl Span {
    fn new(file: Arc<File>, start: u64, length: Option<u64>, reading: Reading) -> Self {
        Self {
            file,
            start,
            length,
            at: 0,
            live: reading == Reading::Live,
            buffer: vec![0; INPUT_BYTES].into_boxed_slice(),
            used: 0,
            filled: 0,
            consumed: Arc::default(),
        }
    }
}

impl BufRead for Span {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used == self.filled {
            let left = self
                .length
                .map_or(u64::MAX, |length| length - self.at.min(length));
            let wanted = left.min(self.buffer.len() as u64) as usize;
            self.used = 0;
            self.filled = 0;
            self.filled = self
                .file
                .read_at(&mut self.buffer[..wanted], self.start + self.at)?;
            self.at += self.filled as u64;
            if self.filled == 0 && self.live {
                return Err(io::ErrorKind::WouldBlock.into());
            }
        }
        Ok(&self.buffer[self.used..self.filled])
    }

    fn consume(&mut self, amount: usize) {
        self.used += amount;
        self.consumed.fetch_add(amount as u64, Ordering::Relaxed);
    }
}

impl Read for Span {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let read = ready.len().min(buffer.len());
        buffer[..read].copy_from_slice(&ready[..read]);
        self.consume(read);
        Ok(read)
    }
}

type Input = Box<dyn BufRead + Send>;

/// Members in a row, each packed by itself.
enum Members {
    Gzip(Box<flate2::bufread::GzDecoder<Input>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, Input>>),
    /// Between two members.
    Between(Input),
    /// Content that is stored as it is (a member of a zip archive).
    Stored(Input),
    /// An error ended it.
    Over,
}

impl Members {
    /// Starts the next member; `None` when there is none (yet).
    fn next(mut input: Input) -> io::Result<(Self, bool)> {
        loop {
            let head = match input.fill_buf() {
                Ok(head) => head,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => &[],
                Err(error) => return Err(error),
            };
            match head {
                [] => return Ok((Self::Between(input), false)),
                // Tapes and some writers pad with zeros.
                [0, ..] => {
                    let zeros = head.iter().take_while(|byte| **byte == 0).count();
                    input.consume(zeros);
                }
                [0x1f, ..] => {
                    let decoder = flate2::bufread::GzDecoder::new(input);
                    return Ok((Self::Gzip(Box::new(decoder)), true));
                }
                [0x28 | 0x50..=0x5f, ..] => {
                    let decoder = zstd::stream::read::Decoder::with_buffer(input)?;
                    return Ok((Self::Zstd(Box::new(decoder.single_frame())), true));
                }
                _ => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "bytes after the last compressed member are not compressed data; everything before them was read",
                    ));
                }
            }
        }
    }

    /// Reads on; `Ok(0)` means that nothing is there now.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = match self {
                Self::Gzip(decoder) => decoder.read(buffer),
                Self::Zstd(decoder) => decoder.read(buffer),
                Self::Stored(input) => return nothing_yet(input.read(buffer)),
                Self::Between(_) => Ok(0),
                Self::Over => return Ok(0),
            };
            match nothing_yet_or(read)? {
                Some(0) => {}
                Some(read) => return Ok(read),
                None => return Ok(0),
            }
            let input = match std::mem::replace(self, Self::Over) {
                Self::Gzip(decoder) => decoder.into_inner(),
                Self::Zstd(decoder) => decoder.finish(),
                Self::Between(input) => input,
                Self::Stored(_) | Self::Over => return Ok(0),
            };
            let (next, begun) = Self::next(input)?;
            *self = next;
            if !begun {
                return Ok(0);
            }
        }
    }
}

fn nothing_yet_or(read: io::Result<usize>) -> io::Result<Option<usize>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

fn nothing_yet(read: io::Result<usize>) -> io::Result<usize> {
    nothing_yet_or(read).map(Option::unwrap_or_default)
}

/// Where a packed content's bytes come from: enough to start over.
#[derive(Debug, Clone)]
struct Origin {
    file: Arc<File>,
    start: u64,
    length: Option<u64>,
    reading: Reading,
    wrapping: Wrapping,
}

/// What lies around the packed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrapping {
    /// A `.gz` or `.zst` file.
    None,
    /// A zip member that is stored.
    Stored,
    /// A zip member that is deflated.
    Deflated,
}

impl Origin {
    /// Returns the content from its beginning and the counter of packed bytes.
    fn begin(&self) -> io::Result<(Members, Arc<AtomicU64>)> {
        let span = Span::new(self.file.clone(), self.start, self.length, self.reading);
        let consumed = span.consumed.clone();
        let mut input: Input = match self.wrapping {
            Wrapping::None | Wrapping::Stored => Box::new(span),
            Wrapping::Deflated => {
                let inflate = flate2::bufread::DeflateDecoder::new(span);
                Box::new(io::BufReader::with_capacity(INPUT_BYTES, inflate))
            }
        };
        let packed =
            self.wrapping == Wrapping::None || Packing::recognise(input.fill_buf()?).is_some();
        let members = if packed {
            Members::Between(input)
        } else {
            Members::Stored(input)
        };
        Ok((members, consumed))
    }
}

/// A compressed file as content.
pub struct Packed {
    origin: Origin,
    members: Option<Members>,
    consumed: Arc<AtomicU64>,
    /// Decompressed so far.
    position: u64,
    head: Vec<u8>,
    /// The last bytes before `position`.
    window: Vec<u8>,
    bound: Bound,
    /// Why the content ends early; everything before it is delivered first.
    error: Option<io::Error>,
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packed")
            .field("origin", &self.origin)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

/// What content may come of how many packed bytes.
#[derive(Debug, Clone, Copy)]
struct Bound {
    free: u64,
    ratio: u64,
}

impl Packed {
    /// Takes a file that is packed by itself (`.gz`, `.zst`).
    pub fn new(file: Arc<File>, packing: Packing, reading: Reading) -> Self {
        // The packing of each member is recognised again, since members of both kinds may follow each other.
        let _ = packing;
        Self::from_origin(Origin {
            file,
            start: 0,
            length: None,
            reading,
            wrapping: Wrapping::None,
        })
    }

    /// Takes the bytes of a zip member within its archive; what it holds may itself be gzip or zstd.
    pub fn zip_member(file: Arc<File>, start: u64, length: u64, deflated: bool) -> Self {
        Self::from_origin(Origin {
            file,
            start,
            length: Some(length),
            reading: Reading::Finished,
            wrapping: if deflated {
                Wrapping::Deflated
            } else {
                Wrapping::Stored
            },
        })
    }

    fn from_origin(origin: Origin) -> Self {
        Self {
            origin,
            members: None,
            consumed: Arc::default(),
            position: 0,
            head: Vec::new(),
            window: Vec::new(),
            bound: Bound {
                free: FREE_BYTES,
                ratio: MAX_RATIO,
            },
            error: None,
        }
    }

    /// Returns, once, why the content ended before its time: damaged, unfinished or unpacking to too much.
    ///
    /// It is not an error of `read_at`, so that a decoder can finish with the bytes before it.
    pub fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    #[cfg(test)]
    fn with_bound(mut self, free: u64, ratio: u64) -> Self {
        self.bound = Bound { free, ratio };
        self
    }

    /// Returns the file that holds the packed bytes.
    pub(super) const fn file(&self) -> &Arc<File> {
        &self.origin.file
    }

    pub(super) const fn reading(&self) -> Reading {
        self.origin.reading
    }

    /// Returns whether the bytes before `offset`, as many as a fingerprint covers, are at hand.
    pub(super) fn is_near(&self, offset: u64) -> bool {
        let from = offset.saturating_sub(super::position::ANCHOR_BYTES);
        from >= self.position - self.window.len() as u64 || offset <= self.head.len() as u64
    }

    /// Takes the end of the packed bytes for their end from now on.
    pub(super) const fn finish(&mut self) {
        self.origin.reading = Reading::Finished;
    }

    /// Returns the metadata of the file that holds the packed bytes.
    pub fn metadata(&self) -> io::Result<Metadata> {
        self.origin.file.metadata()
    }

    /// Returns how many packed bytes were read.
    pub fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// Decompresses the next piece into the window; returns whether there was one.
    fn advance(&mut self) -> io::Result<bool> {
        if self.members.is_none() {
            let (members, consumed) = self.origin.begin()?;
            self.members = Some(members);
            self.consumed = consumed;
        }
        let Some(members) = &mut self.members else {
            return Ok(false);
        };
        let allowed = self.bound.free.max(
            self.consumed
                .load(Ordering::Relaxed)
                .saturating_mul(self.bound.ratio),
        );
        if self.position > allowed {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "unpacks to more than {} times its size: the first {} bytes were read, the rest is left alone",
                    self.bound.ratio, self.position
                ),
            ));
        }
        let mut piece = vec![0; 64 << 10];
        let read = members.read(&mut piece)?;
        if read == 0 {
            return Ok(false);
        }
        let piece = &piece[..read];
        let missing = HEAD_BYTES.saturating_sub(self.head.len()).min(read);
        self.head.extend_from_slice(&piece[..missing]);
        if self.window.len() + read > 2 * WINDOW_BYTES {
            self.window.drain(..self.window.len() - WINDOW_BYTES);
        }
        self.window.extend_from_slice(piece);
        self.position += read as u64;
        Ok(true)
    }

    fn start_over(&mut self) {
        self.members = None;
        self.position = 0;
        self.head.clear();
        self.window.clear();
    }
}

impl Content for Packed {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(head) = usize::try_from(offset)
            .ok()
            .and_then(|from| self.head.get(from..))
            && !head.is_empty()
        {
            let read = head.len().min(buffer.len());
            buffer[..read].copy_from_slice(&head[..read]);
            return Ok(read);
        }
        if offset < self.position - self.window.len() as u64 {
            self.start_over();
        }
        while self.position <= offset {
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return Ok(0),
                Err(error) => {
                    self.members = Some(Members::Over);
                    self.error = Some(error);
                    return Ok(0);
                }
            }
        }
        let from = self.window.len() - (self.position - offset) as usize;
        let ready = &self.window[from..];
        let read = ready.len().min(buffer.len());
        buffer[..read].copy_from_slice(&ready[..read]);
        Ok(read)
    }

    fn is_complete(&self) -> bool {
        // A live gzip is whole when its last member is and nothing follows; until then its last line may go on.
        self.origin.reading == Reading::Finished
            || matches!(self.members, Some(Members::Between(_) | Members::Over))
    }
}

#[cfg(test)]
mod tests;
