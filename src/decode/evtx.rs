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
        let mut bytes = vec![0; chunk::SIZE];
        let filled = fill(content, offset_of(slot), &mut bytes)?;
        if filled < chunk::SIZE && !content.is_complete() {
            // The file has not grown over the whole chunk yet.
            return Ok(());
        }
        let first = match held(&bytes[..filled], content.is_complete()) {
            Held::Nothing => return Ok(()),
            Held::Chunk(first) => first,
            Held::Damage => {
                if self.damaged.insert(slot) {
                    let reason = "no EVTX chunk where one should be".to_owned();
                    let place = self.place(path, slot, 0, filled);
                    let head = bytes[..Unreadable::KEPT.min(filled)].into();
                    sink(Item::Unreadable(Unreadable {
                        place,
                        reason,
                        head,
                    }));
                }
                return Ok(());
            }
        };
        self.damaged.remove(&slot);
        let from = self.slots.read_to(slot, first);
        let (mut end, last) = chunk::end(&bytes);
        if end <= from {
            return Ok(());
        }
        for found in chunk::records(bytes.clone(), from) {
            if found.offset + found.length > filled {
                break;
            }
            end = end.max(found.offset + found.length);
            self.deliver(found, slot, path, &bytes, sink);
        }
        if let Some(lost) = chunk::lost(&bytes, filled) {
            let place = self.place(path, slot, lost.from, filled.saturating_sub(lost.from));
            let rest = bytes.get(lost.from..filled).unwrap_or_default();
            sink(Item::Unreadable(Unreadable {
                place,
                reason: format!(
                    "the file ends inside a chunk; its records from {} to {} are cut off",
                    lost.first, lost.last
                ),
                head: rest[..Unreadable::KEPT.min(rest.len())].into(),
            }));
        }
        self.slots.set(slot, first, last.max(first.id), end);
        self.reached = self.reached.max(offset_of(slot) + end.min(filled) as u64);
        Ok(())
    }

    fn deliver(
        &mut self,
        found: Found,
        slot: usize,
        path: &Arc<Path>,
        chunk: &[u8],
        sink: &mut dyn FnMut(Item),
    ) {
        let read = found.xml.and_then(|xml| match xml::record(&xml) {
            Ok(record) => Ok((xml, record)),
            Err(reason) => Err(text::plain(&reason).into_owned()),
        });
        let item = match read {
            Ok((xml, record)) => {
                self.content.get_or_insert_with(|| digest(xml.as_bytes()));
                let place = self.place(path, slot, found.offset, found.length);
                let body = Body::Windows(Box::new(record));
                Item::Record(Box::new(Record {
                    format: Format::Evtx,
                    place,
                    raw: xml.into_bytes().into(),
                    body,
                }))
            }
            Err(reason) => {
                let place = self.place(path, slot, found.offset, found.length);
                let rest = chunk.get(found.offset..).unwrap_or_default();
                let head = rest[..found.length.min(Unreadable::KEPT).min(rest.len())].into();
                Item::Unreadable(Unreadable {
                    place,
                    reason,
                    head,
                })
            }
        };
        sink(item);
    }

    fn place(&self, path: &Arc<Path>, slot: usize, offset: usize, length: usize) -> Place {
        Place {
            path: Arc::clone(path),
            offset: offset_of(slot) + offset as u64,
            length: length as u64,
            content: self.content.unwrap_or_default(),
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
