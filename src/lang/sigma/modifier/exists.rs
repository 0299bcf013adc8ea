//! `exists`: the field is there, or is not, whatever it holds.

use super::super::item::{Form, unfit};
use super::Modifier;

pub static EXISTS: Modifier = Modifier {
    name: "exists",
    apply: |item, _| {
        item.each(|form| match form {
            Form::Bool(wanted) => Ok(vec![Form::Exists(wanted)]),
            Form::Text(Some(text), _) if text.eq_ignore_ascii_case("true") => {
                Ok(vec![Form::Exists(true)])
            }
            Form::Text(Some(text), _) if text.eq_ignore_ascii_case("false") => {
                Ok(vec![Form::Exists(false)])
            }
            other => Err(unfit("exists", &other, "`true` or `false`")),
        })
    },
};

#[cfg(test)]
mod tests {
    use super::super::testing::{apply, apply_to};
    use super::*;

    #[test]
    fn takes_truth_values_only() {
        let item = apply_to(vec![Form::Bool(false)], "exists").unwrap();
        assert_eq!(item.values[0].forms, [Form::Exists(false)]);
        assert_eq!(apply("true", "exists"), [Form::Exists(true)]);
        assert!(apply_to(vec![Form::text("x")], "exists").is_err());
    }
}
