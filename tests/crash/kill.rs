//! `run` and an analyst are killed again and again while the demo is replayed and a log is rotated under load.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use watchglass::alert::Store;
use watchglass::cli::demo::{LIVE_SECONDS, Replay, Scenario};
use watchglass::event::Time;

use crate::storm::{Hits, Storm};
use crate::triage::{self, Analyst};
use crate::{alerts, detect_all, detector};

const KILLS: u64 = 200;

/// Every so many kills one may come while the program still starts.
const EARLY: u64 = 5;

/// From when a detector begins to work, at most so long until the kill.
const WORK: u64 = 250_000;

/// The replay lasts about as long as the kills do.
const REPLAY_SECONDS: f64 = 40.0;

/// A seeded source of instants: the same every time, spread evenly (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// A detector whose first words are listened for.
struct Detector {
    child: Child,
    detects: Receiver<()>,
}

impl Detector {
    fn start(home: &Path, logs: &Path, state: &Path) -> Self {
        let mut child = detector(home, logs, state).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let (tell, detects) = channel();
        thread::spawn(move || {
            let mut line = String::new();
            while said.read_line(&mut line).is_ok_and(|read| read > 0) {
                if line.contains("this process detects") {
                    let _ = tell.send(());
                }
                line.clear();
            }
            let _ = said.read_to_end(&mut Vec::new());
        });
        Self { child, detects }
    }

    /// Waits for the instant and kills.
    fn kill(mut self, random: &mut Random, early: bool) {
        if early {
            thread::sleep(Duration::from_micros(random.below(WORK / 2)));
        } else {
            self.detects
                .recv_timeout(Duration::from_secs(60))
                .expect("it detects");
            thread::sleep(Duration::from_micros(random.below(WORK)));
        }
        self.child.kill().unwrap();
        assert_eq!(self.child.wait().unwrap().code(), None, "it ended itself");
    }
}

impl Drop for Detector {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn two_hundred_kills_lose_nothing_and_double_nothing() {
    let root = tempfile::tempdir().unwrap();
    let (home, logs) = (root.path(), root.path().join("logs"));
    let (state, undisturbed) = (root.path().join("state"), root.path().join("undisturbed"));
    let scenario = Scenario::new(Time::parse("2026-11-24T09:00:00Z").unwrap(), 1);
    let speed = LIVE_SECONDS as f64 / REPLAY_SECONDS;
    let replay = Replay::start(scenario, &logs.join("demo"), speed).unwrap();
    let over = AtomicBool::new(false);
    let mut analysts = Vec::new();
    let storm = thread::scope(|scope| {
        let blowing = scope.spawn(|| {
            let mut storm = Storm::new(logs.join("storm"));
            while !over.load(Ordering::Relaxed) {
                storm.blow(5);
                thread::sleep(Duration::from_millis(20));
            }
            storm.finish();
            storm
        });
        let mut random = Random(2026);
        for round in 0..KILLS {
            let detector = Detector::start(home, &logs, &state);
            // The first analyst comes when there is a state to work in.
            let analyst = (round > 0).then(|| Analyst::start(&state, format!("round {round}")));
            detector.kill(&mut random, round % EARLY == EARLY - 1);
            analysts.extend(analyst.map(Analyst::kill));
        }
        over.store(true, Ordering::Relaxed);
        blowing.join().unwrap()
    });
    replay.wait().unwrap();
    detect_all(home, &logs, &state);
    detect_all(home, &logs, &undisturbed);

    let (kept, wanted) = (alerts(home, &state), alerts(home, &undisturbed));
    for (id, alert) in &wanted {
        assert_eq!(kept.get(id), Some(alert), "{id}");
    }
    assert_eq!(kept.len(), wanted.len(), "alerts of nothing");
    assert_eq!(found(&kept), storm.hits());
    let unreadable = |state| {
        Store::open_read_only(state)
            .unwrap()
            .unreadable(0)
            .unwrap()
            .1
    };
    assert_eq!(unreadable(&undisturbed), storm.garbage);
    assert_eq!(unreadable(&state), storm.garbage);
    triage::check(&state, &analysts);
    let edits: usize = analysts.iter().map(|analyst| analyst.made.len()).sum();
    assert!(edits > 200, "only {edits} edits were made");
    println!(
        "{} alerts, {edits} edits, {:?} of the storm",
        kept.len(),
        storm.hits().single
    );
}

/// The hits on the storm's host.
fn found(alerts: &std::collections::BTreeMap<String, serde_json::Value>) -> Hits {
    let mut hits = Hits {
        single: 0,
        rows: std::collections::BTreeMap::new(),
    };
    for alert in alerts
        .values()
        .filter(|alert| alert["host"] == "ws-storm.example")
    {
        let count = alert["count"].as_u64().unwrap();
        match alert["row"]["process"].as_str() {
            Some(command) => {
                let row = command.split_whitespace().nth(3).unwrap();
                let row = row.trim_end_matches(".dmp").parse().unwrap();
                assert!(hits.rows.insert(row, count).is_none(), "a row twice");
                assert_eq!(alert["row"]["count"], count.to_string());
            }
            None => hits.single += count,
        }
    }
    hits
}
