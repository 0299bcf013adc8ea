//! Search macros: text that stands for text.

use std::collections::HashMap;

/// A macro's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Macro {
    /// Names of its arguments, in order.
    pub arguments: Vec<String>,
    /// The text, in which `$argument$` is replaced.
    pub definition: String,
}

/// Macros by name and number of arguments, as Splunk tells them apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Macros {
    known: HashMap<(String, usize), Macro>,
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
}
