//! The store under caps, several analysts, a full disk and a damaged file.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::alert::{ChangeKind, Disposition, Status, StepMark};
use crate::engine::{Engine, Matches};
use crate::event::Time;
use crate::rule::RuleSet;
use crate::source::Content;

struct Bytes(Vec<u8>);

impl Content for Bytes {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.0.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn is_complete(&self) -> bool {
        true
    }
}

/// Returns detections of "Full User-Mode Dumps Enabled System-Wide" (at most 100 alerts in 5 minutes), one a record
/// number, one second apart.
fn detections(numbers: std::ops::Range<u64>) -> Vec<Detection> {
    let start = Time::parse("2026-03-04T05:00:00Z").unwrap().0;
    let lines: Vec<String> = numbers
        .map(|number| {
            let time = Time(start + number as i64 * 1_000_000_000).to_rfc3339_millis();
            let document = json!({
                "@timestamp": time, "event": {"code": "13", "provider": "Microsoft-Windows-Sysmon", "category": ["registry"], "type": ["change"]},
                "host": {"name": "ws1", "os": {"type": "windows"}}, "user": {"name": "ana"},
                "registry": {"path": "HKLM\\SOFTWARE\\Microsoft\\Windows\\Windows Error Reporting\\LocalDumps\\DumpType",
                    "value": "DumpType", "data": {"strings": ["2"]}},
                "winlog": {"channel": "Microsoft-Windows-Sysmon/Operational", "computer_name": "ws1", "record_id": number, "event_id": "13"},
            });
            format!("{document}\n")
        })
        .collect();
    let engine = Engine::new(RuleSet::builtin().rules);
    let mut found = Matches::default();
    let mut content = Bytes(lines.concat().into_bytes());
    let mut decoder = crate::decode::Decoder::new(Path::new("log.ndjson").into(), None);
    let budget = crate::decode::Budget {
        records: u64::MAX as usize,
        bytes: u64::MAX,
    };
    decoder
        .read(&mut content, 0, budget, &mut |item| {
            if let crate::decode::Item::Record(record) = item {
                let event = crate::event::Event::from_record(*record).unwrap();
                engine.observe(&std::sync::Arc::new(event), &mut found);
            }
        })
        .unwrap();
    found.detections
}

pub(super) fn batch(numbers: std::ops::Range<u64>, cap: bool) -> Batch {
    Batch {
        detections: detections(numbers),
        cap,
        ..Batch::default()
    }
}

fn who(name: &str) -> Who {
    Who {
        name: name.to_owned(),
        session: "test".to_owned(),
    }
}

/// What an analyst sees of every alert.
fn seen(store: &Store) -> Vec<String> {
    let mut rows = store.rows_since(0).unwrap();
    rows.sort_by_key(|row| row.id);
    rows.iter()
        .map(|row| {
            let alert = store.alert(row.id).unwrap().unwrap();
            format!(
                "{:?} {:?} {:?} {:?} {:?}",
                alert.status, alert.disposition, alert.owner, alert.steps, alert.notes
            )
        })
        .collect()
}

#[test]
fn past_the_cap_every_event_is_counted_in_one_alert() {
    let mut store = Store::in_memory().unwrap();
    // 5:00:00 to 5:04:09: one interval.
    let done = store.commit(&batch(0..250, true)).unwrap();
    assert_eq!((done.new_alerts, done.overflowed), (101, 150));
    let rows = store.rows_since(0).unwrap();
    let overflow: Vec<_> = rows.iter().filter(|row| row.overflow).collect();
    assert_eq!(
        (rows.len(), overflow.len(), overflow[0].count),
        (101, 1, 150)
    );
    assert_eq!(rows.iter().map(|row| row.count).sum::<u64>(), 250);
    let alert = store.alert(overflow[0].id).unwrap().unwrap();
    assert!(
        alert
            .message
            .contains("150 more matches than the cap of 100"),
        "{}",
        alert.message
    );
    // The same again, whole or in parts, changes nothing.
    let before = store.rows_since(0).unwrap();
    for again in [0..250, 90..110, 240..250] {
        let length = (again.end - again.start) as usize;
        let done = store.commit(&batch(again, true)).unwrap();
        assert_eq!(
            (done.new_alerts, done.grown_alerts, done.repeated),
            (0, 0, length)
        );
    }
    assert_eq!(store.rows_since(0).unwrap(), before);
    // The next interval has its own hundred.
    let done = store.commit(&batch(300..450, true)).unwrap();
    assert_eq!((done.new_alerts, done.overflowed), (101, 50));
}

#[test]
fn without_the_cap_each_match_is_an_alert() {
    let mut store = Store::in_memory().unwrap();
    assert_eq!(store.commit(&batch(0..250, false)).unwrap().new_alerts, 250);
}

#[test]
fn a_closed_alert_that_goes_on_opens_again_and_says_who_did_it() {
    let mut store = Store::in_memory().unwrap();
    store.commit(&batch(0..150, true)).unwrap();
    let rows = store.rows_since(0).unwrap();
    let id = rows.iter().find(|row| row.overflow).unwrap().id;
    let close = Edit::SetStatus {
        status: Status::Closed,
        disposition: Some(Disposition::FalsePositive),
    };
    store.edit(&who("ana"), &[id], &close).unwrap();
    let revision = store
        .rows_since(0)
        .unwrap()
        .iter()
        .map(|row| row.revision)
        .max()
        .unwrap();
    store.commit(&batch(150..151, true)).unwrap();
    let row = store
        .rows_since(revision)
        .unwrap()
        .into_iter()
        .find(|row| row.id == id)
        .unwrap();
    assert_eq!(
        (row.status, row.disposition, row.count),
        (Status::Open, None, 51)
    );
    let last = store.history(id).unwrap().pop().unwrap();
    assert_eq!(
        (last.kind, last.who.name.as_str(), last.before),
        (ChangeKind::Automatic, Who::WATCHGLASS, close)
    );
    // What watchglass did since is not undone by undoing what came before.
    assert!(matches!(
        store.undo(&who("ana")),
        Err(StoreError::ChangedSince { .. })
    ));
}

#[test]
fn the_history_only_grows_whatever_sql_is_tried() {
    let mut store = Store::in_memory().unwrap();
    store.commit(&batch(0..1, true)).unwrap();
    let id = store.rows_since(0).unwrap()[0].id;
    let owner = Edit::SetOwner {
        owner: Some("bo".into()),
    };
    store.edit(&who("ana"), &[id], &owner).unwrap();
    for sql in [
        "DELETE FROM history",
        "UPDATE history SET edit = '{}'",
        "INSERT OR REPLACE INTO history SELECT * FROM history",
        "DELETE FROM change",
        "UPDATE change SET who = 'eve'",
        "UPDATE change SET time = 0",
        "INSERT OR REPLACE INTO change SELECT * FROM change",
    ] {
        let error = store.connection.execute_batch(sql).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    assert_eq!(store.history(id).unwrap().len(), 1);
}

#[test]
fn a_full_disk_changes_nothing_and_the_same_batch_goes_in_later() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.commit(&batch(0..10, false)).unwrap();
    let (rows, positions) = (store.rows_since(0).unwrap(), store.positions().unwrap());
    let pages: i64 = store
        .connection
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    let limit = |store: &Store, pages: i64| {
        store
            .connection
            .pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0))
            .unwrap()
    };
    limit(&store, pages + 1);
    let more = batch(10..400, false);
    for _ in 0..3 {
        let error = store.commit(&more).unwrap_err();
        assert!(matches!(error, StoreError::DiskFull { .. }), "{error}");
        let said = error.to_string();
        assert!(
            said.contains("watchglass.db") && said.contains("free some space"),
            "{said}"
        );
        assert_eq!(store.rows_since(0).unwrap(), rows);
        assert_eq!(store.positions().unwrap(), positions);
    }
    let long = Edit::WriteNote {
        note: None,
        step: None,
        text: "n".repeat(60_000),
    };
    let error = store.edit(&who("ana"), &[rows[0].id], &long).unwrap_err();
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error}");
    assert!(store.history(rows[0].id).unwrap().is_empty());
    limit(&store, 1_000_000);
    assert_eq!(store.commit(&more).unwrap().new_alerts, 390);
    assert_eq!(store.rows_since(0).unwrap().len(), 400);
    store.edit(&who("ana"), &[rows[0].id], &long).unwrap();
}

#[test]
fn a_damaged_a_foreign_and_a_newer_file_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE);
    let mut store = Store::open(dir.path()).unwrap();
    store.commit(&batch(0..200, false)).unwrap();
    drop(store);
    let whole = fs::read(&path).unwrap();
    // Every page after the first is overwritten.
    let mut damaged = whole.clone();
    damaged[4096..].fill(0x5a);
    fs::write(&path, &damaged).unwrap();
    let read = Store::open_read_only(dir.path()).and_then(|store| store.rows_since(0));
    let said = read.unwrap_err().to_string();
    assert!(
        said.contains("damaged") && said.contains("move it away"),
        "{said}"
    );
    fs::write(&path, "a text file, and by no means a database of any kind").unwrap();
    for error in [
        Store::open(dir.path()).unwrap_err(),
        Store::open_read_only(dir.path()).unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    }
    fs::write(&path, &whole).unwrap();
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(
        matches!(error, StoreError::Newer { found: 99, .. }),
        "{error}"
    );
}

#[test]
fn a_writer_waits_for_another_and_then_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store
        .connection
        .busy_timeout(Duration::from_millis(50))
        .unwrap();
    let other = Store::open(dir.path()).unwrap();
    other.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.commit(&batch(0..1, true)).unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    other.connection.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.commit(&batch(0..1, true)).unwrap().new_alerts, 1);
}

#[test]
fn what_stands_for_good_is_not_undone_from_below() {
    let mut store = Store::in_memory().unwrap();
    store.commit(&batch(0..1, true)).unwrap();
    let id = store.rows_since(0).unwrap()[0].id;
    let owner = |name: &str| Edit::SetOwner {
        owner: Some(name.into()),
    };
    let now = |store: &Store| store.alert(id).unwrap().unwrap().owner.unwrap();
    store.edit(&who("ana"), &[id], &owner("one")).unwrap();
    store.edit(&who("ana"), &[id], &owner("two")).unwrap();
    store.edit(&who("bo"), &[id], &owner("three")).unwrap();
    // Bo's change is in the way of Ana's second, which then stands for good; her first lies below it.
    assert!(matches!(
        store.undo(&who("ana")),
        Err(StoreError::ChangedSince { .. })
    ));
    store.undo(&who("bo")).unwrap();
    assert_eq!(now(&store), "two");
    assert!(matches!(
        store.undo(&who("ana")),
        Err(StoreError::ChangedSince { .. })
    ));
    assert_eq!(now(&store), "two");
    assert!(store.undo(&who("ana")).unwrap().is_none());
}

#[test]
fn several_edits_are_one_change_for_undo_and_redo() {
    let mut store = Store::in_memory().unwrap();
    store.commit(&batch(0..2, true)).unwrap();
    let ids: Vec<AlertId> = store
        .rows_since(0)
        .unwrap()
        .iter()
        .map(|row| row.id)
        .collect();
    let edits = [
        Edit::WriteNote {
            note: None,
            step: None,
            text: "the scanner".into(),
        },
        Edit::SetStatus {
            status: Status::Closed,
            disposition: Some(Disposition::FalsePositive),
        },
    ];
    let before = seen(&store);
    let change = store.edit_all(&who("ana"), &ids, &edits).unwrap();
    assert_eq!((change.edits.len(), change.alerts.len()), (2, 2));
    let after = seen(&store);
    assert!(
        after
            .iter()
            .all(|alert| alert.contains("the scanner") && alert.contains("Closed"))
    );
    let undone = store.undo(&who("ana")).unwrap().unwrap();
    assert_eq!(undone.edits, edits);
    let status = |alert: &String| alert.contains("Open");
    assert!(seen(&store).iter().all(status) && before.iter().all(status));
    assert!(
        store
            .alert(ids[0])
            .unwrap()
            .unwrap()
            .notes
            .iter()
            .all(|note| note.text.is_empty())
    );
    assert_eq!(store.undo(&who("ana")).unwrap(), None);
    store.redo(&who("ana")).unwrap().unwrap();
    assert_eq!(seen(&store), after);
}

#[test]
fn a_database_that_was_deleted_takes_no_change() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let mut store = Store::open(&state).unwrap();
    store.commit(&batch(0..1, true)).unwrap();
    let ids: Vec<AlertId> = store
        .rows_since(0)
        .unwrap()
        .iter()
        .map(|row| row.id)
        .collect();
    let owner = |name: &str| Edit::SetOwner {
        owner: Some(name.into()),
    };
    let aside = dir.path().join("aside");
    fs::rename(&state, &aside).unwrap();
    for made in [
        store.edit(&who("ana"), &ids, &owner("ana")).map(|_| ()),
        store.undo(&who("ana")).map(|_| ()),
        store.commit(&batch(1..2, true)).map(|_| ()),
    ] {
        let error = made.unwrap_err();
        assert!(matches!(error, StoreError::Gone { .. }), "{error}");
        assert!(
            error.to_string().contains(state.to_str().unwrap()),
            "{error}"
        );
    }
    // Another one in its place is not this one; put back, all goes on.
    drop(Store::open(&state).unwrap());
    assert!(store.edit(&who("ana"), &ids, &owner("ana")).is_err());
    fs::remove_dir_all(&state).unwrap();
    fs::rename(&aside, &state).unwrap();
    store.edit(&who("ana"), &ids, &owner("ana")).unwrap();
}

#[test]
fn an_id_is_found_by_its_beginning() {
    let mut store = Store::in_memory().unwrap();
    store.commit(&batch(0..20, false)).unwrap();
    for row in store.rows_since(0).unwrap() {
        let link = row.id.link();
        assert_eq!(store.find(&link[3..]).unwrap(), [row.id]);
        assert_eq!(store.find(&row.id.to_string()).unwrap(), [row.id]);
    }
    assert_eq!(store.find("").unwrap().len(), FOUND);
    assert!(store.find("xyz").unwrap().is_empty());
}

/// What an analyst does.
#[derive(Debug, Clone)]
enum Act {
    Edit(Vec<usize>, Edit),
    Undo,
    Redo,
}

fn acts() -> impl Strategy<Value = Vec<(bool, Act)>> {
    let status = prop_oneof![
        Just((Status::Open, None)),
        Just((Status::Acknowledged, None)),
        Just((Status::Closed, Some(Disposition::Other))),
        Just((Status::Closed, Some(Disposition::Duplicate))),
    ];
    let edit = prop_oneof![
        status.prop_map(|(status, disposition)| Edit::SetStatus {
            status,
            disposition
        }),
        proptest::option::of("[ab]").prop_map(|owner| Edit::SetOwner { owner }),
        (
            "[st]",
            proptest::option::of(prop_oneof![
                Just(StepMark::Done),
                Just(StepMark::NotApplicable)
            ])
        )
            .prop_map(|(step, mark)| Edit::MarkStep { step, mark }),
        "[xy]{0,2}".prop_map(|text| Edit::WriteNote {
            note: None,
            step: None,
            text
        }),
    ];
    let act = prop_oneof![
        4 => (proptest::collection::vec(0..3_usize, 1..4), edit).prop_map(|(which, edit)| Act::Edit(which, edit)),
        2 => Just(Act::Undo),
        1 => Just(Act::Redo),
    ];
    proptest::collection::vec((any::<bool>(), act), 1..25)
}

/// Replays the history of an alert from nothing: each entry must begin where the one before it left off.
fn implied(history: &[HistoryEntry]) -> Vec<String> {
    let mut facets: std::collections::BTreeMap<String, Edit> = std::collections::BTreeMap::new();
    for entry in history {
        let facet = match &entry.edit {
            Edit::SetStatus { .. } => "status".to_owned(),
            Edit::SetOwner { .. } => "owner".to_owned(),
            Edit::MarkStep { step, .. } => format!("step {step}"),
            Edit::WriteNote { note, .. } => format!("note {note:?}"),
        };
        if let Some(was) = facets.insert(facet, entry.edit.clone()) {
            assert_eq!(was, entry.before, "a break in the history");
        }
    }
    facets
        .into_values()
        .filter_map(|edit| stands(&edit))
        .collect()
}

/// Returns what an edit leaves, `None` when that is what a new alert has.
fn stands(edit: &Edit) -> Option<String> {
    match edit {
        Edit::SetStatus {
            status: Status::Open,
            ..
        }
        | Edit::SetOwner { owner: None }
        | Edit::MarkStep { mark: None, .. } => None,
        Edit::WriteNote { text, .. } if text.is_empty() => None,
        other => Some(format!("{other:?}")),
    }
}

/// Returns the state of an alert as the edits that would make it.
fn current(store: &Store, id: AlertId) -> Vec<String> {
    let alert = store.alert(id).unwrap().unwrap();
    let (status, disposition) = (alert.status, alert.disposition);
    let notes = alert.notes.into_iter().map(|note| Edit::WriteNote {
        note: Some(note.id),
        step: note.step,
        text: note.text,
    });
    let steps = alert.steps.into_iter().map(|(step, mark)| Edit::MarkStep {
        step,
        mark: Some(mark),
    });
    let rest = [
        Edit::SetStatus {
            status,
            disposition,
        },
        Edit::SetOwner { owner: alert.owner },
    ];
    let mut edits: Vec<String> = notes
        .chain(steps)
        .chain(rest)
        .filter_map(|edit| stands(&edit))
        .collect();
    edits.sort();
    edits
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_state_is_what_the_history_implies(acts in acts()) {
        let mut store = Store::in_memory().unwrap();
        store.commit(&batch(0..3, false)).unwrap();
        let ids: Vec<AlertId> = store.rows_since(0).unwrap().iter().map(|row| row.id).collect();
        let untouched = seen(&store);
        let mut refused = false;
        for (first, act) in acts {
            let who = who(if first { "ana" } else { "bo" });
            match act {
                Act::Edit(which, edit) => {
                    let which: Vec<AlertId> = which.into_iter().map(|at| ids[at]).collect();
                    let before = seen(&store);
                    let change = store.edit(&who, &which, &edit).unwrap();
                    let after = seen(&store);
                    prop_assert_eq!(change.alerts.is_empty(), before == after);
                    if !change.alerts.is_empty() {
                        // At once undone and made again: there and back.
                        store.undo(&who).unwrap();
                        prop_assert_eq!(&seen(&store), &before);
                        store.redo(&who).unwrap();
                        prop_assert_eq!(&seen(&store), &after);
                    }
                }
                Act::Undo => refused |= store.undo(&who).is_err(),
                Act::Redo => refused |= store.redo(&who).is_err(),
            }
            for id in &ids {
                let mut implied = implied(&store.history(*id).unwrap());
                implied.sort();
                prop_assert_eq!(implied, current(&store, *id));
            }
        }
        // Each takes back all of their own; where nobody was in the other's way nothing is left.
        for name in ["ana", "bo", "ana", "bo"] {
            loop {
                match store.undo(&who(name)) {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(StoreError::ChangedSince { .. }) => refused = true,
                    Err(other) => return Err(TestCaseError::fail(other.to_string())),
                }
            }
        }
        if !refused {
            prop_assert_eq!(seen(&store), untouched);
        }
    }
}

#[test]
fn an_older_store_is_read_as_it_is_and_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.commit(&batch(0..3, false)).unwrap();
    store
        .connection
        .execute_batch(
            "DROP TABLE settled; DROP TABLE held_back; DROP TABLE memory; DROP TABLE journal; DROP TABLE held;
             DROP TABLE state;
             PRAGMA user_version = 1",
        )
        .unwrap();
    drop(store);
    let read = Store::open_read_only(dir.path()).unwrap();
    assert_eq!(read.rows_since(0).unwrap().len(), 3);
    drop(read);
    let mut store = Store::open(dir.path()).unwrap();
    assert_eq!(store.rows_since(0).unwrap().len(), 3);
    assert!(store.recall().unwrap().events.is_empty());
    store.commit(&batch(3..5, false)).unwrap();
    assert_eq!(store.rows_since(0).unwrap().len(), 5);
}
