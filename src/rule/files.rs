//! Which files under the rule paths may hold rules.
//!
//! Takes paths; gives regular files with their stamps, sorted, and what could not be looked at.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::indicators;
use super::reload::Stamp;

/// Directories are followed this deep at most, so that a loop of links ends.
const MAX_DEPTH: usize = 32;

/// Longest rule file that is read: a Kibana export of all of Elastic's rules has about 20 MB.
pub const MAX_BYTES: u64 = 64 << 20;

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
    let mut listing = Listing::default();
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => walk(path, 0, wanted, &mut listing),
        Ok(found) => listing.take(path.to_owned(), &found),
        Err(error) => listing.failed.push((path.to_owned(), error)),
    }
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

fn walk(folder: &Path, depth: usize, wanted: &dyn Fn(&Path) -> bool, listing: &mut Listing) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return listing.failed.push((folder.to_owned(), error)),
    };
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(error) => {
                listing.failed.push((folder.to_owned(), error));
                continue;
            }
        };
        match fs::metadata(&path) {
            Ok(found) if found.is_dir() && depth < MAX_DEPTH => {
                walk(&path, depth + 1, wanted, listing);
            }
            Ok(found) if found.is_file() && wanted(&path) => listing.take(path, &found),
            Ok(_) => {}
            Err(error) => listing.failed.push((path, error)),
        }
    }
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
            let error = io::Error::new(
                io::ErrorKind::InvalidInput,
                "neither a file nor a directory",
            );
            return self.failed.push((path, error));
        }
        let stamp = Stamp::of(found);
        self.files.push(Listed { path, stamp });
    }
}
