//! An analyst at work who is killed too: edits one after the other, each told once it is made.
//!
//! The analyst is this test's own program, so that the kill hits a process in the middle of its transaction.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde::{Deserialize, Serialize};
use watchglass::alert::{
    Alert, AlertId, ChangeKind, Disposition, Edit, Status, StepMark, Store, StoreError, Who,
};

const STATE: &str = "WATCHGLASS_TEST_STATE";
const SESSION: &str = "WATCHGLASS_TEST_SESSION";

/// An edit that the store has confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    alert: String,
    edit: Edit,
}

/// A running analyst.
pub struct Analyst {
    session: String,
    child: Child,
}

impl Analyst {
    pub fn start(state: &Path, session: String) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "triage::edits_until_it_is_killed"])
            .args(["--nocapture", "--test-threads=1"])
            .env(STATE, state)
            .env(SESSION, &session)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { session, child }
    }

    pub fn kill(mut self) -> Confirmed {
        self.child.kill().unwrap();
        let mut said = String::new();
        let mut stdout = self.child.stdout.take().unwrap();
        stdout.read_to_string(&mut said).unwrap();
        assert_eq!(
            self.child.wait().unwrap().code(),
            None,
            "it ended itself: {said}"
        );
        // A line that the kill cut was not told.
        let whole = said.rfind('\n').map_or("", |end| &said[..end]);
        let made = whole.lines().filter(|line| line.starts_with('{'));
        Confirmed {
            session: std::mem::take(&mut self.session),
            made: made
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
        }
    }
}

impl Drop for Analyst {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What one analyst was told, in order.
pub struct Confirmed {
    session: String,
    pub made: Vec<Made>,
}

/// Checks that every confirmed edit is in the history exactly once and in order, that at most the one which the kill
/// interrupted is there besides, and that each alert stands as its history says.
pub fn check(state: &Path, analysts: &[Confirmed]) {
    let store = Store::open_read_only(state).unwrap();
    let mut by_session: HashMap<String, Vec<(i64, Made)>> = HashMap::new();
    for row in store.rows_since(0).unwrap() {
        let alert = store.alert(row.id).unwrap().unwrap();
        let mut latest = Latest::default();
        for entry in store.history(row.id).unwrap() {
            latest.take(&entry.edit);
            // Who acknowledges becomes the owner, by the same edit.
            let asked_for = !matches!(entry.edit, Edit::SetOwner { .. });
            if entry.kind == ChangeKind::Edit && asked_for {
                let made = Made {
                    alert: row.id.to_string(),
                    edit: as_asked(entry.edit),
                };
                let session = by_session.entry(entry.who.session).or_default();
                session.push((entry.seq, made));
            }
        }
        latest.assert_is(&alert);
    }
    for confirmed in analysts {
        let mut found = by_session.remove(&confirmed.session).unwrap_or_default();
        found.sort_by_key(|(seq, _)| *seq);
        let found: Vec<Made> = found.into_iter().map(|(_, made)| made).collect();
        let told = confirmed.made.len();
        assert!(
            found.starts_with(&confirmed.made) && found.len() <= told + 1,
            "{}: told of {:?}, kept {found:?}",
            confirmed.session,
            confirmed.made
        );
    }
    assert!(by_session.is_empty(), "edits that nobody made");
}

/// The history names the note that was made.
fn as_asked(edit: Edit) -> Edit {
    match edit {
        Edit::WriteNote { step, text, .. } => Edit::WriteNote {
            note: None,
            step,
            text,
        },
        other => other,
    }
}

/// What a history leaves an alert as.
#[derive(Default)]
struct Latest {
    status: Status,
    disposition: Option<Disposition>,
    owner: Option<String>,
    steps: HashMap<String, StepMark>,
    notes: Vec<String>,
}

impl Latest {
    fn take(&mut self, edit: &Edit) {
        match edit.clone() {
            Edit::SetStatus {
                status,
                disposition,
            } => {
                self.status = status;
                self.disposition = disposition;
            }
            Edit::SetOwner { owner } => self.owner = owner,
            Edit::MarkStep { step, mark } => {
                match mark {
                    Some(mark) => self.steps.insert(step, mark),
                    None => self.steps.remove(&step),
                };
            }
            Edit::WriteNote { text, .. } => self.notes.push(text),
        }
    }

    fn assert_is(self, alert: &Alert) {
        assert_eq!(alert.status, self.status, "{}", alert.id);
        assert_eq!(alert.disposition, self.disposition, "{}", alert.id);
        assert_eq!(alert.owner, self.owner, "{}", alert.id);
        let steps: HashMap<String, StepMark> = alert.steps.iter().cloned().collect();
        assert_eq!(steps, self.steps, "{}", alert.id);
        let mut notes: Vec<&String> = alert.notes.iter().map(|note| &note.text).collect();
        let mut written: Vec<&String> = self.notes.iter().collect();
        notes.sort();
        written.sort();
        assert_eq!(notes, written, "{}", alert.id);
    }
}

#[test]
#[ignore = "is the program of another test"]
fn edits_until_it_is_killed() {
    let Some(state) = std::env::var_os(STATE) else {
        return;
    };
    let session = std::env::var(SESSION).unwrap();
    let who = Who {
        name: "ana".to_owned(),
        session: session.clone(),
    };
    let mut store = Store::open(Path::new(&state)).unwrap();
    println!();
    let mut seed = usize::from(blake3::hash(session.as_bytes()).as_bytes()[0]);
    for number in 0_usize.. {
        let rows = store.rows_since(0).unwrap();
        if rows.is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(5));
            continue;
        }
        seed = (seed + 97) % rows.len();
        let row = &rows[seed];
        let edit = edit(&session, number);
        // An alert that is already so does not change, and is not told of.
        let change = match store.edit(&who, &[row.id], &edit) {
            Ok(change) => change,
            Err(StoreError::Busy { .. }) => continue,
            Err(error) => panic!("{error}"),
        };
        change.alerts.iter().for_each(|id| tell(*id, &edit));
    }
}

fn tell(alert: AlertId, edit: &Edit) {
    let made = Made {
        alert: alert.to_string(),
        edit: edit.clone(),
    };
    println!("{}", serde_json::to_string(&made).unwrap());
    std::io::stdout().flush().unwrap();
}

fn edit(session: &str, number: usize) -> Edit {
    let step = format!("step-{}", number % 7);
    match number % 6 {
        0 | 3 => Edit::WriteNote {
            note: None,
            step: number.is_multiple_of(2).then_some(step),
            text: format!("{session}, note {number}"),
        },
        1 => Edit::MarkStep {
            step,
            mark: Some(StepMark::Done),
        },
        2 => Edit::MarkStep {
            step,
            mark: Some(StepMark::NotApplicable),
        },
        4 => Edit::MarkStep { step, mark: None },
        _ if number % 4 == 1 => Edit::SetStatus {
            status: Status::Closed,
            disposition: Some(Disposition::FalsePositive),
        },
        _ => Edit::SetStatus {
            status: Status::Acknowledged,
            disposition: None,
        },
    }
}
