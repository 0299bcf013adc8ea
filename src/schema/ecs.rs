//! ECS: how Elasticsearch indexes each field, and which documents can hold it.
//!
//! Takes a field; gives its [`FieldKind`], its value where it is a second index of another field
//! (`process.name.text`), and whether documents that watchglass reads can have it.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

use super::FieldKind;
use crate::event::{Event, FieldId, Value};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Types {
    text: Vec<String>,
    wildcard: Vec<String>,
    ip: Vec<String>,
    number: Vec<String>,
    date: Vec<String>,
    boolean: Vec<String>,
    with_text: Vec<String>,
    with_caseless: Vec<String>,
}

/// Documents of one family.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    #[serde(rename = "title")]
    _title: String,
    categories: Vec<String>,
    fields: Vec<String>,
}

#[derive(Debug, Default)]
struct Index {
    kinds: HashMap<FieldId, FieldKind>,
    /// From `process.name.text` to `process.name`.
    base: HashMap<FieldId, FieldId>,
    names: Vec<&'static str>,
}

// Both tables are part of the program: tests hold that they are read, so the defaults are never seen.
static INDEX: LazyLock<Index> =
    LazyLock::new(|| index(include_str!("tables/ecs-types.toml")).unwrap_or_default());

static FAMILIES: LazyLock<BTreeMap<String, Family>> =
    LazyLock::new(|| toml::from_str(include_str!("tables/ecs-sources.toml")).unwrap_or_default());

fn index(text: &str) -> Result<Index, toml::de::Error> {
    let types: Types = toml::from_str(text)?;
    let mut index = Index::default();
    let kinds = [
        (&types.text, FieldKind::Text),
        (&types.wildcard, FieldKind::Wildcard),
        (&types.ip, FieldKind::Ip),
        (&types.number, FieldKind::Number),
        (&types.date, FieldKind::Date),
        (&types.boolean, FieldKind::Boolean),
    ];
    for (names, kind) in kinds {
        index
            .kinds
            .extend(names.iter().map(|name| (FieldId::of(name), kind)));
    }
    for (names, suffix, kind) in [
        (&types.with_text, "text", FieldKind::Text),
        (&types.with_caseless, "caseless", FieldKind::Caseless),
    ] {
        for name in names {
            let second = FieldId::of(&format!("{name}.{suffix}"));
            index.kinds.insert(second, kind);
            index.base.insert(second, FieldId::of(name));
        }
    }
    let kinds = index.kinds.keys().map(|field| field.name());
    let listed = FAMILIES.values().flat_map(|family| &family.fields);
    let listed = listed
        .filter(|name| !name.ends_with('*'))
        .map(|name| FieldId::of(name).name());
    index.names = kinds.chain(listed).collect();
    index.names.sort_unstable();
    index.names.dedup();
    Ok(index)
}

/// Returns the value of `name`, or of the field that `name` is a second index of.
#[must_use]
pub fn value(event: &Event, name: FieldId) -> Option<&Value> {
    event
        .hub(name)
        .or_else(|| event.hub(*INDEX.base.get(&name)?))
}

/// Returns the field that `name` is a second index of.
#[must_use]
pub fn base(name: FieldId) -> Option<FieldId> {
    INDEX.base.get(&name).copied()
}

/// Returns how Elasticsearch indexes `name`; unknown fields are keywords.
#[must_use]
pub fn kind(name: FieldId) -> FieldKind {
    INDEX
        .kinds
        .get(&name)
        .copied()
        .unwrap_or(FieldKind::Keyword)
}

/// Returns whether documents that watchglass reads can have `name`, in events of `category` when one is given.
///
/// A name that ends in `*` asks for any field below it.
#[must_use]
pub fn can_fill(name: FieldId, category: Option<&str>) -> bool {
    let name = INDEX.base.get(&name).copied().unwrap_or(name).name();
    let in_reach = |family: &&Family| match category {
        Some(category) => {
            family.categories.is_empty() || family.categories.iter().any(|one| one == category)
        }
        None => true,
    };
    FAMILIES
        .values()
        .filter(in_reach)
        .flat_map(|family| &family.fields)
        .any(|one| covers(one, name))
}

/// Returns names that a misspelt field may have meant.
#[must_use]
pub fn names() -> &'static [&'static str] {
    &INDEX.names
}

fn covers(listed: &str, name: &str) -> bool {
    if let Some(stem) = name.strip_suffix('*') {
        return listed.starts_with(stem.trim_end_matches('.'))
            || listed
                .strip_suffix('*')
                .is_some_and(|listed| stem.starts_with(listed));
    }
    match listed.strip_suffix('*') {
        Some(stem) => name.len() > stem.len() && name.starts_with(stem),
        None => listed == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read() {
        index(include_str!("tables/ecs-types.toml")).unwrap();
        let families: Result<BTreeMap<String, Family>, _> =
            toml::from_str(include_str!("tables/ecs-sources.toml"));
        assert_eq!(families.unwrap().len(), 4);
    }

    #[test]
    fn kinds() {
        let kind = |name| kind(FieldId::of(name));
        assert_eq!(kind("powershell.file.script_block_text"), FieldKind::Text);
        assert_eq!(kind("process.name.text"), FieldKind::Text);
        assert_eq!(kind("process.name"), FieldKind::Keyword);
        assert_eq!(kind("process.command_line"), FieldKind::Wildcard);
        assert_eq!(kind("source.ip"), FieldKind::Ip);
        assert_eq!(kind("process.pid"), FieldKind::Number);
        assert_eq!(kind("event.code"), FieldKind::Keyword);
        assert_eq!(kind("@timestamp"), FieldKind::Date);
        assert_eq!(kind("sysmon.file.archived"), FieldKind::Boolean);
    }

    #[test]
    fn reach() {
        let can_fill = |name, category| can_fill(FieldId::of(name), category);
        assert!(can_fill("registry.data.strings", None));
        assert!(can_fill("winlog.event_data.TargetImage", Some("process")));
        assert!(can_fill("process.name.caseless", None));
        assert!(can_fill("process.hash.*", None));
        assert!(!can_fill("process.Ext.effective_parent.executable", None));
        assert!(can_fill("process.code_signature.trusted", Some("registry")));
        assert!(!can_fill("process.code_signature.trusted", Some("process")));
        assert!(!can_fill("aws.cloudtrail.user_identity.type", None));
        assert!(!can_fill("no.such.*", None));
    }
}
