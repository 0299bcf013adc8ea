//! Which files are held open.
//!
//! Takes the files in the order of their use; gives those to close when there are too many.

use std::collections::VecDeque;

use crate::source::FileId;

/// Open files, the least recently used first. An entry is outdated when its file was used again or closed since.
#[derive(Debug)]
pub(super) struct Shelf {
    most: usize,
    order: VecDeque<(FileId, u64)>,
    uses: u64,
}

impl Shelf {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            order: VecDeque::new(),
            uses: 0,
        }
    }

    /// Notes a use of an open file; returns the mark that the file must carry as long as this is its last use.
    pub(super) fn used(&mut self, file: FileId) -> u64 {
        self.uses += 1;
        self.order.push_back((file, self.uses));
        self.uses
    }

    /// Returns the open files to close. `mark` tells the mark of a file, `None` once it is closed.
    pub(super) fn surplus(&mut self, mark: impl Fn(FileId) -> Option<u64>) -> Vec<FileId> {
        if self.order.len() <= self.most {
            return Vec::new();
        }
        let current = |entry: &(FileId, u64)| mark(entry.0) == Some(entry.1);
        while self.order.front().is_some_and(|entry| !current(entry)) {
            self.order.pop_front();
        }
        if self.order.len() <= self.most {
            return Vec::new();
        }
        // Outdated entries in the middle: rare enough when it is done only at twice the size.
        if self.order.len() > 2 * self.most {
            self.order.retain(current);
        }
        let open = self.order.iter().filter(|entry| current(entry)).count();
        let mut surplus = open.saturating_sub(self.most);
        let mut close = Vec::new();
        while surplus > 0 {
            match self.order.pop_front() {
                Some(entry) if current(&entry) => {
                    close.push(entry.0);
                    surplus -= 1;
                }
                Some(_) => {}
                None => break,
            }
        }
        close
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn the_least_recently_used_are_closed() {
        let mut shelf = Shelf::new(3);
        let mut marks = HashMap::new();
        for round in 0..50 {
            for inode in [1, 2, 3] {
                let file = FileId { device: 0, inode };
                marks.insert(file, shelf.used(file));
                assert!(shelf.surplus(|file| marks.get(&file).copied()).is_empty());
            }
            assert!(shelf.order.len() <= 2 * 3 + 1, "{round}");
        }
        let fourth = FileId {
            device: 0,
            inode: 4,
        };
        marks.insert(fourth, shelf.used(fourth));
        let closed = shelf.surplus(|file| marks.get(&file).copied());
        let first = FileId {
            device: 0,
            inode: 1,
        };
        assert_eq!(closed, [first]);
    }
}
