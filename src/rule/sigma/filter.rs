//! Sigma filters: conditions that are added to other rules (Sigma filters specification 2.1).
//!
//! A filter's condition must hold beside the rule's own, so one that excludes says `not selection`.

use std::sync::Arc;

use serde_json::Value;

use super::documents::Document;
use super::sections::Sections;
use crate::lang::CompileError;
use crate::lang::ir::Pred;
use crate::lang::sigma::{Placeholders, Searches, Source};
use crate::rule::document::{list, text};
use crate::schema::logsource::Logsource;

/// A filter.
#[derive(Debug, Clone)]
pub struct Filter {
    pub title: String,
    pub document: Arc<Document>,
    logsource: Logsource,
    /// Ids and names of rules; `None` for all that its log source covers.
    rules: Option<Vec<String>>,
}

impl Filter {
    /// Reads a filter.
    #[must_use]
    pub fn read(document: &Arc<Document>) -> Self {
        let none = Value::Null;
        let filter = document.value.get("filter").unwrap_or(&none);
        let rules = list(filter, "rules");
        let any = rules.is_empty()
            || matches!(filter.get("rules"), Some(Value::String(word)) if matches!(word.to_lowercase().as_str(), "any" | "all"));
        Self {
            title: text(&document.value, "title").unwrap_or_default(),
            document: Arc::clone(document),
            logsource: super::logsource(&document.value),
            rules: (!any).then_some(rules),
        }
    }

    /// Returns whether the filter applies to a rule; to a correlation none does.
    #[must_use]
    pub fn applies(&self, rule: &Value) -> bool {
        if rule.get("detection").is_none() || !self.logsource.covers(&super::logsource(rule)) {
            return false;
        }
        let Some(wanted) = &self.rules else {
            return true;
        };
        let named = |key: &str| text(rule, key).is_some_and(|name| wanted.contains(&name));
        named("id") || named("name")
    }

    /// Returns the sections that make it.
    #[must_use]
    pub fn sections(&self) -> Sections {
        Sections::of(&self.document, &["filter"])
    }

    /// Compiles the filter's condition. It stands in another text than the rule's, so it carries no spans.
    ///
    /// # Errors
    /// Everything that is wrong with it; spans lie in [`Self::sections`].
    pub fn compile(&self, placeholders: &Placeholders) -> Result<Searches, CompileError> {
        let sections = self.sections();
        let source = Source {
            logsource: &self.logsource,
            detection: self.document.value.get("filter").unwrap_or(&Value::Null),
            text: sections.section("filter"),
            placeholders,
        };
        Searches::read(&source)
    }

    /// Returns the compiled condition without places.
    #[must_use]
    pub fn placeless(mut pred: Pred) -> Pred {
        pred.spans(&mut |span| *span = 0..0);
        pred
    }
}
