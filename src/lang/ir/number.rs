//! Numbers as rules write them: whole ones exact, the rest as floats.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A number. Whole numbers and floats compare by value.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    /// Returns the number that `text` spells in decimal, or `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // `f64` would also read "inf" and "nan", which no language here means as numbers.
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let text = text.strip_prefix('+').unwrap_or(text);
        if let Ok(whole) = text.parse() {
            return Some(Self::Int(whole));
        }
        text.parse()
            .ok()
            .filter(|float: &f64| float.is_finite())
            .map(Self::Float)
    }

    /// Returns the nearest float.
    #[must_use]
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Int(whole) => whole as f64,
            Self::Float(float) => float,
        }
    }

    /// Compares by value; `None` when one is not a number (NaN).
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(&right)),
            (left, right) => left.as_f64().partial_cmp(&right.as_f64()),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => left == right,
            (Self::Float(left), Self::Float(right)) => left.to_bits() == right.to_bits(),
            _ => false,
        }
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Int(whole) => whole.hash(state),
            Self::Float(float) => float.to_bits().hash(state),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(whole) => write!(f, "{whole}"),
            // `{:?}` keeps the point of `1.0`, so that the text reads back as a float.
            Self::Float(float) => write!(f, "{float:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_keep_every_digit() {
        let big = Number::parse("9007199254740993").unwrap();
        assert_eq!(big, Number::Int(9_007_199_254_740_993));
        assert_eq!(
            big.compare(Number::Int(9_007_199_254_740_992)),
            Some(Ordering::Greater)
        );
    }

    #[test]
    fn words_and_hex_are_no_numbers() {
        for text in ["", "inf", "nan", "0x1f", "1a", "infinity1"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        assert_eq!(Number::parse("1.0").map(Number::as_f64), Some(1.0));
        assert_eq!(
            Number::parse("11").and_then(|n| n.compare(Number::Float(11.0))),
            Some(Ordering::Equal)
        );
    }
}
