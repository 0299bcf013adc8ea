//! What Sigma rules of several files have of each other: references, filters, placeholders.
//!
//! Takes the documents of all files that are loaded together; a rule is compiled when all of them are known.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::documents::{Document, Kind, kind};
use super::filter::Filter;
use super::link;
use super::sections::Sections;
use crate::lang::sigma::Placeholders;
use crate::rule::document::{list, text};

/// Rules by id and name, filters, placeholders.
#[derive(Debug, Default)]
pub struct Library {
    documents: Vec<Arc<Document>>,
    by_reference: HashMap<String, usize>,
    /// Correlations that do not want their rules to fire alone, by their references.
    parts: HashMap<String, Vec<usize>>,
    pub filters: Vec<Filter>,
    pub placeholders: Placeholders,
}

impl Library {
    /// Takes the documents of a file.
    pub fn add(&mut self, documents: &[Arc<Document>]) {
        for document in documents {
            match kind(&document.value) {
                Some(Kind::Placeholders) => self.placeholders.extend(placeholders(&document.value)),
                Some(Kind::Filter) => self.filters.push(Filter::read(document)),
                Some(Kind::Rule | Kind::Correlation) => self.add_rule(document),
                None => {}
            }
        }
    }

    fn add_rule(&mut self, document: &Arc<Document>) {
        let at = self.documents.len();
        for key in ["id", "name"] {
            if let Some(reference) = text(&document.value, key) {
                self.by_reference.entry(reference).or_insert(at);
            }
        }
        if let Some(correlation) = document.value.get("correlation")
            && correlation.get("generate").and_then(Value::as_bool) != Some(true)
        {
            for reference in list(correlation, "rules") {
                self.parts.entry(reference).or_default().push(at);
            }
        }
        self.documents.push(Arc::clone(document));
    }

    /// Returns the rule with this id or name.
    #[must_use]
    pub fn find(&self, reference: &str) -> Option<&Document> {
        let at = *self.by_reference.get(reference)?;
        self.documents.get(at).map(AsRef::as_ref)
    }

    /// Returns the ids and names of all rules, to suggest one.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_reference.keys().map(String::as_str)
    }

    /// Returns the title of a correlation that runs, has this rule as a part and does not want it to fire alone.
    #[must_use]
    pub fn part_of(&self, document: &Value) -> Option<String> {
        let references = ["id", "name"].iter().filter_map(|key| text(document, key));
        let correlations = references
            .filter_map(|reference| self.parts.get(&reference))
            .flatten();
        let mut running = correlations
            .filter_map(|at| self.documents.get(*at))
            .filter(|one| {
                let sections = Sections::of(one, &["correlation"]);
                link::query(one, &sections, self).is_ok()
            });
        running
            .next()
            .map(|one| text(&one.value, "title").unwrap_or_default())
    }

    /// Returns the filters for which no rule was found that they apply to.
    #[must_use]
    pub fn idle_filters(&self) -> Vec<&Filter> {
        let mut idle: Vec<&Filter> = self.filters.iter().collect();
        let mut seen = HashSet::new();
        for document in &self.documents {
            for (n, filter) in self.filters.iter().enumerate() {
                if !seen.contains(&n) && filter.applies(&document.value) {
                    seen.insert(n);
                }
            }
        }
        let mut n = 0;
        idle.retain(|_| {
            n += 1;
            !seen.contains(&(n - 1))
        });
        idle
    }
}

fn placeholders(value: &Value) -> Placeholders {
    let mut read = Placeholders::default();
    for key in ["placeholders", "vars"] {
        let Some(Value::Object(members)) = value.get(key) else {
            continue;
        };
        for name in members.keys() {
            read.add(name, list(&value[key], name));
        }
    }
    read
}
