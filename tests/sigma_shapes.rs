//! One event, every shape: Sigma's rules find the same in an event log and in the documents that winlogbeat ships of it.
//!
//! `cargo test --test sigma_shapes -- --nocapture` prints how many events and detections were compared.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

mod support;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use watchglass::engine::{Engine, Matches};
use watchglass::event::Event;
use watchglass::pipeline::{Found, scan};
use watchglass::rule::RuleSet;
use watchglass::source::listing;

fn events(path: &Path) -> Vec<Arc<Event>> {
    let mut events = Vec::new();
    scan(listing::expand(&[path.to_owned()]), &mut |found| {
        if let Found::Event(event) = found {
            events.push(event);
        }
        ControlFlow::Continue(())
    });
    events
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case(ending))
        {
            found.push(path);
        }
    }
}

/// The titles of the rules that fire on an event.
fn fired(engine: &Engine, event: &Arc<Event>) -> BTreeSet<String> {
    let mut matches = Matches::default();
    engine.observe(event, &mut matches);
    matches
        .detections
        .iter()
        .map(|one| one.rule.name.clone())
        .collect()
}

#[test]
fn documents_fire_what_their_logs_fire() {
    let Some(data) = support::data() else { return };
    let set = RuleSet::load(&[data.join("rules/sigma")]);
    let engine = Engine::new(set.rules.clone());
    let mut paths = Vec::new();
    files(&data.join("ecs-goldens"), "evtx", &mut paths);
    files(&data.join("evtx-attack-samples"), "evtx", &mut paths);
    paths.sort();
    let home = tempfile::tempdir().unwrap();
    let shipped = home.path().join("shipped.ndjson");
    let (mut compared, mut detections, mut wrong) = (0, 0, Vec::new());
    for path in &paths {
        let logged = events(path);
        let lines: Vec<String> = logged
            .iter()
            .map(|event| event.document().to_string() + "\n")
            .collect();
        std::fs::write(&shipped, lines.concat()).unwrap();
        let documents = events(&shipped);
        if documents.len() != logged.len() {
            wrong.push(format!(
                "{}: {} of {} documents",
                path.display(),
                documents.len(),
                logged.len()
            ));
            continue;
        }
        for (event, document) in logged.iter().zip(&documents) {
            compared += 1;
            let (ours, theirs) = (fired(&engine, event), fired(&engine, document));
            detections += ours.len();
            for name in ours.symmetric_difference(&theirs) {
                let side = if ours.contains(name) {
                    "log only"
                } else {
                    "document only"
                };
                wrong.push(format!(
                    "{} {} {:?}: {side}: {name}",
                    path.file_name().unwrap().display(),
                    event.code,
                    event.record_id
                ));
            }
        }
    }
    eprintln!(
        "{} files, {compared} events, {detections} detections, {} differ",
        paths.len(),
        wrong.len()
    );
    assert!(
        compared > 4_000 && detections > 900,
        "{compared} events, {detections} detections"
    );
    assert!(
        wrong.is_empty(),
        "{}",
        wrong.join(
            "
"
        )
    );
}
