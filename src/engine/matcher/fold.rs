//! Text as comparisons without case see it.
//!
//! Takes a text; gives it folded letter by letter, as [`Case::fold_text`] does, in room that is used again.

use std::fmt::Write;

use crate::lang::ir::Case;

/// Room for one folded text.
#[derive(Debug, Default)]
pub struct Folded(String);

impl Folded {
    /// Returns `text` folded.
    pub fn fold(&mut self, text: &str) -> &str {
        self.0.clear();
        if text.is_ascii() {
            self.0.push_str(text);
            self.0.make_ascii_lowercase();
        } else {
            for char in text.chars() {
                // Writing to a string does not fail.
                let _ = self.0.write_char(Case::Insensitive.fold(char));
            }
        }
        &self.0
    }
}
