//! Choosing among values.

use std::cmp::Ordering;

use super::{Arguments, Gives, Known, MANY, lax, one, whole};
use crate::event::Value;
use crate::lang::ir::test::{number, with_text};

pub const FUNCTIONS: &[Known] = &[
    lax("case", (2, MANY), Gives::Argument(1), case),
    lax("coalesce", (1, MANY), Gives::Argument(0), |a| {
        a.iter().flatten().next().cloned()
    }),
    whole("greatest", (1, MANY), Gives::Argument(0), |a| {
        extreme(a, Ordering::Greater)
    }),
    whole("least", (1, MANY), Gives::Argument(0), |a| {
        extreme(a, Ordering::Less)
    }),
];

/// `case(condition, value, ..., otherwise)`: null is not true.
fn case(a: Arguments<'_>) -> Option<Value> {
    let pairs = a.chunks(2);
    for pair in pairs {
        match pair {
            [_, value] if one(pair, 0) == Some(&Value::Bool(true)) => return value.clone(),
            [otherwise] => return otherwise.clone(),
            _ => {}
        }
    }
    None
}

/// Numbers by value, everything else by text.
pub(super) fn order(left: &Value, right: &Value) -> Ordering {
    let is_number = |value: &Value| matches!(value, Value::Int(_) | Value::Float(_));
    if is_number(left)
        && is_number(right)
        && let (Some(left), Some(right)) = (number(left), number(right))
    {
        return left.compare(right).unwrap_or(Ordering::Equal);
    }
    let text = |value: &Value| with_text(value, str::to_owned).unwrap_or_default();
    text(left).cmp(&text(right))
}

fn extreme(a: Arguments<'_>, wanted: Ordering) -> Option<Value> {
    let values: Option<Vec<&Value>> = (0..a.len()).map(|n| one(a, n)).collect();
    let best = values?.into_iter().reduce(|best, value| {
        if order(value, best) == wanted {
            value
        } else {
            best
        }
    });
    best.cloned()
}

#[cfg(test)]
mod tests {
    use super::super::examples::check;
    use serde_json::json;

    #[test]
    fn choices() {
        check(&[
            ("case", json!([false, 1, true, 2, 3]), json!(2)),
            ("case", json!([null, 1, false, 2, 3]), json!(3)),
            ("case", json!([false, 1]), json!(null)),
            ("case", json!([true, null, 3]), json!(null)),
            ("coalesce", json!([null, "b", "c"]), json!("b")),
            ("coalesce", json!([null]), json!(null)),
            ("greatest", json!([10, 9, 9.5]), json!(10)),
            ("least", json!(["b", "a"]), json!("a")),
            ("least", json!([1, null]), json!(null)),
        ]);
    }
}
