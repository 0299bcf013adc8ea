//! Exceptions: what a rule's users do not want to be alerted to.
//!
//! Takes the `exceptions_list` of a rule and the items of those lists, which stand beside the rules in Kibana's export;
//! narrows the query by them. All entries of an item must hold, any item suffices. Values compare with case. Value
//! lists (`in list`) stand in the export, or in a text file of the list's id beside it, a value a line: so Kibana
//! exports them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::filters::narrow;
use crate::event::Time;
use crate::lang::elastic::{self, Clock, Wanted};
use crate::lang::ir::test::parse_time;
use crate::lang::ir::{AddressSet, Case, Leaf, Nested, Network, Pred, Test, TextSet};
use crate::rule::compile::Compiled;
use crate::rule::document::{list, objects, text};
use crate::rule::{Finding, RuleState, bytes};

/// The lists that a file carries.
#[derive(Debug, Default)]
pub struct Lists {
    items: Vec<Value>,
    /// Values by the id of their list.
    values: HashMap<String, Vec<String>>,
}

impl Lists {
    /// Keeps what is an item of an exception list or of a value list.
    #[must_use]
    pub fn of(documents: &[Value]) -> Self {
        let mut lists = Self::default();
        for document in documents {
            if document.get("entries").is_some_and(Value::is_array) {
                lists.items.push(document.clone());
            } else if let (Some(id), Some(value)) =
                (text(document, "list_id"), text(document, "value"))
            {
                lists.values.entry(id).or_default().push(value);
            }
        }
        lists
    }
}

/// Narrows the compiled query by the rule's exceptions.
pub fn apply(fields: &Value, lists: &Lists, path: &Path, file: &Arc<str>, compiled: &mut Compiled) {
    if matches!(compiled.state, RuleState::NotRunnable(_)) {
        return;
    }
    let reader = Reader {
        lists,
        folder: path.parent().unwrap_or(Path::new("")),
    };
    let mut excepted = Vec::new();
    for item in current(fields, lists) {
        match reader.item(item) {
            Ok(pred) => excepted.push(pred),
            Err(reason) => {
                let name = text(item, "name").unwrap_or_default();
                let message = format!("the exception \"{name}\" is not applied: {reason}");
                let finding = Finding::warning("R211", message, 0..0, "", path, file);
                compiled.findings.push(finding);
            }
        }
    }
    if !excepted.is_empty() {
        narrow(compiled, Pred::any(excepted).negate());
    }
}

/// Returns the names of the exceptions that the file carries for the rule and that have not expired.
pub fn named(fields: &Value, lists: &Lists) -> Vec<String> {
    let items = current(fields, lists).into_iter();
    items.filter_map(|item| text(item, "name")).collect()
}

/// Returns the ids of lists that the rule names and the file does not carry.
pub fn absent(fields: &Value, lists: &Lists) -> Vec<String> {
    let mut ids = wanted(fields);
    ids.retain(|id| !lists.items.iter().any(|item| is_of(item, id)));
    ids
}

/// The ids of the lists that the rule names.
fn wanted(fields: &Value) -> Vec<String> {
    let named = objects(fields, "exceptions_list").into_iter();
    named.filter_map(|list| text(list, "list_id")).collect()
}

fn is_of(item: &Value, list: &str) -> bool {
    text(item, "list_id").as_deref() == Some(list)
}

/// The items of the rule's lists that have not expired, in the order of its lists.
fn current<'l>(fields: &Value, lists: &'l Lists) -> Vec<&'l Value> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = Time(now.map_or(0, |now| now.as_nanos() as i64));
    let mut items = Vec::new();
    for id in wanted(fields) {
        let own = lists.items.iter().filter(|item| is_of(item, &id));
        items.extend(own.filter(|item| !has_expired(item, now)));
    }
    items
}

fn has_expired(item: &Value, now: Time) -> bool {
    let end = text(item, "expire_time").and_then(|text| parse_time(&text));
    end.is_some_and(|end| end <= now)
}

struct Reader<'a> {
    lists: &'a Lists,
    /// Where text files of values lie.
    folder: &'a Path,
}

impl Reader<'_> {
    fn item(&self, item: &Value) -> Result<Pred, String> {
        let entries = objects(item, "entries");
        if entries.is_empty() {
            return Err("it has no entries".to_owned());
        }
        let mut parts = self.entries(&entries, "")?;
        let systems = list(item, "os_types");
        if !systems.is_empty() {
            let system = elastic::field("host.os.type");
            let any = systems
                .iter()
                .map(|name| elastic::is(system, &Wanted::Words(name), Clock::Event, 0..0));
            parts.push(Pred::any(any));
        }
        Ok(Pred::all(parts))
    }

    fn entries(&self, entries: &[&Value], above: &str) -> Result<Vec<Pred>, String> {
        entries
            .iter()
            .map(|entry| self.entry(entry, above))
            .collect()
    }

    fn entry(&self, entry: &Value, above: &str) -> Result<Pred, String> {
        let name = text(entry, "field").ok_or("an entry names no field")?;
        let field = elastic::field(&format!("{above}{name}"));
        let is = |wanted: &Wanted<'_>| elastic::is(field, wanted, Clock::Event, 0..0);
        let kind = text(entry, "type").unwrap_or_default();
        let single = || text(entry, "value").ok_or(format!("an entry for `{name}` has no value"));
        let pred = match kind.as_str() {
            "match" => is(&Wanted::Phrase(&single()?)),
            "match_any" => {
                let values = list(entry, "value");
                Pred::any(values.iter().map(|value| is(&Wanted::Phrase(value))))
            }
            "exists" => is(&Wanted::Exists),
            "wildcard" => {
                let pieces = elastic::pieces(&single()?);
                is(&Wanted::Wildcard(&pieces, Case::Sensitive))
            }
            "list" => {
                let list = entry.get("list").unwrap_or(&Value::Null);
                let id = text(list, "id").ok_or("an entry names no list")?;
                let kind = text(list, "type").unwrap_or_default();
                let test = value_list(&kind, self.values(&id)?);
                Pred::Leaf(Leaf { field, test }, 0..0)
            }
            "nested" => {
                let inner = objects(entry, "entries");
                let inner = self.entries(&inner, &format!("{above}{name}."))?;
                let inner = Box::new(Pred::all(inner));
                Pred::Nested(Nested { path: field, inner }, 0..0)
            }
            other => {
                return Err(format!(
                    "watchglass does not know entries of type `{other}`"
                ));
            }
        };
        Ok(if text(entry, "operator").as_deref() == Some("excluded") {
            pred.negate()
        } else {
            pred
        })
    }

    /// Returns the values of a list: those of the file, else of a text file beside it.
    fn values(&self, id: &str) -> Result<Vec<String>, String> {
        if let Some(values) = self.lists.values.get(id) {
            return Ok(values.clone());
        }
        let missing = || format!("there is no value list `{id}` in the file or beside it");
        // The id is a name of a file, never a path.
        if id.contains(['/', '\\']) || id.starts_with('.') {
            return Err(missing());
        }
        let names = [id.to_owned(), format!("{id}.txt")];
        let paths = names.iter().map(|name| self.folder.join(name));
        let path = paths.into_iter().find(|path| path.is_file());
        let path = path.ok_or_else(missing)?;
        let text = bytes::read(&path, bytes::MAX_LINES)
            .map_err(|error| error.to_string())
            .and_then(bytes::decode)
            .map_err(|reason| format!("{}: {reason}", path.display()))?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        Ok(lines.map(str::to_owned).collect())
    }
}

/// Returns the test that a value is in a list of this type.
fn value_list(kind: &str, values: Vec<String>) -> Test {
    if kind == "ip" || kind == "ip_range" {
        let range = |text: &String| {
            let (from, to) = text.split_once('-')?;
            Some((from.trim().parse::<IpAddr>().ok()?, to.trim().parse().ok()?))
        };
        let networks = values.iter().filter_map(|text| Network::parse(text));
        return Test::Addresses(AddressSet::new(networks, values.iter().filter_map(range)));
    }
    Test::OneOf(TextSet::new(values.into_iter().map(Box::from)))
}

#[cfg(test)]
mod tests;
