//! A JSON object becomes a record's body.
//!
//! Takes one parsed object; recognises its shape (`evtx_dump`, flat, ECS) and gives the body, or says why it is
//! no event. Recognition is by object, so one file may mix shapes.

use serde_json::{Map, Value};

use super::windows::{self, Element};
use super::{Body, Format, document, flat};

/// Reads one object.
///
/// # Errors
/// What makes it no event, for a person; may quote the log, so it must be made visible.
pub(super) fn body(mut object: Map<String, Value>) -> Result<(Format, Body), String> {
    if let Some(Value::Object(source)) = hit_source(&mut object) {
        let index = object.remove("_index");
        object = source;
        // Which rules read a document depends on its index.
        if let Some(index) = index.filter(|_| document::is_document(&object)) {
            object.insert("_index".to_owned(), index);
        }
    }
    if let Some(Value::Object(event)) = object.get("Event") {
        let mut root = element("Event", event);
        attach_separate_attributes(&mut root);
        let record = windows::record(&root).map_err(str::to_owned)?;
        return Ok((Format::EvtxDumpJson, Body::Windows(Box::new(record))));
    }
    if flat::is_flat(&object) {
        let record = flat::record(&object)?;
        return Ok((Format::FlatJson, Body::Windows(Box::new(record))));
    }
    if document::is_document(&object) {
        return Ok((Format::EcsJson, Body::Document(object)));
    }
    let keys: Vec<&str> = object.keys().take(5).map(String::as_str).collect();
    Err(match keys.as_slice() {
        [] => "an empty JSON object".to_owned(),
        keys => format!(
            "JSON, but neither ECS nor evtx_dump nor flat Windows events: its members are {}{}",
            keys.join(", "),
            if object.len() > keys.len() {
                ", ..."
            } else {
                ""
            }
        ),
    })
}

/// Takes the document out of an Elasticsearch search hit.
fn hit_source(object: &mut Map<String, Value>) -> Option<Value> {
    let is_hit = object.contains_key("_index") || object.contains_key("_id");
    if is_hit {
        object.remove("_source")
    } else {
        None
    }
}

/// Turns `evtx_dump`'s object back into the element it was.
fn element(name: &str, object: &Map<String, Value>) -> Element {
    let mut element = Element::new(name);
    for (key, value) in object {
        match key.as_str() {
            "#attributes" => element.attributes = attributes(value),
            "#text" => element.text = scalar(value).unwrap_or_default(),
            _ => push_children(&mut element, key, value),
        }
    }
    element
}

fn push_children(parent: &mut Element, name: &str, value: &Value) {
    match value {
        Value::Array(items) => {
            for item in items {
                push_children(parent, name, item);
            }
        }
        Value::Object(object) => match object.get("#text") {
            // Several elements of one name: their texts stand in one array.
            Some(Value::Array(texts)) => {
                for text in texts {
                    let mut child = Element::new(name);
                    child.text = scalar(text).unwrap_or_default();
                    parent.children.push(child);
                }
            }
            _ => parent.children.push(element(name, object)),
        },
        _ => {
            let mut child = Element::new(name);
            child.text = scalar(value).unwrap_or_default();
            if name == "Data" && parent.name == "EventData" {
                // A nameless `Data` is written as an object with `#text`; this one is called `Data`.
                child.attributes.push(("Name".to_owned(), name.to_owned()));
            }
            parent.children.push(child);
        }
    }
}

fn attributes(value: &Value) -> Vec<(String, String)> {
    let Value::Object(object) = value else {
        return Vec::new();
    };
    let pairs = object.iter().filter(|(key, _)| *key != "xmlns");
    pairs
        .filter_map(|(key, value)| Some((key.clone(), scalar(value)?)))
        .collect()
}

/// `evtx_dump --separate-json-attributes` writes `Provider_attributes` beside `Provider`.
fn attach_separate_attributes(event: &mut Element) {
    const SUFFIX: &str = "_attributes";
    let Some(system) = event
        .children
        .iter_mut()
        .find(|child| child.name == "System")
    else {
        return;
    };
    let (separate, mut children): (Vec<_>, Vec<_>) = std::mem::take(&mut system.children)
        .into_iter()
        .partition(|child| child.name.ends_with(SUFFIX));
    for carrier in separate {
        let name = carrier.name.strip_suffix(SUFFIX).unwrap_or_default();
        let values = carrier
            .children
            .into_iter()
            .map(|child| (child.name, child.text));
        if let Some(child) = children.iter_mut().find(|child| child.name == name) {
            child.attributes.extend(values);
        } else {
            let mut child = Element::new(name);
            child.attributes.extend(values);
            children.push(child);
        }
    }
    system.children = children;
}

/// Writes a JSON scalar as Windows would; `None` for null.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    }
}
