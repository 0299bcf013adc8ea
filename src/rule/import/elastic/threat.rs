//! The ATT&CK mapping of a page: tactics, techniques, sub-techniques, each with a name and an id.

use serde_json::{Value, json};

use super::super::label::plain;
use super::super::section::Section;
use super::{object, unlinked};

/// Returns the mapping as Elastic's rule files write it: an entry a tactic with the techniques that follow it.
pub fn of(sections: &[&Section]) -> Vec<Value> {
    let mut entries: Vec<Value> = Vec::new();
    let mut name = String::new();
    let lines = sections.iter().flat_map(|section| {
        let rest = std::iter::once(section.rest.clone());
        rest.chain(section.lines.iter().map(|line| plain(&line.text)))
    });
    for line in lines {
        if let Some(stated) = member(&line, "name") {
            name = stated;
        }
        let Some(id) = member(&line, "id") else {
            continue;
        };
        let named = std::mem::take(&mut name);
        if id.starts_with("TA") {
            entries.push(json!({
                "framework": "MITRE ATT&CK",
                "tactic": entry(&id, &named, "tactics"),
            }));
        } else if id.starts_with('T') && id[1..].starts_with(|char: char| char.is_ascii_digit()) {
            technique(&mut entries, &id, &named);
        }
    }
    entries
}

/// Returns the value of `Name: x`.
fn member(line: &str, name: &str) -> Option<String> {
    let (key, value) = line.split_once(':')?;
    (key.trim().eq_ignore_ascii_case(name)).then(|| unlinked(value))
}

fn entry(id: &str, name: &str, kind: &str) -> Value {
    let path = id.replace('.', "/");
    let mut members = object(json!({"id": id}));
    if !name.is_empty() {
        members.insert("name".to_owned(), name.into());
    }
    members.insert(
        "reference".to_owned(),
        format!("https://attack.mitre.org/{kind}/{path}/").into(),
    );
    Value::Object(members)
}

fn technique(entries: &mut Vec<Value>, id: &str, name: &str) {
    if entries.is_empty() {
        entries.push(json!({"framework": "MITRE ATT&CK"}));
    }
    let Some(members) = entries.last_mut().and_then(Value::as_object_mut) else {
        return;
    };
    let list = members.entry("technique").or_insert_with(|| json!([]));
    let Some(list) = list.as_array_mut() else {
        return;
    };
    let Some((parent, _)) = id.split_once('.') else {
        return list.push(entry(id, name, "techniques"));
    };
    let known = |technique: &Value| technique.get("id").is_some_and(|id| *id == *parent);
    if !list.iter().any(known) {
        list.push(entry(parent, "", "techniques"));
    }
    let found = list.iter_mut().find(|technique| known(technique));
    if let Some(technique) = found.and_then(Value::as_object_mut) {
        let subs = technique.entry("subtechnique").or_insert_with(|| json!([]));
        if let Some(subs) = subs.as_array_mut() {
            subs.push(entry(id, name, "techniques"));
        }
    }
}
