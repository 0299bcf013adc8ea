//! Who an event is, independent of the file and format that carried it.
//!
//! (computer, channel, record id, time) where the record has them, else its bytes and its place in its
//! file's content. Computer and channel are compared without case; time counts whole milliseconds,
//! the coarsest precision among the formats.

use std::fmt;

/// A 128-bit digest; equal for the same event read twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub [u8; 16]);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({self})")
    }
}
