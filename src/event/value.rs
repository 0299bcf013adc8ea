//! One field's value.
//!
//! Takes a JSON value, gives a [`Value`] and back; `null` and empty objects are no value at all, as Elasticsearch
//! indexes neither.

use std::borrow::Cow;

/// A value as the hub holds it: what Elasticsearch would hold in `_source`, without floats that came as text.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Box<str>),
    /// Several values in one field; queries look at each element.
    List(Vec<Value>),
    /// An object inside a list (`dns.answers`); matching sees its leaves as fields of their own.
    Object(Vec<(Box<str>, Value)>),
}

impl Value {
    /// Returns the text when this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number when this is a whole number, or text that spells one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Str(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Returns the value as text: a string itself, a number or flag as JSON spells it, a list or object as JSON.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Str(text) => Cow::Borrowed(text),
            Self::Bool(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
            Self::Int(number) => Cow::Owned(number.to_string()),
            Self::Float(number) => Cow::Owned(number.to_string()),
            Self::List(_) | Self::Object(_) => Cow::Owned(self.to_json().to_string()),
        }
    }

    /// Returns each element: those of a list, or the value itself.
    pub fn elements(&self) -> std::slice::Iter<'_, Value> {
        match self {
            Self::List(values) => values.iter(),
            single => std::slice::from_ref(single).iter(),
        }
    }

    /// Returns the value of `json`; `None` for `null`, empty objects and empty lists.
    #[must_use]
    pub fn from_json(json: serde_json::Value) -> Option<Self> {
        use serde_json::Value as Json;
        Some(match json {
            Json::Null => return None,
            Json::Bool(flag) => Self::Bool(flag),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Self::Int(whole),
                // Above i64::MAX only the text keeps every digit.
                None if number.is_u64() => Self::Str(number.to_string().into()),
                None => Self::Float(number.as_f64()?),
            },
            Json::String(text) => Self::Str(text.into()),
            Json::Array(items) => {
                let values: Vec<Self> = items.into_iter().filter_map(Self::from_json).collect();
                if values.is_empty() {
                    return None;
                }
                Self::List(values)
            }
            Json::Object(members) => {
                let members: Vec<_> = members
                    .into_iter()
                    .filter_map(|(name, member)| Some((name.into(), Self::from_json(member)?)))
                    .collect();
                if members.is_empty() {
                    return None;
                }
                Self::Object(members)
            }
        })
    }

    /// Returns the value as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Bool(flag) => Json::Bool(*flag),
            Self::Int(number) => Json::from(*number),
            Self::Float(number) => Json::from(*number),
            Self::Str(text) => Json::String(text.to_string()),
            Self::List(values) => Json::Array(values.iter().map(Self::to_json).collect()),
            Self::Object(members) => Json::Object(
                members
                    .iter()
                    .map(|(name, member)| (name.to_string(), member.to_json()))
                    .collect(),
            ),
        }
    }

    /// Returns whether this is a list with an object in it.
    #[must_use]
    pub fn holds_objects(&self) -> bool {
        self.elements()
            .any(|element| matches!(element, Self::Object(_)))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn null_and_emptiness_are_no_value() {
        for json in ["null", "{}", "[]", "[null]", r#"{"a": null}"#] {
            assert_eq!(
                Value::from_json(serde_json::from_str(json).unwrap()),
                None,
                "{json}"
            );
        }
    }

    #[test]
    fn every_digit_of_a_big_number_is_kept() {
        let json = serde_json::json!(18_446_744_073_709_551_615_u64);
        assert_eq!(
            Value::from_json(json),
            Some(Value::from("18446744073709551615"))
        );
    }
}
