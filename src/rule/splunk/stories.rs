//! Analytic stories: detections that look for parts of one attack.
//!
//! Takes all rules that were loaded and the stories' files; gives each rule of a story a step that names its siblings
//! and what has become of them, since one that fired too says more than either alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::rule::document::text;
use crate::rule::guide::step;
use crate::rule::{Phase, Rule, RuleState, Step};

/// Most siblings that a step names.
const MAX_NAMED: usize = 5;
/// What [`Rule::annotations`] calls the stories.
pub const ANNOTATION: &str = "Analytic stories";

/// What a story is about, by its name.
pub type Stories = BTreeMap<String, String>;

/// Reads a story's file; `None` when the tree is something else.
#[must_use]
pub fn story(document: &Value) -> Option<(String, String)> {
    document.get("narrative")?;
    let about = text(document, "description").unwrap_or_default();
    Some((text(document, "name")?, about))
}

/// Adds a step for each story of each rule that has siblings in it.
pub fn link(rules: &mut [Arc<Rule>], stories: &Stories) {
    let mut members: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, rule) in rules.iter().enumerate() {
        for name in names(rule) {
            members.entry(name.clone()).or_default().push(place);
        }
    }
    let mut added: Vec<(usize, Step)> = Vec::new();
    for (name, places) in members.iter().filter(|(_, places)| places.len() > 1) {
        for place in places {
            let others = places.iter().filter(|other| *other != place);
            let others: Vec<&Rule> = others.map(|other| &*rules[*other]).collect();
            added.push((*place, sibling_step(name, stories.get(name), &others)));
        }
    }
    for (place, step) in added {
        if let Some(rule) = rules.get_mut(place) {
            Arc::make_mut(rule).guide.steps.push(step);
        }
    }
}

fn names(rule: &Rule) -> &[String] {
    let found = rule.annotations.iter().find(|(kind, _)| kind == ANNOTATION);
    found.map_or(&[], |(_, names)| names)
}

fn sibling_step(story: &str, about: Option<&String>, others: &[&Rule]) -> Step {
    let asked = format!("Story \"{story}\": did other detections of it fire here?");
    // The check mark stays when siblings come and go.
    let id = step(Phase::Investigate, asked.clone(), Vec::new()).id;
    let count = |is: fn(&RuleState) -> bool| others.iter().filter(|rule| is(&rule.state)).count();
    let silent = count(|state| !matches!(state, RuleState::Runs));
    let named: Vec<&str> = others
        .iter()
        .filter(|rule| rule.state == RuleState::Runs)
        .take(MAX_NAMED)
        .map(|rule| rule.name.as_str())
        .collect();
    let mut said = asked;
    if let Some(about) = about.filter(|about| !about.is_empty()) {
        said = format!(
            "{said} {}",
            about.split_whitespace().collect::<Vec<_>>().join(" ")
        );
    }
    let running = others.len() - silent;
    said = format!("{said} {running} run");
    if !named.is_empty() {
        let more = if running > named.len() { ", …" } else { "" };
        said = format!("{said} ({}{more})", named.join(", "));
    }
    if silent > 0 {
        said = format!("{said}; {silent} cannot fire here, so their silence says nothing");
    }
    Step {
        id,
        phase: Phase::Investigate,
        text: said + ".",
        pivots: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::rule::RuleSet;

    #[test]
    fn siblings_are_named_and_silence_is_explained() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| {
            std::fs::write(folder.path().join(name), text).unwrap();
        };
        let detection = |name: &str, search: &str, story: &str| {
            format!(
                "name: {name}\nid: id-{name}\nsearch: {search}\ntags:\n  analytic_story:\n  - {story}\n"
            )
        };
        write("a.yml", detection("Alpha", "EventCode=1", "S"));
        write("b.yml", detection("Beta", "EventCode=2", "S"));
        write(
            "c.yml",
            detection("Gamma", "'| tstats count from datamodel=Web'", "S"),
        );
        write("d.yml", detection("Delta", "EventCode=3", "Lone"));
        write(
            "s.yml",
            "name: S\nnarrative: n\ndescription: About it.\n".to_owned(),
        );
        let set = RuleSet::load(&[PathBuf::from(folder.path())]);
        let steps = |id: &str| {
            let steps = set.get(id).unwrap().guide.steps.iter();
            steps.filter(|step| step.text.starts_with("Story")).count()
        };
        assert_eq!((steps("id-Alpha"), steps("id-Delta")), (1, 0));
        let rule = set.get("id-Alpha").unwrap();
        assert_eq!(
            rule.guide.steps.last().unwrap().text,
            "Story \"S\": did other detections of it fire here? About it. 1 run (Beta); 1 cannot fire here, so \
             their silence says nothing."
        );
    }
}
