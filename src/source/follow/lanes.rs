//! Whose turn it is.
//!
//! Takes files that have something to read; gives them one after the other. Three lanes take turns, so that a
//! growing file waits neither for a backlog of gigabytes nor for an archive that unpacks slowly.

use std::collections::VecDeque;

use crate::source::FileId;

/// Where a file waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Growing files with little to read.
    Live,
    /// Files with much to read, in turn.
    Backlog,
    /// Compressed files, one after the other: a change of file means unpacking from the start.
    Packed,
}

/// In which order lanes take turns; an empty one passes.
const PATTERN: [Lane; 4] = [Lane::Live, Lane::Backlog, Lane::Live, Lane::Packed];

#[derive(Debug, Default)]
pub(super) struct Lanes {
    live: VecDeque<FileId>,
    backlog: VecDeque<FileId>,
    packed: VecDeque<FileId>,
    at: usize,
}

impl Lanes {
    pub(super) fn is_empty(&self) -> bool {
        self.live.is_empty() && self.backlog.is_empty() && self.packed.is_empty()
    }

    /// Lets a file wait behind the others.
    pub(super) fn push(&mut self, lane: Lane, file: FileId) {
        self.lane(lane).push_back(file);
    }

    /// Lets a file go on before the others of its lane.
    pub(super) fn push_first(&mut self, lane: Lane, file: FileId) {
        self.lane(lane).push_front(file);
    }

    /// Returns the next file. It may have changed lanes since: the caller knows.
    pub(super) fn next(&mut self) -> Option<(Lane, FileId)> {
        for _ in PATTERN {
            let lane = PATTERN[self.at];
            self.at = (self.at + 1) % PATTERN.len();
            if let Some(file) = self.lane(lane).pop_front() {
                return Some((lane, file));
            }
        }
        None
    }

    fn lane(&mut self, lane: Lane) -> &mut VecDeque<FileId> {
        match lane {
            Lane::Live => &mut self.live,
            Lane::Backlog => &mut self.backlog,
            Lane::Packed => &mut self.packed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(inode: u64) -> FileId {
        FileId { device: 0, inode }
    }

    #[test]
    fn a_live_file_does_not_wait_for_the_backlog() {
        let mut lanes = Lanes::default();
        for number in 0..1000 {
            lanes.push(Lane::Backlog, file(number));
        }
        lanes.next();
        lanes.push(Lane::Live, file(5000));
        let soon: Vec<_> = (0..2)
            .filter_map(|_| lanes.next())
            .map(|next| next.1)
            .collect();
        assert!(soon.contains(&file(5000)), "{soon:?}");
    }

    #[test]
    fn the_backlog_does_not_wait_for_live_files_for_ever() {
        let mut lanes = Lanes::default();
        lanes.push(Lane::Backlog, file(1));
        lanes.push(Lane::Packed, file(2));
        for number in 10..30 {
            lanes.push(Lane::Live, file(number));
        }
        let soon: Vec<_> = (0..4)
            .filter_map(|_| lanes.next())
            .map(|next| next.1)
            .collect();
        assert!(soon.contains(&file(1)) && soon.contains(&file(2)));
    }
}
