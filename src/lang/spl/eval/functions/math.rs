//! Functions of numbers.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{
    Arguments, Function, MANY, float, from_float, from_number, lax, number, strict, whole,
};
use crate::event::Value;
use crate::lang::ir::test::with_text;

pub static FLOOR: Function = strict("floor", (1, 1), |a| from_float(float(a, 0)?.floor()));

/// Bits a character, by how often each occurs.
pub static ENTROPY: Function = strict("(entropy)", (1, 1), |a| {
    let text = super::text(a, 0)?;
    let mut counts: BTreeMap<char, f64> = BTreeMap::new();
    for char in text.chars() {
        *counts.entry(char).or_default() += 1.0;
    }
    let all: f64 = counts.values().sum();
    let bits = counts.values().map(|count| {
        let share = count / all;
        -share * share.log2()
    });
    from_float(bits.sum())
});

pub static FUNCTIONS: &[Function] = &[
    strict("hypot", (2, 2), |a| {
        from_float(float(a, 0)?.hypot(float(a, 1)?))
    }),
    strict("bit_and", (2, MANY), |a| {
        bits(a, |left, right| left & right)
    }),
    strict("bit_or", (2, MANY), |a| bits(a, |left, right| left | right)),
    strict("bit_xor", (2, MANY), |a| {
        bits(a, |left, right| left ^ right)
    }),
    strict("bit_not", (1, 1), |a| {
        // Splunk's numbers have 53 bits.
        let mask = (1_i64 << 53) - 1;
        Some(Value::Int(!whole(a, 0)? & mask))
    }),
    strict("bit_shift_left", (2, 2), |a| shift(a, i64::checked_shl)),
    strict("bit_shift_right", (2, 2), |a| shift(a, i64::checked_shr)),
    strict("exact", (1, 1), |a| a[0].clone()),
    strict("sigfig", (1, 1), |a| a[0].clone()),
    strict("pi", (0, 0), |_| from_float(std::f64::consts::PI)),
    strict("abs", (1, 1), |a| from_float(float(a, 0)?.abs())),
    strict("ceil", (1, 1), |a| from_float(float(a, 0)?.ceil())),
    strict("ceiling", (1, 1), |a| from_float(float(a, 0)?.ceil())),
    strict("exp", (1, 1), |a| from_float(float(a, 0)?.exp())),
    strict("ln", (1, 1), |a| from_float(float(a, 0)?.ln())),
    strict("log", (1, 2), |a| {
        let base = if a.len() == 2 { float(a, 1)? } else { 10.0 };
        from_float(float(a, 0)?.log(base))
    }),
    strict("pow", (2, 2), |a| {
        from_float(float(a, 0)?.powf(float(a, 1)?))
    }),
    strict("sqrt", (1, 1), |a| from_float(float(a, 0)?.sqrt())),
    strict("round", (1, 2), |a| {
        let places = if a.len() == 2 {
            whole(a, 1)?.clamp(0, 15)
        } else {
            0
        };
        let scale = 10_f64.powi(i32::try_from(places).ok()?);
        from_float((float(a, 0)? * scale).round() / scale)
    }),
    strict("tonumber", (1, 2), to_number),
    lax("max", (1, MANY), |a| pick(a, Ordering::Greater)),
    lax("min", (1, MANY), |a| pick(a, Ordering::Less)),
];

fn bits(a: Arguments<'_>, with: fn(i64, i64) -> i64) -> Option<Value> {
    let numbers: Option<Vec<i64>> = (0..a.len()).map(|n| whole(a, n)).collect();
    numbers?.into_iter().reduce(with).map(Value::Int)
}

fn shift(a: Arguments<'_>, with: fn(i64, u32) -> Option<i64>) -> Option<Value> {
    let by = u32::try_from(whole(a, 1)?).ok()?;
    with(whole(a, 0)?, by).map(Value::Int)
}

fn to_number(a: Arguments<'_>) -> Option<Value> {
    let base = if a.len() == 2 { whole(a, 1)? } else { 10 };
    if base == 10 {
        return number(a[0].as_ref()?).map(from_number);
    }
    let base = u32::try_from(base)
        .ok()
        .filter(|base| (2..=36).contains(base))?;
    let digits = super::text(a, 0)?;
    let digits = digits.trim();
    let digits = if base == 16 {
        digits.trim_start_matches("0x")
    } else {
        digits
    };
    i64::from_str_radix(digits, base).ok().map(Value::Int)
}

/// Texts are greater than numbers.
fn pick(a: Arguments<'_>, wanted: Ordering) -> Option<Value> {
    let order = |left: &Value, right: &Value| match (number(left), number(right)) {
        (Some(left), Some(right)) => left.compare(right).unwrap_or(Ordering::Equal),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => {
            let text = |value| with_text(value, str::to_owned).unwrap_or_default();
            text(left).cmp(&text(right))
        }
    };
    let found = a
        .iter()
        .flatten()
        .flat_map(Value::elements)
        .reduce(|best, next| {
            if order(next, best) == wanted {
                next
            } else {
                best
            }
        });
    found.cloned()
}
