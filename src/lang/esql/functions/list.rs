//! Fields with several values.

use super::choice::order;
use super::{
    Arguments, Gives, Kind, Known, MAX_TEXT, count, float, from_float, from_list, integer, many,
    one, text, whole,
};
use crate::event::Value;
use crate::lang::ir::Number;
use crate::lang::ir::test::{number, with_text};

const SAME: Gives = Gives::Argument(0);
const NUMBER: Gives = Gives::Always(Kind::Number);

pub const FUNCTIONS: &[Known] = &[
    whole("mv_append", (2, 2), SAME, |a| {
        from_list(many(a, 0)?.iter().chain(many(a, 1)?).cloned().collect())
    }),
    whole("mv_avg", (1, 1), NUMBER, |a| {
        let numbers = floats(a)?;
        from_float(numbers.iter().sum::<f64>() / numbers.len() as f64)
    }),
    whole("mv_concat", (2, 2), Gives::Always(Kind::Text), concat),
    whole("mv_contains", (2, 2), Gives::Always(Kind::Bool), |a| {
        let (all, wanted) = (many(a, 0)?, many(a, 1)?);
        Some(wanted.iter().all(|value| all.contains(value)).into())
    }),
    whole("mv_count", (1, 1), NUMBER, |a| count(many(a, 0)?.len())),
    whole("mv_dedupe", (1, 1), SAME, |a| {
        let mut kept: Vec<Value> = Vec::new();
        for value in many(a, 0)? {
            if !kept.contains(value) {
                kept.push(value.clone());
            }
        }
        from_list(kept)
    }),
    whole("mv_first", (1, 1), SAME, |a| many(a, 0)?.first().cloned()),
    whole("mv_last", (1, 1), SAME, |a| many(a, 0)?.last().cloned()),
    whole("mv_max", (1, 1), SAME, |a| {
        many(a, 0)?.iter().max_by(|x, y| order(x, y)).cloned()
    }),
    whole("mv_median", (1, 1), NUMBER, |a| {
        let mut numbers = floats(a)?;
        numbers.sort_by(f64::total_cmp);
        let middle = numbers.len() / 2;
        let upper = *numbers.get(middle)?;
        if numbers.len() % 2 == 1 {
            return from_float(upper);
        }
        from_float(f64::midpoint(*numbers.get(middle.checked_sub(1)?)?, upper))
    }),
    whole("mv_min", (1, 1), SAME, |a| {
        many(a, 0)?.iter().min_by(|x, y| order(x, y)).cloned()
    }),
    whole("mv_slice", (2, 3), SAME, slice),
    whole("mv_sort", (1, 2), SAME, |a| {
        let mut values = many(a, 0)?.to_vec();
        values.sort_by(order);
        if text(a, 1).is_some_and(|order| order.eq_ignore_ascii_case("desc")) {
            values.reverse();
        }
        from_list(values)
    }),
    whole("mv_sum", (1, 1), NUMBER, |a| {
        let numbers: Option<Vec<Number>> = many(a, 0)?.iter().map(number).collect();
        let numbers = numbers?;
        let exact = numbers.iter().try_fold(0_i64, |sum, number| match number {
            Number::Int(integer) => sum.checked_add(*integer),
            Number::Float(_) => None,
        });
        exact
            .map(Value::Int)
            .or_else(|| from_float(numbers.iter().map(|number| number.as_f64()).sum()))
    }),
];

fn floats(a: Arguments<'_>) -> Option<Vec<f64>> {
    let values = many(a, 0)?.iter();
    values
        .map(|value| float(&[Some(value.clone())], 0))
        .collect()
}

fn concat(a: Arguments<'_>) -> Option<Value> {
    let by = text(a, 1)?;
    let texts: Vec<String> = many(a, 0)?
        .iter()
        .filter_map(|value| with_text(value, str::to_owned))
        .collect();
    let joined = texts.join(&by);
    (joined.len() <= MAX_TEXT).then(|| joined.into())
}

/// `mv_slice(values, start, end)`: both ends included; negative places count from the end.
fn slice(a: Arguments<'_>) -> Option<Value> {
    let values = many(a, 0)?;
    let length = i64::try_from(values.len()).ok()?;
    let place = |place: i64| if place < 0 { place + length } else { place };
    let start = integer(a, 1)?;
    let end = match a.get(2) {
        Some(_) => {
            one(a, 2)?;
            integer(a, 2)?
        }
        None => start,
    };
    let (start, end) = (place(start).max(0), place(end).min(length - 1));
    let range = usize::try_from(start).ok()?..usize::try_from(end + 1).ok()?;
    from_list(values.get(range)?.to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::examples::check;
    use serde_json::json;

    #[test]
    fn lists() {
        check(&[
            ("mv_append", json!([[1, 2], 3]), json!([1, 2, 3])),
            ("mv_avg", json!([[1, 2, 6]]), json!(3.0)),
            ("mv_concat", json!([["a", "b"], ", "]), json!("a, b")),
            ("mv_concat", json!(["a", ", "]), json!("a")),
            ("mv_concat", json!([[1, 2], "-"]), json!("1-2")),
            ("mv_contains", json!([["a", "b"], "b"]), json!(true)),
            ("mv_contains", json!([["a", "b"], ["b", "c"]]), json!(false)),
            ("mv_count", json!([["a", "b"]]), json!(2)),
            ("mv_count", json!([null]), json!(null)),
            ("mv_dedupe", json!([["a", "b", "a"]]), json!(["a", "b"])),
            ("mv_first", json!([["b", "a"]]), json!("b")),
            ("mv_last", json!(["a"]), json!("a")),
            ("mv_max", json!([[9, 10]]), json!(10)),
            ("mv_min", json!([["b", "a"]]), json!("a")),
            ("mv_median", json!([[3, 1, 2, 10]]), json!(2.5)),
            ("mv_median", json!([[3, 1, 2]]), json!(2.0)),
            ("mv_slice", json!([[1, 2, 3, 4], 1, 2]), json!([2, 3])),
            ("mv_slice", json!([[1, 2, 3, 4], -2, -1]), json!([3, 4])),
            ("mv_slice", json!([[1, 2, 3], 0, 9]), json!([1, 2, 3])),
            ("mv_slice", json!([[1, 2, 3], 2]), json!(3)),
            ("mv_slice", json!([[1, 2, 3], 7, 9]), json!(null)),
            ("mv_sort", json!([[3, 1, 2]]), json!([1, 2, 3])),
            ("mv_sort", json!([[3, 1, 2], "DESC"]), json!([3, 2, 1])),
            ("mv_sum", json!([[1, 2]]), json!(3)),
            ("mv_sum", json!([[1, 2.5]]), json!(3.5)),
        ]);
    }
}
