//! Finding out where to read on in a file.
//!
//! Takes a file's content and the position it may have been read up to, its own or that of a content it may be a
//! copy of; settles on that position, or on the beginning.

use std::io;

use super::past::name;
use super::track::{Seen, Settling, Track};
use super::{Follower, STEADY};
use crate::source::position::ANCHOR_BYTES;
use crate::source::{Anchor, Content, FileId, OpenFile, SavedPosition};

/// Compressed content that is passed over in one turn, on the way to where it was read up to.
const UNPACK_STEP: u64 = 32 << 20;

/// What comes of settling where to read on.
pub(super) enum Step {
    Read,
    /// Not now: it has to change, or a look has to come by.
    Wait,
    /// Not yet: more of it has to be unpacked first.
    Again,
}

/// What comparing a content with a position gives.
enum Likeness {
    Same,
    Other,
    /// It ends before the position, but may go on.
    Unfinished,
    /// More of it has to be unpacked first.
    Unknown,
}

impl Follower {
    /// Settles where to read on.
    pub(super) fn settle(
        &mut self,
        file: FileId,
        track: &mut Track,
        content: &mut OpenFile,
    ) -> io::Result<Step> {
        loop {
            let own = match &track.settling {
                Settling::Settled => return Ok(Step::Read),
                Settling::New => {
                    match self.counterpart(file, content)? {
                        Some(position) => track.expect(position, false),
                        None => track.settling = Settling::Settled,
                    }
                    continue;
                }
                Settling::Checking { own, .. } => *own,
            };
            // What is missing of a copy or an archive that is being written comes. A log that was read further than
            // it is long was truncated.
            let may_come = (!own || content.is_packed()) && !track.is_steady(STEADY);
            match compare(track, content)? {
                Likeness::Unknown => return Ok(Step::Again),
                Likeness::Unfinished if may_come => {
                    track.again = true;
                    return Ok(Step::Wait);
                }
                Likeness::Same => {
                    track.adopt();
                    track.announce = !own;
                    track.life = self.new_life();
                    return Ok(Step::Read);
                }
                Likeness::Other | Likeness::Unfinished => {
                    if own {
                        self.begin_anew(file, track);
                    } else {
                        track.settling = Settling::Settled;
                    }
                    if content.is_packed() {
                        *content = content.again()?;
                    }
                }
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
}

/// Returns whether what was read is no longer there: truncated, or replaced by something else.
pub(super) fn differs(track: &Track, content: &mut OpenFile, seen: Seen) -> bool {
    let holds = |anchor: Option<Anchor>, content: &mut OpenFile| {
        anchor.is_none_or(|anchor| anchor.holds(content).unwrap_or(true))
    };
    seen.size < track.offset || !holds(track.head, content) || !holds(track.tail, content)
}

/// Compares a content with the position that it may have been read up to.
fn compare(track: &mut Track, content: &mut OpenFile) -> io::Result<Likeness> {
    let size = track.seen.size;
    let Settling::Checking {
        position, unpacked, ..
    } = &mut track.settling
    else {
        return Ok(Likeness::Other);
    };
    if content.is_packed() {
        match unpack(content, position, unpacked)? {
            Likeness::Same => {}
            Likeness::Unfinished if content.is_complete() => return Ok(Likeness::Other),
            likeness => return Ok(likeness),
        }
    } else if size < position.offset {
        return Ok(Likeness::Unfinished);
    }
    Ok(if position.fits(content)? {
        Likeness::Same
    } else {
        Likeness::Other
    })
}

/// Unpacks a step further towards `position`; gives [`Likeness::Same`] when it is there.
fn unpack(
    content: &mut OpenFile,
    position: &SavedPosition,
    unpacked: &mut u64,
) -> io::Result<Likeness> {
    let mut byte = [0];
    if *unpacked == 0 && !position.head.holds(content)? {
        let end = position.head.start + u64::from(position.head.length);
        let there = content.read_at(end.saturating_sub(1), &mut byte)? > 0;
        return Ok(if there {
            Likeness::Other
        } else {
            Likeness::Unfinished
        });
    }
    let to = position.offset.min(*unpacked + UNPACK_STEP);
    if to > 0 && content.read_at(to - 1, &mut byte)? == 0 {
        *unpacked = 0;
        return Ok(Likeness::Unfinished);
    }
    *unpacked = to;
    Ok(if to == position.offset {
        Likeness::Same
    } else {
        Likeness::Unknown
    })
}
