//! Placeholders: `%name%` in a value stands for values of the site.
//!
//! Takes names and values; a rule that uses a name without values is rejected, as the Sigma specification demands of a
//! tool that cannot resolve it.

use std::collections::BTreeMap;

use super::glob::Glob;

/// Values by the placeholder's name, which counts without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placeholders(BTreeMap<String, Vec<String>>);

impl Placeholders {
    /// Adds values; those of an earlier file stay.
    pub fn add(&mut self, name: &str, values: impl IntoIterator<Item = String>) {
        let known = self.0.entry(name.to_lowercase()).or_default();
        for value in values {
            if !known.contains(&value) {
                known.push(value);
            }
        }
    }

    /// Returns the values of `name`; `None` when there are none.
    pub fn values(&self, name: &str) -> Option<impl Iterator<Item = Glob> + '_> {
        let values = self.0.get(&name.to_lowercase())?;
        (!values.is_empty()).then(|| values.iter().map(|value| Glob::parse(value)))
    }

    /// Returns the names that have values.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Takes all of `other`.
    pub fn extend(&mut self, other: Self) {
        for (name, values) in other.0 {
            self.add(&name, values);
        }
    }
}
