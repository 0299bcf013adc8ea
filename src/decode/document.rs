//! Recognising a document in ECS or another Elastic index family's names.
//!
//! Takes a JSON object; tells whether it is one. Its members are left as they are.

use serde_json::{Map, Value};

/// Top-level field sets that such documents use, nested or as the head of a dotted key. Source: ECS 8.17 field
/// sets that host events fill, and the roots that the index families named by Elastic's Windows rules add.
const FIELD_SETS: [&str; 30] = [
    "agent",
    "code_signature",
    "data_stream",
    "destination",
    "dll",
    "dns",
    "ecs",
    "elastic",
    "endgame",
    "Endpoint",
    "event",
    "file",
    "group",
    "host",
    "log",
    "m365_defender",
    "network",
    "observer",
    "os",
    "powershell",
    "process",
    "registry",
    "related",
    "rule",
    "service",
    "source",
    "sysmon",
    "threat",
    "user",
    "winlog",
];

/// Field sets that are enough evidence on their own.
const TELLING: [&str; 4] = ["winlog", "event", "endgame", "m365_defender"];

/// Tells whether `object` is such a document: a time stamp and one field set, or two field sets of which one tells.
pub(super) fn is_document(object: &Map<String, Value>) -> bool {
    let mut sets = object
        .iter()
        .filter_map(|(key, value)| field_set(key, value));
    let Some(first) = sets.next() else {
        return false;
    };
    if object.contains_key("@timestamp") {
        return true;
    }
    let Some(second) = sets.find(|set| *set != first) else {
        return TELLING.contains(&first);
    };
    TELLING.contains(&first) || TELLING.contains(&second) || sets.any(|set| TELLING.contains(&set))
}

/// Returns the field set that a member belongs to: an object of its name, or a dotted key.
fn field_set<'a>(key: &'a str, value: &Value) -> Option<&'a str> {
    let set = match key.split_once('.') {
        Some((set, _)) => set,
        None if value.is_object() => key,
        None => return None,
    };
    FIELD_SETS.contains(&set).then_some(set)
}
