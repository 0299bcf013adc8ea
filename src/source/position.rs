//! How far a file was read, and how to find that place again under another name.
//!
//! Takes content and how far it was read; gives a [`SavedPosition`] that a later process compares with whatever
//! files it finds. Fingerprints lie on bytes that never change once they are read: of a text, its first and its last
//! bytes; of a log that is overwritten in place (EVTX, whose header counts its chunks), its last record.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Content, FileId};

/// Bytes that one fingerprint covers at most: enough to tell two logs of one kind apart, one read.
pub const ANCHOR_BYTES: u64 = 1024;

/// A digest of a span of the decompressed content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Anchor {
    pub start: u64,
    /// At most [`ANCHOR_BYTES`].
    pub length: u32,
    pub hash: [u8; 16],
}

impl Anchor {
    /// Returns the fingerprint of the first [`ANCHOR_BYTES`] from `start`, ending before `end`;
    /// `None` when the content is shorter than that.
    pub fn head(content: &mut dyn Content, start: u64, end: u64) -> io::Result<Option<Self>> {
        Self::of(content, start, end.min(start.saturating_add(ANCHOR_BYTES)))
    }

    /// Returns the fingerprint of the last [`ANCHOR_BYTES`] before `end`, none before `start`.
    pub fn tail(content: &mut dyn Content, start: u64, end: u64) -> io::Result<Option<Self>> {
        Self::of(content, start.max(end.saturating_sub(ANCHOR_BYTES)), end)
    }

    /// Returns whether `content` holds these bytes at this place.
    pub fn holds(&self, content: &mut dyn Content) -> io::Result<bool> {
        let end = self.start.saturating_add(u64::from(self.length));
        Ok(Self::of(content, self.start, end)? == Some(*self))
    }

    /// Returns whether `bytes`, which begin at `start` of a content, hold this span; `None` when they do not reach it.
    pub fn within(&self, start: u64, bytes: &[u8]) -> Option<bool> {
        let from = usize::try_from(self.start.checked_sub(start)?).ok()?;
        let span = bytes.get(from..from.checked_add(self.length as usize)?)?;
        Some(digest(span) == self.hash)
    }

    fn of(content: &mut dyn Content, start: u64, end: u64) -> io::Result<Option<Self>> {
        let length = end.saturating_sub(start).min(ANCHOR_BYTES);
        let mut bytes = vec![0; length as usize];
        if read_full(content, start, &mut bytes)? < bytes.len() {
            return Ok(None);
        }
        Ok(Some(Self {
            start,
            length: length as u32,
            hash: digest(&bytes),
        }))
    }
}

/// Reads until `buffer` is full or nothing is there now; returns how much was read.
pub fn read_full(content: &mut dyn Content, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match content.read_at(offset + filled as u64, &mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

fn digest(bytes: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    short
}

/// How far a file was read: everything before `offset` has become events, detections or unreadable records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPosition {
    /// Where the file was last seen; a hint for people, never its identity.
    #[serde(with = "path_text")]
    pub path: PathBuf,
    /// Names the file as long as it exists; two positions with one `file` are one file, the later one counts.
    pub file: FileId,
    /// Fingerprint of the first bytes; of the last record where content is overwritten in place.
    pub head: Anchor,
    /// Fingerprint of the last bytes before `offset`; of the last record where content is overwritten in place.
    pub tail: Anchor,
    /// Bytes of decompressed content that were read.
    pub offset: u64,
    /// What the decoder needs to go on (EVTX: which records of the chunk it has given).
    pub decoder: Option<serde_json::Value>,
}

impl SavedPosition {
    /// Returns what a store keys positions by: one file has one position.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}:{}", self.file.device, self.file.inode)
    }

    /// Returns whether `content` is the content this position was taken from: both fingerprints match.
    pub fn fits(&self, content: &mut dyn Content) -> io::Result<bool> {
        Ok(self.head.holds(content)? && self.tail.holds(content)?)
    }
}

/// A path as text where it is UTF-8, else as its bytes: a position must survive any file name.
mod path_text {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(PathBuf),
        Bytes(Vec<u8>),
    }

    pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        match path.to_str() {
            Some(text) => text.serialize(serializer),
            None => path.as_os_str().as_bytes().serialize(serializer),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        Ok(match Either::deserialize(deserializer)? {
            Either::Text(path) => path,
            Either::Bytes(bytes) => PathBuf::from(OsString::from_vec(bytes)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(&'static [u8]);

    impl Content for Bytes {
        fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            let rest = self.0.get(offset as usize..).unwrap_or_default();
            let read = rest.len().min(buffer.len()).min(3);
            buffer[..read].copy_from_slice(&rest[..read]);
            Ok(read)
        }

        fn is_complete(&self) -> bool {
            true
        }
    }

    #[test]
    fn an_anchor_holds_only_on_its_own_bytes() {
        let anchor = Anchor::head(&mut Bytes(b"one\ntwo\n"), 0, 4)
            .unwrap()
            .unwrap();
        assert!(anchor.holds(&mut Bytes(b"one\nother")).unwrap());
        assert!(!anchor.holds(&mut Bytes(b"two\n")).unwrap());
        assert!(!anchor.holds(&mut Bytes(b"on")).unwrap());
    }

    #[test]
    fn a_position_survives_a_name_that_is_not_utf8() {
        use std::os::unix::ffi::OsStringExt;
        let anchor = Anchor::head(&mut Bytes(b"x"), 0, 1).unwrap().unwrap();
        let position = SavedPosition {
            path: std::ffi::OsString::from_vec(vec![b'a', 0xff]).into(),
            file: FileId {
                device: 1,
                inode: 2,
            },
            head: anchor,
            tail: anchor,
            offset: 1,
            decoder: None,
        };
        let text = serde_json::to_string(&position).unwrap();
        assert_eq!(
            serde_json::from_str::<SavedPosition>(&text).unwrap(),
            position
        );
    }
}
