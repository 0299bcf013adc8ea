//! A mapping table: names, kinds of events, and where each value lies.
//!
//! Takes the text of a file under `tables/`; gives a [`Table`] that finds the fields of an event's kind in one
//! look-up. A kind of event is a channel, a (channel, event id), or, for documents without a Windows channel,
//! an ECS category.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::expression::{Expression, Origin};
use crate::event::{Event, FieldId};

/// The ways to one field's value, in order of preference.
pub type Ways = Box<[Expression]>;

/// What one kind of event has.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    fields: HashMap<FieldId, Ways>,
    /// Tags and event types that the kind carries.
    pub tags: Vec<Box<str>>,
    pub event_types: Vec<Box<str>>,
}

impl Scope {
    /// Returns the ways to `name`.
    #[must_use]
    pub fn ways(&self, name: FieldId) -> &[Expression] {
        self.fields.get(&name).map_or(&[], |ways| ways)
    }

    /// Returns whether this kind of event has a way to `name`.
    #[must_use]
    pub fn has(&self, name: FieldId) -> bool {
        self.fields.contains_key(&name)
    }
}

#[derive(Debug, Default)]
struct Channel {
    /// Lower case.
    name: Box<str>,
    /// Events of the channel whose id the table does not name.
    other: Scope,
    by_id: HashMap<u32, Scope>,
}

#[derive(Debug)]
struct Category {
    name: Box<str>,
    /// One of these, when not empty.
    types: Vec<Box<str>>,
    scope: Scope,
}

/// A mapping table, compiled.
#[derive(Debug, Default)]
pub struct Table {
    every: Scope,
    channels: Vec<Channel>,
    categories: Vec<Category>,
    names: Vec<&'static str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    every: Written,
    #[serde(default)]
    group: BTreeMap<String, Written>,
    #[serde(default)]
    event: Vec<Kind>,
}

type Written = BTreeMap<String, OneOrMore>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    channel: Option<String>,
    #[serde(default)]
    ids: Vec<u32>,
    category: Option<String>,
    #[serde(default)]
    types: Vec<Box<str>>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    tags: Vec<Box<str>>,
    #[serde(default)]
    event_types: Vec<Box<str>>,
    #[serde(default)]
    fields: Written,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl Table {
    /// Compiles the text of a table.
    ///
    /// # Errors
    /// Says what is wrong and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut table = Self::default();
        extend(&mut table.every, &file.every)?;
        for kind in &file.event {
            table.add(kind, &file.group)?;
        }
        table.names = table.collect_names();
        Ok(table)
    }

    /// Returns what `event` has.
    #[must_use]
    pub fn scope(&self, event: &Event) -> &Scope {
        if event.channel.is_empty() {
            return self.category_scope(event).unwrap_or(&self.every);
        }
        let channel = self.channels.iter().find(|channel| {
            // A length that differs ends the comparison at once.
            channel.name.eq_ignore_ascii_case(&event.channel)
        });
        channel.map_or(&self.every, |channel| {
            channel.by_id.get(&event.code).unwrap_or(&channel.other)
        })
    }

    /// Returns whether the table says something of the event's channel.
    #[must_use]
    pub fn describes(&self, event: &Event) -> bool {
        let mut channels = self.channels.iter();
        channels.any(|channel| channel.name.eq_ignore_ascii_case(&event.channel))
    }

    /// Returns every kind of event that the table describes.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        let channels = self
            .channels
            .iter()
            .flat_map(|channel| std::iter::once(&channel.other).chain(channel.by_id.values()));
        let categories = self.categories.iter().map(|category| &category.scope);
        std::iter::once(&self.every)
            .chain(channels)
            .chain(categories)
    }

    /// Returns every field name, sorted.
    #[must_use]
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    fn category_scope(&self, event: &Event) -> Option<&Scope> {
        let has = |field: &str, wanted: &str| {
            event.ecs().named(field).is_some_and(|value| {
                value
                    .elements()
                    .any(|element| element.as_str() == Some(wanted))
            })
        };
        self.categories
            .iter()
            .find(|kind| {
                has("event.category", &kind.name)
                    && (kind.types.is_empty()
                        || kind.types.iter().any(|one| has("event.type", one)))
            })
            .map(|kind| &kind.scope)
    }

    /// Adds what `kind` says to each scope it describes; a later kind overrides an earlier one name by name.
    fn add(&mut self, kind: &Kind, groups: &BTreeMap<String, Written>) -> Result<(), String> {
        let mut own = Scope {
            tags: kind.tags.clone(),
            event_types: kind.event_types.clone(),
            ..Scope::default()
        };
        for group in &kind.groups {
            extend(
                &mut own,
                groups
                    .get(group)
                    .ok_or_else(|| format!("no group \"{group}\""))?,
            )?;
        }
        extend(&mut own, &kind.fields)?;
        match (&kind.channel, &kind.category) {
            (Some(channel), None) => self.add_channel(channel, &kind.ids, &own),
            (None, Some(category)) => {
                let mut scope = self.every.clone();
                merge(&mut scope, &own);
                self.categories.push(Category {
                    name: category.as_str().into(),
                    types: kind.types.clone(),
                    scope,
                });
            }
            _ => return Err("an event needs either a channel or a category".to_owned()),
        }
        Ok(())
    }

    fn add_channel(&mut self, name: &str, ids: &[u32], own: &Scope) {
        let lower = name.to_lowercase();
        let at = self
            .channels
            .iter()
            .position(|channel| *channel.name == *lower);
        let at = at.unwrap_or_else(|| {
            let other = self.every.clone();
            let name = lower.into();
            self.channels.push(Channel {
                name,
                other,
                ..Channel::default()
            });
            self.channels.len() - 1
        });
        let channel = &mut self.channels[at];
        if ids.is_empty() {
            merge(&mut channel.other, own);
            channel
                .by_id
                .values_mut()
                .for_each(|scope| merge(scope, own));
        }
        for id in ids {
            let scope = channel
                .by_id
                .entry(*id)
                .or_insert_with(|| channel.other.clone());
            merge(scope, own);
        }
    }

    fn collect_names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self
            .scopes()
            .flat_map(|scope| scope.fields.keys())
            .map(|field| field.name())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn merge(scope: &mut Scope, own: &Scope) {
    scope
        .fields
        .extend(own.fields.iter().map(|(name, ways)| (*name, ways.clone())));
    scope.tags.extend(own.tags.iter().cloned());
    scope.event_types.extend(own.event_types.iter().cloned());
}

fn extend(scope: &mut Scope, written: &Written) -> Result<(), String> {
    for (name, ways) in written {
        let ways = match ways {
            OneOrMore::One(way) => std::slice::from_ref(way),
            OneOrMore::More(ways) => ways,
        };
        let field = FieldId::of(name);
        let ways: Ways = ways
            .iter()
            .map(|way| Expression::parse(way).map_err(|error| format!("{name}: {error}")))
            .collect::<Result<_, _>>()?;
        if ways.iter().any(|way| way.origin == Origin::Field(field)) {
            return Err(format!("{name} is taken from itself"));
        }
        scope.fields.insert(field, ways);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong() {
        let wrong = |text: &str| Table::parse(text).unwrap_err();
        assert!(wrong("[every]\nA = \"what:x\"").contains("A: no origin"));
        assert!(wrong("[every]\nA = \"field:A\"").contains("itself"));
        assert!(wrong("[[event]]\nids = [1]").contains("either a channel"));
        assert!(wrong("[[event]]\nchannel = \"x\"\ngroups = [\"y\"]").contains("no group"));
        assert!(wrong("[what]").contains("unknown field"));
    }

    #[test]
    fn later_kinds_override_earlier_ones() {
        let table = Table::parse(
            "[every]\nA = \"const:every\"\n[[event]]\nchannel = \"C\"\n[event.fields]\nB = \"const:c\"\n\
             [[event]]\nchannel = \"C\"\nids = [1]\ntags = [\"t\"]\n[event.fields]\nA = \"const:one\"",
        )
        .unwrap();
        assert_eq!(table.names(), ["A", "B"]);
        assert_eq!(table.scopes().count(), 3);
        assert!(
            table
                .scopes()
                .any(|scope| scope.has(FieldId::of("B")) && !scope.tags.is_empty())
        );
    }
}
