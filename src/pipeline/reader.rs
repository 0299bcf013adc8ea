//! Reading a watched directory: joins the follower and the decoders.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::decode::{Budget, Decoder, Format, Item};
use crate::source::listing::walk;
use crate::source::{Anchor, FileId, OpenFile, Reading, SavedPosition, SourceError};

/// How much of one file is read before another has its turn.
const STRETCH: Budget = Budget {
    records: 1024,
    bytes: 4 << 20,
};

/// What was read of one file in one turn.
#[derive(Debug, Default)]
pub struct Stretch {
    /// Records and unreadable records, in the order of the content.
    pub items: Vec<Item>,
    /// Where this file is read up to once the items are handled; `None` when nothing was read of a record yet.
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

/// Bytes on disk: packed bytes for what is packed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Read.
    pub done: u64,
    /// In all known files.
    pub total: u64,
}

/// Ends a waiting [`Reader::next`] from another thread.
#[derive(Debug, Clone)]
pub struct Waker(Sender<()>);

impl Waker {
    pub fn wake(&self) {
        let _ = self.0.try_send(());
    }
}

#[derive(Debug)]
struct Followed {
    decoder: Decoder,
    content: OpenFile,
    offset: u64,
    size: u64,
    head: Option<Anchor>,
}

/// Reads the files under a directory as they grow.
#[derive(Debug)]
pub struct Reader {
    root: PathBuf,
    saved: HashMap<FileId, SavedPosition>,
    files: HashMap<FileId, Followed>,
    wake: (Sender<()>, Receiver<()>),
}

impl Reader {
    /// Starts to watch `root` (a directory, or a file), going on from `positions`.
    ///
    /// # Errors
    /// When `root` cannot be looked at.
    pub fn open(root: &Path, positions: Vec<SavedPosition>) -> Result<Self, SourceError> {
        std::fs::metadata(root).map_err(|error| SourceError::io(root, error))?;
        Ok(Self {
            root: root.to_path_buf(),
            saved: positions.into_iter().map(|p| (p.file, p)).collect(),
            files: HashMap::new(),
            wake: bounded(1),
        })
    }

    /// Reads one stretch of one file; waits at most `patience` when there is nothing to read.
    pub fn next(&mut self, patience: Duration) -> Option<Stretch> {
        let until = Instant::now() + patience;
        loop {
            if let Some(stretch) = self.read() {
                return Some(stretch);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero()
                || self
                    .wake
                    .1
                    .recv_timeout(left.min(Duration::from_millis(100)))
                    .is_ok()
            {
                return None;
            }
        }
    }

    fn read(&mut self) -> Option<Stretch> {
        let mut found = Vec::new();
        let mut errors = Vec::new();
        walk(
            &self.root,
            &mut |path, metadata| found.push((path, FileId::of(metadata))),
            &mut errors,
        );
        for (path, id) in found {
            if let Ok(Some(stretch)) = self.read_file(&path, id) {
                return Some(stretch);
            }
        }
        None
    }

    fn read_file(&mut self, path: &Path, id: FileId) -> std::io::Result<Option<Stretch>> {
        if let std::collections::hash_map::Entry::Vacant(vacant) = self.files.entry(id) {
            let Ok(content) = OpenFile::open(path, Reading::Live) else {
                return Ok(None);
            };
            let saved = self.saved.get(&id);
            let path: Arc<Path> = path.into();
            vacant.insert(Followed {
                decoder: Decoder::new(path, saved.and_then(|p| p.decoder.clone())),
                content,
                offset: saved.map_or(0, |p| p.offset),
                size: 0,
                head: saved.map(|p| p.head),
            });
        }
        let Some(file) = self.files.get_mut(&id) else {
            return Ok(None);
        };
        let mut stretch = Stretch::default();
        let progress = file
            .decoder
            .read(&mut file.content, file.offset, STRETCH, &mut |item| {
                stretch.items.push(item);
            })?;
        file.offset = progress.offset;
        file.size = file.content.metadata()?.len();
        stretch.format = progress.format;
        stretch.grown = file.content.metadata()?.modified().ok();
        if file.head.is_none() {
            file.head = Anchor::head(&mut file.content, 0, file.offset)?;
        }
        let tail = Anchor::tail(&mut file.content, 0, file.offset)?;
        if let (Some(head), Some(tail)) = (file.head, tail) {
            stretch.position = Some(SavedPosition {
                path: path.to_path_buf(),
                file: id,
                head,
                tail,
                offset: file.offset,
                decoder: file.decoder.state(),
            });
        }
        Ok((!stretch.items.is_empty()).then_some(stretch))
    }

    /// Returns how much is read and how much there is.
    pub fn backlog(&self) -> Backlog {
        self.files
            .values()
            .fold(Backlog::default(), |sum, file| Backlog {
                done: sum.done + file.content.consumed(file.offset).min(file.size),
                total: sum.total + file.size,
            })
    }

    /// Returns what ends a waiting [`Reader::next`] from another thread.
    pub fn waker(&self) -> Waker {
        Waker(self.wake.0.clone())
    }
}
