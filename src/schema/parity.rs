//! Splunk's and Sigma's names read the same from an event log and from the document that winlogbeat ships of it.

use std::collections::{BTreeMap, BTreeSet};

use super::tests::shown;
use super::{Dataset, Vocabulary, addon, cim, is_member, windows};
use crate::event::Event;
use crate::event::ecs::goldens::{event_of, events, goldens};

/// What a document cannot tell, and why: `docs/ecs-differences.md` lists the same.
const LOST: [(&str, &str); 10] = [
    ("_raw", "the bytes are others"),
    ("TimeCreated", "Sysmon's pipeline drops the system's time"),
    (
        "Message",
        "rendered on the host, which the log alone is not",
    ),
    ("answer", "Sysmon's last answer may be cut off"),
    ("record_type", "Sysmon's last answer may be cut off"),
    ("EventData_Xml", "Sysmon's last answer may be cut off"),
    ("UserData_Xml", "Sysmon's last answer may be cut off"),
    ("Version", "winlogbeat leaves version 0 out"),
    ("Qualifiers", "winlogbeat does not ship them"),
    ("Task", "winlogbeat ships the task's text"),
];

/// Returns every field of every vocabulary over Windows names that `event` may be asked for.
fn fields(event: &Event) -> Vec<(Vocabulary, String)> {
    let mut fields: Vec<(Vocabulary, String)> = Vec::new();
    let mut add = |vocabulary, names: &mut dyn Iterator<Item = &str>| {
        fields.extend(names.map(|name| (vocabulary, name.to_owned())));
    };
    add(
        Vocabulary::SplunkAddon,
        &mut addon::TABLE.names().iter().copied(),
    );
    add(
        Vocabulary::Windows,
        &mut windows::TABLE.names().iter().copied(),
    );
    add(
        Vocabulary::Windows,
        &mut event.native().iter().map(|(field, _)| field.name()),
    );
    for dataset in Dataset::ALL {
        if is_member(event, dataset) {
            add(Vocabulary::Cim(dataset), &mut cim::names(dataset));
        }
    }
    fields
}

#[test]
fn a_shipped_document_reads_as_its_event_log() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let nothing = |text: &str| {
        matches!(text, "" | "-" | "{00000000-0000-0000-0000-000000000000}")
            || text.bytes().all(|byte| byte == b'0') && text.len() >= 32
    };
    let lost: BTreeSet<&str> = LOST.iter().map(|(name, _)| *name).collect();
    let (mut compared, mut wrong) = (0, BTreeMap::new());
    for (stem, path, golden) in goldens(&data) {
        if !path.exists() {
            continue;
        }
        for (event, golden) in events(&path).iter().zip(golden) {
            let shipped = event_of(golden);
            for dataset in Dataset::ALL {
                assert_eq!(
                    is_member(event, dataset),
                    is_member(&shipped, dataset),
                    "{stem}: {dataset:?}"
                );
            }
            for (vocabulary, name) in fields(event) {
                compared += 1;
                let ours = shown(event, vocabulary, &name);
                let back = shown(&shipped, vocabulary, &name);
                let same = match (&ours, &back) {
                    (Some(ours), Some(back)) => {
                        let bare = |text: &str| {
                            let text = text.replace("::ffff:", "").replace("\n + ", " + ");
                            let parts =
                                text.split(',').filter(|part| !part.contains("=0000000000"));
                            parts.collect::<Vec<_>>().join(",").trim_end().to_owned()
                        };
                        bare(ours) == bare(back)
                            || name == "QueryResults" && bare(ours).starts_with(&bare(back))
                    }
                    (Some(ours), None) => nothing(ours),
                    (ours, back) => ours == back,
                };
                if !same && !lost.contains(name.as_str()) {
                    wrong.entry(name).or_insert_with(|| {
                        format!("{stem} {} {vocabulary:?}: {ours:?} {back:?}", event.code)
                    });
                }
            }
        }
    }
    assert!(compared > 10_000, "{compared}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
