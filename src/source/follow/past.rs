//! Positions of files that are gone or began anew, and what present files begin with.
//!
//! Takes positions; finds them again by the file or by the content's first bytes.

use std::collections::{BTreeMap, HashMap};

use crate::source::position::{ANCHOR_BYTES, Anchor};
use crate::source::{FileId, SavedPosition};

/// Returns what names a content by its first bytes; `None` while too little of it is read to be telling.
///
/// Only a whole fingerprint from offset 0 counts, so that one look at a new file's first bytes is enough.
pub(super) fn name(head: &Anchor) -> Option<[u8; 16]> {
    (head.start == 0 && u64::from(head.length) == ANCHOR_BYTES).then_some(head.hash)
}

/// Remembered positions, the oldest forgotten first.
#[derive(Debug, Default)]
pub(super) struct Past {
    positions: BTreeMap<u64, SavedPosition>,
    latest: HashMap<FileId, u64>,
    named: HashMap<[u8; 16], Vec<u64>>,
    added: u64,
}

impl Past {
    pub(super) fn add(&mut self, position: SavedPosition) {
        self.added += 1;
        self.latest.insert(position.file, self.added);
        if let Some(name) = name(&position.head) {
            self.named.entry(name).or_default().push(self.added);
        }
        self.positions.insert(self.added, position);
    }

    /// Returns the last position of `file` and forgets it.
    pub(super) fn take(&mut self, file: FileId) -> Option<SavedPosition> {
        let number = *self.latest.get(&file)?;
        self.remove(number)
    }

    pub(super) fn knows(&self, file: FileId) -> bool {
        self.latest.contains_key(&file)
    }

    /// Returns the farthest position of a content that begins with `name`.
    pub(super) fn find(&self, name: [u8; 16]) -> Option<&SavedPosition> {
        let numbers = self.named.get(&name)?;
        numbers
            .iter()
            .filter_map(|number| self.positions.get(number))
            .max_by_key(|position| position.offset)
    }

    /// Forgets all but the newest `most` positions; returns those of files that no other position names.
    pub(super) fn trim(&mut self, most: usize) -> Vec<SavedPosition> {
        let mut forgotten = Vec::new();
        while self.positions.len() > most {
            let Some(number) = self.positions.keys().next().copied() else {
                break;
            };
            forgotten.extend(
                self.remove(number)
                    .filter(|position| !self.latest.contains_key(&position.file)),
            );
        }
        forgotten
    }

    fn remove(&mut self, number: u64) -> Option<SavedPosition> {
        let position = self.positions.remove(&number)?;
        if self.latest.get(&position.file) == Some(&number) {
            self.latest.remove(&position.file);
        }
        if let Some(name) = name(&position.head)
            && let Some(numbers) = self.named.get_mut(&name)
        {
            numbers.retain(|other| *other != number);
            if numbers.is_empty() {
                self.named.remove(&name);
            }
        }
        Some(position)
    }
}

/// Which present files begin how. May name files that have begun anew since: the caller compares.
#[derive(Debug, Default)]
pub(super) struct Heads(HashMap<[u8; 16], Vec<FileId>>);

impl Heads {
    pub(super) fn add(&mut self, head: &Anchor, file: FileId) {
        if let Some(name) = name(head) {
            let files = self.0.entry(name).or_default();
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }

    pub(super) fn find(&self, name: [u8; 16]) -> &[FileId] {
        self.0.get(&name).map_or(&[], Vec::as_slice)
    }

    /// Forgets what is outdated.
    pub(super) fn retain(&mut self, current: impl Fn(FileId, [u8; 16]) -> bool) {
        self.0.retain(|name, files| {
            files.retain(|file| current(*file, *name));
            !files.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(inode: u64, hash: u8, offset: u64) -> SavedPosition {
        let anchor = Anchor {
            start: 0,
            length: ANCHOR_BYTES as u32,
            hash: [hash; 16],
        };
        SavedPosition {
            path: inode.to_string().into(),
            file: FileId { device: 0, inode },
            head: anchor,
            tail: anchor,
            offset,
            decoder: None,
        }
    }

    #[test]
    fn the_farthest_position_of_a_content_is_found() {
        let mut past = Past::default();
        past.add(position(1, 7, 10));
        past.add(position(2, 7, 30));
        past.add(position(3, 7, 20));
        assert_eq!(past.find([7; 16]).unwrap().offset, 30);
        assert!(past.find([8; 16]).is_none());
    }

    #[test]
    fn the_oldest_are_forgotten_and_named_unless_a_newer_one_has_their_file() {
        let mut past = Past::default();
        for (inode, hash) in [(1, 1), (2, 2), (1, 3), (4, 4)] {
            past.add(position(inode, hash, 1));
        }
        let forgotten = past.trim(2);
        assert_eq!(forgotten.len(), 1);
        assert_eq!(forgotten[0].file.inode, 2);
        assert!(past.find([1; 16]).is_none());
        let first = FileId {
            device: 0,
            inode: 1,
        };
        assert_eq!(past.take(first).unwrap().head.hash, [3; 16]);
        assert!(!past.knows(first));
    }
}
