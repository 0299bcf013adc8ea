//! A file's turn: opening it, finding out where to read on, and taking back how far that got.

use std::io;
use std::sync::Arc;

use super::lanes::Lane;
use super::look::is_fresh;
use super::past::name;
use super::track::{Presence, Seen, Settling, Track};
use super::{Follower, Outcome, STEADY, Turn};
use crate::source::position::ANCHOR_BYTES;
use crate::source::{Anchor, Content, FileId, OpenFile, Reading, SavedPosition, SourceError};

/// Fewer bytes do not tell how a file is packed.
const TELLING: u64 = 4;

/// Compressed content that is passed over in one turn, on the way to where it was read up to.
const UNPACK_STEP: u64 = 32 << 20;

/// What comes of settling where to read on.
enum Step {
    Read,
    /// Not now: it has to change, or a look has to come by.
    Wait,
    /// Not yet: more of it has to be unpacked first.
    Again,
}

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
        if track.offset > 0 && !content.is_packed() && self.differs(track, &mut content, seen) {
            self.begin_anew(file, track);
            content = content.again().map_err(wrap)?;
        }
        if track.offset == 0 && seen.size < TELLING && track.presence != Presence::Leaving {
            // Nothing, or too little to tell; it is opened again once there is more.
            track.read = Some(seen);
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

    /// Returns whether what was read is no longer there: truncated, or replaced by something else.
    fn differs(&self, track: &Track, content: &mut OpenFile, seen: Seen) -> bool {
        let holds = |anchor: Option<Anchor>, content: &mut OpenFile| {
            anchor.is_none_or(|anchor| anchor.holds(content).unwrap_or(true))
        };
        seen.size < track.offset || !holds(track.head, content) || !holds(track.tail, content)
    }

    fn begin_anew(&mut self, file: FileId, track: &mut Track) {
        if let Some(position) = track.position(file) {
            self.past.add(position);
        }
        track.begin_anew(self.new_life());
    }

    /// Finds out where to read on.
    fn settle(
        &mut self,
        file: FileId,
        track: &mut Track,
        content: &mut OpenFile,
    ) -> io::Result<Step> {
        loop {
            let (position, own, unpacked) = match &mut track.settling {
                Settling::Settled => return Ok(Step::Read),
                Settling::New => {
                    match self.counterpart(file, content)? {
                        Some(position) => track.expect(position, false),
                        None => track.settling = Settling::Settled,
                    }
                    continue;
                }
                Settling::Checking {
                    position,
                    own,
                    unpacked,
                } => (position, *own, unpacked),
            };
            let mut other = false;
            let there = if content.is_packed() {
                match unpack(content, position, unpacked)? {
                    Unpacked::There => true,
                    Unpacked::Further => return Ok(Step::Again),
                    Unpacked::Ended => false,
                    Unpacked::Other => {
                        other = true;
                        false
                    }
                }
            } else {
                track.seen.size >= position.offset
            };
            if there && position.fits(content)? {
                let position = (**position).clone();
                track.adopt(position);
                track.life = self.new_life();
                track.announce = !own;
                return Ok(Step::Read);
            }
            // A copy that is still being written: what is missing of it comes.
            let unfinished = !there && !other && !(content.is_packed() && content.is_complete());
            if unfinished && (!own || content.is_packed()) && !track.is_steady(STEADY) {
                track.again = true;
                return Ok(Step::Wait);
            }
            let life = self.new_life();
            let checked = std::mem::replace(&mut track.settling, Settling::Settled);
            if own {
                if let Settling::Checking { position, .. } = checked {
                    self.past.add(*position);
                }
                track.begin_anew(life);
            }
            if content.is_packed() {
                *content = content.again()?;
            }
        }
    }

    /// Returns the farthest position of another content that begins like this one.
    fn counterpart(
        &self,
        file: FileId,
        content: &mut OpenFile,
    ) -> io::Result<Option<SavedPosition>> {
        let Some(name) = Anchor::head(content, 0, ANCHOR_BYTES)?
            .as_ref()
            .and_then(name)
        else {
            return Ok(None);
        };
        let present = self.heads.find(name).iter().filter(|other| **other != file);
        let positions = present.filter_map(|other| self.tracks.get(other)?.position(*other));
        Ok(positions
            .chain(self.past.find(name).cloned())
            .filter(|position| super::past::name(&position.head) == Some(name))
            .max_by_key(|position| position.offset))
    }

    /// Takes back a file; returns the position to save once what was read is handled, if it is a new one.
    pub fn done(&mut self, turn: Turn, outcome: Outcome) -> Option<SavedPosition> {
        let file = turn.file;
        let mut track = self.tracks.remove(&file)?;
        let position = match self.take_back(&mut track, turn, outcome) {
            Ok(position) => position,
            Err(error) => {
                self.complain(&mut track, error);
                None
            }
        };
        if track.presence == Presence::Leaving && track.lane.is_none() {
            self.remember(file, track);
        } else {
            self.tracks.insert(file, track);
        }
        self.close_surplus();
        position
    }

    /// Takes back a file that could not be read; it is tried again when it changes or is next looked at.
    pub fn failed(&mut self, turn: Turn, error: io::Error) {
        let Some(mut track) = self.tracks.remove(&turn.file) else {
            return;
        };
        self.complain(&mut track, SourceError::io(&*turn.path, error));
        self.tracks.insert(turn.file, track);
    }

    /// Reports that a file which was read to its end is damaged there; the next report waits for it to change.
    pub fn damaged(&mut self, turn: &Turn, error: io::Error) {
        if let Some(track) = self.tracks.get_mut(&turn.file)
            && !std::mem::replace(&mut track.complained, true)
        {
            self.errors.push(SourceError::io(&*turn.path, error));
        }
    }

    fn take_back(
        &mut self,
        track: &mut Track,
        turn: Turn,
        outcome: Outcome,
    ) -> Result<Option<SavedPosition>, SourceError> {
        let Turn {
            file,
            path,
            mut content,
            witness,
            seen,
            ..
        } = turn;
        let wrap = |error| SourceError::io(&*path, error);
        let grows = outcome.in_place.is_none() && !track.packed;
        if let Some(witness) = witness.filter(|_| grows)
            && !witness.holds(&mut content).map_err(wrap)?
        {
            // Replaced while it was read. What came of it is handed on, but where that was is not known.
            self.begin_anew(file, track);
            let content = content.again().map_err(wrap)?;
            self.keep(file, track, content);
            self.wait_again(file, track, Lane::Live);
            return Ok(None);
        }
        let moved = track.offset != outcome.offset || track.state != outcome.state;
        track.offset = outcome.offset;
        track.state = outcome.state;
        if moved || track.tail.is_none() {
            fingerprint(track, &mut content, outcome.in_place).map_err(wrap)?;
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
        Ok(tell.then(|| track.position(file)).flatten())
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
        if !std::mem::replace(&mut track.complained, true) {
            self.errors.push(error);
        }
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
fn fingerprint(
    track: &mut Track,
    content: &mut OpenFile,
    in_place: Option<Option<(u64, u64)>>,
) -> io::Result<()> {
    if !content.is_near(track.offset) {
        // Going back there means unpacking from the start: the old fingerprints are as true.
        return Ok(());
    }
    match in_place {
        Some(Some((offset, length))) => {
            let record = Anchor::tail(content, offset, offset + length)?;
            track.head = record.or(track.head);
            track.tail = record.or(track.tail);
        }
        Some(None) => {}
        None if track.offset > 0 => {
            let whole = track.head.as_ref().and_then(name).is_some();
            if !whole {
                track.head = Anchor::head(content, 0, track.offset)?;
            }
            track.tail = Anchor::tail(content, 0, track.offset)?;
        }
        None => {}
    }
    Ok(())
}

enum Unpacked {
    /// As far as the position.
    There,
    /// Not as far yet.
    Further,
    /// The content ends before it, at least for now.
    Ended,
    /// It begins differently.
    Other,
}

/// Unpacks a step further towards `position`.
fn unpack(
    content: &mut OpenFile,
    position: &SavedPosition,
    unpacked: &mut u64,
) -> io::Result<Unpacked> {
    let mut byte = [0];
    if *unpacked == 0 && !position.head.holds(content)? {
        let end = position.head.start + u64::from(position.head.length);
        let differs = content.read_at(end.saturating_sub(1), &mut byte)? > 0;
        return Ok(if differs {
            Unpacked::Other
        } else {
            Unpacked::Ended
        });
    }
    let to = position.offset.min(*unpacked + UNPACK_STEP);
    if to > 0 && content.read_at(to - 1, &mut byte)? == 0 {
        *unpacked = 0;
        return Ok(Unpacked::Ended);
    }
    *unpacked = to;
    Ok(if to == position.offset {
        Unpacked::There
    } else {
        Unpacked::Further
    })
}

fn is_zip(content: &mut OpenFile) -> bool {
    let mut magic = [0; 4];
    matches!(content.read_at(0, &mut magic), Ok(4)) && magic == *b"PK\x03\x04"
}
