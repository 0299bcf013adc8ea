//! Looking: what the directory holds now becomes tracks and turns.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::lanes::Lane;
use super::past::name;
use super::track::{Presence, Seen, Track};
use super::{DRAIN, Follower, MAX_FILES, MAX_PAST};
use crate::source::listing::walk;
use crate::source::{FileId, SourceError};

/// A growing file with no more than this to read does not wait in the backlog.
const NEAR: u64 = 4 << 20;

/// How fine file times are at worst: a write so shortly before a read may not have changed the time again.
const TIME_PRECISION: Duration = Duration::from_secs(3);

/// Problems that one look reports at most; a directory of a million devices is one problem.
const MAX_ERRORS: usize = 1000;

impl Follower {
    /// Looks at everything. Returns whether the root is another directory than before, so that it must be watched
    /// anew.
    pub fn look(&mut self) -> bool {
        self.round += 1;
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        let mut beyond = false;
        walk(
            &self.root,
            &mut |path, metadata| {
                if found.len() < MAX_FILES {
                    found.push((path, metadata.clone()));
                } else {
                    beyond = true;
                }
            },
            &mut errors,
        );
        if beyond {
            let error = std::io::Error::other(format!(
                "holds more than {MAX_FILES} files; the others are not followed"
            ));
            self.report(vec![SourceError::io(&self.root, error)]);
        }
        self.add_siblings(&mut found);
        // Oldest first: a stateful rule sees the events of several files about in their order.
        if self.round == 1 {
            found.sort_by_cached_key(|(_, metadata)| metadata.modified().ok());
        }
        for (path, metadata) in found {
            self.meet(path, &metadata, false);
        }
        let unreadable = errors
            .iter()
            .filter_map(|error| match error {
                SourceError::Io { path, .. } => Some(path.clone()),
                _ => None,
            })
            .collect::<Vec<_>>();
        self.report(errors);
        let before = self.known_errors.len();
        self.known_errors.retain(|_, round| *round == self.round);
        self.problems_changed |= self.known_errors.len() != before;
        self.miss(&unreadable);
        self.tidy();
        self.root_changed()
    }

    /// Looks at a path that may have changed, and everything under it.
    pub fn look_at(&mut self, path: &Path) {
        if std::fs::symlink_metadata(path).is_err() {
            // Renamed: its new name is told as well. Deleted: the next look at everything misses it.
            return;
        }
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        walk(
            path,
            &mut |path, metadata| found.push((path, metadata.clone())),
            &mut errors,
        );
        for (path, metadata) in found {
            self.meet(path, &metadata, true);
        }
        errors.retain(|error| {
            !matches!(error, SourceError::Io { error, .. } if error.kind() == ErrorKind::NotFound)
        });
        self.report(errors);
    }

    /// Where a single file is followed, its predecessors are called something else in its directory.
    fn add_siblings(&self, found: &mut Vec<(PathBuf, Metadata)>) {
        if self.root.is_dir() {
            return;
        }
        let parent = match self.root.parent() {
            Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
            Some(parent) => parent,
            None => return,
        };
        let Ok(entries) = std::fs::read_dir(parent) else {
            return;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path == self.root {
                continue;
            }
            if let Ok(metadata) = std::fs::metadata(&path)
                && metadata.is_file()
                && self.is_known(FileId::of(&metadata))
            {
                found.push((path, metadata));
            }
        }
    }

    fn is_known(&self, file: FileId) -> bool {
        self.tracks.contains_key(&file) || self.past.knows(file)
    }

    /// Takes note of a file; lets it wait for a turn when there may be something new in it.
    fn meet(&mut self, path: PathBuf, metadata: &Metadata, hinted: bool) {
        let file = FileId::of(metadata);
        let seen = Seen::of(metadata);
        if !self.tracks.contains_key(&file) {
            if self.tracks.len() >= MAX_FILES {
                // The next look at everything reports it.
                return;
            }
            let mut track = Track::new(path.as_path().into(), seen, self.new_life());
            if let Some(position) = self.past.take(file) {
                self.heads.add(&position.head, file);
                track.expect(position, true);
            }
            self.tracks.insert(file, track);
        }
        let first = self.round <= 1;
        let Some(track) = self.tracks.get_mut(&file) else {
            return;
        };
        track.round = self.round;
        if track.presence == Presence::Leaving {
            // It is back, and may grow again.
            track.content = None;
        }
        track.presence = Presence::Here;
        // A file may have several names; as long as the one it is known by is right, that one stays.
        if *track.path != *path && !is_file(&track.path, file) {
            track.path = path.into();
        }
        track.see(seen);
        let unsure = std::mem::take(&mut track.again);
        if track.is_caught_up() && !hinted && !unsure {
            return;
        }
        let lane = if track.packed {
            Lane::Packed
        } else if first {
            Lane::Backlog
        } else {
            track.plain_lane()
        };
        self.queue(file, lane);
    }

    /// Lets a file wait for a turn. One that waits in the backlog is called sooner when it has become live.
    pub(super) fn queue(&mut self, file: FileId, lane: Lane) {
        let Some(track) = self.tracks.get_mut(&file) else {
            return;
        };
        match (track.lane, lane) {
            (None, _) | (Some(Lane::Backlog), Lane::Live) => {
                track.lane = Some(lane);
                self.lanes.push(lane, file);
            }
            (Some(_), _) => {}
        }
    }

    /// Deals with files that this look did not find. What could not be looked at is not missing.
    fn miss(&mut self, unreadable: &[PathBuf]) {
        let missing: Vec<FileId> = self
            .tracks
            .iter()
            .filter(|(_, track)| track.round != self.round)
            .filter(|(_, track)| !unreadable.iter().any(|path| track.path.starts_with(path)))
            .map(|(file, _)| *file)
            .collect();
        for file in missing {
            self.miss_one(file);
        }
    }

    fn miss_one(&mut self, file: FileId) {
        let Some(track) = self.tracks.get_mut(&file) else {
            return;
        };
        track.presence = match track.presence {
            Presence::Here => Presence::Missing(1),
            Presence::Missing(times) => Presence::Missing(times.saturating_add(1)),
            Presence::Leaving => Presence::Leaving,
        };
        let Some(content) = &track.content else {
            if track.presence != Presence::Missing(1) {
                self.forget(file);
            }
            return;
        };
        if let Ok(metadata) = content.metadata() {
            track.see(Seen::of(&metadata));
        }
        let quiet = track.is_caught_up() && track.is_steady(DRAIN);
        if quiet && track.presence != Presence::Missing(1) {
            track.presence = Presence::Leaving;
            if let Some(content) = &mut track.content {
                content.finish();
            }
        }
        if !track.is_caught_up() || track.presence == Presence::Leaving {
            let lane = if track.packed {
                Lane::Packed
            } else {
                Lane::Live
            };
            self.queue(file, lane);
        }
    }

    /// Lets a file go; its position is remembered, since its content may be met again in another file.
    pub(super) fn forget(&mut self, file: FileId) {
        if let Some(track) = self.tracks.remove(&file) {
            self.problems_changed |= track.trouble.is_some();
            self.remember(file, &track);
        }
    }

    pub(super) fn remember(&mut self, file: FileId, track: &Track) {
        if let Some(position) = track.position(file) {
            self.past.add(position);
        }
    }

    fn tidy(&mut self) {
        for position in self.past.trim(MAX_PAST) {
            if !self.tracks.contains_key(&position.file) {
                self.gone.push(position.key());
            }
        }
        let tracks = &self.tracks;
        self.heads.retain(|file, named| {
            let head = tracks.get(&file).and_then(Track::known_head);
            head.as_ref().and_then(name) == Some(named)
        });
    }

    fn root_changed(&mut self) -> bool {
        let id = std::fs::metadata(&self.root)
            .ok()
            .map(|metadata| FileId::of(&metadata));
        let known = std::mem::replace(&mut self.root_id, id);
        // A single file is watched through its directory.
        id.is_some() && known != id && self.round > 1 && self.root.is_dir()
    }

    /// Reports what was not reported by the look before.
    pub(super) fn report(&mut self, errors: Vec<SourceError>) {
        for error in errors {
            let known = self.known_errors.len();
            match self.known_errors.entry(error.to_string()) {
                std::collections::hash_map::Entry::Occupied(mut round) => {
                    round.insert(self.round);
                }
                std::collections::hash_map::Entry::Vacant(vacant) if known < MAX_ERRORS => {
                    vacant.insert(self.round);
                    self.problems_changed = true;
                    self.errors.push(error);
                }
                std::collections::hash_map::Entry::Vacant(_) => {}
            }
        }
    }
}

/// Returns whether a file that was last written at `modified` may be written again without its time changing.
pub(super) fn is_fresh(modified: Option<SystemTime>) -> bool {
    let Some(modified) = modified else {
        return false;
    };
    let age = match SystemTime::now().duration_since(modified) {
        Ok(age) => age,
        Err(ahead) => ahead.duration(),
    };
    age < TIME_PRECISION
}

/// Returns whether `path` leads to `file`.
fn is_file(path: &Path, file: FileId) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| FileId::of(&metadata) == file)
}

impl Track {
    /// Returns where it waits if it is not compressed.
    pub(super) fn plain_lane(&self) -> Lane {
        if self.seen.size.saturating_sub(self.offset) > NEAR {
            Lane::Backlog
        } else {
            Lane::Live
        }
    }

    /// Returns whether its size has not changed for `time`.
    pub(super) fn is_steady(&self, time: Duration) -> bool {
        Instant::now().duration_since(self.steady) >= time
    }
}
