//! Numbers.

use super::{Arguments, Kind, Known, float, from_float, from_number, integer, one, single};
use crate::event::Value;
use crate::lang::ir::Number;
use crate::lang::ir::test::number;

pub const FUNCTIONS: &[Known] = &[
    single("abs", (1, 1), Kind::Number, |a| match number(one(a, 0)?)? {
        Number::Int(integer) => integer.checked_abs().map(Value::Int),
        Number::Float(float) => from_float(float.abs()),
    }),
    single("ceil", (1, 1), Kind::Number, |a| whole(a, f64::ceil)),
    single("e", (0, 0), Kind::Number, |_| {
        from_float(std::f64::consts::E)
    }),
    single("exp", (1, 1), Kind::Number, |a| {
        from_float(float(a, 0)?.exp())
    }),
    single("floor", (1, 1), Kind::Number, |a| whole(a, f64::floor)),
    single("log", (1, 2), Kind::Number, |a| match a.len() {
        1 => from_float(float(a, 0)?.ln()),
        _ => from_float(float(a, 1)?.log(float(a, 0)?)),
    }),
    single("log10", (1, 1), Kind::Number, |a| {
        from_float(float(a, 0)?.log10())
    }),
    single("pi", (0, 0), Kind::Number, |_| {
        from_float(std::f64::consts::PI)
    }),
    single("pow", (2, 2), Kind::Number, |a| {
        from_float(float(a, 0)?.powf(float(a, 1)?))
    }),
    single("round", (1, 2), Kind::Number, round),
    single("signum", (1, 1), Kind::Number, |a| {
        let float = float(a, 0)?;
        from_float(if float == 0.0 { 0.0 } else { float.signum() })
    }),
    single("sqrt", (1, 1), Kind::Number, |a| {
        from_float(float(a, 0)?.sqrt())
    }),
    single("tau", (0, 0), Kind::Number, |_| {
        from_float(std::f64::consts::TAU)
    }),
];

fn whole(a: Arguments<'_>, round: fn(f64) -> f64) -> Option<Value> {
    match number(one(a, 0)?)? {
        Number::Float(float) => from_float(round(float)),
        integer @ Number::Int(_) => Some(from_number(integer)),
    }
}

/// `round(number, places)`: a whole number stays whole; fewer than no places round to tens.
fn round(a: Arguments<'_>) -> Option<Value> {
    let places = match a.len() {
        1 => 0,
        _ => integer(a, 1)?,
    };
    let scale = 10_f64.powi(i32::try_from(places).ok()?);
    match number(one(a, 0)?)? {
        Number::Int(integer) if places >= 0 => Some(Value::Int(integer)),
        Number::Int(integer) => Some(Value::Int(
            ((integer as f64) * scale).round() as i64 * (1.0 / scale).round() as i64,
        )),
        Number::Float(float) => from_float((float * scale).round() / scale),
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::check;
    use serde_json::json;

    #[test]
    fn numbers() {
        check(&[
            ("abs", json!([-3]), json!(3)),
            ("abs", json!([-3.5]), json!(3.5)),
            ("ceil", json!([1.2]), json!(2.0)),
            ("ceil", json!([7]), json!(7)),
            ("exp", json!([0]), json!(1.0)),
            ("floor", json!([1.8]), json!(1.0)),
            ("log", json!([2, 8]), json!(3.0)),
            ("log", json!([0]), json!(null)),
            ("log10", json!([1000]), json!(3.0)),
            ("pow", json!([2, 3]), json!(8.0)),
            ("round", json!([2.345, 2]), json!(2.35)),
            ("round", json!([2.5]), json!(3.0)),
            ("round", json!([1234, -2]), json!(1200)),
            ("round", json!([12]), json!(12)),
            ("signum", json!([-7]), json!(-1.0)),
            ("signum", json!([0]), json!(0.0)),
            ("sqrt", json!([-1]), json!(null)),
            ("sqrt", json!([9]), json!(3.0)),
        ]);
        assert!(super::super::find("pi").is_some() && super::super::find("tau").is_some());
    }
}
