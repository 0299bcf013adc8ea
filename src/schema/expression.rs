//! One way to a value, as a mapping table writes it: `data:Image | basename`.
//!
//! Takes text of the form `ORIGIN:NAME | CHANGE | CHANGE`; gives an [`Expression`]. Origins:
//!
//! | origin | value |
//! |---|---|
//! | `data:X` | `EventData` or `UserData` member X |
//! | `ecs:x.y` | ECS field |
//! | `system:x` | a [`System`] value |
//! | `win:X` | field X of the verbatim Windows names, fallbacks included |
//! | `field:x` | another field of the same table |
//! | `const:x` | x itself |
//! | `fn:x` | a [`Construct`] |

use super::construct::Construct;
use super::system::System;
use super::transform::Transform;
use crate::event::{FieldId, Value};

/// Where a value is taken from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    Data(FieldId),
    Ecs(FieldId),
    System(System),
    Windows(FieldId),
    Field(FieldId),
    Constant(Value),
    Construct(Construct),
}

impl Origin {
    /// Returns whether it is told without the event's data.
    #[must_use]
    pub const fn is_of_class(&self) -> bool {
        matches!(self, Self::System(_) | Self::Constant(_))
    }
}

/// An origin and the changes on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    pub origin: Origin,
    pub changes: Box<[Transform]>,
}

impl Expression {
    /// Reads one expression.
    ///
    /// # Errors
    /// Says which part is unknown.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split('|').map(str::trim);
        let origin = origin(parts.next().unwrap_or_default())?;
        let changes = parts
            .map(|part| Transform::parse(part).ok_or_else(|| format!("no change \"{part}\"")))
            .collect::<Result<_, _>>()?;
        Ok(Self { origin, changes })
    }
}

fn origin(text: &str) -> Result<Origin, String> {
    let unknown = || format!("no origin \"{text}\"");
    let (kind, name) = text.split_once(':').ok_or_else(unknown)?;
    Ok(match kind {
        "data" => Origin::Data(FieldId::of(name)),
        "ecs" => Origin::Ecs(FieldId::of(name)),
        "system" => Origin::System(System::parse(name).ok_or_else(unknown)?),
        "win" => Origin::Windows(FieldId::of(name)),
        "field" => Origin::Field(FieldId::of(name)),
        "const" => Origin::Constant(constant(name)),
        "fn" => Origin::Construct(Construct::parse(name).ok_or_else(unknown)?),
        _ => return Err(unknown()),
    })
}

fn constant(text: &str) -> Value {
    text.parse::<i64>()
        .map_or_else(|_| Value::from(text), Value::Int)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_tables_write() {
        let expression = Expression::parse("data:Details | parenthesised | lower").unwrap();
        assert_eq!(expression.origin, Origin::Data(FieldId::of("Details")));
        assert_eq!(
            *expression.changes,
            [Transform::Parenthesised, Transform::Lower]
        );
        assert_eq!(
            Expression::parse("const:0").unwrap().origin,
            Origin::Constant(Value::Int(0))
        );
        for wrong in [
            "",
            "data",
            "what:x",
            "system:x",
            "fn:x",
            "data:x | nonsense",
        ] {
            assert!(Expression::parse(wrong).is_err(), "{wrong}");
        }
    }
}
