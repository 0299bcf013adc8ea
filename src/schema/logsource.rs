//! Sigma's log sources: which events a rule's `logsource` means.
//!
//! Takes product, category and service; gives channels, event ids and conditions out of
//! `tables/sigma-logsource.toml`, or why no event that watchglass reads is meant.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::text::similar;

/// The product of sources that name none.
const PRODUCT: &str = "windows";

/// Events of one category or service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// A product with an event log of its own; Windows when none is named.
    product: Option<String>,
    category: Option<String>,
    service: Option<String>,
    /// Any of these.
    pub events: Vec<Events>,
    /// Or, without a Windows channel, any of these.
    #[serde(default)]
    pub documents: Vec<Documents>,
    /// Every member that such events have; empty when it is not known.
    #[serde(default)]
    pub fields: Vec<String>,
}

/// Events of Windows channels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    pub channels: Vec<String>,
    /// Event ids; empty for all.
    #[serde(default)]
    pub ids: Vec<u32>,
    /// Members and what they must be, one of the values each.
    #[serde(default, rename = "where")]
    pub conditions: BTreeMap<String, Vec<String>>,
}

/// ECS documents of agents that keep no channel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    /// `event.category`
    pub category: String,
    /// `event.type`, all of them.
    #[serde(default)]
    pub types: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Absent {
    category: Option<String>,
    service: Option<String>,
    reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: Vec<Source>,
    absent: Vec<Absent>,
}

/// What a rule says of its log source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logsource {
    pub product: Option<String>,
    pub category: Option<String>,
    pub service: Option<String>,
}

/// Which events are meant.
#[derive(Debug)]
pub enum Found {
    /// Those that are in all of these; every Windows event when there are none.
    Events(Vec<&'static Source>),
    /// None that watchglass reads, and why.
    Nothing(String),
}

// Part of the program: a test holds that it is read, so the default is never seen.
static FILE: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("tables/sigma-logsource.toml")).unwrap_or_default()
});

impl Logsource {
    /// Finds the events.
    #[must_use]
    pub fn find(&self) -> Found {
        let product = self.product.as_deref().unwrap_or(PRODUCT);
        if !is_product(None, product)
            && !FILE
                .source
                .iter()
                .any(|one| is_product(one.product.as_deref(), product))
        {
            return Found::Nothing(format!(
                "no source that watchglass reads has logs of the product `{product}`"
            ));
        }
        let mut sources = Vec::new();
        for (kind, name) in [("category", &self.category), ("service", &self.service)] {
            let Some(name) = name else { continue };
            match look_up(product, kind, name) {
                Ok(source) => sources.push(source),
                Err(reason) => return Found::Nothing(reason),
            }
        }
        if sources.is_empty() && self.product.is_none() {
            return Found::Nothing("the rule names no log source".to_owned());
        }
        Found::Events(sources)
    }

    /// Returns whether every rule of `other` is a rule of this, wider or equal, log source.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let covers = |wide: &Option<String>, narrow: &Option<String>| match (wide, narrow) {
            (None, _) => true,
            (Some(wide), Some(narrow)) => wide.eq_ignore_ascii_case(narrow),
            (Some(_), None) => false,
        };
        covers(&self.product, &other.product)
            && covers(&self.category, &other.category)
            && covers(&self.service, &other.service)
    }
}

/// Returns whether a source of `own`, or of Windows when it names none, is one of `product`.
fn is_product(own: Option<&str>, product: &str) -> bool {
    own.unwrap_or(PRODUCT).eq_ignore_ascii_case(product)
}

fn look_up(product: &str, kind: &str, name: &str) -> Result<&'static Source, String> {
    let is = |known: &Option<String>| {
        known
            .as_deref()
            .is_some_and(|known| known.eq_ignore_ascii_case(name))
    };
    let pick = |category: &'static Option<String>, service: &'static Option<String>| {
        if kind == "category" {
            category
        } else {
            service
        }
    };
    let of_product = |one: &&Source| is_product(one.product.as_deref(), product);
    let mut sources = FILE.source.iter().filter(of_product);
    if let Some(source) = sources.find(|one| is(pick(&one.category, &one.service))) {
        return Ok(source);
    }
    if let Some(absent) = FILE
        .absent
        .iter()
        .find(|one| is(pick(&one.category, &one.service)))
    {
        return Err(absent.reason.clone());
    }
    let known = FILE
        .source
        .iter()
        .filter(of_product)
        .filter_map(|one| pick(&one.category, &one.service).as_deref());
    let hint = similar::nearest(name, known).map(|known| format!("; did you mean `{known}`?"));
    Err(format!(
        "no source that watchglass reads has logs of the {kind} `{name}`{}",
        hint.unwrap_or_default()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(product: &str, category: &str, service: &str) -> Logsource {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Logsource {
            product: some(product),
            category: some(category),
            service: some(service),
        }
    }

    fn reason(product: &str, category: &str, service: &str) -> String {
        match source(product, category, service).find() {
            Found::Nothing(reason) => reason,
            Found::Events(found) => panic!("{found:?}"),
        }
    }

    #[test]
    fn the_table_is_read_and_names_each_source_once() {
        let file: File = toml::from_str(include_str!("tables/sigma-logsource.toml")).unwrap();
        assert!(file.source.len() > 80);
        let mut names: Vec<_> = file
            .source
            .iter()
            .map(|one| (&one.product, &one.category, &one.service))
            .collect();
        assert!(
            names
                .iter()
                .all(|(_, category, service)| category.is_some() != service.is_some())
        );
        names.sort();
        names.dedup();
        assert_eq!(names.len(), file.source.len());
        assert!(
            file.source
                .iter()
                .flat_map(|one| &one.events)
                .all(|events| !events.channels.is_empty())
        );
    }

    #[test]
    fn sources_of_windows_are_found() {
        for (category, service, count) in [
            ("process_creation", "", 1),
            ("", "Security", 1),
            ("", "", 0),
            ("ps_script", "powershell", 2),
        ] {
            let Found::Events(found) = source("windows", category, service).find() else {
                panic!("{category} {service}");
            };
            assert_eq!(found.len(), count);
        }
        assert!(matches!(
            source("", "image_load", "").find(),
            Found::Events(_)
        ));
        let Found::Events(found) = source("rpc_firewall", "application", "").find() else {
            panic!("no events of the RPC firewall");
        };
        assert_eq!(found[0].events[0].channels, ["RPCFW"]);
        let Found::Events(found) = source("", "antivirus", "").find() else {
            panic!("no events of an antivirus");
        };
        assert!(found[0].events[0].ids.contains(&1116));
    }

    #[test]
    fn others_say_why_not() {
        assert!(reason("linux", "process_creation", "").contains("product `linux`"));
        assert!(reason("windows", "application", "").contains("category `application`"));
        assert!(reason("", "webserver", "").contains("category `webserver`"));
        assert!(reason("windows", "file_access", "").contains("ETW"));
        assert!(
            reason("windows", "proces_creation", "").contains("did you mean `process_creation`?")
        );
        assert!(reason("", "", "").contains("names no log source"));
    }

    #[test]
    fn a_wider_source_covers_a_narrower_one() {
        let wide = source("windows", "", "");
        assert!(wide.covers(&source("windows", "process_creation", "")));
        assert!(!source("windows", "process_creation", "").covers(&wide));
        assert!(source("windows", "process_creation", "").covers(&source(
            "Windows",
            "process_creation",
            ""
        )));
        assert!(!wide.covers(&source("linux", "", "")));
    }
}
