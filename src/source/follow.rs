//! The files under a watched directory, through rotation, truncation and deletion.
//!
//! Takes a directory (or one file) and saved positions; gives [`Turn`]s: which file to read from which offset, and
//! takes back how far that got. Knows nothing of formats.
//!
//! Which file is which:
//! - A file is its (device, inode) as long as the bytes that were read are still in it. Both ends of what was read
//!   are fingerprinted ([`Anchor`](super::Anchor)) and compared before each turn, and the first again after it.
//! - Renamed: the same file, its path is taken over. Deleted or moved away: it is read to its end through its open
//!   descriptor, and let go when it has been quiet for [`DRAIN`].
//! - Truncated, replaced in place, or another file with a used inode: the fingerprints differ, so it is read from 0.
//! - A copy or a compressed copy of what was read (copytruncate, gzip after rotation): a new file whose content
//!   carries the fingerprints of a known position takes that position over.
//! - Whatever is in doubt is read again from 0; the identity of events makes that harmless.
//!
//! What can be lost: a file that is deleted before its first turn, or one deleted with unread bytes while more than
//! [`MAX_OPEN`] files were busier.

mod lanes;
mod look;
mod past;
mod settle;
mod shelf;
mod track;
mod turn;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::{FileId, OpenFile, SavedPosition, SourceError};
use lanes::Lanes;
use past::{Heads, Past};
use shelf::Shelf;
use track::Track;

/// Plain files held open, so that one that is deleted can be read to its end. Half of the usual limit of 1024
/// is left to everything else.
pub const MAX_OPEN: usize = 256;

/// Compressed files held open: each keeps a few MiB of what it unpacked.
pub const MAX_PACKED: usize = 4;

/// Files that are followed; about a KiB of memory each.
pub const MAX_FILES: usize = 100_000;

/// Positions remembered of files that are gone or began anew, to know their copies.
pub const MAX_PAST: usize = 4096;

/// How long a file that is gone must be quiet before it is let go: its writer may still have it open.
pub const DRAIN: Duration = Duration::from_secs(5);

/// How long a file that looks like an unfinished copy must be quiet before it is taken for something else.
pub const STEADY: Duration = Duration::from_secs(5);

/// Leave to read a file; give it back with [`Follower::done`] or [`Follower::failed`].
#[derive(Debug)]
pub struct Turn {
    pub file: FileId,
    pub path: Arc<Path>,
    pub content: OpenFile,
    /// Where to read from.
    pub offset: u64,
    /// What the decoder needs to go on there.
    pub state: Option<Value>,
    /// Changes whenever reading does not simply go on: an earlier decoder of this file is of no use then.
    pub life: u64,
    /// When the file was last written to.
    pub modified: Option<SystemTime>,
    /// Fingerprint of the first bytes, to be found again after the turn.
    witness: Option<super::Anchor>,
    seen: track::Seen,
}

impl Turn {
    /// Returns how many bytes the file has.
    pub const fn size(&self) -> u64 {
        self.seen.size
    }
}

/// How far a turn got.
#[derive(Debug)]
pub struct Outcome {
    /// Everything before it is consumed.
    pub offset: u64,
    /// What the decoder needs to go on there.
    pub state: Option<Value>,
    /// Whether there is more to read at once.
    pub more: bool,
    pub growth: Growth,
}

/// What is known of a file when a turn is over.
#[derive(Debug, Default)]
pub struct Done {
    /// The position to save once what was read is handled, if it is a new one.
    pub position: Option<SavedPosition>,
    /// The content was replaced while it was read: what seems unreadable may be pieces of both.
    pub replaced: bool,
}

/// Which bytes of a content stay as they are once they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// All: it grows at its end.
    AtEnd,
    /// Those of its records, until they are overwritten: a log that wraps.
    InPlace {
        /// Offset and length of the last record of this turn.
        last: Option<(u64, u64)>,
    },
}

/// Follows the files under a directory.
#[derive(Debug)]
pub struct Follower {
    root: PathBuf,
    /// What the root is; another directory of that name must be watched anew.
    root_id: Option<FileId>,
    tracks: HashMap<FileId, Track>,
    heads: Heads,
    past: Past,
    lanes: Lanes,
    plain: Shelf,
    packed: Shelf,
    /// Looks at everything so far.
    round: u64,
    lives: u64,
    /// Problems of the last look, by what they say.
    known_errors: HashMap<String, u64>,
    errors: Vec<SourceError>,
    /// What is wrong for good, as far as anybody can tell from here.
    lasting: Vec<String>,
    /// Whether [`Follower::problems`] would say something else than the last time.
    problems_changed: bool,
    gone: Vec<String>,
}

impl Follower {
    /// Follows what lies at `root`, going on from `positions`. Looks at nothing yet.
    pub fn new(root: &Path, positions: Vec<SavedPosition>) -> Self {
        let mut past = Past::default();
        for position in positions {
            past.add(position);
        }
        Self {
            root: root.to_path_buf(),
            root_id: None,
            tracks: HashMap::new(),
            heads: Heads::default(),
            past,
            lanes: Lanes::default(),
            plain: Shelf::new(MAX_OPEN),
            packed: Shelf::new(MAX_PACKED),
            round: 0,
            lives: 0,
            known_errors: HashMap::new(),
            errors: Vec::new(),
            lasting: Vec::new(),
            problems_changed: false,
            gone: Vec::new(),
        }
    }

    /// Returns whether any file waits for a turn.
    pub fn is_busy(&self) -> bool {
        !self.lanes.is_empty()
    }

    /// Returns the bytes on disk that are read and those of all known files.
    pub fn progress(&self) -> (u64, u64) {
        self.tracks.values().fold((0, 0), |(done, total), track| {
            (done + track.done(), total + track.seen.size)
        })
    }

    /// Returns what came to light since the last call, each problem once.
    pub fn take_errors(&mut self) -> Vec<SourceError> {
        std::mem::take(&mut self.errors)
    }

    /// Takes problems that others found and that stay, to be told with its own.
    pub fn report_all(&mut self, errors: Vec<SourceError>) {
        for error in errors {
            let said = error.to_string();
            if !self.lasting.contains(&said) {
                self.problems_changed = true;
                self.lasting.push(said);
            }
            self.errors.push(error);
        }
    }

    /// Returns all that is wrong now, when that is something else than the last time it was asked; a problem that was
    /// mended is not among it.
    pub fn problems(&mut self) -> Option<Vec<String>> {
        if !std::mem::take(&mut self.problems_changed) {
            return None;
        }
        let troubles = self
            .tracks
            .values()
            .filter_map(|track| track.trouble.as_ref());
        let mut said: Vec<String> = troubles.chain(self.known_errors.keys()).cloned().collect();
        said.sort_unstable();
        said.dedup();
        Some(self.lasting.iter().cloned().chain(said).collect())
    }

    /// Has [`Follower::problems`] say everything, for tests.
    #[cfg(test)]
    pub(crate) fn forget_told(&mut self) {
        self.problems_changed = true;
    }

    /// Returns the keys of positions that are no longer needed. At most [`MAX_PAST`] are kept beyond those of the
    /// files that are there.
    pub fn take_gone(&mut self) -> Vec<String> {
        std::mem::take(&mut self.gone)
    }

    /// Returns a number that no other life of a file has.
    fn new_life(&mut self) -> u64 {
        self.lives += 1;
        self.lives
    }
}
