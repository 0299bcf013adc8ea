//! A file's turn: opening it, handing it out, and taking back how far reading got.

use std::io;
use std::sync::Arc;

use super::lanes::Lane;
use super::look::is_fresh;
use super::past::name;
use super::settle::{self, Step};
use super::track::{Presence, Seen, Settling, Track};
use super::{Done, Follower, Growth, Outcome, Turn};
use crate::source::{Anchor, Content, FileId, OpenFile, Reading, SourceError};

/// Fewer bytes do not tell how a file is packed.
const TELLING: u64 = 4;

impl Follower {
    /// Returns the next file to read, if the one whose turn it is has something to read; `None` says nothing about
    /// the others, see [`Follower::is_busy`].
    pub fn turn(&mut self) -> Option<Turn> {
        let (lane, file) = self.lanes.next()?;
        let mut track = self.tracks.remove(&file)?;
        if track.lane != Some(lane) {
            self.tracks.insert(file, track);
            return None;
        }
        track.lane = None;
        let turn = match self.prepare(file, &mut track, lane) {
            Ok(turn) => turn,
            Err(error) => {
                self.complain(&mut track, error);
                None
            }
        };
        self.tracks.insert(file, track);
        self.close_surplus();
        turn
    }

    fn prepare(
        &mut self,
        file: FileId,
        track: &mut Track,
        lane: Lane,
    ) -> Result<Option<Turn>, SourceError> {
        let path = Arc::clone(&track.path);
        let wrap = |error| SourceError::io(&*path, error);
        let mut content = match track.content.take() {
            Some(content) => content,
            None => match open(file, track)? {
                Some(content) => content,
                None => return Ok(None),
            },
        };
        let seen = Seen::of(&content.metadata().map_err(wrap)?);
        let changed = track.read.is_some_and(|read| read != seen);
        track.see(seen);
        if track.foreign && !changed {
            track.read = Some(seen);
            return Ok(None);
        }
        track.foreign = false;
        if track.offset > 0 && !content.is_packed() && settle::differs(track, &mut content, seen) {
            self.begin_anew(file, track);
            content = content.again().map_err(wrap)?;
        }
        if track.offset == 0 && seen.size < TELLING && track.presence != Presence::Leaving {
            // Nothing, or too little to tell; it is opened again once there is more.
            track.read = Some(seen);
            self.recovered(track);
            return Ok(None);
        }
        track.packed = content.is_packed();
        if track.packed && lane != Lane::Packed {
            track.lane = Some(Lane::Packed);
            self.lanes.push(Lane::Packed, file);
            return Ok(None);
        }
        if track.offset == 0 && is_zip(&mut content) {
            track.foreign = true;
            track.read = Some(seen);
            return Err(wrap(io::Error::other(
                "a zip archive is not followed; unpack it, or read it with scan",
            )));
        }
        match self.settle(file, track, &mut content).map_err(wrap)? {
            Step::Read => {}
            Step::Wait => return Ok(None),
            Step::Again => {
                track.consumed = content.consumed(0);
                self.keep(file, track, content);
                track.lane = Some(Lane::Packed);
                self.lanes.push_first(Lane::Packed, file);
                return Ok(None);
            }
        }
        let witness = match track.head {
            Some(head) => Some(head),
            None if track.packed => None,
            None => Anchor::head(&mut content, 0, seen.size).map_err(wrap)?,
        };
        Ok(Some(Turn {
            file,
            path,
            content,
            offset: track.offset,
            state: track.state.clone(),
            life: track.life,
            modified: seen.modified,
            witness,
            seen,
        }))
    }

    pub(super) fn begin_anew(&mut self, file: FileId, track: &mut Track) {
        if let Some(position) = track.position(file) {
            self.past.add(position);
        }
        track.begin_anew(self.new_life());
    }

    /// Takes back a file.
    pub fn done(&mut self, turn: Turn, outcome: Outcome) -> Done {
        let file = turn.file;
        let Some(mut track) = self.tracks.remove(&file) else {
            return Done::default();
        };
        let damaged = std::mem::take(&mut track.damaged);
        let done = match self.take_back(&mut track, turn, outcome) {
            Ok(done) => {
                if !damaged {
                    self.recovered(&mut track);
                }
                done
            }
            Err(error) => {
                self.complain(&mut track, error);
                Done::default()
            }
        };
        if track.presence == Presence::Leaving && track.lane.is_none() {
            self.recovered(&mut track);
            self.remember(file, &track);
        } else {
            self.tracks.insert(file, track);
        }
        self.close_surplus();
        done
    }

    /// Takes back a file that could not be read; it is tried again when it changes or is next looked at.
    pub fn failed(&mut self, turn: &Turn, error: io::Error) {
        let Some(mut track) = self.tracks.remove(&turn.file) else {
            return;
        };
        self.complain(&mut track, SourceError::io(&*turn.path, error));
        self.tracks.insert(turn.file, track);
    }

    /// Reports that a file which was read to its end is damaged there; the next report waits for it to change.
    pub fn damaged(&mut self, turn: &Turn, error: io::Error) {
        let Some(track) = self.tracks.get_mut(&turn.file) else {
            return;
        };
        let error = SourceError::io(&*turn.path, error);
        self.problems_changed |= track.trouble.is_none();
        track.damaged = true;
        track.trouble = Some(error.to_string());
        if !std::mem::replace(&mut track.complained, true) {
            self.errors.push(error);
        }
    }

    fn take_back(
        &mut self,
        track: &mut Track,
        turn: Turn,
        outcome: Outcome,
    ) -> Result<Done, SourceError> {
        let Turn {
            file,
            path,
            mut content,
            witness,
            seen,
            ..
        } = turn;
        let wrap = |error| SourceError::io(&*path, error);
        let grows = outcome.growth == Growth::AtEnd && !track.packed;
        if let Some(witness) = witness.filter(|_| grows)
            && !witness.holds(&mut content).map_err(wrap)?
        {
            // What came of it is handed on, but where that was is not known.
            self.begin_anew(file, track);
            let content = content.again().map_err(wrap)?;
            self.keep(file, track, content);
            self.wait_again(file, track, Lane::Live);
            return Ok(Done {
                position: None,
                replaced: true,
            });
        }
        let moved = track.offset != outcome.offset || track.state != outcome.state;
        track.offset = outcome.offset;
        track.state = outcome.state;
        if moved || track.tail.is_none() {
            fingerprint(track, &mut content, outcome.growth).map_err(wrap)?;
        }
        if let Some(head) = &track.head {
            self.heads.add(head, file);
        }
        track.consumed = content.consumed(track.offset);
        if outcome.more {
            self.go_on(file, track);
        } else {
            let now = Seen::of(&content.metadata().map_err(wrap)?);
            track.read = Some(seen);
            track.again = is_fresh(now.modified);
            track.see(now);
            if now != seen {
                self.go_on(file, track);
            }
        }
        if outcome.more || !(track.packed && content.is_complete()) {
            self.keep(file, track, content);
        }
        let tell = moved || std::mem::take(&mut track.announce);
        Ok(Done {
            position: tell.then(|| track.position(file)).flatten(),
            replaced: false,
        })
    }

    /// Lets a file wait for its next turn: compressed ones go on at once, since another would have to be unpacked
    /// from its start.
    fn go_on(&mut self, file: FileId, track: &mut Track) {
        if track.packed {
            track.lane = Some(Lane::Packed);
            self.lanes.push_first(Lane::Packed, file);
        } else {
            let lane = track.plain_lane();
            self.wait_again(file, track, lane);
        }
    }

    fn wait_again(&mut self, file: FileId, track: &mut Track, lane: Lane) {
        track.lane = Some(lane);
        self.lanes.push(lane, file);
    }

    /// Keeps a file open.
    fn keep(&mut self, file: FileId, track: &mut Track, content: OpenFile) {
        let shelf = if track.packed {
            &mut self.packed
        } else {
            &mut self.plain
        };
        track.mark = shelf.used(file);
        track.content = Some(content);
    }

    fn close_surplus(&mut self) {
        for packed in [false, true] {
            let tracks = &self.tracks;
            let shelf = if packed {
                &mut self.packed
            } else {
                &mut self.plain
            };
            let surplus = shelf.surplus(|file| {
                let track = tracks.get(&file)?;
                (track.content.is_some() && track.packed == packed).then_some(track.mark)
            });
            for file in surplus {
                if let Some(track) = self.tracks.get_mut(&file) {
                    track.content = None;
                }
            }
        }
    }

    /// Reports a problem with a file once; it is tried again at the next look.
    fn complain(&mut self, track: &mut Track, error: SourceError) {
        track.again = true;
        self.problems_changed |= track.trouble.is_none();
        track.trouble = Some(error.to_string());
        if !std::mem::replace(&mut track.complained, true) {
            self.errors.push(error);
        }
    }

    /// Takes note that nothing is wrong with a file any more.
    fn recovered(&mut self, track: &mut Track) {
        self.problems_changed |= track.trouble.take().is_some();
    }
}

/// Opens a file; `None` when its path leads elsewhere by now. A look finds its new name.
fn open(file: FileId, track: &mut Track) -> Result<Option<OpenFile>, SourceError> {
    track.again = true;
    let content = match OpenFile::open(&track.path, Reading::Live) {
        Ok(content) => content,
        Err(SourceError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(SourceError::NotRegular { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let metadata = content
        .metadata()
        .map_err(|error| SourceError::io(&*track.path, error))?;
    if FileId::of(&metadata) != file {
        return Ok(None);
    }
    track.again = false;
    if content.is_packed() {
        match &mut track.settling {
            Settling::Checking { unpacked, .. } => *unpacked = 0,
            // Unpacking has to begin at the start, which is done in steps; and it may be another file by now.
            Settling::Settled => {
                if let Some(position) = track.position(file) {
                    track.expect(position, true);
                }
            }
            Settling::New => {}
        }
    }
    Ok(Some(content))
}

/// Takes fingerprints of what is read now.
fn fingerprint(track: &mut Track, content: &mut OpenFile, growth: Growth) -> io::Result<()> {
    if !content.is_near(track.offset) {
        // Going back there means unpacking from the start: the old fingerprints are as true.
        return Ok(());
    }
    match growth {
        Growth::InPlace { last } => {
            let Some((offset, length)) = last else {
                return Ok(());
            };
            let record = Anchor::tail(content, offset, offset + length)?;
            track.head = record.or(track.head);
            track.tail = record.or(track.tail);
        }
        Growth::AtEnd if track.offset == 0 => {}
        Growth::AtEnd => {
            let whole = track.head.as_ref().and_then(name).is_some();
            if !whole {
                track.head = Anchor::head(content, 0, track.offset)?;
            }
            track.tail = Anchor::tail(content, 0, track.offset)?;
        }
    }
    Ok(())
}

fn is_zip(content: &mut OpenFile) -> bool {
    let mut magic = [0; 4];
    matches!(content.read_at(0, &mut magic), Ok(4)) && magic == *b"PK\x03\x04"
}
