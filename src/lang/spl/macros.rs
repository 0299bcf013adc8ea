//! What searches may call: macros, which are text that stands for text, and lookup tables.

use std::collections::HashMap;
use std::sync::Arc;

use crate::lang::lookup::Lookup;

use crate::text::similar;

/// A macro's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Macro {
    /// Names of its arguments, in order.
    pub arguments: Vec<String>,
    /// The text, in which `$argument$` is replaced.
    pub definition: String,
}

/// Macros by name and number of arguments, as Splunk tells them apart; lookup tables by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Macros {
    known: HashMap<(String, usize), Macro>,
    lookups: HashMap<String, Arc<Lookup>>,
}

impl Macros {
    /// Adds a macro; one of the same name and number of arguments is replaced and returned.
    pub fn insert(&mut self, name: impl Into<String>, definition: Macro) -> Option<Macro> {
        self.known
            .insert((name.into(), definition.arguments.len()), definition)
    }

    /// Returns the macro called `name` that takes so many arguments.
    #[must_use]
    pub fn get(&self, name: &str, arguments: usize) -> Option<&Macro> {
        self.known.get(&(name.to_owned(), arguments))
    }

    /// Adds a lookup table; its file's name finds it too.
    pub fn insert_lookup(&mut self, file: Option<&str>, lookup: Lookup) {
        let lookup = Arc::new(lookup);
        if let Some(file) = file {
            self.lookups.insert(file.to_owned(), Arc::clone(&lookup));
        }
        self.lookups.insert(lookup.name.to_string(), lookup);
    }

    /// Returns the lookup table called `name`.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Option<&Arc<Lookup>> {
        self.lookups.get(name)
    }

    /// Returns how many arguments the macros called `name` take, fewest first.
    #[must_use]
    pub fn argument_counts(&self, name: &str) -> Vec<usize> {
        let named = self.known.keys().filter(|(known, _)| known == name);
        let mut counts: Vec<_> = named.map(|(_, count)| *count).collect();
        counts.sort_unstable();
        counts
    }

    /// Returns the name that `name` was probably meant to be.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<&str> {
        similar::nearest(name, self.known.keys().map(|(known, _)| known.as_str()))
    }
}
