//! `lt`, `lte`, `gt`, `gte`: the field is a number that compares so.

use super::super::item::{Applied, Form, Item, unfit};
use super::Modifier;
use crate::lang::ir::{Comparison, Number};

pub static LT: Modifier = Modifier {
    name: "lt",
    apply: |item, _| compare(item, "lt", Comparison::Less),
};

pub static LTE: Modifier = Modifier {
    name: "lte",
    apply: |item, _| compare(item, "lte", Comparison::LessOrEqual),
};

pub static GT: Modifier = Modifier {
    name: "gt",
    apply: |item, _| compare(item, "gt", Comparison::Greater),
};

pub static GTE: Modifier = Modifier {
    name: "gte",
    apply: |item, _| compare(item, "gte", Comparison::GreaterOrEqual),
};

fn compare(item: &mut Item, name: &str, op: Comparison) -> Applied {
    item.each(|form| match form {
        Form::Number(number) => Ok(vec![Form::Compare(op, number)]),
        Form::Part(part, _, wanted) => Ok(vec![Form::Part(part, op, wanted)]),
        Form::Text(Some(text), glob) => match Number::parse(&text) {
            Some(number) => Ok(vec![Form::Compare(op, number)]),
            None => Err(unfit(name, &Form::Text(None, glob), "a number")),
        },
        other => Err(unfit(name, &other, "a number")),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::apply_to;
    use super::*;

    #[test]
    fn numbers_compare() {
        let item = apply_to(vec![Form::Number(Number::Int(3))], "gte").unwrap();
        let wanted = Form::Compare(Comparison::GreaterOrEqual, Number::Int(3));
        assert_eq!(item.values[0].forms, [wanted]);
        assert!(apply_to(vec![Form::text("x")], "lt").is_err());
        assert!(apply_to(vec![Form::text("7")], "lt").is_ok());
    }
}
