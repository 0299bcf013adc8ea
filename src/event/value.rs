//! One field's value.

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

    /// Returns each element: those of a list, or the value itself.
    pub fn elements(&self) -> std::slice::Iter<'_, Value> {
        match self {
            Self::List(values) => values.iter(),
            single => std::slice::from_ref(single).iter(),
        }
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
