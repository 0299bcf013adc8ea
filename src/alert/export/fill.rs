//! Names of fields in a sentence replaced by their values.

use std::borrow::Cow;

use crate::text::{Marks, fit, plain};

/// Most characters of a value that is written into a sentence.
const FILLED: usize = 80;

/// Replaces each `‹name›` that has a value; the others stay.
#[must_use]
pub fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> Cow<'_, str> {
    if !text.contains('‹') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('‹') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('›') else {
            out.push('‹');
            rest = after;
            continue;
        };
        if let Some(value) = value(name) {
            out.push_str(&fit(&plain(&value), FILLED, Marks::Unicode));
        } else {
            out.push('‹');
            out.push_str(name);
            out.push('›');
        }
        rest = tail;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Returns the names that [`fill`] asks about.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split('‹').skip(1);
    pieces.filter_map(|piece| Some(piece.split_once('›')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_value_is_replaced_and_all_else_stays() {
        let value = |name: &str| (name == "host").then(|| "ws\u{1b}1".to_owned());
        let text = "On ‹host›, by ‹user› ‹";
        assert_eq!(fill(text, value), "On ws␛1, by ‹user› ‹");
        assert_eq!(names(text).collect::<Vec<_>>(), ["host", "user"]);
    }
}
