//! `windash`: flags of a command line in every spelling that Windows programs take.
//!
//! `-`, `/` and three longer dashes are exchanged for each other where a flag begins: behind no word and ahead of one.

use super::super::glob::Glob;
use super::super::item::{Form, Refusal, unfit};
use super::{MAX_FORMS, Modifier};
use crate::lang::ir::pattern::Piece;

const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

pub static WINDASH: Modifier = Modifier {
    name: "windash",
    apply: |item, _| {
        item.each(|form| match form {
            Form::Text(_, glob) => spellings(&glob),
            other => Err(unfit("windash", &other, "text")),
        })
    },
};

fn spellings(glob: &Glob) -> Result<Vec<Form>, Refusal> {
    let places: Vec<usize> = (0..glob.0.len())
        .filter(|at| begins_flag(&glob.0, *at))
        .collect();
    let count = u32::try_from(places.len())
        .ok()
        .and_then(|n| DASHES.len().checked_pow(n));
    let Some(count) = count.filter(|count| *count <= MAX_FORMS) else {
        let message = format!("`windash` would spell this value in more than {MAX_FORMS} ways");
        return Err(Refusal::new(
            message,
            "split the value: one flag each, joined by `all`",
        ));
    };
    let spelling = |mut choice: usize| {
        let mut pieces = glob.0.clone();
        for at in places.iter().rev() {
            pieces[*at] = Piece::Char(DASHES[choice % DASHES.len()]);
            choice /= DASHES.len();
        }
        Form::Text(None, Glob(pieces))
    };
    Ok((0..count).map(spelling).collect())
}

fn begins_flag(pieces: &[Piece], at: usize) -> bool {
    let word = |piece: Option<&Piece>| matches!(piece, Some(Piece::Char(char)) if char.is_alphanumeric() || *char == '_');
    let before = at.checked_sub(1).and_then(|before| pieces.get(before));
    matches!(pieces[at], Piece::Char(char) if DASHES.contains(&char))
        && !word(before)
        && word(pieces.get(at + 1))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{apply, apply_to, texts};
    use super::*;

    #[test]
    fn flags_are_spelt_in_every_way() {
        let spelt = texts(&apply(" -f", "windash"));
        assert_eq!(spelt, [" -f", " /f", " –f", " —f", " ―f"]);
        assert_eq!(texts(&apply("-a /b", "windash")).len(), 25);
        assert_eq!(texts(&apply("-f", "contains|windash"))[1], "*/f*");
    }

    #[test]
    fn other_dashes_stay() {
        assert_eq!(texts(&apply("win-rar -param-name", "windash")).len(), 5);
        assert_eq!(texts(&apply("a-b - c", "windash")), ["a-b - c"]);
        assert!(apply_to(vec![Form::text("-a -b -c -d -e -f")], "windash").is_err());
    }
}
