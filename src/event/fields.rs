//! The fields of one event, by [`FieldId`].

use super::{FieldId, Value};

/// A sorted map from field to value; small, so a vector beats a hash table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(Vec<(FieldId, Value)>);

impl Fields {
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

    /// Sets `field`, replacing what it held.
    pub fn set(&mut self, field: FieldId, value: Value) {
        match self.0.binary_search_by_key(&field, |(id, _)| *id) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (field, value)),
        }
    }

    /// Removes `field` and returns what it held.
    pub fn remove(&mut self, field: FieldId) -> Option<Value> {
        let at = self.0.binary_search_by_key(&field, |(id, _)| *id).ok()?;
        Some(self.0.remove(at).1)
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
}
