//! `contains`, `startswith`, `endswith`: where in the field the value stands.
//!
//! A regular expression is found anywhere as it is, so they change nothing there.

use super::super::glob::Glob;
use super::super::item::{Applied, Form, Item, Position, Refusal, unfit};
use super::Modifier;

pub static CONTAINS: Modifier = Modifier {
    name: "contains",
    apply: |item, _| place(item, "contains", true, true),
};

pub static STARTSWITH: Modifier = Modifier {
    name: "startswith",
    apply: |item, _| place(item, "startswith", false, true),
};

pub static ENDSWITH: Modifier = Modifier {
    name: "endswith",
    apply: |item, _| place(item, "endswith", true, false),
};

fn place(item: &mut Item, name: &str, before: bool, behind: bool) -> Applied {
    item.each(|form| Ok(vec![placed(form, name, before, behind)?]))
}

fn placed(form: Form, name: &str, before: bool, behind: bool) -> Result<Form, Refusal> {
    Ok(match form {
        Form::Text(_, glob) => Form::Text(None, glob.open(before, behind)),
        Form::Number(number) => {
            let digits = Glob::literal(&number.to_string());
            Form::Text(None, digits.open(before, behind))
        }
        Form::Bytes(bytes) => {
            let text = super::encode::as_text(&bytes);
            Form::Text(None, Glob::literal(&text).open(before, behind))
        }
        Form::Field(field, _) => {
            let position = match (before, behind) {
                (true, true) => Position::Anywhere,
                (true, false) => Position::End,
                (false, _) => Position::Start,
            };
            Form::Field(field, position)
        }
        regex @ Form::Regex(_) => regex,
        other => return Err(unfit(name, &other, "text")),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{apply, apply_to, texts};
    use super::*;

    #[test]
    fn wildcards_are_put_around_the_value_once() {
        assert_eq!(texts(&apply("abc", "contains")), ["*abc*"]);
        assert_eq!(texts(&apply("*abc*", "contains")), ["*abc*"]);
        assert_eq!(texts(&apply("abc", "startswith")), ["abc*"]);
        assert_eq!(texts(&apply(r"\cmd.exe", "endswith")), [r"*\cmd.exe"]);
    }

    #[test]
    fn fields_and_numbers_have_a_place_too() {
        let forms = apply("Other", "fieldref|endswith");
        assert_eq!(forms, [Form::Field("Other".to_owned(), Position::End)]);
        let number = Form::Number(crate::lang::ir::Number::Int(12));
        let item = apply_to(vec![number], "contains").unwrap();
        assert_eq!(texts(&item.values[0].forms), ["*12*"]);
        assert!(apply_to(vec![Form::Null], "contains").is_err());
    }
}
