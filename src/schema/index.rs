//! Which Elasticsearch indices an event lives in, and which of them a rule reads.
//!
//! Takes an [`Event`]; gives the [`Indices`] that Elastic's shippers would write it to. Takes the `index` patterns of
//! a rule; gives [`Patterns`] that admit such events or do not. In Kibana a rule sees nothing outside its indices, so
//! a rule for Elastic Defend says nothing of a Sysmon event even where their fields are alike.
//!
//! An event from a Windows event log lives in winlogbeat's index and in Elastic Agent's data stream of its channel at
//! once, whichever format carried it: the same event must fire the same rules. A document that does not tell where it
//! is from is kept from no rule.

use crate::event::Event;

/// The index names that an event may have; none means that nothing is known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Indices(Vec<Box<str>>);

/// Beginnings of index names that shippers use; an index of another name is somebody's copy and tells nothing.
const STEMS: [&str; 4] = ["logs-", "winlogbeat-", "endgame-", "filebeat-"];

/// Elastic Agent's data sets by Windows channel (lower case). Source: the `system` and `windows` integrations.
const CHANNELS: [(&str, &str); 9] = [
    ("security", "system.security"),
    ("system", "system.system"),
    ("application", "system.application"),
    (
        "microsoft-windows-sysmon/operational",
        "windows.sysmon_operational",
    ),
    ("windows powershell", "windows.powershell"),
    (
        "microsoft-windows-powershell/operational",
        "windows.powershell_operational",
    ),
    (
        "powershellcore/operational",
        "windows.powershell_operational",
    ),
    (
        "microsoft-windows-windows defender/operational",
        "windows.windows_defender",
    ),
    (
        "microsoft-windows-applocker/exe and dll",
        "windows.applocker_exe_and_dll",
    ),
];

/// Elastic Defend's data sets by ECS category.
const DEFEND: [(&str, &str); 7] = [
    ("process", "endpoint.events.process"),
    ("file", "endpoint.events.file"),
    ("network", "endpoint.events.network"),
    ("registry", "endpoint.events.registry"),
    ("library", "endpoint.events.library"),
    ("driver", "endpoint.events.library"),
    ("authentication", "endpoint.events.security"),
];

impl Indices {
    /// Returns the indices of `event`.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let mut indices = Self::default();
        if let Some(index) = text(event, "_index") {
            // A data stream's backing index: `.ds-` ahead, date and number behind, which patterns end in `*` for.
            let index = index.strip_prefix(".ds-").unwrap_or(index);
            if STEMS.iter().any(|stem| index.starts_with(stem)) {
                indices.add(index);
            }
        }
        if let Some(dataset) = text(event, "data_stream.dataset") {
            let kind = text(event, "data_stream.type").unwrap_or("logs");
            let space = text(event, "data_stream.namespace").unwrap_or("default");
            indices.add(format!("{kind}-{dataset}-{space}"));
        } else {
            indices.add_named(event);
        }
        if !event.channel.is_empty() {
            indices.add("winlogbeat-default");
            let channel = event.channel.to_lowercase();
            let known = CHANNELS.iter().find(|(name, _)| *name == channel);
            let dataset = known.map_or("winlog.winlog", |(_, dataset)| dataset);
            indices.add_stream(dataset);
            // A collector may have forwarded any of them.
            indices.add_stream("windows.forwarded");
        }
        indices
    }

    /// Adds what fields other than the data stream's own say.
    fn add_named(&mut self, event: &Event) {
        let agent = text(event, "agent.type").or_else(|| text(event, "@metadata.beat"));
        let module = text(event, "event.module").unwrap_or_default();
        let dataset = text(event, "event.dataset").unwrap_or_default();
        if agent == Some("winlogbeat") {
            self.add("winlogbeat-default");
        }
        if agent == Some("endgame")
            || module == "endgame"
            || dataset == "esensor"
            || has_below(event, "endgame.")
        {
            self.add("endgame-default");
        } else if dataset.contains('.') {
            self.add_stream(dataset);
            if agent == Some("filebeat") {
                self.add("filebeat-default");
            }
        } else if agent == Some("endpoint") || module == "endpoint" {
            for (category, dataset) in DEFEND {
                if holds(event, "event.category", category) {
                    self.add_stream(dataset);
                }
            }
            if holds(event, "event.kind", "alert") {
                self.add_stream("endpoint.alerts");
            }
        } else if module == "m365_defender" || has_below(event, "m365_defender.") {
            self.add_stream("m365_defender.event");
        }
    }

    fn add_stream(&mut self, dataset: &str) {
        self.add(format!("logs-{dataset}-default"));
    }

    fn add(&mut self, name: impl Into<Box<str>>) {
        let name = name.into();
        if !self.0.contains(&name) {
            self.0.push(name);
        }
    }

    /// Returns the names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }
}

/// Returns the first text of the field called `name`.
fn text<'e>(event: &'e Event, name: &str) -> Option<&'e str> {
    let mut elements = event.ecs().named(name)?.elements();
    elements.next()?.as_str().filter(|text| !text.is_empty())
}

fn holds(event: &Event, name: &str, wanted: &str) -> bool {
    event.ecs().named(name).is_some_and(|value| {
        let mut elements = value.elements();
        elements.any(|element| element.as_str() == Some(wanted))
    })
}

fn has_below(event: &Event, stem: &str) -> bool {
    let mut fields = event.ecs().iter();
    fields.any(|(field, _)| field.name().starts_with(stem))
}

/// The `index` patterns of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns {
    taken: Vec<Box<str>>,
    refused: Vec<Box<str>>,
}

impl Patterns {
    /// Reads patterns as Elasticsearch does: `*` for any text, several in one text with commas between them, `-` ahead
    /// of one to leave it out, a remote cluster's name and `:` ahead of one, which changes nothing here.
    #[must_use]
    pub fn parse(patterns: &[String]) -> Self {
        let mut parsed = Self::default();
        for one in patterns.iter().flat_map(|text| text.split(',')) {
            let one = one.trim();
            let (list, one) = match one.strip_prefix('-') {
                Some(refused) => (&mut parsed.refused, refused),
                None => (&mut parsed.taken, one),
            };
            let one = one.rsplit_once(':').map_or(one, |(_, local)| local);
            if !one.is_empty() {
                list.push(one.into());
            }
        }
        parsed
    }

    /// Returns whether any index of the sources that watchglass reads fits; without patterns all do.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        let stream = |dataset: &str| format!("logs-{dataset}-default");
        let datasets = CHANNELS.iter().chain(&DEFEND).map(|(_, dataset)| *dataset);
        let further = [
            "endpoint.alerts",
            "m365_defender.event",
            "windows.forwarded",
            "winlog.winlog",
        ];
        let own = ["winlogbeat-default", "endgame-default"].map(str::to_owned);
        let names = datasets.chain(further).map(stream).chain(own);
        self.taken.is_empty()
            || names
                .map(|name| Indices(vec![name.into()]))
                .any(|indices| self.admit(&indices))
    }

    /// Returns whether a rule with these patterns reads everything.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.taken.is_empty()
    }

    /// Returns whether a rule with these patterns reads an event of `indices`; without patterns it reads everything.
    #[must_use]
    pub fn admit(&self, indices: &Indices) -> bool {
        let any = |patterns: &[Box<str>], name: &str| {
            let mut patterns = patterns.iter();
            patterns.any(|pattern| fits(pattern, name))
        };
        self.is_any()
            || indices.0.is_empty()
            || indices
                .names()
                .any(|name| any(&self.taken, name) && !any(&self.refused, name))
    }
}

/// Returns whether `name` fits `pattern`, in which `*` stands for any text.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(start) else {
        return false;
    };
    let (between, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in between.split('*') {
        match name.find(part) {
            Some(at) => name = &name[at + part.len()..],
            None => return false,
        }
    }
    name.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::tests::{document, event};

    fn names(event: &Event) -> Vec<String> {
        Indices::of(event).names().map(str::to_owned).collect()
    }

    fn admits(patterns: &[&str], event: &Event) -> bool {
        let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
        Patterns::parse(&patterns).admit(&Indices::of(event))
    }

    #[test]
    fn patterns_are_elasticsearchs() {
        for (pattern, name, wanted) in [
            ("winlogbeat-*", "winlogbeat-default", true),
            ("logs-windows.*", "logs-windows.powershell-default", true),
            ("logs-*.events.*-x", "logs-endpoint.events.file-x", true),
            ("logs-*.events.*-x", "logs-endpoint.events.file-y", false),
            ("logs-a-default", "logs-a-default", true),
            ("logs-a", "logs-a-default", false),
            ("*", "anything", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(fits(pattern, name), wanted, "{pattern} {name}");
        }
    }

    #[test]
    fn a_windows_event_lives_with_both_shippers() {
        let sysmon = event("Microsoft-Windows-Sysmon/Operational", 1, &[]);
        assert!(admits(&["winlogbeat-*"], &sysmon));
        assert!(admits(&["logs-windows.sysmon_operational-*"], &sysmon));
        assert!(admits(&["remote:logs-windows.forwarded*"], &sysmon));
        assert!(admits(&[], &sysmon));
        assert!(!admits(&["logs-endpoint.events.process-*"], &sysmon));
        assert!(!admits(&["logs-system.security*", "endgame-*"], &sysmon));
        assert!(!admits(&["winlogbeat-*,-*default"], &sysmon));
        let other = event("Microsoft-Windows-Bits-Client/Operational", 1, &[]);
        assert!(admits(&["winlogbeat-*"], &other));
    }

    #[test]
    fn each_family_is_told_by_any_of_its_marks() {
        let of = |fields: &[(&str, &str)]| names(&document("", 0, fields));
        assert_eq!(
            of(&[
                ("data_stream.dataset", "endpoint.events.registry"),
                ("data_stream.namespace", "prod"),
                ("event.dataset", "other.set"),
            ]),
            ["logs-endpoint.events.registry-prod"]
        );
        let defend = ["logs-endpoint.events.registry-default"];
        assert_eq!(of(&[("event.dataset", "endpoint.events.registry")]), defend);
        assert_eq!(
            of(&[("agent.type", "endpoint"), ("event.category", "registry")]),
            defend
        );
        for mark in [
            ("event.module", "endgame"),
            ("agent.type", "endgame"),
            ("event.dataset", "esensor"),
            ("endgame.event_type_full", "registry_event"),
        ] {
            assert_eq!(of(&[mark]), ["endgame-default"], "{mark:?}");
        }
        for mark in [
            ("event.module", "m365_defender"),
            ("event.dataset", "m365_defender.event"),
            ("m365_defender.event.category", "x"),
        ] {
            assert_eq!(
                of(&[mark]),
                ["logs-m365_defender.event-default"],
                "{mark:?}"
            );
        }
        for mark in [
            ("agent.type", "winlogbeat"),
            ("@metadata.beat", "winlogbeat"),
        ] {
            assert_eq!(of(&[mark]), ["winlogbeat-default"], "{mark:?}");
        }
    }

    #[test]
    fn a_search_hit_lives_where_it_was_found() {
        let hit = document(
            "",
            0,
            &[
                (
                    "_index",
                    ".ds-logs-endpoint.events.registry-default-2026.11.24-000001",
                ),
                ("host.name", "h"),
            ],
        );
        assert!(admits(&["logs-endpoint.events.registry-*"], &hit));
        assert!(!admits(&["endgame-*"], &hit));
        let copy = document("", 0, &[("_index", "restored")]);
        assert!(admits(&["endgame-*"], &copy));
    }

    #[test]
    fn what_tells_nothing_is_kept_from_no_rule() {
        let unknown = document("", 0, &[("registry.path", "HKLM\\x")]);
        assert!(names(&unknown).is_empty());
        assert!(admits(&["logs-endpoint.events.registry-*"], &unknown));
    }
}
