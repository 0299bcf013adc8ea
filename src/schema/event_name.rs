//! What Windows calls its events: `A user account was created` for 4720 of the Security log.
//!
//! Takes an [`Event`]; gives the name of its kind, in English whatever the log's own language.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use crate::event::Event;

type Names = HashMap<String, HashMap<u32, Box<str>>>;

// Part of the program: a test holds that it can be read, so the default is never seen.
static NAMES: LazyLock<Names> =
    LazyLock::new(|| parse(include_str!("tables/event-names.toml")).unwrap_or_default());

/// Returns the name of the event's kind, where the table has one.
#[must_use]
pub fn of(event: &Event) -> Option<&'static str> {
    let channel = NAMES.get(&event.channel.to_ascii_lowercase())?;
    channel.get(&event.code).map(|name| &**name)
}

fn parse(text: &str) -> Result<Names, String> {
    let file: BTreeMap<String, BTreeMap<String, Box<str>>> =
        toml::from_str(text).map_err(|error| error.to_string())?;
    file.into_iter()
        .map(|(channel, names)| {
            let names = names.into_iter().map(|(id, name)| {
                let id = id.parse().map_err(|_| format!("no event id \"{id}\""))?;
                Ok((id, name))
            });
            let names: Result<_, String> = names.collect();
            Ok((channel.to_ascii_lowercase(), names?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_read() {
        let names = super::parse(include_str!("tables/event-names.toml")).unwrap();
        assert_eq!(&*names["security"][&4720], "A user account was created");
        assert!(names["microsoft-windows-sysmon/operational"].len() > 28);
        assert!(super::parse("[a]\nb = \"c\"").is_err());
    }
}
