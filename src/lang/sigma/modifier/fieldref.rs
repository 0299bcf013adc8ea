//! `fieldref`: the value is another field's.

use super::super::item::{Form, Position, Refusal, unfit};
use super::Modifier;

pub static FIELDREF: Modifier = Modifier {
    name: "fieldref",
    apply: |item, _| {
        item.each(|form| match form {
            Form::Text(written, glob) => {
                // `startswith` and the like may stand on either side.
                let (before, behind) = match written {
                    Some(_) => (false, false),
                    None => open(&glob.0),
                };
                let inner = &glob.0[usize::from(before)..glob.0.len() - usize::from(behind)];
                let name = super::super::glob::Glob(inner.to_vec())
                    .text()
                    .ok_or_else(|| {
                        Refusal::new("a field's name has no wildcards", "name one field")
                    })?;
                let position = match (before, behind) {
                    (true, true) => Position::Anywhere,
                    (true, false) => Position::End,
                    (false, true) => Position::Start,
                    (false, false) => Position::Whole,
                };
                Ok(vec![Form::Field(name, position)])
            }
            other => Err(unfit("fieldref", &other, "a field's name")),
        })
    },
};

fn open(pieces: &[crate::lang::ir::pattern::Piece]) -> (bool, bool) {
    use crate::lang::ir::pattern::Piece;
    let before = pieces.first() == Some(&Piece::Many);
    (
        before,
        pieces.len() > 1 && pieces.last() == Some(&Piece::Many),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{apply, apply_to};
    use super::*;

    #[test]
    fn names_a_field_and_where_its_value_stands() {
        let field = |position| [Form::Field("Other".to_owned(), position)];
        assert_eq!(apply("Other", "fieldref"), field(Position::Whole));
        assert_eq!(
            apply("Other", "fieldref|startswith"),
            field(Position::Start)
        );
        assert_eq!(
            apply("Other", "startswith|fieldref"),
            field(Position::Start)
        );
        assert_eq!(
            apply("Other", "fieldref|contains"),
            field(Position::Anywhere)
        );
        assert!(apply_to(vec![Form::text("a*")], "fieldref").is_err());
    }
}
