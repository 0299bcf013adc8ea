//! Which files under the rule paths may hold rules.
//!
//! Takes paths; gives regular files with their stamps, sorted, and what could not be looked at.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::indicators;
use super::reload::Stamp;

/// Directories are followed this deep at most, so that a loop of mounts ends.
const MAX_DEPTH: usize = 32;

/// How far above a path its macros are looked for: `detections/endpoint/x.yml` finds `macros` two levels up, and a
/// stray directory of that name near the root is not ours.
const MACROS_ABOVE: usize = 4;

/// Endings of files that may hold rules; what they hold is told from their content.
pub const ENDINGS: [&str; 6] = ["toml", "yml", "yaml", "ndjson", "json", "jsonl"];

/// A file to read and its state when it was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub path: PathBuf,
    pub stamp: Stamp,
}

/// What lies under one path.
#[derive(Debug, Default)]
pub struct Listing {
    pub files: Vec<Listed>,
    pub failed: Vec<(PathBuf, io::Error)>,
}

/// Lists `path`: itself when it is a file, else everything under it.
#[must_use]
pub fn list(path: &Path) -> Listing {
    list_those(path, &|path| {
        may_hold_rules(path) || indicators::is_indicator_file(path)
    })
}

/// Lists the files of indicators at `path`: itself when it is a file, else all below that end as such files do.
#[must_use]
pub fn list_indicators(path: &Path) -> Listing {
    list_those(path, &|path| {
        !is_hidden(path) && indicators::has_ending(path)
    })
}

fn list_those(path: &Path, wanted: &dyn Fn(&Path) -> bool) -> Listing {
    let mut walk = Walk {
        wanted,
        entered: HashSet::new(),
        listing: Listing::default(),
    };
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => walk.folder(path, &found, 0),
        Ok(found) => walk.listing.take(path.to_owned(), &found),
        Err(error) => walk.listing.failed.push((path.to_owned(), error)),
    }
    let mut listing = walk.listing;
    listing.files.sort_by(|a, b| a.path.cmp(&b.path));
    listing
}

/// Directories whose files a search may need, wherever they lie above its path.
pub const MACROS: &str = "macros";
pub const LOOKUPS: &str = "lookups";
pub const STORIES: &str = "stories";

/// Returns the files above `path` that its rules may need.
#[must_use]
pub fn companions(path: &Path) -> Vec<Listed> {
    let named = [MACROS, LOOKUPS, STORIES]
        .into_iter()
        .filter_map(|name| above(path, name));
    named
        .chain(indicators_above(path))
        .flat_map(|folder| list(&folder).files)
        .collect()
}

/// Returns the state of a file; `None` when it is not there.
#[must_use]
pub fn stamp(path: &Path) -> Option<Stamp> {
    fs::metadata(path).ok().map(|found| Stamp::of(&found))
}

/// Returns the nearest directory of indicators beside or above `path`; one inside it is listed with it.
#[must_use]
pub fn indicators_above(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    above(path, indicators::FOLDER).filter(|folder| !folder.starts_with(&absolute))
}

/// Returns the nearest directory called `name` beside or above `path`.
#[must_use]
pub fn above(path: &Path, name: &str) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    absolute
        .ancestors()
        .skip(1)
        .take(MACROS_ABOVE)
        .map(|folder| folder.join(name))
        .find(|folder| folder.is_dir())
}

/// A walk through directories.
struct Walk<'a> {
    wanted: &'a dyn Fn(&Path) -> bool,
    /// Device and number of each directory: one that links lead back to is not entered again.
    entered: HashSet<(u64, u64)>,
    listing: Listing,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, found: &fs::Metadata, depth: usize) {
        if !self.entered.insert((found.dev(), found.ino())) {
            return;
        }
        if depth > MAX_DEPTH {
            let error = io::Error::other("lies too deep: what is below it is not read");
            return self.failed(folder.to_owned(), error);
        }
        let mut entries = match fs::read_dir(folder) {
            Ok(entries) => entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Vec<_>>(),
            Err(error) => return self.failed(folder.to_owned(), error),
        };
        entries.sort_by(|a, b| a.as_ref().ok().cmp(&b.as_ref().ok()));
        for entry in entries {
            match entry {
                Ok(path) => self.entry(path, depth),
                Err(error) => self.failed(folder.to_owned(), error),
            }
        }
    }

    fn entry(&mut self, path: PathBuf, depth: usize) {
        if is_hidden(&path) {
            return;
        }
        match fs::metadata(&path) {
            Ok(found) if found.is_dir() => self.folder(&path, &found, depth + 1),
            Ok(found) if (self.wanted)(&path) => self.listing.take(path, &found),
            // A link that leads nowhere may have led to a directory.
            Err(error) if path.extension().is_none() || (self.wanted)(&path) => {
                self.failed(path, error);
            }
            Ok(_) | Err(_) => {}
        }
    }

    fn failed(&mut self, path: PathBuf, error: io::Error) {
        self.listing.failed.push((path, error));
    }
}

/// Says that something is no file that can be read to its end.
pub fn irregular() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "neither a file nor a directory",
    )
}

fn may_hold_rules(path: &Path) -> bool {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .map(str::to_lowercase);
    let tests = path.to_string_lossy().ends_with(super::suite::ENDING);
    !is_hidden(path) && !tests && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

fn is_hidden(path: &Path) -> bool {
    let name = path.file_name();
    name.is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

impl Listing {
    fn take(&mut self, path: PathBuf, found: &fs::Metadata) {
        if !found.is_file() {
            return self.failed.push((path, irregular()));
        }
        let stamp = Stamp::of(found);
        self.files.push(Listed { path, stamp });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::testing::{Folder, GOOD, eql};

    #[test]
    fn what_is_no_file_is_said_and_loops_of_links_end() {
        let folder = Folder::new();
        folder.write("a/x.toml", &eql("x", GOOD));
        folder.write(".git/objects/y.toml", &eql("y", GOOD));
        folder.write("b/z.toml", &eql("z", GOOD));
        let link = |to: &str, name: &str| {
            std::os::unix::fs::symlink(to, folder.path().join(name)).unwrap();
        };
        link("..", "a/up");
        link("../b", "a/other");
        link("../a", "b/other");
        link("nowhere.yml", "dangling.yml");
        link("nowhere", "dangling");
        link("user@host.1", ".#lock.yml");
        link("nowhere.png", "picture.png");
        let pipe = folder.path().join("pipe.yml");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();

        let listing = list(&folder.path());
        let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        let files: Vec<_> = listing.files.iter().map(|file| name(&file.path)).collect();
        assert_eq!(files, ["z.toml", "x.toml"], "each once, by its first path");
        let failed: Vec<_> = listing.failed.iter().map(|(path, _)| name(path)).collect();
        assert_eq!(failed, ["dangling", "dangling.yml", "pipe.yml"]);
        let set = folder.load();
        assert_eq!((set.rules.len(), set.findings.len()), (2, 3));
        assert!(!set.changed());
    }
}
