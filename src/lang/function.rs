//! Functions of the query languages: pure, from values to a value.
//!
//! Takes argument values, null being `None`; gives a value. One table a language; the examples of each are its tests.

use crate::event::Value;

/// A function that queries can call.
#[derive(Debug)]
pub struct Function {
    /// Name as the language's documentation writes it.
    pub name: &'static str,
    /// Fewest and most arguments.
    pub arguments: (usize, usize),
    /// Null when any argument is; such a function is only called with values.
    pub strict: bool,
    pub call: fn(&[Option<Value>]) -> Option<Value>,
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}
