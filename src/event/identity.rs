//! Who an event is, independent of the file and format that carried it.
//!
//! (computer, channel, record id, time) where the record has them; for a document with an id of its own
//! (`event.id`) its content; else its bytes and its place in its file's content. Computer and channel are compared without case; time counts whole milliseconds,
//! the coarsest precision among the formats.

use std::fmt;

use super::{Fields, Time};
use crate::decode::Record;

/// A 128-bit digest; equal for the same event read twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub [u8; 16]);

impl EventId {
    /// Returns the identity of the Windows event with number `record_id` in `channel` of `computer`, which the
    /// system stamped with `time`.
    #[must_use]
    pub fn of_windows(computer: &str, channel: &str, record_id: u64, time: Time) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"windows\0");
        hasher.update(computer.to_lowercase().as_bytes());
        hasher.update(b"\0");
        hasher.update(channel.to_lowercase().as_bytes());
        hasher.update(b"\0");
        hasher.update(&record_id.to_le_bytes());
        hasher.update(&time.millis().to_le_bytes());
        Self::first_half(&hasher)
    }

    /// Returns the identity of a document that carries an id of its own: that of its fields, nested or dotted, without
    /// what storing it added. The id alone is no identity: some shippers number events anew on each host.
    #[must_use]
    pub fn of_document(fields: &Fields) -> Self {
        let mut kept = fields.clone();
        kept.retain(|field, _| {
            let name = field.name();
            name != "event.ingested" && !name.starts_with(['_', '@']) || name == "@timestamp"
        });
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"document\0");
        let content = serde_json::Value::Object(kept.document());
        hasher.update(content.to_string().as_bytes());
        Self::first_half(&hasher)
    }

    /// Returns the identity of a record that names no such thing: its exact bytes and its place in its content.
    #[must_use]
    pub fn of_place(record: &Record) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"place\0");
        hasher.update(&record.place.content.to_le_bytes());
        hasher.update(&record.place.offset.to_le_bytes());
        hasher.update(&record.raw);
        Self::first_half(&hasher)
    }

    fn first_half(hasher: &blake3::Hasher) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(half)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_digits_past_the_millisecond_do_not_matter() {
        let exact = Time(1_603_852_766_388_325_200);
        let coarse = Time(1_603_852_766_388_000_000);
        assert_eq!(
            EventId::of_windows("PC1.corp", "Security", 7, exact),
            EventId::of_windows("pc1.CORP", "security", 7, coarse)
        );
    }

    #[test]
    fn a_document_is_its_content_however_it_is_written() {
        let id = |json: serde_json::Value| match json {
            serde_json::Value::Object(members) => EventId::of_document(&Fields::flatten(members)),
            _ => panic!("a test document is an object"),
        };
        let nested = serde_json::json!({"event": {"id": "7", "ingested": "x"}, "a": {"b": 1}});
        let dotted = serde_json::json!({"a.b": 1, "event.id": "7", "_index": "i"});
        let other = serde_json::json!({"a.b": 2, "event.id": "7"});
        assert_eq!(id(nested), id(dotted.clone()));
        assert_ne!(id(dotted), id(other));
    }

    #[test]
    fn each_part_matters() {
        let id = EventId::of_windows("a", "b", 7, Time(0));
        assert_ne!(id, EventId::of_windows("ab", "", 7, Time(0)));
        assert_ne!(id, EventId::of_windows("a", "b", 8, Time(0)));
        assert_ne!(id, EventId::of_windows("a", "b", 7, Time(1_000_000)));
    }
}
