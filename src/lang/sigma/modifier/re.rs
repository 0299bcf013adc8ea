//! `re` and its flags `i`, `m`, `s`: the value is a regular expression (PCRE), found anywhere in the field, with case.

use super::super::item::{Applied, Form, Item, Refusal, Regex, unfit};
use super::Modifier;

pub static RE: Modifier = Modifier {
    name: "re",
    apply: |item, _| {
        item.each(|form| match form {
            Form::Text(Some(source), _) => Ok(vec![Form::Regex(Regex {
                source,
                ignore_case: false,
                lines: false,
                dot_all: false,
            })]),
            Form::Number(number) => Ok(vec![Form::Regex(Regex {
                source: number.to_string(),
                ignore_case: false,
                lines: false,
                dot_all: false,
            })]),
            Form::Text(None, _) => Err(Refusal::new(
                "`re` reads the value as it is written, which a modifier before it has changed",
                "put `re` first",
            )),
            other => Err(unfit("re", &other, "text")),
        })
    },
};

macro_rules! flag {
    ($name:ident, $word:literal, $flag:ident) => {
        pub static $name: Modifier = Modifier {
            name: $word,
            apply: |item, _| flag(item, $word, |regex| regex.$flag = true),
        };
    };
}

flag!(I, "i", ignore_case);
flag!(IGNORECASE, "ignorecase", ignore_case);
flag!(M, "m", lines);
flag!(MULTILINE, "multiline", lines);
flag!(S, "s", dot_all);
flag!(DOTALL, "dotall", dot_all);

fn flag(item: &mut Item, name: &str, set: fn(&mut Regex)) -> Applied {
    item.each(|form| match form {
        Form::Regex(mut regex) => {
            set(&mut regex);
            Ok(vec![Form::Regex(regex)])
        }
        other => Err(unfit(name, &other, "a regular expression")),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{apply, apply_to};
    use super::*;

    #[test]
    fn the_source_is_kept_as_written() {
        let forms = apply(r"a\\b\*c*", "re|i|s");
        let [Form::Regex(regex)] = forms.as_slice() else {
            panic!("{forms:?}");
        };
        assert_eq!(regex.source, r"a\\b\*c*");
        assert!(regex.ignore_case && regex.dot_all && !regex.lines);
    }

    #[test]
    fn flags_belong_to_expressions_and_expressions_come_first() {
        assert!(apply_to(vec![Form::text("a")], "i").is_err());
        assert!(apply_to(vec![Form::text("a")], "contains|re").is_err());
    }
}
