//! One detection item on its way through its modifiers.
//!
//! Takes a field's values as YAML gives them; a modifier changes them in place; lowering reads what came out.

use super::glob::Glob;
use crate::lang::Span;
use crate::lang::ir::{Case, Comparison, Network, Number};

/// A field or the whole event, its values, and how they are joined.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// `None`: keywords, looked for in the whole event.
    pub field: Option<String>,
    pub values: Vec<Value>,
    /// `|all`: each value must fit, not just one.
    pub all: bool,
    /// `|neq`
    pub negated: bool,
    pub case: Case,
    /// Where the key stands.
    pub span: Span,
}

/// One value and what it grew into: any of the forms fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    pub forms: Vec<Form>,
    pub span: Span,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// The text as it is written, as long as no modifier changed it, and its pieces.
    Text(Option<String>, Glob),
    /// Text in another encoding.
    Bytes(Vec<u8>),
    Number(Number),
    Bool(bool),
    Null,
    Regex(Regex),
    Network(Network),
    Compare(Comparison, Number),
    /// The value of another field.
    Field(String, Position),
    /// Whether the field is there.
    Exists(bool),
    /// A part of the moment that the field holds.
    Part(Part, Comparison, i64),
}

/// A regular expression as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regex {
    pub source: String,
    pub ignore_case: bool,
    /// `^` and `$` stand at line ends too.
    pub lines: bool,
    /// `.` stands for a line end too.
    pub dot_all: bool,
}

/// Where the other field's value must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    Whole,
    Start,
    End,
    Anywhere,
}

/// A part of a moment, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Minute,
    Hour,
    Day,
    /// ISO 8601 week.
    Week,
    Month,
    Year,
}

/// Why a modifier cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub message: String,
    pub help: String,
    /// The rule is right and lacks something outside it: this.
    pub construct: Option<String>,
    /// Place of the value among the item's, when it is one value's fault.
    pub value: Option<usize>,
}

impl Refusal {
    /// Returns a refusal of the rule's own fault.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: help.into(),
            construct: None,
            value: None,
        }
    }
}

/// What applying a modifier gives.
pub type Applied = Result<(), Refusal>;

impl Form {
    /// Returns an unmodified text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(Some(text.to_owned()), Glob::parse(text))
    }

    /// Returns its kind in a word, for messages.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text(..) => "text",
            Self::Bytes(_) => "encoded text",
            Self::Number(_) => "a number",
            Self::Bool(_) => "a truth value",
            Self::Null => "null",
            Self::Regex(_) => "a regular expression",
            Self::Network(_) => "a network",
            Self::Compare(..) => "a comparison",
            Self::Field(..) => "a field",
            Self::Exists(_) => "a question of existence",
            Self::Part(..) => "a part of a moment",
        }
    }
}

impl Item {
    /// Changes each form of each value into one form or several.
    pub fn each(&mut self, mut change: impl FnMut(Form) -> Result<Vec<Form>, Refusal>) -> Applied {
        for (n, value) in self.values.iter_mut().enumerate() {
            let mut forms = Vec::with_capacity(value.forms.len());
            for form in std::mem::take(&mut value.forms) {
                forms.extend(change(form).map_err(|refusal| Refusal {
                    value: Some(n),
                    ..refusal
                })?);
            }
            value.forms = forms;
        }
        Ok(())
    }
}

/// Refuses a form that a modifier has no use for.
pub fn unfit(modifier: &str, form: &Form, wants: &str) -> Refusal {
    Refusal::new(
        format!("`{modifier}` takes {wants}, not {}", form.kind()),
        format!("write {wants}, or leave `{modifier}` out"),
    )
}
