//! A pipeline's mapping table: which `EventData` member becomes which ECS field.
//!
//! Takes the TOML under `tables/`; gives a [`Table`] that a pipeline runs forwards and [`super::native`] backwards.
//! A table that does not parse is empty; `every_table_parses` keeps that from shipping.

use std::collections::HashMap;
use std::str::FromStr;

use serde::Deserialize;

use super::convert;
use crate::event::{FieldId, Fields, Value};

/// Prefix of `EventData` members in a shipped document.
pub const EVENT_DATA: &str = "winlog.event_data.";

/// How a value changes on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cast {
    #[default]
    Text,
    /// A decimal number; other text stays where it is.
    Long,
    /// `true` or `false`, in any case.
    Bool,
    /// An IP address; other text stays where it is.
    Ip,
}

/// One line of a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveLine {
    from: String,
    to: String,
    #[serde(default, rename = "as")]
    cast: Cast,
    /// Leave the member where it is as well.
    #[serde(default)]
    keep: bool,
    /// Event ids that the line holds for; empty for all.
    #[serde(default)]
    only: Vec<u32>,
    #[serde(default)]
    except: Vec<u32>,
}

/// What an event id means in ECS's categories.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CodeLine {
    category: Vec<String>,
    #[serde(rename = "type")]
    kind: Vec<String>,
    action: Option<String>,
    outcome: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TableText {
    /// Fields that every event of the pipeline gets.
    set: HashMap<String, String>,
    codes: HashMap<String, CodeLine>,
    moves: Vec<MoveLine>,
    /// The members that each event id has, as its manifest names them.
    members: HashMap<String, Vec<String>>,
    /// Members that the pipeline removes at its end.
    drop: Vec<String>,
    /// Groups of event ids, by the step that they take part in.
    groups: HashMap<String, Vec<u32>>,
}

/// One member's way to its ECS field.
#[derive(Debug, Clone)]
pub struct Move {
    /// The member in a shipped document.
    pub from: FieldId,
    /// The member's verbatim name.
    pub native: FieldId,
    pub to: FieldId,
    pub cast: Cast,
    pub keep: bool,
    only: Vec<u32>,
    except: Vec<u32>,
}

impl Move {
    /// Returns whether the line holds for event id `code`.
    #[must_use]
    pub fn holds_for(&self, code: u32) -> bool {
        (self.only.is_empty() || self.only.contains(&code)) && !self.except.contains(&code)
    }

    /// Returns whether the value goes over as it is and leaves the member's place.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.cast == Cast::Text && !self.keep
    }
}

/// A pipeline's table, its names resolved.
#[derive(Debug, Default)]
pub struct Table {
    set: Vec<(FieldId, Value)>,
    codes: HashMap<u32, Vec<(FieldId, Value)>>,
    actions: HashMap<u32, Value>,
    pub moves: Vec<Move>,
    members: HashMap<u32, Vec<FieldId>>,
    drop: Vec<FieldId>,
    groups: HashMap<String, Vec<u32>>,
}

impl FromStr for Table {
    type Err = toml::de::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text: TableText = toml::from_str(text)?;
        let mut table = Self {
            set: resolved(text.set),
            groups: text.groups,
            ..Self::default()
        };
        for (code, line) in text.codes {
            let Ok(code) = code.parse() else { continue };
            if let Some(action) = &line.action {
                table.actions.insert(code, action.as_str().into());
            }
            table.codes.insert(code, categories(line));
        }
        table.moves = text.moves.into_iter().map(resolve).collect();
        for (code, names) in text.members {
            let Ok(code) = code.parse() else { continue };
            let names = names.iter().map(|name| FieldId::of(name)).collect();
            table.members.insert(code, names);
        }
        table.drop = text.drop.iter().map(|name| member(name)).collect();
        Ok(table)
    }
}

impl Table {
    /// Sets the fields that every event of the pipeline gets.
    pub fn set_all(&self, ecs: &mut Fields) {
        for (field, value) in &self.set {
            ecs.set(*field, value.clone());
        }
    }

    /// Sets the categories of event id `code`.
    pub fn categorise(&self, ecs: &mut Fields, code: u32) {
        for (field, value) in self.codes.get(&code).into_iter().flatten() {
            ecs.set(*field, value.clone());
        }
    }

    /// Returns the action's name of event id `code`.
    #[must_use]
    pub fn action(&self, code: u32) -> Option<&Value> {
        self.actions.get(&code)
    }

    /// Returns whether event id `code` takes part in the step `group`.
    #[must_use]
    pub fn in_group(&self, group: &str, code: u32) -> bool {
        self.groups
            .get(group)
            .is_some_and(|codes| codes.contains(&code))
    }

    /// Moves the members. A move to a field that has a value already leaves both alone, as Elasticsearch's `rename`.
    pub fn run_moves(&self, ecs: &mut Fields, code: u32) {
        for line in self.moves.iter().filter(|line| line.holds_for(code)) {
            let Some(value) = ecs.get(line.from) else {
                continue;
            };
            if value.as_str().is_some_and(str::is_empty) {
                continue;
            }
            let renames = line.cast == Cast::Text && !line.keep;
            if renames && ecs.get(line.to).is_some() {
                continue;
            }
            let Some(cast) = convert::cast(value, line.cast) else {
                continue;
            };
            if !line.keep {
                ecs.remove(line.from);
            }
            ecs.set(line.to, cast);
        }
    }

    /// Returns the members that an event of id `code` has; none for an id that the table does not know.
    #[must_use]
    pub fn members(&self, code: u32) -> &[FieldId] {
        self.members.get(&code).map_or(&[], Vec::as_slice)
    }

    /// Returns the ECS field that the member `name` of event id `code` moves to.
    #[must_use]
    pub fn target(&self, name: FieldId, code: u32) -> Option<FieldId> {
        let line = self
            .moves
            .iter()
            .find(|line| line.native == name && line.holds_for(code))?;
        Some(line.to)
    }

    /// Returns whether the pipeline removes the member `name` at its end.
    #[must_use]
    pub fn drops(&self, name: &str) -> bool {
        self.drop.contains(&member(name))
    }

    /// Removes the members that the pipeline does not keep.
    pub fn drop_members(&self, ecs: &mut Fields) {
        for field in &self.drop {
            ecs.remove(*field);
        }
    }
}

/// Returns the field of the `EventData` member `name` in a shipped document.
#[must_use]
pub fn member(name: &str) -> FieldId {
    FieldId::of(&[EVENT_DATA, name].concat())
}

fn resolved(set: HashMap<String, String>) -> Vec<(FieldId, Value)> {
    set.into_iter()
        .map(|(name, value)| (FieldId::of(&name), value.into()))
        .collect()
}

fn resolve(line: MoveLine) -> Move {
    Move {
        from: member(&line.from),
        native: FieldId::of(&line.from),
        to: FieldId::of(&line.to),
        cast: line.cast,
        keep: line.keep,
        only: line.only,
        except: line.except,
    }
}

fn categories(line: CodeLine) -> Vec<(FieldId, Value)> {
    let mut set = Vec::new();
    if !line.category.is_empty() {
        set.push((FieldId::of("event.category"), line.category.into()));
    }
    if !line.kind.is_empty() {
        set.push((FieldId::of("event.type"), line.kind.into()));
    }
    if let Some(outcome) = line.outcome {
        set.push((FieldId::of("event.outcome"), outcome.into()));
    }
    set
}
