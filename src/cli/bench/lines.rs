//! Lines of a corpus, read in blocks and handed on one by one.

use crate::source::{Content, Listing};

/// Bytes that are read at once.
const BLOCK: usize = 1 << 20;

/// Reads every file; calls `see` with each block of whole lines, returns how many bytes there were.
pub fn blocks(listing: &Listing, see: &mut dyn FnMut(&[u8])) -> std::io::Result<u64> {
    let mut total = 0;
    let mut block = vec![0; BLOCK];
    for file in &listing.files {
        let mut content = file.open().map_err(std::io::Error::other)?;
        let (mut offset, mut kept) = (0, 0);
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
            let end = memchr::memrchr(b'\n', &block[..filled]).map_or(0, |at| at + 1);
            if end > 0 {
                see(&block[..end]);
            }
            block.copy_within(end..filled, 0);
            kept = filled - end;
        }
        see(&block[..kept]);
        total += offset;
    }
    Ok(total)
}

/// Calls `see` with each line of a block that is not empty.
pub fn each(block: &[u8], see: &mut impl FnMut(&[u8])) {
    let mut from = 0;
    for end in memchr::memchr_iter(b'\n', block).chain([block.len()]) {
        let line = &block[from..end.max(from)];
        if !line.is_empty() {
            see(line);
        }
        from = end + 1;
        if from >= block.len() {
            return;
        }
    }
}
