//! A member that lists pairs, of which a field asks for some.
//!
//! Takes a line and the pairs that have a part in a field; gives the member's text with only those. Most of what such a
//! member lists differs from event to event, and most fields hang on none of that.

use std::ops::Range;

use super::class::{Line, copied};
use super::layout::write;
use super::plan::Base;
use crate::decode::members::NameId;
use crate::engine::eval::Seen;
use crate::event::ecs::pairs::{Listing, Pairs};

/// What the last line lists, in one worker's hands.
#[derive(Debug, Default)]
pub struct Listed {
    /// The member that was read.
    of: Option<NameId>,
    room: String,
    text: String,
    /// The names of the pairs, closed, one behind the other.
    names: String,
    /// Where each pair's name and the pair itself stand.
    pieces: Vec<(Range<usize>, Range<usize>)>,
    /// The pairs that a field asked for last.
    kept: String,
}

/// Stands in a key where a member's shape does, which this is not.
const KEPT: u8 = u8::MAX;

impl Listed {
    /// Forgets what was read of the line before.
    pub const fn forget(&mut self) {
        self.of = None;
    }

    /// Reads those pairs from the line; returns the member that lists them, `None` when it stands for itself.
    pub fn read(&mut self, pairs: Option<&(NameId, Pairs)>, line: Line<'_>) -> Option<NameId> {
        let (name, pairs) = pairs?;
        if self.of != Some(*name) {
            self.take_apart(*name, pairs.listing(), line)?;
        }
        self.kept.clear();
        let (names, text) = (&self.names, &self.text);
        let pieces = self.pieces.iter().cloned();
        let pieces = pieces.map(|(name, piece)| (&names[name], &text[piece]));
        pairs.keep(pieces, &mut self.kept);
        Some(*name)
    }

    fn take_apart(&mut self, name: NameId, listing: &Listing, line: Line<'_>) -> Option<()> {
        let member = line.members.get(name)?;
        if !member.shape.is_text() {
            return None;
        }
        let (kind, raw) = (line.class.plan.kind, &line.bytes[member.value.clone()]);
        let Ok(Seen::Text(text)) = copied(kind, member.shape, raw, &mut self.room) else {
            return None;
        };
        self.text.clear();
        self.text.push_str(&text);
        self.names.clear();
        self.pieces.clear();
        for piece in listing.pieces(&self.text) {
            let from = self.names.len();
            listing.close_name(&self.text[piece.clone()], &mut self.names);
            self.pieces.push((from..self.names.len(), piece));
        }
        self.of = Some(name);
        Some(())
    }

    /// Writes the pairs, if there are any, so that different ones differ from each other and from any member.
    pub fn write(&self, name: NameId, key: &mut Vec<u8>) {
        if !self.kept.is_empty() {
            write(name, KEPT, self.kept.as_bytes(), key);
        }
    }

    /// Adds the member `full` with only these pairs, if there are any, to others.
    pub fn insert(&self, full: String, base: &mut Base) {
        if !self.kept.is_empty() {
            base.insert(full, self.kept.as_str().into());
        }
    }
}
