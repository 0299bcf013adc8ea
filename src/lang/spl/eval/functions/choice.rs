//! Functions that choose, and those that ask what a value is.

use super::{Arguments, Function, MANY, lax, number, strict};
use crate::event::Value;
use crate::lang::ir::{Network, Number};

pub static IF: Function = lax("if", (3, 3), |a| {
    if is_true(a, 0) {
        a[1].clone()
    } else {
        a[2].clone()
    }
});

pub static FUNCTIONS: &[Function] = &[
    lax("case", (2, MANY), |a| {
        let chosen = a.chunks_exact(2).find(|pair| is_true(pair, 0))?;
        chosen[1].clone()
    }),
    lax("coalesce", (1, MANY), |a| {
        a.iter().flatten().next().cloned()
    }),
    lax("nullif", (2, 2), |a| {
        if a[0] == a[1] { None } else { a[0].clone() }
    }),
    lax("isnum", (1, 1), |a| {
        Some(
            a[0].as_ref()
                .is_some_and(|value| number(value).is_some())
                .into(),
        )
    }),
    lax("isstr", (1, 1), |a| {
        let text = |value: &Value| matches!(value, Value::Str(_)) && number(value).is_none();
        Some(a[0].as_ref().is_some_and(text).into())
    }),
    lax("isint", (1, 1), |a| {
        let whole = |value: &Value| matches!(number(value), Some(Number::Int(_)));
        Some(a[0].as_ref().is_some_and(whole).into())
    }),
    lax("isbool", (1, 1), |a| {
        Some(matches!(a[0], Some(Value::Bool(_))).into())
    }),
    lax("typeof", (1, 1), |a| {
        Some(Value::from(match &a[0] {
            None => "Invalid",
            Some(Value::Bool(_)) => "Boolean",
            Some(value) if number(value).is_some() => "Number",
            Some(_) => "String",
        }))
    }),
    // The first condition that does not hold gives its value.
    lax("validate", (2, MANY), |a| {
        let failed = a.chunks_exact(2).find(|pair| !is_true(pair, 0))?;
        failed[1].clone()
    }),
    strict("cidrmatch", (2, 2), |a| {
        let network = Network::parse(&super::text(a, 0)?)?;
        Some(network.holds(&super::text(a, 1)?).into())
    }),
];

fn is_true(arguments: Arguments<'_>, n: usize) -> bool {
    matches!(arguments.get(n), Some(Some(Value::Bool(true))))
}
