//! What must be logged for a detection to see anything.
//!
//! Takes the data sources that a detection names; gives a step each, with a search for events of that kind from the
//! alert's host where the name tells which they are.

use serde_json::Value;

use crate::rule::document::{list, objects, text};
use crate::rule::guide::step;
use crate::rule::{Phase, Pivot, Step};

/// Seconds around the alert in which events of a kind are looked for.
const AROUND: u32 = 24 * 3600;

/// How data sources are called, and the channel that they are.
const CHANNELS: [(&str, &str); 6] = [
    ("sysmon eventid", "Microsoft-Windows-Sysmon/Operational"),
    ("windows event log security", "Security"),
    ("windows event log system", "System"),
    ("windows event log application", "Application"),
    (
        "powershell script block logging",
        "Microsoft-Windows-PowerShell/Operational",
    ),
    ("ntlm operational", "Microsoft-Windows-NTLM/Operational"),
];

/// Makes the steps.
#[must_use]
pub fn steps(document: &Value) -> Vec<Step> {
    let mut names = list(document, "data_source");
    let objects = objects(document, "data_source").into_iter();
    names.extend(objects.filter_map(|source| text(source, "name")));
    names.dedup();
    names
        .iter()
        .map(|name| {
            let asked = format!("Does this host send what the rule looks at: {name}?");
            step(Phase::Setup, asked, pivot(name).into_iter().collect())
        })
        .collect()
}

/// Several kinds joined by `AND` are each looked for.
fn pivot(name: &str) -> Option<Pivot> {
    let any: Vec<_> = name.split(" AND ").filter_map(kind).flatten().collect();
    (!any.is_empty()).then(|| Pivot {
        label: format!("{name} from the same host"),
        any,
        before: AROUND,
        after: AROUND,
    })
}

/// Conditions of one kind of event: all of each list.
type Conditions = Vec<(String, String)>;

fn kind(name: &str) -> Option<Vec<Conditions>> {
    let (source, codes) = name.trim().rsplit_once(' ')?;
    let source = source.to_lowercase();
    let (_, channel) = CHANNELS.iter().find(|(known, _)| *known == source)?;
    let codes = codes.split(',').filter(|code| code.parse::<u32>().is_ok());
    let conditions = codes.map(|code| {
        [
            ("winlog.channel", *channel),
            ("event.code", code),
            ("host.name", "{{host.name}}"),
        ]
        .map(|(field, value)| (field.to_owned(), value.to_owned()))
        .to_vec()
    });
    let conditions: Vec<Conditions> = conditions.collect();
    (!conditions.is_empty()).then_some(conditions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_is_asked_for_on_the_host() {
        let steps = steps(&serde_json::json!({"data_source": [
            "Sysmon EventID 1 AND Sysmon EventID 3",
            "NTLM Operational 8004,8005",
            "CrowdStrike ProcessRollup2",
        ]}));
        assert_eq!(steps.len(), 3);
        assert_eq!(steps[0].pivots[0].any.len(), 2);
        assert_eq!(
            steps[0].pivots[0].any[1][1],
            ("event.code".into(), "3".into())
        );
        assert_eq!(steps[1].pivots[0].any.len(), 2);
        assert!(steps[2].pivots.is_empty());
        assert!(steps[2].text.contains("CrowdStrike"));
    }
}
