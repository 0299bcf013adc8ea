//! Which files of a directory may have changed.
//!
//! Takes a directory, or one file; gives hints and wakes whoever waits for them. A hint is a reason to look, never
//! a fact: notifications are merged, arrive late, overflow, and do not come at all from another machine's writes.
//! The follower therefore also looks by itself, every [`interval`] seconds at most.

mod silent;

use std::collections::BTreeSet;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify::{ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher};

use super::SourceError;

/// Changed paths that are remembered; beyond them one look at everything is cheaper.
const MAX_HINTS: usize = 4096;

/// How long a file system that notifies goes without a look at everything.
const WATCHED: Duration = Duration::from_secs(2);

/// How long one that may be silent does.
const SILENT: Duration = Duration::from_secs(1);

/// What may have changed since it was last asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// These paths, or what is under them; they may be gone.
    pub paths: BTreeSet<PathBuf>,
    /// Anything.
    pub anything: bool,
}

/// What the notifier leaves for the follower.
#[derive(Debug, Default)]
struct Board {
    hint: Hint,
    errors: Vec<SourceError>,
    /// Somebody asked the waiting thread to come back.
    woken: bool,
    closed: bool,
    /// Kept here so that a change of the root can replace it; dropping it ends its thread.
    watcher: Option<RecommendedWatcher>,
    /// The kernel's limits were reported; once is enough.
    complained: bool,
}

#[derive(Debug, Default)]
struct Shared {
    board: Mutex<Board>,
    changed: Condvar,
}

impl Shared {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut Board)) {
        change(&mut self.board());
        self.changed.notify_all();
    }
}

/// Ends a wait for hints from another thread.
#[derive(Debug, Clone)]
pub struct Waker(Arc<Shared>);

impl Waker {
    /// Ends the wait that is under way, or else the next one.
    pub fn wake(&self) {
        self.0.tell(|board| board.woken = true);
    }
}

/// A watched directory or file.
#[derive(Debug)]
pub struct Watch {
    root: PathBuf,
    shared: Arc<Shared>,
    interval: Duration,
}

impl Watch {
    /// Starts to watch `root`. Registering a large tree takes its time, so it is done by another thread; until it
    /// is through, looking takes its place.
    pub fn new(root: &Path) -> Self {
        let silent = silent::may_be(root);
        let watch = Self {
            root: root.to_path_buf(),
            shared: Arc::default(),
            interval: if silent { SILENT } else { WATCHED },
        };
        watch.renew();
        watch
    }

    /// Registers anew: the root was replaced by another directory of that name.
    pub fn renew(&self) {
        let root = self.root.clone();
        let shared = Arc::clone(&self.shared);
        let seconds = self.interval.as_secs();
        let registering = std::thread::Builder::new()
            .name("watch".into())
            .spawn(move || {
                let outcome = register(&root, &shared, seconds);
                shared.tell(|board| {
                    // What changed before the watch stood was not told.
                    board.hint.anything = true;
                    match outcome {
                        Ok(watcher) if !board.closed => board.watcher = Some(watcher),
                        Ok(_) => {}
                        Err(error) => board.complain(&root, seconds, &error),
                    }
                });
            });
        if let Err(error) = registering {
            let (root, seconds) = (&self.root, self.interval.as_secs());
            self.shared
                .tell(|board| board.complain(root, seconds, &notify::Error::io(error)));
        }
    }

    /// Returns how long to go at most without looking at everything, when the last such look took `took`: looking
    /// stays a small part of the work however many files there are.
    pub fn interval(&self, took: Duration) -> Duration {
        /// The part of the time that looking may take: one in so many.
        const PART: u32 = 20;
        self.interval.max(took * PART)
    }

    /// Returns what may have changed since the last call, and what keeps the kernel from telling.
    pub fn take(&self) -> (Hint, Vec<SourceError>) {
        let mut board = self.shared.board();
        (mem::take(&mut board.hint), mem::take(&mut board.errors))
    }

    /// Waits for a hint until `deadline`; returns true when a [`Waker`] ended it.
    pub fn wait(&self, deadline: Instant) -> bool {
        let mut board = self.shared.board();
        loop {
            if mem::take(&mut board.woken) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || board.hint != Hint::default() || !board.errors.is_empty() {
                return false;
            }
            board = self
                .shared
                .changed
                .wait_timeout(board, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Returns what ends a [`Watch::wait`] from another thread.
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.shared))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut board = self.shared.board();
        board.closed = true;
        let watcher = board.watcher.take();
        // Its thread may be about to tell something.
        drop(board);
        drop(watcher);
    }
}

fn register(root: &Path, shared: &Arc<Shared>, seconds: u64) -> notify::Result<RecommendedWatcher> {
    let told = Arc::downgrade(shared);
    let absolute = std::path::absolute(root).map_err(notify::Error::io)?;
    let (from, to) = (absolute.clone(), root.to_path_buf());
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let Some(shared) = told.upgrade() else {
            return;
        };
        match event {
            Ok(event) => note(&shared, &event, &from, &to),
            Err(error) => shared.tell(|board| {
                board.hint.anything = true;
                board.complain(&to, seconds, &error);
            }),
        }
    })?;
    // A single file is replaced by rename, which only its directory sees.
    let single = absolute.parent().filter(|_| absolute.is_file());
    let result = match single {
        Some(parent) => watcher.watch(parent, RecursiveMode::NonRecursive),
        None => watcher.watch(&absolute, RecursiveMode::Recursive),
    };
    if let Err(error) = result {
        // The part that could be registered still tells sooner than looking does.
        shared.tell(|board| board.complain(root, seconds, &error));
    }
    Ok(watcher)
}

/// Writes down what an event may mean. Reading a file makes access events, so those must not lead to reading.
fn note(shared: &Shared, event: &Event, from: &Path, to: &Path) {
    if event.kind.is_access() {
        return;
    }
    shared.tell(|board| {
        board.hint.anything |= event.need_rescan();
        for path in &event.paths {
            board.hint.add(rebased(path, from, to));
        }
    });
}

/// Returns `path` as the user named its root.
fn rebased(path: &Path, from: &Path, to: &Path) -> PathBuf {
    match path.strip_prefix(from) {
        Ok(rest) if rest.as_os_str().is_empty() => to.to_path_buf(),
        Ok(rest) => to.join(rest),
        Err(_) => path.to_path_buf(),
    }
}

impl Hint {
    fn add(&mut self, path: PathBuf) {
        if self.anything {
            return;
        }
        self.paths.insert(path);
        if self.paths.len() > MAX_HINTS {
            self.paths.clear();
            self.anything = true;
        }
    }
}

impl Board {
    /// Reports, once, that looking must take the place of notifications. A path that is gone or forbidden is for
    /// the look to report.
    fn complain(&mut self, root: &Path, seconds: u64, error: &notify::Error) {
        let elsewhere = match &error.kind {
            ErrorKind::PathNotFound | ErrorKind::WatchNotFound => true,
            ErrorKind::Io(error) => matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied
            ),
            _ => false,
        };
        if elsewhere || mem::replace(&mut self.complained, true) {
            return;
        }
        self.errors.push(SourceError::Unwatchable {
            path: root.to_path_buf(),
            error: match &error.kind {
                ErrorKind::MaxFilesWatch => "too many directories for this user's limit".into(),
                ErrorKind::Io(error) => error.to_string(),
                other => format!("{other:?}"),
            },
            seconds,
        });
    }
}

#[cfg(test)]
mod tests;
