//! What all public rules find in the smaller public data sets, held against what they found before.
//!
//! `tests/snapshot/security-datasets.txt` has a line a data set, rule and number of results. A difference fails and is
//! printed; who has reviewed it writes the new file with `WATCHGLASS_SNAPSHOT=write cargo test --test snapshot`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use watchglass::engine::state::States;
use watchglass::engine::{Detection, Engine, Matches};
use watchglass::pipeline::detect::Options;
use watchglass::pipeline::{Caught, detect};
use watchglass::rule::RuleSet;
use watchglass::source::expand;

/// Longest archive that is looked at: all of them would take an unoptimised build too long.
const LONGEST: u64 = 200 << 10;

/// Number of results by data set and rule.
type Counts = BTreeMap<(String, String), u64>;

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshot/security-datasets.txt")
}

fn read(text: &str) -> Counts {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut words = line.split(' ').map(str::to_owned);
            let key = (words.next().unwrap(), words.next().unwrap());
            (key, words.next().unwrap().parse().unwrap())
        })
        .collect()
}

fn written(rules: &str, counts: &Counts) -> String {
    let head =
        "# data set, id of the rule, results: written by the test `snapshot`, to be reviewed\n";
    let lines = counts
        .iter()
        .map(|((file, rule), count)| format!("{file} {rule} {count}\n"));
    head.to_owned() + rules + &lines.collect::<String>()
}

/// What tells results of a rule apart.
fn result(one: &Detection) -> (String, Vec<u8>) {
    let group = one.group.map(|group| group.0.to_vec());
    let key = group.unwrap_or_else(|| one.event.id.0.to_vec());
    (one.rule.id.clone(), key)
}

fn count(engine: &Engine, path: &Path) -> BTreeMap<String, u64> {
    let mut states = States::new(engine.rules());
    let mut matches = Matches::default();
    let listing = expand(&[path.to_owned()]);
    detect(listing, engine, Options::default(), &mut |caught| {
        if let Caught::Matches(mut found) = caught {
            matches.detections.append(&mut found.detections);
            states.take(found.hits.drain(..), &mut matches.detections);
        }
        ControlFlow::Continue(())
    });
    states.finish(&mut matches.detections);
    let results: BTreeSet<_> = matches.detections.iter().map(result).collect();
    let mut counts = BTreeMap::new();
    for (rule, _) in results {
        *counts.entry(rule).or_default() += 1;
    }
    counts
}

#[test]
fn the_rules_find_what_they_found() {
    let Some(data) = support::data() else { return };
    let vendors = ["elastic", "splunk", "sigma"].map(|vendor| data.join("rules").join(vendor));
    let engine = Engine::new(RuleSet::load(&vendors).rules);
    let mut now = Counts::new();
    let mut files = BTreeSet::new();
    for entry in std::fs::read_dir(data.join("security-datasets")).unwrap() {
        let path = entry.unwrap().path();
        let small = path.metadata().unwrap().len() <= LONGEST;
        if path.extension().is_some_and(|ending| ending == "zip") && small {
            let file = path.file_stem().unwrap().to_string_lossy().into_owned();
            let counts = count(&engine, &path).into_iter();
            now.extend(counts.map(|(rule, count)| ((file.clone(), rule), count)));
            files.insert(file);
        }
    }
    eprintln!(
        "{} data sets, {} rules and data sets",
        files.len(),
        now.len()
    );
    let rules = digest(&engine);
    if std::env::var("WATCHGLASS_SNAPSHOT").is_ok_and(|how| how == "write") {
        std::fs::create_dir_all(recorded().parent().unwrap()).unwrap();
        std::fs::write(recorded(), written(&rules, &now)).unwrap();
    }
    let text = std::fs::read_to_string(recorded()).unwrap();
    let mut before = read(&text);
    // Data sets and rules that are on one side only say nothing.
    before.retain(|(file, rule), _| files.contains(file) && loaded(&engine, rule));
    let known: BTreeSet<String> = before.keys().map(|(file, _)| file.clone()).collect();
    now.retain(|(file, _), _| known.contains(file));
    if !text.contains(&rules) {
        eprintln!("other rules than those recorded: what is new is not looked at");
        now.retain(|key, _| before.contains_key(key));
    }
    let differences = differences(&before, &now);
    assert!(
        differences.is_empty(),
        "review, then WATCHGLASS_SNAPSHOT=write cargo test --test snapshot\n{}",
        differences.join("\n")
    );
}

fn loaded(engine: &Engine, id: &str) -> bool {
    engine.rules().iter().any(|rule| rule.id == id)
}

/// Names the set of rules that were loaded.
fn digest(engine: &Engine) -> String {
    let ids: BTreeSet<&str> = engine.rules().iter().map(|rule| &*rule.id).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let hash = blake3::hash(ids.join("\n").as_bytes()).to_hex();
    format!("# {} rules {}\n", ids.len(), &hash[..16])
}

fn differences(before: &Counts, now: &Counts) -> Vec<String> {
    let keys: BTreeSet<_> = before.keys().chain(now.keys()).collect();
    let told = keys.into_iter().filter_map(|key| {
        let (file, rule) = key;
        match (before.get(key), now.get(key)) {
            (Some(old), Some(new)) if old != new => {
                Some(format!("changed {file} {rule}: {old}, now {new}"))
            }
            (Some(old), None) => Some(format!("removed {file} {rule}: {old}")),
            (None, Some(new)) => Some(format!("added   {file} {rule}: {new}")),
            _ => None,
        }
    });
    told.collect()
}

#[test]
fn every_kind_of_difference_is_told() {
    let before = read("# rules\na r1 1\na r2 2\na r3 3\n");
    let now = read("a r1 1\na r2 5\na r4 4\n");
    assert_eq!(
        differences(&before, &now),
        [
            "changed a r2: 2, now 5",
            "removed a r3: 3",
            "added   a r4: 4"
        ]
    );
    assert_eq!(read(&written("# rules\n", &before)), before);
}
