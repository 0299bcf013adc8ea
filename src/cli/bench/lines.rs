//! Records of a corpus, read in blocks and handed on one by one.

use std::sync::Arc;

use memchr::memmem;

use crate::decode::{Decoder, EVENT_END, Lane, Piece};
use crate::source::{Content, Listing};

/// Bytes that are read at once.
const BLOCK: usize = 1 << 20;

/// What is read at once.
#[derive(Debug)]
pub enum Read<'b> {
    /// Whole lines, or whole events in XML.
    Block(Lane, &'b [u8]),
    /// A chunk of a binary log.
    Piece(Piece),
}

/// Reads every file; calls `see` with what was read, returns how many bytes there were.
pub fn blocks(listing: &Listing, see: &mut dyn FnMut(Read<'_>)) -> std::io::Result<u64> {
    let mut total = 0;
    let mut block = vec![0; BLOCK];
    for file in &listing.files {
        let mut content = file.open().map_err(std::io::Error::other)?;
        let mut decoder = Decoder::new(Arc::clone(&file.path), None);
        let mut end = 0;
        while let Some(piece) = decoder.next_piece(&mut content, &mut |_| ())? {
            end = piece.next_offset();
            see(Read::Piece(piece));
        }
        if end == 0 {
            end = texts(&mut content, &mut block, see)?;
        }
        total += end;
    }
    Ok(total)
}

fn texts(
    content: &mut dyn Content,
    block: &mut Vec<u8>,
    see: &mut dyn FnMut(Read<'_>),
) -> std::io::Result<u64> {
    let (mut offset, mut kept, mut lane) = (0, 0, None);
    loop {
        if kept == block.len() {
            block.resize(2 * kept, 0);
        }
        let read = content.read_at(offset, &mut block[kept..])?;
        if read == 0 {
            break;
        }
        offset += read as u64;
        let filled = kept + read;
        let text = &block[..filled];
        let lane = *lane.get_or_insert_with(|| lane_of(text));
        let end = match lane {
            Lane::Lines => memchr::memrchr(b'\n', text).map(|at| at + 1),
            Lane::Events => memmem::rfind(text, EVENT_END).map(|at| at + EVENT_END.len()),
        };
        let end = end.unwrap_or(0);
        if end > 0 {
            see(Read::Block(lane, &text[..end]));
        }
        block.copy_within(end..filled, 0);
        kept = filled - end;
    }
    if let Some(lane) = lane {
        see(Read::Block(lane, &block[..kept]));
    }
    Ok(offset)
}

fn lane_of(text: &[u8]) -> Lane {
    match text.trim_ascii_start().first() {
        Some(b'<') => Lane::Events,
        _ => Lane::Lines,
    }
}

/// Returns how many records were read, as far as their frames tell.
pub fn count(read: &Read<'_>) -> u64 {
    match read {
        Read::Block(Lane::Lines, text) => memchr::memchr_iter(b'\n', text).count() as u64,
        Read::Block(Lane::Events, text) => memmem::find_iter(text, EVENT_END).count() as u64,
        Read::Piece(piece) => piece.count(),
    }
}

/// Calls `see` with each record's text.
pub fn each(read: &Read<'_>, see: &mut impl FnMut(&[u8])) {
    match read {
        Read::Block(Lane::Lines, text) => {
            let mut from = 0;
            for end in memchr::memchr_iter(b'\n', text).chain([text.len()]) {
                if end > from {
                    see(&text[from..end]);
                }
                from = end + 1;
            }
        }
        Read::Block(Lane::Events, text) => {
            let mut from = 0;
            for end in memmem::find_iter(text, EVENT_END).map(|at| at + EVENT_END.len()) {
                see(text[from..end].trim_ascii_start());
                from = end;
            }
        }
        Read::Piece(piece) => {
            piece.each(&mut |drawn| {
                if let Some(xml) = drawn.xml() {
                    see(xml.as_bytes());
                }
            });
        }
    }
}
