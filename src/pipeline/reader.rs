//! Reading a watched directory: joins what may have changed, the files that are followed, and the decoders.
//!
//! Takes a directory (or one file) and saved positions; gives one [`Stretch`] after the other, each out of one file,
//! each with the position to save in the transaction that handles its items.

mod decoders;

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use crate::decode::{Budget, Format, Item};
use crate::source::follow::{Follower, Growth, Outcome, Turn};
use crate::source::watch::Watch;
use crate::source::{SavedPosition, SourceError};
use decoders::{Decoders, HEAVY};

pub use crate::source::watch::Waker;

/// How much of one file is read before another has its turn.
const STRETCH: Budget = Budget {
    records: 1024,
    bytes: 4 << 20,
};

/// How long notifications gather before they are acted on: an append is several, and a busy writer thousands.
const GATHER: Duration = Duration::from_millis(10);

/// However much changes, so many times as long as looking took is left for reading.
const READ_PART: u32 = 4;

/// What was read of one file in one turn.
#[derive(Debug, Default)]
pub struct Stretch {
    /// Records and unreadable records, in the order of the content.
    pub items: Vec<Item>,
    /// Where this file is read up to once the items are handled; `None` when that is where it was before, or not
    /// known because the file was replaced meanwhile.
    pub position: Option<SavedPosition>,
    /// Keys of positions that are no longer needed.
    pub gone: Vec<String>,
    /// What keeps files from being read; each problem once, not once a look.
    pub errors: Vec<SourceError>,
    /// The format that was recognised.
    pub format: Option<Format>,
    /// When the file was last written to, as it was read: for the lag.
    pub grown: Option<SystemTime>,
}

impl Stretch {
    fn is_empty(&self) -> bool {
        self.items.is_empty()
            && self.position.is_none()
            && self.gone.is_empty()
            && self.errors.is_empty()
    }
}

/// Bytes on disk: packed bytes for what is packed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Read.
    pub done: u64,
    /// In all known files.
    pub total: u64,
}

/// Reads the files under a directory as they grow.
#[derive(Debug)]
pub struct Reader {
    watch: Watch,
    follower: Follower,
    decoders: Decoders,
    single: bool,
    /// When everything is looked at again.
    next_look: Instant,
    /// Before that no hint leads to it: a storm of changes must leave time for reading.
    no_look_before: Instant,
    /// When hints are acted on again.
    next_hints: Instant,
}

impl Reader {
    /// Starts to watch `root` (a directory, or a file), going on from `positions`. Reads and lists nothing yet.
    ///
    /// # Errors
    /// When `root` cannot be looked at.
    pub fn open(root: &Path, positions: Vec<SavedPosition>) -> Result<Self, SourceError> {
        let metadata = std::fs::metadata(root).map_err(|error| SourceError::io(root, error))?;
        let now = Instant::now();
        Ok(Self {
            watch: Watch::new(root),
            follower: Follower::new(root, positions),
            decoders: Decoders::default(),
            single: !metadata.is_dir(),
            next_look: now,
            no_look_before: now,
            next_hints: now,
        })
    }

    /// Reads one stretch of one file: at most 1024 records or 4 MiB, whichever comes first, and the record that
    /// reaches there. Waits at most `patience` when there is nothing to read; `None` when nothing came.
    pub fn next(&mut self, patience: Duration) -> Option<Stretch> {
        let deadline = Instant::now() + patience;
        loop {
            self.look();
            let mut stretch = self.follower.turn().map(|turn| self.read(turn));
            let errors = self.follower.take_errors();
            let gone = self.follower.take_gone();
            if stretch.is_some() || !errors.is_empty() || !gone.is_empty() {
                let stretch = stretch.get_or_insert_default();
                stretch.errors.extend(errors);
                stretch.gone.extend(gone);
            }
            if let Some(stretch) = stretch.filter(|stretch| !stretch.is_empty()) {
                return Some(stretch);
            }
            let now = Instant::now();
            if self.follower.is_busy() && now < deadline {
                continue;
            }
            let until = if self.follower.is_busy() {
                now
            } else {
                self.next_look.min(deadline)
            };
            if self.watch.wait(until) || Instant::now() >= deadline {
                return None;
            }
            if !self.follower.is_busy() {
                let gathering = self.next_hints.saturating_duration_since(Instant::now());
                std::thread::sleep(gathering);
            }
        }
    }

    /// Returns all that keeps files from being read now, when that has changed since it was last asked.
    pub fn problems(&mut self) -> Option<Vec<String>> {
        self.follower.problems()
    }

    /// Returns how much is read and how much there is.
    pub fn backlog(&self) -> Backlog {
        let (done, total) = self.follower.progress();
        Backlog { done, total }
    }

    /// Returns what ends a waiting [`Reader::next`] from another thread.
    pub fn waker(&self) -> Waker {
        self.watch.waker()
    }

    /// Looks at what may have changed, and from time to time at everything.
    fn look(&mut self) {
        let now = Instant::now();
        if now >= self.next_hints {
            self.act_on_hints();
            self.next_hints = now + GATHER;
        }
        let begun = Instant::now();
        if begun < self.next_look {
            return;
        }
        if self.follower.look() {
            self.watch.renew();
        }
        let done = Instant::now();
        let took = done - begun;
        self.next_look = done + self.watch.interval(took);
        self.no_look_before = done + took * READ_PART;
    }

    fn act_on_hints(&mut self) {
        let (hint, errors) = self.watch.take();
        self.follower.report_all(errors);
        if hint.anything || (self.single && !hint.paths.is_empty()) {
            self.next_look = self.next_look.min(self.no_look_before);
            return;
        }
        for path in &hint.paths {
            self.follower.look_at(path);
        }
    }

    fn read(&mut self, mut turn: Turn) -> Stretch {
        let mut decoder = self.decoders.take(&turn);
        let mut stretch = Stretch {
            grown: turn.modified,
            ..Stretch::default()
        };
        let (mut longest, mut last) = (0, None);
        let items = &mut stretch.items;
        let read = decoder.read(&mut turn.content, turn.offset, STRETCH, &mut |item| {
            if let Item::Record(record) = &item {
                longest = longest.max(record.place.length);
                last = Some((record.place.offset, record.place.length));
            }
            items.push(item);
        });
        let progress = match read {
            Ok(progress) => progress,
            Err(error) => {
                self.follower.failed(&turn, error);
                return stretch;
            }
        };
        stretch.format = progress.format;
        let held = if turn.content.is_packed() {
            0
        } else {
            turn.size().saturating_sub(progress.offset)
        };
        let heavy = longest > HEAVY || (!progress.more && held > HEAVY);
        let outcome = Outcome {
            offset: progress.offset,
            state: decoder.state(),
            more: progress.more,
            growth: match progress.format {
                Some(Format::Evtx) => Growth::InPlace { last },
                _ => Growth::AtEnd,
            },
        };
        self.decoders.keep(&turn, decoder, heavy);
        if !progress.more
            && let Some(error) = turn.content.take_error()
        {
            self.follower.damaged(&turn, error);
        }
        let done = self.follower.done(turn, outcome);
        if done.replaced {
            // It is read again from its beginning; what is unreadable there is told then.
            stretch.items.retain(|item| matches!(item, Item::Record(_)));
        }
        stretch.position = done.position;
        stretch
    }
}

#[cfg(test)]
mod tests;
