//! From one type to another; `value::type` is the same.

use super::{Arguments, Call, Gives, Kind, Known, date, from_list, many, whole};
use crate::event::Value;
use crate::lang::ir::Number;
use crate::lang::ir::test::{number, with_text};

pub const FUNCTIONS: &[Known] = &[
    to("to_string", Kind::Text, |a| {
        each(a, |value| {
            with_text(value, |text| Value::from(text))
                .or_else(|| Some(value.text().into_owned().into()))
        })
    }),
    to("to_version", Kind::Text, |a| {
        each(a, |value| with_text(value, |text| Value::from(text)))
    }),
    to("to_integer", Kind::Number, |a| {
        each(a, |value| {
            integer(value)
                .filter(|n| i32::try_from(*n).is_ok())
                .map(Value::Int)
        })
    }),
    to("to_long", Kind::Number, |a| {
        each(a, |value| integer(value).map(Value::Int))
    }),
    to("to_unsigned_long", Kind::Number, |a| {
        each(a, |value| {
            integer(value).filter(|n| *n >= 0).map(Value::Int)
        })
    }),
    to("to_double", Kind::Number, |a| {
        each(a, |value| {
            let float = match value {
                Value::Bool(flag) => f64::from(u8::from(*flag)),
                other => number(other)?.as_f64(),
            };
            Some(Value::Float(float))
        })
    }),
    to("to_boolean", Kind::Bool, |a| {
        each(a, |value| {
            Some(Value::Bool(match value {
                Value::Bool(flag) => *flag,
                Value::Str(text) => text.eq_ignore_ascii_case("true"),
                other => number(other)?.as_f64() != 0.0,
            }))
        })
    }),
    to("to_datetime", Kind::Date, |a| each(a, date::normal)),
    to("to_date_nanos", Kind::Date, |a| each(a, date::normal)),
    to("to_ip", Kind::Ip, |a| {
        each(a, |value| {
            let text = value.as_str()?;
            let address = text.split_once('%').map_or(text, |(address, _)| address);
            address.parse::<std::net::IpAddr>().ok()?;
            Some(Value::from(address))
        })
    }),
];

const fn to(name: &'static str, kind: Kind, call: Call) -> Known {
    whole(name, (1, 1), Gives::Always(kind), call)
}

/// Several values are converted one by one; those that cannot be are left out.
fn each(a: Arguments<'_>, convert: impl Fn(&Value) -> Option<Value>) -> Option<Value> {
    from_list(many(a, 0)?.iter().filter_map(convert).collect())
}

/// A fraction is rounded half up; a date counts milliseconds.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(flag) => Some(i64::from(*flag)),
        other => match number(other) {
            Some(Number::Int(integer)) => Some(integer),
            Some(Number::Float(float)) => {
                let rounded = (float + 0.5).floor();
                (rounded.abs() < 9.2e18).then_some(rounded as i64)
            }
            None => date::millis(other),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::check;
    use serde_json::json;

    #[test]
    fn conversions() {
        check(&[
            ("to_string", json!([4624]), json!("4624")),
            ("to_string", json!([[1, 2]]), json!(["1", "2"])),
            ("to_string", json!([true]), json!("true")),
            ("to_version", json!(["1.2.3"]), json!("1.2.3")),
            ("to_integer", json!(["5"]), json!(5)),
            ("to_integer", json!(["5000000000"]), json!(null)),
            ("to_long", json!(["5000000000"]), json!(5_000_000_000_i64)),
            ("to_long", json!([2.5]), json!(3)),
            ("to_long", json!(["1970-01-01T00:00:01Z"]), json!(1000)),
            ("to_unsigned_long", json!([-1]), json!(null)),
            ("to_double", json!([3]), json!(3.0)),
            ("to_double", json!(["0.7"]), json!(0.7)),
            ("to_double", json!(["high"]), json!(null)),
            ("to_boolean", json!(["TRUE"]), json!(true)),
            ("to_boolean", json!(["yes"]), json!(false)),
            ("to_boolean", json!([2]), json!(true)),
            (
                "to_datetime",
                json!(["2024-05-01"]),
                json!("2024-05-01T00:00:00.000Z"),
            ),
            ("to_date_nanos", json!(["soon"]), json!(null)),
            ("to_ip", json!(["fe80::1%4"]), json!("fe80::1")),
            ("to_ip", json!(["-"]), json!(null)),
        ]);
    }
}
