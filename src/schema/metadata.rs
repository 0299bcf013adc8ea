//! What Elasticsearch knows of a document beside its fields: `_id`, `_index`, `_version`, `_source`.
//!
//! Takes an event; gives the value that stands for it here. A document that brings the field along keeps its own.

use super::index::Indices;
use crate::event::{Event, FieldId, Value};

/// Names that [`value`] knows.
const NAMES: [&str; 4] = ["_id", "_index", "_source", "_version"];

/// Returns whether every event has the field.
pub fn is_known(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Returns the value of a metadata field: an event's identity is its `_id`, the first index that it may live in its
/// `_index`, and its version is always 1.
pub fn value(event: &Event, name: FieldId) -> Option<Value> {
    let name = name.name();
    if !name.starts_with('_') {
        return None;
    }
    match name {
        "_id" => Some(event.id.to_string().into()),
        "_index" => Indices::of(event).names().next().map(Value::from),
        "_source" => Some(event.document().to_string().into()),
        "_version" => Some(Value::Int(1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::tests::event;

    #[test]
    fn every_event_has_them() {
        let sysmon = event("Microsoft-Windows-Sysmon/Operational", 1, &[("Image", "x")]);
        let of = |name| value(&sysmon, FieldId::of(name)).map(|value| value.text().into_owned());
        assert_eq!(of("_id"), Some(sysmon.id.to_string()));
        assert_eq!(of("_index").as_deref(), Some("winlogbeat-default"));
        assert_eq!(of("_version").as_deref(), Some("1"));
        assert!(of("_source").unwrap().starts_with('{'));
        assert_eq!(of("_score"), None);
    }
}
