//! One followed file.

use std::fs::Metadata;
use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use serde_json::Value;

use super::lanes::Lane;
use crate::source::{Anchor, FileId, OpenFile, SavedPosition};

/// What tells that a file changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub size: u64,
    pub modified: Option<SystemTime>,
}

impl Seen {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

/// How sure it is where to read on.
#[derive(Debug)]
pub(super) enum Settling {
    /// Nothing is known of the content.
    New,
    /// It may be the content of this position.
    Checking {
        position: Box<SavedPosition>,
        /// Whether it is this very file's.
        own: bool,
        /// Compressed content is unpacked up to here.
        unpacked: u64,
    },
    Settled,
}

/// Whether the file is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Here,
    /// Not found by so many looks; it may have been renamed while they went on.
    Missing(u8),
    /// It will not grow: its last turn reads it to its end, unfinished record included.
    Leaving,
}

#[derive(Debug)]
pub(super) struct Track {
    pub path: Arc<Path>,
    pub seen: Seen,
    /// What it looked like when it was last read to its end.
    pub read: Option<Seen>,
    /// Since when its size has not changed.
    pub steady: Instant,
    /// Look again even if it looks unchanged: it was written to within the precision of its time.
    pub again: bool,
    /// Consumed of the content.
    pub offset: u64,
    /// Bytes on disk that were read.
    pub consumed: u64,
    pub head: Option<Anchor>,
    pub tail: Option<Anchor>,
    pub state: Option<Value>,
    pub settling: Settling,
    pub life: u64,
    /// The position is to be told even if nothing is read.
    pub announce: bool,
    pub content: Option<OpenFile>,
    /// Mark of its last use on a shelf.
    pub mark: u64,
    pub packed: bool,
    pub lane: Option<Lane>,
    pub presence: Presence,
    pub round: u64,
    /// A problem was reported; a change of the size may be another one.
    pub complained: bool,
    /// What is wrong with it, until it is read well.
    pub trouble: Option<String>,
    /// That came to light in this very turn, which reads what there is all the same.
    pub damaged: bool,
    /// Nothing in it can be read; until it changes it is left alone.
    pub foreign: bool,
}

impl Track {
    pub(super) fn new(path: Arc<Path>, seen: Seen, life: u64) -> Self {
        Self {
            path,
            seen,
            read: None,
            steady: Instant::now(),
            again: false,
            offset: 0,
            consumed: 0,
            head: None,
            tail: None,
            state: None,
            settling: Settling::New,
            life,
            announce: false,
            content: None,
            mark: 0,
            packed: false,
            lane: None,
            presence: Presence::Here,
            round: 0,
            complained: false,
            trouble: None,
            damaged: false,
            foreign: false,
        }
    }

    /// Takes note of what the file looks like now.
    pub(super) fn see(&mut self, seen: Seen) {
        if self.seen.size != seen.size {
            self.steady = Instant::now();
            self.complained = false;
        }
        self.seen = seen;
    }

    /// Returns whether everything that is there now was read.
    pub(super) fn is_caught_up(&self) -> bool {
        self.read == Some(self.seen)
    }

    /// Returns how many of its bytes on disk are done with.
    pub(super) fn done(&self) -> u64 {
        if self.is_caught_up() {
            self.seen.size
        } else {
            self.consumed.min(self.seen.size)
        }
    }

    /// Returns where it is read up to, as far as is known.
    pub(super) fn position(&self, file: FileId) -> Option<SavedPosition> {
        if let Settling::Checking {
            position,
            own: true,
            ..
        } = &self.settling
        {
            return Some((**position).clone());
        }
        Some(SavedPosition {
            path: self.path.to_path_buf(),
            file,
            head: self.head?,
            tail: self.tail?,
            offset: self.offset,
            decoder: self.state.clone(),
        })
    }

    /// Returns the first fingerprint of [`Track::position`].
    pub(super) fn known_head(&self) -> Option<Anchor> {
        match &self.settling {
            Settling::Checking {
                position,
                own: true,
                ..
            } => Some(position.head),
            _ => self.head,
        }
    }

    /// Has it checked whether its content is that of `position`.
    pub(super) fn expect(&mut self, position: SavedPosition, own: bool) {
        self.settling = Settling::Checking {
            position: Box::new(position),
            own,
            unpacked: 0,
        };
    }

    /// Goes on at the position that was checked.
    pub(super) fn adopt(&mut self) {
        let checked = std::mem::replace(&mut self.settling, Settling::Settled);
        if let Settling::Checking { position, .. } = checked {
            self.offset = position.offset;
            self.head = Some(position.head);
            self.tail = Some(position.tail);
            self.state = position.decoder;
        }
    }

    /// Forgets what was read: the content is another one.
    pub(super) fn begin_anew(&mut self, life: u64) {
        self.offset = 0;
        self.consumed = 0;
        self.head = None;
        self.tail = None;
        self.state = None;
        self.read = None;
        self.settling = Settling::New;
        self.foreign = false;
        self.life = life;
    }
}
