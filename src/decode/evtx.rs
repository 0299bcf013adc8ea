//! Reading the binary event log, also while Windows writes it.
//!
//! Takes an EVTX content; delivers each record once, as event XML. Source of the layout: the `evtx` crate and
//! MS-EVEN6. A file is a 4 KiB header and slots of 64 KiB, each a chunk that stands by itself. A live log fills
//! slot after slot and begins again at the first when it is full, so offsets say little: what was delivered is
//! remembered by slot and record id. The file's header is not trusted at all; Windows writes it late.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::chunk::{self, First, Found};
use super::slots::Slots;
use super::{Body, Budget, Format, Item, Place, Progress, Record, Unreadable, digest, xml};
use crate::source::Content;
use crate::text;

/// What an EVTX file begins with.
pub(super) const MAGIC: &[u8; 8] = b"ElfFile\0";

/// Bytes of the file's header block.
const FILE_HEADER: u64 = 4096;

/// Enough of a chunk to know which one it is.
const PROBE: usize = chunk::HEADER + chunk::RECORD_HEADER;

/// Reads an EVTX content.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct EvtxReader {
    /// The digest of the first record.
    content: Option<u64>,
    slots: Slots,
    /// Slots that hold no chunk but are not empty; each is reported once.
    damaged: BTreeSet<usize>,
    /// The end of the highest record delivered, in bytes of the file.
    reached: u64,
    /// Slots still to read in this pass, the next one last.
    #[serde(skip)]
    plan: Vec<usize>,
    /// Whether every slot was looked at since the program started.
    #[serde(skip)]
    surveyed: bool,
}

/// What a slot holds.
enum Held {
    Nothing,
    Chunk(First),
    Damage,
}

impl EvtxReader {
    /// See [`Decoder::read`](super::Decoder::read). The slots tell what is new, whatever the offset. A chunk is
    /// delivered whole: the budget may be passed by one chunk's records.
    pub(super) fn read(
        &mut self,
        path: &Arc<Path>,
        content: &mut dyn Content,
        budget: Budget,
        sink: &mut dyn FnMut(Item),
    ) -> io::Result<Progress> {
        if self.plan.is_empty() && !(self.surveyed && content.is_complete()) {
            self.plan = if self.surveyed {
                self.grown(content)?
            } else {
                self.survey(content)?
            };
            self.surveyed = true;
        }
        let (mut records, mut bytes) = (0, 0);
        while records < budget.records && bytes < budget.bytes {
            let Some(slot) = self.plan.last().copied() else {
                break;
            };
            self.read_slot(slot, path, content, &mut |item| {
                records += 1;
                sink(item);
            })?;
            self.plan.pop();
            bytes += chunk::SIZE as u64;
        }
        let more = !self.plan.is_empty();
        Ok(Progress {
            offset: self.reached,
            more,
            format: Some(Format::Evtx),
        })
    }

    /// Looks at every slot; returns those with something new, oldest records last.
    fn survey(&self, content: &mut dyn Content) -> io::Result<Vec<usize>> {
        let mut new = Vec::new();
        for slot in 0.. {
            let Some(held) = probe(content, slot)? else {
                break;
            };
            if self.may_have_news(slot, &held) {
                let id = match held {
                    Held::Chunk(first) => first.id,
                    Held::Nothing | Held::Damage => 0,
                };
                new.push((id, slot));
            }
        }
        new.sort_unstable_by(|a, b| b.cmp(a));
        Ok(new.into_iter().map(|(_, slot)| slot).collect())
    }

    /// Looks only where a live log grows: its active slot, those after it, and the first for a log that wraps.
    fn grown(&self, content: &mut dyn Content) -> io::Result<Vec<usize>> {
        let active = self.slots.active().unwrap_or(0);
        let mut new = Vec::new();
        for begin in [active, 0] {
            let mut slot = begin;
            while let Some(held) = probe(content, slot)? {
                if new.contains(&slot) || !self.may_have_news(slot, &held) {
                    break;
                }
                new.push(slot);
                slot += 1;
            }
        }
        new.reverse();
        Ok(new)
    }

    fn may_have_news(&self, slot: usize, held: &Held) -> bool {
        match held {
            Held::Nothing => false,
            Held::Damage => !self.damaged.contains(&slot),
            Held::Chunk(first) => self.slots.read_to(slot, *first) < chunk::SIZE,
        }
    }

    /// Delivers what is new in a slot.
    fn read_slot(
        &mut self,
        slot: usize,
        path: &Arc<Path>,
        content: &mut dyn Content,
        sink: &mut dyn FnMut(Item),
    ) -> io::Result<()> {
        if let Some(piece) = self.open(slot, path, content, sink)? {
            let end = piece.each(&mut |drawn| sink(drawn.item()));
            self.slots
                .set(slot, piece.first, piece.last.max(piece.first.id), end);
            self.reached = self
                .reached
                .max(piece.offset + end.min(piece.filled) as u64);
        }
        Ok(())
    }

    /// See [`Decoder::next_piece`](super::Decoder::next_piece).
    pub(super) fn next_piece(
        &mut self,
        path: &Arc<Path>,
        content: &mut dyn Content,
        sink: &mut dyn FnMut(Item),
    ) -> io::Result<Option<Piece>> {
        if !self.surveyed {
            self.plan = self.survey(content)?;
            self.surveyed = true;
        }
        while let Some(slot) = self.plan.last().copied() {
            let piece = self.open(slot, path, content, sink)?;
            self.plan.pop();
            if let Some(piece) = piece {
                let (end, last) = (piece.end, piece.last.max(piece.first.id));
                self.slots.set(slot, piece.first, last, end);
                self.reached = self
                    .reached
                    .max(piece.offset + end.min(piece.filled) as u64);
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }

    /// Reads the chunk of a slot; `None` when nothing in it is new, or nothing can be read.
    fn open(
        &mut self,
        slot: usize,
        path: &Arc<Path>,
        content: &mut dyn Content,
        sink: &mut dyn FnMut(Item),
    ) -> io::Result<Option<Piece>> {
        let mut bytes = vec![0; chunk::SIZE];
        let filled = fill(content, offset_of(slot), &mut bytes)?;
        if filled < chunk::SIZE && !content.is_complete() {
            // The file has not grown over the whole chunk yet.
            return Ok(None);
        }
        let (held, (end, last)) = (
            held(&bytes[..filled], content.is_complete()),
            chunk::end(&bytes),
        );
        let mut piece = Piece {
            path: Arc::clone(path),
            offset: offset_of(slot),
            content: self.content.unwrap_or_default(),
            bytes,
            filled,
            from: 0,
            first: First { id: 0, written: 0 },
            end,
            last,
        };
        match held {
            Held::Nothing => return Ok(None),
            Held::Chunk(first) => piece.first = first,
            Held::Damage => {
                if self.damaged.insert(slot) {
                    let reason = "no EVTX chunk where one should be".to_owned();
                    sink(Item::Unreadable(piece.unreadable(0, filled, reason)));
                }
                return Ok(None);
            }
        }
        self.damaged.remove(&slot);
        piece.from = self.slots.read_to(slot, piece.first);
        if end <= piece.from {
            return Ok(None);
        }
        if self.content.is_none() {
            self.content = piece.name();
            piece.content = self.content.unwrap_or_default();
        }
        Ok(Some(piece))
    }
}

/// What is new of one chunk; stands by itself.
#[derive(Debug)]
pub struct Piece {
    path: Arc<Path>,
    /// Where the chunk begins in the file.
    offset: u64,
    /// The content's digest.
    content: u64,
    bytes: Vec<u8>,
    /// How much of it the file has.
    filled: usize,
    /// Where the news begins.
    from: usize,
    first: First,
    /// Where its live records end, and the last one's id.
    end: usize,
    last: u64,
}

/// A record of a [`Piece`], rendered and not yet read.
#[derive(Debug)]
pub struct Drawn<'p> {
    piece: &'p Piece,
    found: Found,
}

impl Piece {
    /// Calls `sink` with each record; returns where they end.
    pub fn each(&self, sink: &mut dyn FnMut(Drawn<'_>)) -> usize {
        let mut end = self.end;
        chunk::records(self.bytes.clone(), self.from, &mut |found| {
            if found.offset + found.length > self.filled {
                return false;
            }
            end = end.max(found.offset + found.length);
            sink(Drawn { piece: self, found });
            true
        });
        if let Some(lost) = chunk::lost(&self.bytes, self.filled) {
            sink(Drawn {
                piece: self,
                found: Found {
                    offset: lost.from,
                    length: self.filled.saturating_sub(lost.from),
                    xml: Err(format!(
                        "the file ends inside a chunk; its records from {} to {} are cut off",
                        lost.first, lost.last
                    )),
                },
            });
        }
        end
    }

    /// Returns where the file goes on behind it.
    #[must_use]
    pub fn next_offset(&self) -> u64 {
        self.offset + self.filled as u64
    }

    /// Returns how many records its frame names, without reading one.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.last.saturating_sub(self.first.id).saturating_add(1)
    }

    /// Returns the digest of the first record that can be read.
    fn name(&self) -> Option<u64> {
        let mut name = None;
        chunk::records(self.bytes.clone(), self.from, &mut |found| {
            let inside = found.offset + found.length <= self.filled;
            let text = found.xml.ok().filter(|text| xml::record(text).is_ok());
            name = text.map(|text| digest(text.as_bytes()));
            inside && name.is_none()
        });
        name
    }

    fn place(&self, offset: usize, length: usize) -> Place {
        Place {
            path: Arc::clone(&self.path),
            offset: self.offset + offset as u64,
            length: length as u64,
            content: self.content,
        }
    }

    fn unreadable(&self, offset: usize, length: usize, reason: String) -> Unreadable {
        let rest = self.bytes.get(offset..self.filled).unwrap_or_default();
        Unreadable {
            place: self.place(offset, length),
            reason,
            head: rest[..length.min(Unreadable::KEPT).min(rest.len())].into(),
        }
    }
}

impl Drawn<'_> {
    /// Returns the event's XML.
    #[must_use]
    pub fn xml(&self) -> Option<&str> {
        self.found.xml.as_deref().ok()
    }

    /// Returns where the record lies.
    #[must_use]
    pub fn place(&self) -> Place {
        self.piece.place(self.found.offset, self.found.length)
    }

    /// Reads the record.
    #[must_use]
    pub fn item(self) -> Item {
        let Self { piece, found } = self;
        let (offset, length) = (found.offset, found.length);
        let read = found.xml.and_then(|xml| match xml::record(&xml) {
            Ok(record) => Ok((xml, record)),
            Err(reason) => Err(text::plain(&reason).into_owned()),
        });
        match read {
            Ok((xml, record)) => Item::Record(Box::new(Record {
                format: Format::Evtx,
                place: piece.place(offset, length),
                raw: xml.into_bytes().into(),
                body: Body::from(record).into(),
            })),
            Err(reason) => Item::Unreadable(piece.unreadable(offset, length, reason)),
        }
    }
}

fn offset_of(slot: usize) -> u64 {
    FILE_HEADER + slot as u64 * chunk::SIZE as u64
}

/// Looks at the beginning of a slot; `None` past the file's end.
fn probe(content: &mut dyn Content, slot: usize) -> io::Result<Option<Held>> {
    let mut head = [0; PROBE];
    let filled = fill(content, offset_of(slot), &mut head)?;
    Ok((filled > 0).then(|| held(&head[..filled], content.is_complete())))
}

fn held(chunk: &[u8], complete: bool) -> Held {
    if chunk.starts_with(chunk::MAGIC) {
        return match chunk::first(chunk) {
            Some(first) => Held::Chunk(first),
            None if complete && chunk.len() < PROBE => Held::Damage,
            // A chunk without a record is one that Windows has just begun.
            None => Held::Nothing,
        };
    }
    let empty = chunk.iter().all(|byte| *byte == 0);
    if empty { Held::Nothing } else { Held::Damage }
}

/// Reads until `buffer` is full or the content ends; returns how much there was.
fn fill(content: &mut dyn Content, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match content.read_at(offset + filled as u64, &mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}
