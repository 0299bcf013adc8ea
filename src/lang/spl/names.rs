//! What a name means at some place of a search: a field of the event, or a column of a row.

use super::problem::Parsed;
use crate::lang::{Diagnostic, Span};
use crate::schema::FieldRef;

/// What conditions and expressions ask while they are lowered.
pub trait Names {
    /// Returns what `name` means, for a command that reads its value.
    fn field(&mut self, name: &str, span: &Span) -> Parsed<FieldRef>;

    /// Adds a finding that stops nothing.
    fn warn(&mut self, finding: Diagnostic);

    /// Returns whether what is searched are rows, which have columns but no text and no place in Splunk.
    fn are_rows(&self) -> bool;

    /// Returns whether an earlier command set this column.
    fn sets(&self, name: &str) -> bool;

    /// Returns the value that `$name$` stands for, inside a search of `map`.
    fn token(&mut self, _name: &str) -> Option<FieldRef> {
        None
    }

    /// Hears that the search looks back so many seconds.
    fn looks_back(&mut self, _seconds: u32, _span: &Span) {}

    /// Returns whether a text without a field may be looked for in the columns of a row.
    fn has_texts(&self) -> bool {
        false
    }
}
