//! Whether events of the place that a Splunk search names reach watchglass at all.
//!
//! Takes a test of a search on `source`, `sourcetype` or `eventtype`; says whether a Windows event can pass it. A search of
//! another product's `sourcetype` compiles, and its rule says that it can never fire here.

use crate::event::Value;
use crate::lang::ir::pattern::Piece;
use crate::lang::ir::{Leaf, Test};
use crate::schema::{self, Vocabulary};

/// What stands before the channel in such an event's source, in small letters.
const SOURCE_PREFIX: &str = "xmlwineventlog:";

/// Returns whether some event can pass the test.
pub fn can_pass(leaf: &Leaf) -> bool {
    if !matches!(
        leaf.field.vocabulary,
        Vocabulary::SplunkAddon | Vocabulary::Cim(_)
    ) {
        return true;
    }
    match leaf.field.name.name() {
        "sourcetype" => schema::source_types().any(|kind| leaf.test.passes(Some(kind))),
        "source" => can_be_source(&leaf.test),
        "eventtype" => schema::event_types().any(|kind| leaf.test.passes(Some(&Value::from(kind)))),
        _ => true,
    }
}

/// Any channel may be read, so what follows the prefix is open.
fn can_be_source(test: &Test) -> bool {
    match test {
        Test::Text(text, _) => text.to_lowercase().starts_with(SOURCE_PREFIX),
        Test::Wildcard(pattern) => {
            let mut wanted = SOURCE_PREFIX.chars();
            pattern
                .pieces()
                .iter()
                .map_while(|piece| match piece {
                    Piece::Char(char) => Some(*char),
                    Piece::One | Piece::Many => None,
                })
                .all(|char| {
                    wanted
                        .next()
                        .is_none_or(|wanted| wanted.eq_ignore_ascii_case(&char))
                })
        }
        Test::AnyOf(tests) => tests.iter().any(can_be_source),
        _ => true,
    }
}

/// Says which place it is.
pub fn reason(leaf: &Leaf) -> String {
    let name = leaf.field.name.name();
    match wanted(&leaf.test) {
        Some(value) => format!("no event that watchglass reads has the {name} `{value}`"),
        None => format!("no event that watchglass reads has such a {name}"),
    }
}

fn wanted(test: &Test) -> Option<String> {
    match test {
        Test::Text(text, _) => Some(text.to_string()),
        Test::AnyOf(tests) => tests.first().and_then(wanted),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::spl::{self, Macros};

    fn unmet(search: &str) -> Option<String> {
        let query = spl::compile(search, &Macros::default()).unwrap();
        query.unmet_by(can_pass).map(reason)
    }

    #[test]
    fn places_of_windows_events_are_open() {
        for search in [
            "sourcetype=xmlwineventlog a=1",
            "sourcetype=other OR source=XmlWinEventLog:Security a=1",
            "source=*Sysmon* a=1",
            "source=XmlWin* a=1",
            "source IN (x, \"xmlwineventlog:System\")",
            "eventtype=wineventlog_security",
            "NOT sourcetype=other",
            "sourcetype!=other",
            "index=main a=1",
            "source=WinEventLog:Security",
            "sourcetype IN (WinEventLog, x)",
            "sourcetype=XmlWinEventLog:Security",
            "sourcetype=\"iis:configuration:operational\"",
        ] {
            assert_eq!(unmet(search), None, "{search}");
        }
    }

    #[test]
    fn other_products_never_fire() {
        assert_eq!(
            unmet("sourcetype=\"linux:audit\" a=1").as_deref(),
            Some("no event that watchglass reads has the sourcetype `linux:audit`")
        );
        for search in [
            "source=WinEvent* a=1",
            "eventtype=okta_log OR sourcetype=x",
            "sourcetype IN (a, b)",
        ] {
            assert!(unmet(search).is_some(), "{search}");
        }
    }
}
