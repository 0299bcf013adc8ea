//! The fields of one event, by [`FieldId`].
//!
//! Takes a JSON document (nested, dotted, or both), gives flat fields; and the way back.

use serde_json::{Map, Value as Json};

use super::{FieldId, Value};

/// A sorted map from field to value; small, so a vector beats a hash table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(Vec<(FieldId, Value)>);

impl Fields {
    /// Returns the fields of `document`: nested objects become dotted names.
    ///
    /// A list of objects stays one value, and each leaf of its objects is a field of its own besides
    /// (`dns.answers` and `dns.answers.data`).
    #[must_use]
    pub fn flatten(document: Map<String, Json>) -> Self {
        let mut flat = Vec::with_capacity(document.len() * 4);
        let mut path = String::new();
        for (name, value) in document {
            flatten_into(&mut flat, &mut path, &name, value);
        }
        // A stable sort keeps the first of two spellings of one name ahead of the second.
        flat.sort_by_key(|(id, _)| *id);
        flat.dedup_by_key(|(id, _)| *id);
        Self(flat)
    }

    /// Returns the leaves of an object that stands under `path`, each under its full name.
    #[must_use]
    pub fn leaves(path: &str, object: &Value) -> Self {
        let mut leaves = Vec::new();
        collect_leaves(&mut leaves, path, object);
        let mut fields = Self::default();
        for (name, value) in leaves {
            fields.add(FieldId::of(&name), value);
        }
        fields
    }

    /// Returns the value of `field`.
    #[must_use]
    pub fn get(&self, field: FieldId) -> Option<&Value> {
        let at = self.0.binary_search_by_key(&field, |(id, _)| *id).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// Returns the value of the field called `name`.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Value> {
        self.get(FieldId::known(name)?)
    }

    /// Returns the text of the field called `name`, when it is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.named(name)?.as_str()
    }

    /// Sets `field`, replacing what it held.
    pub fn set(&mut self, field: FieldId, value: Value) {
        match self.0.binary_search_by_key(&field, |(id, _)| *id) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (field, value)),
        }
    }

    /// Sets the field called `name`, replacing what it held.
    pub fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.set(FieldId::of(name), value.into());
    }

    /// Sets `field` to a list of objects, and each leaf of the objects as a field of its own.
    pub fn set_objects(&mut self, name: &str, objects: Vec<Value>) {
        let mut leaves = Vec::new();
        for object in &objects {
            collect_leaves(&mut leaves, name, object);
        }
        for (leaf, value) in leaves {
            self.add(FieldId::of(&leaf), value);
        }
        self.put(name, Value::List(objects));
    }

    /// Adds `value` to what `field` holds; two values make a list.
    pub fn add(&mut self, field: FieldId, value: Value) {
        match self.0.binary_search_by_key(&field, |(id, _)| *id) {
            Ok(at) => push(&mut self.0[at].1, value),
            Err(at) => self.0.insert(at, (field, value)),
        }
    }

    /// Adds `text` to the list `name` unless it holds it already; the field is always a list afterwards.
    pub fn add_once(&mut self, name: &str, text: &str) {
        let field = FieldId::of(name);
        let known = self
            .get(field)
            .is_some_and(|value| value.elements().any(|e| e.as_str() == Some(text)));
        if !known {
            let mut list = match self.remove(field) {
                Some(Value::List(values)) => values,
                Some(single) => vec![single],
                None => Vec::new(),
            };
            list.push(text.into());
            self.set(field, Value::List(list));
        }
    }

    /// Removes `field` and returns what it held.
    pub fn remove(&mut self, field: FieldId) -> Option<Value> {
        let at = self.0.binary_search_by_key(&field, |(id, _)| *id).ok()?;
        Some(self.0.remove(at).1)
    }

    /// Removes the field called `name` and returns what it held.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.remove(FieldId::known(name)?)
    }

    /// Keeps the fields for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(FieldId, &Value) -> bool) {
        self.0.retain(|(id, value)| keep(*id, value));
    }

    /// Returns each field and its value, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (FieldId, &Value)> {
        self.0.iter().map(|(id, value)| (*id, value))
    }

    /// Returns how many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the nested document, members in alphabetical order. A list of objects is rendered once; its leaves,
    /// which are fields for matching, are left out. A name that runs through another field's value stays dotted.
    #[must_use]
    pub fn document(&self) -> Map<String, Json> {
        let mut named: Vec<(&'static str, &Value)> = self
            .0
            .iter()
            .map(|(id, value)| (id.name(), value))
            .collect();
        named.sort_unstable_by_key(|(name, _)| *name);
        let mut root = Map::new();
        for (name, value) in named {
            nest(&mut root, name, name, value);
        }
        root
    }
}

/// Puts `value` at the dotted `rest` below `at`; `whole` is the full name, kept when no nesting is possible.
fn nest(root: &mut Map<String, Json>, whole: &str, rest: &str, value: &Value) {
    let mut at = &mut *root;
    let mut rest = rest;
    while let Some((head, tail)) = rest.split_once('.') {
        match at.entry(head).or_insert_with(|| Json::Object(Map::new())) {
            Json::Object(inner) => at = inner,
            Json::Array(items) if items.iter().any(Json::is_object) => return,
            _ => {
                root.insert(whole.to_owned(), value.to_json());
                return;
            }
        }
        rest = tail;
    }
    at.insert(rest.to_owned(), value.to_json());
}

fn flatten_into(flat: &mut Vec<(FieldId, Value)>, path: &mut String, name: &str, value: Json) {
    let mark = path.len();
    if mark > 0 {
        path.push('.');
    }
    path.push_str(name);
    match value {
        Json::Object(members) => {
            for (inner, member) in members {
                flatten_into(flat, path, &inner, member);
            }
        }
        other => {
            if let Some(value) = Value::from_json(other) {
                if value.holds_objects() {
                    let mut leaves = Vec::new();
                    collect_leaves(&mut leaves, path, &value);
                    gather(flat, leaves);
                }
                flat.push((FieldId::of(path), value));
            }
        }
    }
    path.truncate(mark);
}

/// Groups equal names of `leaves` into one list each.
fn gather(flat: &mut Vec<(FieldId, Value)>, leaves: Vec<(String, Value)>) {
    let from = flat.len();
    for (name, value) in leaves {
        let id = FieldId::of(&name);
        match flat[from..].iter_mut().find(|(known, _)| *known == id) {
            Some((_, held)) => push(held, value),
            None => flat.push((id, value)),
        }
    }
}

/// Collects the leaves of the objects in `value`, each under its dotted name.
fn collect_leaves(leaves: &mut Vec<(String, Value)>, path: &str, value: &Value) {
    for element in value.elements() {
        let Value::Object(members) = element else {
            continue;
        };
        for (name, member) in members {
            let inner = format!("{path}.{name}");
            match member {
                Value::Object(_) => collect_leaves(leaves, &inner, member),
                Value::List(items) => {
                    leaves.extend(items.iter().map(|item| (inner.clone(), item.clone())));
                }
                leaf => leaves.push((inner, leaf.clone())),
            }
        }
    }
}

fn push(held: &mut Value, value: Value) {
    match held {
        Value::List(values) => values.push(value),
        single => {
            let first = std::mem::replace(single, Value::List(Vec::new()));
            *single = Value::List(vec![first, value]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: serde_json::Value) -> Fields {
        match json {
            Json::Object(map) => Fields::flatten(map),
            _ => panic!("a test document is an object"),
        }
    }

    #[test]
    fn dotted_and_nested_keys_are_one_name() {
        let nested = fields(serde_json::json!({"process": {"pid": 4, "parent": {"pid": 1}}}));
        let dotted = fields(serde_json::json!({"process.pid": 4, "process.parent.pid": 1}));
        assert_eq!(nested, dotted);
        assert_eq!(nested.document(), dotted.document());
    }

    #[test]
    fn leaves_of_listed_objects_match_but_render_once() {
        let document = serde_json::json!({"dns": {"answers": [
            {"type": "A", "data": "10.0.0.1"}, {"type": "A", "data": "10.0.0.2"}]}});
        let flat = fields(document.clone());
        assert_eq!(
            flat.named("dns.answers.data"),
            Some(&Value::from(vec!["10.0.0.1", "10.0.0.2"]))
        );
        assert_eq!(Json::Object(flat.document()), document);
    }

    #[test]
    fn a_name_through_a_value_stays_dotted() {
        let flat = fields(serde_json::json!({"process": "x", "process.pid": 4}));
        assert_eq!(
            Json::Object(flat.document()),
            serde_json::json!({"process": "x", "process.pid": 4})
        );
    }
}
