//! Splunk's Common Information Model over the add-on's fields.
//!
//! Takes a dataset and a field; gives what `tstats` would see: the add-on's value, the model's calculated one, or
//! its default `unknown`. Membership follows the tags that the add-on gives the kind of event.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

use super::transform::Transform;
use super::{Dataset, addon, evaluate};
use crate::event::{Event, FieldId, Value};

/// One dataset as its table writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// An event belongs to the dataset when it has all of these.
    tags: Vec<Box<str>>,
    /// Fields that stay absent when the add-on has none.
    #[serde(default)]
    passed: Vec<String>,
    /// Fields that the model fills, and with what.
    #[serde(default)]
    defaults: BTreeMap<String, Vec<String>>,
    /// Where CIM takes a name out of a command line before it gives up.
    #[serde(default)]
    program_of: BTreeMap<String, String>,
    /// Fields that CIM's own constraint lower-cases.
    #[serde(default)]
    lower: Vec<String>,
    /// `Authentication` leaves out computer accounts that logged on.
    #[serde(default)]
    without_computer_logons: bool,
}

#[derive(Debug, Default)]
struct Field {
    default: Option<Value>,
    program_of: Option<FieldId>,
    lower: bool,
}

#[derive(Debug, Default)]
struct Model {
    tags: Vec<Box<str>>,
    fields: HashMap<FieldId, Field>,
    without_computer_logons: bool,
}

static MODELS: LazyLock<HashMap<&'static str, Model>> = LazyLock::new(|| {
    // Part of the program: a test holds that each compiles, so nothing is left out here.
    TABLES
        .iter()
        .filter_map(|text| parse(text).ok())
        .flatten()
        .collect()
});

const TABLES: [&str; 3] = [
    include_str!("tables/cim-endpoint.toml"),
    include_str!("tables/cim-network.toml"),
    include_str!("tables/cim-identity.toml"),
];

/// Metadata that every event has in Splunk, whatever the dataset.
const METADATA: [&str; 4] = ["_time", "host", "source", "sourcetype"];

fn parse(text: &str) -> Result<Vec<(&'static str, Model)>, String> {
    let file: BTreeMap<String, Written> =
        toml::from_str(text).map_err(|error| error.to_string())?;
    file.into_iter()
        .map(|(name, written)| {
            let dataset = Dataset::ALL
                .into_iter()
                .find(|dataset| dataset.prefix() == name);
            let dataset = dataset.ok_or_else(|| format!("no dataset \"{name}\""))?;
            Ok((dataset.prefix(), compile(written)))
        })
        .collect()
}

fn compile(written: Written) -> Model {
    let mut fields: HashMap<FieldId, Field> = HashMap::new();
    let passed = written.passed.iter().map(String::as_str);
    for name in passed.chain(METADATA) {
        fields.entry(FieldId::of(name)).or_default();
    }
    for (default, names) in &written.defaults {
        let default = default
            .parse()
            .map_or_else(|_| Value::from(default.as_str()), Value::Int);
        for name in names {
            fields.entry(FieldId::of(name)).or_default().default = Some(default.clone());
        }
    }
    for (name, line) in &written.program_of {
        fields.entry(FieldId::of(name)).or_default().program_of = Some(FieldId::of(line));
    }
    for name in &written.lower {
        fields.entry(FieldId::of(name)).or_default().lower = true;
    }
    Model {
        tags: written.tags,
        fields,
        without_computer_logons: written.without_computer_logons,
    }
}

fn model(dataset: Dataset) -> Option<&'static Model> {
    MODELS.get(dataset.prefix())
}

/// Returns what `tstats` sees of `name` in an event of `dataset`; membership is not asked here.
#[must_use]
pub fn value(event: &Event, dataset: Dataset, name: FieldId) -> Option<Cow<'_, Value>> {
    let field = model(dataset)?.fields.get(&name)?;
    if let Some(found) = addon::value(event, name) {
        return Some(if field.lower { lower(&found) } else { found });
    }
    let program = field.program_of.and_then(|line| {
        let line = addon::value(event, line)?;
        Transform::Program
            .apply(line.as_str()?)
            .pop()
            .map(Value::from)
    });
    program
        .map(Cow::Owned)
        .or_else(|| field.default.as_ref().map(Cow::Borrowed))
}

/// Returns the field whose program stands in for `name` where the add-on has no value.
#[must_use]
pub fn program_of(dataset: Dataset, name: FieldId) -> Option<FieldId> {
    model(dataset)?.fields.get(&name)?.program_of
}

/// Returns whether the model lower-cases `name`.
#[must_use]
pub fn is_lowered(dataset: Dataset, name: FieldId) -> bool {
    let field = model(dataset).and_then(|model| model.fields.get(&name));
    field.is_some_and(|field| field.lower)
}

/// Returns whether `event` belongs to `dataset`.
#[must_use]
pub fn is_member(event: &Event, dataset: Dataset) -> bool {
    let leaves_out = || model(dataset).is_some_and(|model| model.without_computer_logons);
    is_of_kind(event, dataset) && !(leaves_out() && is_computer_logon(event))
}

/// Returns whether events of the kind of `event`, its channel and event id, may belong to `dataset`.
#[must_use]
pub fn is_of_kind(event: &Event, dataset: Dataset) -> bool {
    let Some(model) = model(dataset) else {
        return false;
    };
    let tags = &addon::scope(event).tags;
    model.tags.iter().all(|tag| tags.contains(tag))
}

/// Returns whether the dataset has `name` and something can fill it.
#[must_use]
pub fn can_fill(dataset: Dataset, name: FieldId) -> bool {
    let Some(model) = model(dataset) else {
        return false;
    };
    model.fields.get(&name).is_some_and(|field| {
        field.default.is_some()
            || addon::TABLE.scopes().any(|scope| {
                scope.has(name) && model.tags.iter().all(|tag| scope.tags.contains(tag))
            })
    })
}

/// Returns the names of the dataset's fields.
pub fn names(dataset: Dataset) -> impl Iterator<Item = &'static str> {
    model(dataset)
        .into_iter()
        .flat_map(|model| model.fields.keys().map(|field| field.name()))
}

/// Returns a value in small letters.
pub fn lower<'e>(value: &Value) -> Cow<'e, Value> {
    Cow::Owned(match evaluate::text(value) {
        Some(text) => Value::from(text.to_lowercase()),
        None => value.clone(),
    })
}

fn is_computer_logon(event: &Event) -> bool {
    let is = |name: &str, test: fn(&str) -> bool| {
        addon::value(event, FieldId::of(name)).is_some_and(|value| value.as_str().is_some_and(test))
    };
    is("action", |action| action == "success") && is("user", |user| user.ends_with('$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_compile() {
        for text in TABLES {
            parse(text).unwrap();
        }
        for dataset in Dataset::ALL {
            assert!(names(dataset).count() > METADATA.len(), "{dataset:?}");
        }
    }
}
