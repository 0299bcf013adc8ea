//! A row as conditions and expressions see it.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::{Column, Row};
use crate::engine::naive::Fields;
use crate::event::{FieldId, Value};
use crate::lang::ir::AnyField;
use crate::lang::ir::table::NOW as NOW_NAME;
use crate::schema::{Dataset, FieldRef, Vocabulary};

/// The field that stands for `now()`.
static NOW: LazyLock<FieldId> = LazyLock::new(|| FieldId::of(NOW_NAME));

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub struct RowScope<'a> {
    pub columns: &'a [Column],
    pub row: &'a Row,
    /// Seconds since the epoch.
    pub now: i64,
    /// Values of the row that `map` runs for.
    pub tokens: &'a [(FieldId, Value)],
}

impl Fields for RowScope<'_> {
    fn value(&self, field: FieldRef) -> Option<Cow<'_, Value>> {
        if field.name == *NOW {
            return Some(Cow::Owned(Value::Int(self.now)));
        }
        if let Some((_, value)) = self.tokens.iter().find(|(name, _)| *name == field.name) {
            return Some(Cow::Borrowed(value));
        }
        let at = self
            .columns
            .iter()
            .position(|column| column.id == field.name)?;
        match self.row.get(at)? {
            Value::List(list) if list.is_empty() => None,
            value => Some(Cow::Borrowed(value)),
        }
    }

    fn any_field(&self, any: &AnyField, see: &mut dyn FnMut(FieldRef)) -> bool {
        let mut found = false;
        for (at, column) in self.columns.iter().enumerate() {
            let named = any
                .names
                .as_ref()
                .is_none_or(|names| names.fits(&column.name));
            if named && any.test.passes(self.row.get(at)) {
                found = true;
                see(FieldRef {
                    vocabulary: Vocabulary::SplunkAddon,
                    name: column.id,
                });
            }
        }
        found
    }

    fn is_member(&self, _dataset: Dataset) -> bool {
        false
    }
}
