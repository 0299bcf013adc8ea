//! The members of each format of rules, and which of them make a rule.
//!
//! Sources: Sigma rules specification 2.1, Sigma correlation rules specification, Elastic's `detection-rules` schemas and
//! Kibana's detection API, Splunk's `contentctl`.

use super::Members;
use crate::text::similar::nearest;

/// What a format's rules consist of.
pub(super) struct Format {
    /// As it is called in a sentence, with its article.
    pub name: &'static str,
    pub members: &'static [&'static str],
    /// Of each list at least one member must be there for the file to be read as a rule.
    pub needs: &'static [&'static [&'static str]],
    /// Members that hardly anything else has.
    pub telling: &'static [&'static str],
    /// How many of the telling ones make a likely rule.
    pub least: usize,
    /// Nothing but the known members may be there.
    pub only: bool,
}

impl Format {
    /// Returns how many members of the map the format knows.
    pub fn knows(&self, map: &Members) -> usize {
        let known = self.members.iter();
        known.filter(|name| map.contains_key(**name)).count()
    }

    /// Returns the members that the format does not know, each with the absent one that was probably meant.
    pub fn slips<'a>(&self, map: &'a Members) -> Vec<(&'a str, &'static str)> {
        let mut absent: Vec<&'static str> = self.members.to_vec();
        absent.retain(|name| !map.contains_key(*name));
        let names = map.keys().map(String::as_str);
        let strange = names.filter(|name| !self.members.contains(name));
        let mut slips = Vec::new();
        for name in strange {
            if let Some(meant) = nearest(name, absent.iter().copied()) {
                absent.retain(|one| *one != meant);
                slips.push((name, meant));
            }
        }
        slips
    }

    /// Returns whether the map would be read as a rule once its slips are mended.
    pub fn would_be(&self, map: &Members, slips: &[(&str, &str)]) -> bool {
        let has = |name: &&str| map.contains_key(*name) || slips.iter().any(|slip| slip.1 == *name);
        self.needs.iter().all(|any| any.iter().any(&has))
    }

    /// Returns how many members the map has that hardly anything but a rule has.
    pub fn tells(&self, map: &Members) -> usize {
        let has = |name: &&&str| map.contains_key(**name);
        self.telling.iter().filter(has).count()
    }

    /// Returns whether the map says enough of a rule to be one.
    pub fn is_likely(&self, map: &Members, slips: &[(&str, &str)]) -> bool {
        let strange = map.len() - self.knows(map);
        self.tells(map) >= self.least && (!self.only || strange == slips.len())
    }

    /// Names the members of which the map lacks all that would do.
    pub fn lacks(&self, map: &Members) -> Option<String> {
        let has = |any: &&&[&str]| !any.iter().any(|name| map.contains_key(*name));
        let any = self.needs.iter().find(has)?;
        let quoted: Vec<String> = any.iter().map(|name| format!("`{name}`")).collect();
        Some(quoted.join(" or "))
    }
}

/// Members that tell a rule even in a file that cannot be parsed.
pub(super) const SIGNS: [&str; 9] = [
    "detection",
    "logsource",
    "correlation",
    "search",
    "definition",
    "how_to_implement",
    "rule",
    "rule_id",
    "risk_score",
];

pub(super) const SIGMA: Format = Format {
    name: "a Sigma rule",
    members: &[
        "title",
        "id",
        "related",
        "name",
        "taxonomy",
        "status",
        "description",
        "license",
        "author",
        "references",
        "date",
        "modified",
        "logsource",
        "detection",
        "correlation",
        "fields",
        "falsepositives",
        "level",
        "tags",
        "scope",
        "simulation",
        "regression_tests_path",
        "action",
        "filter",
        "aliases",
        "generate",
        "rules",
        "group-by",
        "timespan",
        "type",
        "version",
        "custom",
    ],
    needs: &[&["detection"], &["logsource", "title"]],
    telling: &["logsource", "falsepositives", "level"],
    least: 1,
    only: false,
};

const CORRELATION: Format = Format {
    name: "a Sigma correlation",
    needs: &[&["correlation"], &["title"]],
    telling: &["title", "level", "falsepositives"],
    least: 2,
    ..SIGMA
};

const FILTER: Format = Format {
    name: "a Sigma filter",
    needs: &[&["filter"], &["logsource"]],
    telling: &["logsource"],
    ..SIGMA
};

pub(super) const SPLUNK: Format = Format {
    name: "a Splunk detection",
    members: &[
        "name",
        "id",
        "version",
        "date",
        "author",
        "status",
        "type",
        "description",
        "data_source",
        "data_sources",
        "search",
        "how_to_implement",
        "known_false_positives",
        "references",
        "drilldown_searches",
        "rba",
        "tags",
        "tests",
        "datamodel",
        "creation_date",
        "modification_date",
        "deployment",
        "enabled_by_default",
        "scheduling",
        "alert_action",
        "finding",
        "intermediate_findings",
        "threat_objects",
    ],
    needs: &[&["search"], &["name"]],
    telling: &[
        "search",
        "how_to_implement",
        "known_false_positives",
        "rba",
        "data_source",
        "drilldown_searches",
    ],
    least: 2,
    only: false,
};

const MACRO: Format = Format {
    name: "a Splunk macro",
    members: &[
        "name",
        "description",
        "definition",
        "arguments",
        "id",
        "version",
        "date",
        "author",
    ],
    needs: &[&["definition"], &["name"]],
    telling: &["name"],
    least: 1,
    only: true,
};

pub(super) const ELASTIC: Format = Format {
    name: "an Elastic rule",
    members: &[
        "actions",
        "alert_suppression",
        "alias_purpose",
        "alias_target_id",
        "anomaly_threshold",
        "author",
        "building_block_type",
        "concurrent_searches",
        "created_at",
        "created_by",
        "data_view_id",
        "description",
        "enabled",
        "event_category_override",
        "exceptions_list",
        "execution_summary",
        "false_positives",
        "filters",
        "from",
        "history_window_start",
        "id",
        "immutable",
        "index",
        "interval",
        "investigation_fields",
        "items_per_search",
        "language",
        "license",
        "machine_learning_job_id",
        "max_signals",
        "meta",
        "name",
        "namespace",
        "new_terms",
        "new_terms_fields",
        "note",
        "outcome",
        "output_index",
        "query",
        "references",
        "related_integrations",
        "required_fields",
        "response_actions",
        "revision",
        "risk_score",
        "risk_score_mapping",
        "rule_id",
        "rule_name_override",
        "rule_source",
        "saved_id",
        "setup",
        "severity",
        "severity_mapping",
        "tags",
        "threat",
        "threat_filters",
        "threat_index",
        "threat_indicator_path",
        "threat_language",
        "threat_mapping",
        "threat_query",
        "threshold",
        "throttle",
        "tiebreaker_field",
        "timeline_id",
        "timeline_title",
        "timestamp_field",
        "timestamp_override",
        "timestamp_override_fallback_disabled",
        "to",
        "type",
        "updated_at",
        "updated_by",
        "version",
    ],
    needs: &[&["name"], &["rule_id", "risk_score"]],
    telling: &[
        "query",
        "language",
        "severity",
        "risk_score",
        "rule_id",
        "threat",
    ],
    least: 2,
    only: false,
};

/// Those that a YAML document may be.
pub(super) const FORMATS: &[Format] = &[SIGMA, CORRELATION, FILTER, SPLUNK, MACRO];
