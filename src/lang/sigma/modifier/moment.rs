//! `minute`, `hour`, `day`, `week`, `month`, `year`: a part of the moment that the field holds, in UTC.

use super::super::item::{Applied, Form, Item, Part, Refusal, unfit};
use super::Modifier;
use crate::lang::ir::{Comparison, Number};

macro_rules! part {
    ($name:ident, $word:literal, $part:ident) => {
        pub static $name: Modifier = Modifier {
            name: $word,
            apply: |item, _| part(item, $word, Part::$part),
        };
    };
}

part!(MINUTE, "minute", Minute);
part!(HOUR, "hour", Hour);
part!(DAY, "day", Day);
part!(WEEK, "week", Week);
part!(MONTH, "month", Month);
part!(YEAR, "year", Year);

fn part(item: &mut Item, name: &str, part: Part) -> Applied {
    item.each(|form| {
        let (op, number) = match &form {
            Form::Number(number) => (Comparison::Equal, Some(*number)),
            Form::Compare(op, number) => (*op, Some(*number)),
            Form::Text(Some(text), _) => (Comparison::Equal, Number::parse(text)),
            _ => (Comparison::Equal, None),
        };
        let Some(Number::Int(wanted)) = number else {
            return Err(unfit(name, &form, "a whole number"));
        };
        let (least, most) = part.range();
        if !(least..=most).contains(&wanted) {
            let message = format!("no {name} is {wanted}");
            let help = format!("`{name}` counts from {least} to {most}");
            return Err(Refusal::new(message, help));
        }
        Ok(vec![Form::Part(part, op, wanted)])
    })
}

impl Part {
    /// Returns the smallest and the largest number it can be.
    #[must_use]
    pub const fn range(self) -> (i64, i64) {
        match self {
            Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::Day => (1, 31),
            Self::Week => (1, 53),
            Self::Month => (1, 12),
            Self::Year => (0, 9999),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{apply, apply_to};
    use super::*;

    #[test]
    fn numbers_in_range_are_taken() {
        let equal = |part, n| [Form::Part(part, Comparison::Equal, n)];
        assert_eq!(apply("23", "hour"), equal(Part::Hour, 23));
        let item = apply_to(vec![Form::Number(Number::Int(2025))], "year").unwrap();
        assert_eq!(item.values[0].forms, equal(Part::Year, 2025));
        let forms = apply("6", "hour|lt");
        assert_eq!(forms, [Form::Part(Part::Hour, Comparison::Less, 6)]);
        assert!(apply_to(vec![Form::text("24")], "hour").is_err());
        assert!(apply_to(vec![Form::text("x")], "month").is_err());
    }
}
