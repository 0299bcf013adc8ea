//! Value modifiers: what stands behind a field's name, as in `CommandLine|contains|all`.
//!
//! Takes an [`Item`] and a modifier's name; changes the item. One file a modifier or a family; the examples of each are
//! its tests. Source: Sigma specification 2.1, appendix "Modifiers".

mod all;
mod base64;
mod cased;
mod cidr;
mod compare;
mod encode;
mod exists;
mod expand;
mod fieldref;
mod moment;
mod neq;
mod place;
mod re;
mod windash;

use super::item::{Applied, Item};
use super::placeholder::Placeholders;

pub use encode::as_text;

/// Most forms that one value may grow into: `windash` and placeholders multiply.
pub const MAX_FORMS: usize = 4096;

/// A modifier.
#[derive(Debug)]
pub struct Modifier {
    pub name: &'static str,
    /// Takes the item and the site's placeholders.
    pub apply: fn(&mut Item, &Placeholders) -> Applied,
}

/// All modifiers.
pub static MODIFIERS: [&Modifier; 34] = [
    &place::CONTAINS,
    &place::STARTSWITH,
    &place::ENDSWITH,
    &all::ALL,
    &neq::NEQ,
    &exists::EXISTS,
    &cased::CASED,
    &re::RE,
    &re::I,
    &re::IGNORECASE,
    &re::M,
    &re::MULTILINE,
    &re::S,
    &re::DOTALL,
    &cidr::CIDR,
    &windash::WINDASH,
    &base64::BASE64,
    &base64::BASE64OFFSET,
    &encode::WIDE,
    &encode::UTF16LE,
    &encode::UTF16BE,
    &encode::UTF16,
    &compare::LT,
    &compare::LTE,
    &compare::GT,
    &compare::GTE,
    &fieldref::FIELDREF,
    &expand::EXPAND,
    &moment::MINUTE,
    &moment::HOUR,
    &moment::DAY,
    &moment::WEEK,
    &moment::MONTH,
    &moment::YEAR,
];

/// Returns the modifier called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Modifier> {
    MODIFIERS.iter().copied().find(|one| one.name == name)
}

#[cfg(test)]
pub mod testing {
    //! Runs modifiers on values, for their tests.

    use super::super::item::{Form, Item, Refusal, Value};
    use super::super::placeholder::Placeholders;
    use super::find;
    use crate::lang::ir::Case;

    /// Applies `modifiers` (with `|` between them) to unmodified forms.
    pub fn apply_to(forms: Vec<Form>, modifiers: &str) -> Result<Item, Refusal> {
        with(forms, modifiers, &Placeholders::default())
    }

    pub fn with(forms: Vec<Form>, modifiers: &str, known: &Placeholders) -> Result<Item, Refusal> {
        let value = |form| Value {
            forms: vec![form],
            span: 0..0,
        };
        let mut item = Item {
            field: Some("F".to_owned()),
            values: forms.into_iter().map(value).collect(),
            all: false,
            negated: false,
            case: Case::Insensitive,
            span: 0..0,
        };
        for name in modifiers.split('|') {
            (find(name).unwrap().apply)(&mut item, known)?;
        }
        Ok(item)
    }

    /// Applies `modifiers` to one text and returns the forms it became.
    pub fn apply(text: &str, modifiers: &str) -> Vec<Form> {
        let mut item = apply_to(vec![Form::text(text)], modifiers).unwrap();
        item.values.remove(0).forms
    }

    /// The texts of forms, wildcards as they are written.
    pub fn texts(forms: &[Form]) -> Vec<String> {
        use crate::lang::ir::pattern::Piece;
        let shown = |piece: &Piece| match piece {
            Piece::Char(char) => *char,
            Piece::One => '?',
            Piece::Many => '*',
        };
        forms
            .iter()
            .map(|form| match form {
                Form::Text(_, glob) => glob.0.iter().map(shown).collect(),
                other => format!("{other:?}"),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::MODIFIERS;

    #[test]
    fn names_are_there_once() {
        let mut names: Vec<_> = MODIFIERS.iter().map(|one| one.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), MODIFIERS.len());
    }
}
