//! Alert ids, computed from what an alert is about.
//!
//! Takes a detection; gives the same [`AlertId`] whenever, wherever and from whichever file it is seen.

use super::AlertId;
use crate::engine::{Detection, Merge};
use crate::event::Value;

/// Returns the id of the alert that `detection` belongs to.
#[must_use]
pub fn alert_id(detection: &Detection) -> AlertId {
    let mut digest = Digest::new("alert");
    digest.text(&detection.rule.id);
    if let Some(group) = detection.group {
        digest.bytes(&group.0);
    }
    match &detection.row {
        None if detection.group.is_some() => {}
        None => digest.bytes(&detection.event.id.0),
        Some(row) => {
            let columns = row.columns();
            for (column, value) in columns.filter(|(column, _)| column.merge == Merge::Key) {
                digest.text(&column.name);
                digest.value(value);
            }
        }
    }
    digest.id()
}

/// Returns the id of the alert that counts what the cap of `rule` held back in interval number `bucket`.
#[must_use]
pub fn overflow_id(rule: &str, bucket: i64) -> AlertId {
    let mut digest = Digest::new("overflow");
    digest.text(rule);
    digest.bytes(&bucket.to_be_bytes());
    digest.id()
}

/// A digest over parts, each with its length, so that no two lists of parts read the same.
struct Digest(blake3::Hasher);

impl Digest {
    fn new(purpose: &str) -> Self {
        let mut digest = Self(blake3::Hasher::new());
        digest.text(purpose);
        digest
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Numbers and texts that read the same are the same: formats differ in what they quote.
    fn value(&mut self, value: &Value) {
        match value {
            Value::Bool(flag) => self.text(if *flag { "true" } else { "false" }),
            Value::Int(number) => self.text(&number.to_string()),
            Value::Float(number) => self.text(&number.to_string()),
            Value::Str(text) => self.text(text),
            Value::List(values) => {
                self.bytes(&(values.len() as u64).to_be_bytes());
                for value in values {
                    self.value(value);
                }
            }
            Value::Object(members) => {
                self.bytes(&(members.len() as u64).to_be_bytes());
                for (name, value) in members {
                    self.text(name);
                    self.value(value);
                }
            }
        }
    }

    fn id(self) -> AlertId {
        let mut id = [0; 16];
        self.0.finalize_xof().fill(&mut id);
        AlertId(id)
    }
}
