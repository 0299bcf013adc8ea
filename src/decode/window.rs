//! A sliding window of text over a content.
//!
//! Takes a [`Content`] read forward; gives bytes of text (UTF-16 turned into UTF-8) and the content offset that
//! each position stands for. Holds at most [`MAX_RECORD`] and one block.

use std::io;

use serde::{Deserialize, Serialize};

use super::MAX_RECORD;
use crate::source::Content;

/// How the text of a content is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Encoding {
    #[default]
    Utf8,
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    /// Tells the encoding from the first bytes: a byte order mark, or `{`, `[`, `<` or a space two bytes wide.
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0xff, 0xfe, ..] => Self::Utf16Le,
            [0xfe, 0xff, ..] => Self::Utf16Be,
            [b'{' | b'[' | b'<' | b' ' | b'\r' | b'\n', 0, second, 0, ..] if *second != 0 => {
                Self::Utf16Le
            }
            [0, b'{' | b'[' | b'<' | b' ' | b'\r' | b'\n', 0, second, ..] if *second != 0 => {
                Self::Utf16Be
            }
            _ => Self::Utf8,
        }
    }
}

/// The first block that is read; the window doubles when a record needs more.
const BLOCK: usize = 128 << 10;

#[derive(Debug, Default)]
pub(super) struct Window {
    encoding: Encoding,
    text: Vec<u8>,
    /// Where in `text` the unconsumed part begins.
    start: usize,
    /// The content offset of `text[start]`.
    offset: u64,
    /// Bytes read that are no whole UTF-16 character yet.
    partial: Vec<u8>,
    /// Where the next bytes are read from.
    read_from: u64,
}

impl Window {
    pub(super) fn new(encoding: Encoding, offset: u64) -> Self {
        Self {
            encoding,
            offset,
            read_from: offset,
            ..Self::default()
        }
    }

    /// Returns whether the window can go on at `offset`.
    pub(super) fn is_at(&self, encoding: Encoding, offset: u64) -> bool {
        self.encoding == encoding && self.offset == offset
    }

    /// Returns the unconsumed text.
    pub(super) fn text(&self) -> &[u8] {
        &self.text[self.start..]
    }

    /// Returns the content offset of the unconsumed text.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns whether a record that does not end in the window is too long to read.
    pub(super) fn is_full(&self) -> bool {
        self.text().len() >= MAX_RECORD
    }

    /// Returns how many bytes of content the next `length` bytes of text are.
    pub(super) fn content_length(&self, length: usize) -> u64 {
        let text = &self.text()[..length];
        match self.encoding {
            Encoding::Utf8 => length as u64,
            // The text came out of UTF-16, so it is whole characters: one unit each, two for four bytes.
            Encoding::Utf16Le | Encoding::Utf16Be => {
                let units: u64 = text.iter().map(|byte| unit_count(*byte)).sum();
                units * 2
            }
        }
    }

    /// Consumes `length` bytes of text.
    pub(super) fn advance(&mut self, length: usize) {
        self.offset += self.content_length(length);
        self.start += length;
    }

    /// Reads more; returns false when nothing more is there now.
    pub(super) fn fill(&mut self, content: &mut dyn Content) -> io::Result<bool> {
        self.text.drain(..self.start);
        self.start = 0;
        let wanted = BLOCK.max(self.text.len()).min(MAX_RECORD);
        match self.encoding {
            Encoding::Utf8 => {
                let kept = self.text.len();
                self.text.resize(kept + wanted, 0);
                let read = content.read_at(self.read_from, &mut self.text[kept..]);
                self.text.truncate(kept + *read.as_ref().unwrap_or(&0));
                let read = read?;
                self.read_from += read as u64;
                Ok(read > 0)
            }
            Encoding::Utf16Le | Encoding::Utf16Be => {
                let mut block = vec![0; wanted];
                let read = content.read_at(self.read_from, &mut block)?;
                self.read_from += read as u64;
                self.partial.extend_from_slice(&block[..read]);
                self.decode();
                Ok(read > 0)
            }
        }
    }

    /// Turns what was read into UTF-8, except for a half character at the end. A lone surrogate becomes U+FFFD,
    /// which is one unit as well, so offsets hold.
    fn decode(&mut self) {
        let mut units: Vec<u16> = self
            .partial
            .as_chunks()
            .0
            .iter()
            .map(|pair| self.unit(*pair))
            .collect();
        if units
            .last()
            .is_some_and(|unit| (0xd800..0xdc00).contains(unit))
        {
            units.pop();
        }
        self.partial.drain(..units.len() * 2);
        for character in char::decode_utf16(units) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.text
                .extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    fn unit(&self, pair: [u8; 2]) -> u16 {
        match self.encoding {
            Encoding::Utf16Be => u16::from_be_bytes(pair),
            Encoding::Utf8 | Encoding::Utf16Le => u16::from_le_bytes(pair),
        }
    }

    /// Gives back the memory that the unconsumed text does not need: many files are open, few are busy.
    pub(super) fn shrink(&mut self) {
        self.text.drain(..self.start);
        self.start = 0;
        self.text.shrink_to_fit();
    }
}

/// How many UTF-16 units the UTF-8 character that begins with `byte` takes; 0 for a continuation byte.
fn unit_count(byte: u8) -> u64 {
    match byte {
        0x80..=0xbf => 0,
        0xf0.. => 2,
        _ => 1,
    }
}
