//! Edits, undo and redo: every change has its inverse in an append-only history.
//!
//! A *change* is what one key press asked for, on one alert or many; an *entry* is one facet of one alert set
//! from one state to another. Undo applies the entries' inverses, and is itself a change.

use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, from_json, read, to_json};
use crate::alert::{
    AlertId, Change, ChangeKind, Disposition, Edit, HistoryEntry, Status, StepMark, Who,
};
use crate::event::Time;

/// Longest note, in bytes: a page of text many times over, and no place to paste a log.
const NOTE_BYTES: usize = 64 * 1024;

/// `change.state`; see `tables/1.sql`.
mod state {
    pub const STANDS: i64 = 0;
    pub const UNDONE: i64 = 1;
    pub const UNDONE_FOR_GOOD: i64 = 2;
    pub const STANDS_FOR_GOOD: i64 = 3;
}

/// Makes `edits` on each alert as one change; see [`super::Store::edit_all`].
pub(super) fn edit(
    transaction: &Connection,
    who: &Who,
    ids: &[AlertId],
    edits: &[Edit],
) -> Result<Change, StoreError> {
    let edits: Vec<Edit> = edits.iter().map(checked).collect::<Result<_, _>>()?;
    let mut writer = Writer::new(transaction, who, ChangeKind::Edit, None, &edits)?;
    for &id in ids {
        let alert = number(transaction, id)?;
        for edit in &edits {
            let changed = writer.apply(id, alert, edit)?;
            // Who acknowledges takes the alert; part of the same change, so one undo gives it back.
            if changed && acknowledges(edit) && read::owner(transaction, alert)?.is_none() {
                let owner = Some(who.name.clone());
                writer.apply(id, alert, &Edit::SetOwner { owner })?;
            }
        }
    }
    if writer.change.is_some() {
        // A new edit ends what could be redone.
        transaction
            .prepare_cached(
                "UPDATE change SET state = ?3 WHERE kind = 'edit' AND who = ?1 AND state = ?2",
            )?
            .execute(params![who.name, state::UNDONE, state::UNDONE_FOR_GOOD])?;
    }
    Ok(writer.finish())
}

/// Takes back the last standing change of `who`; `Err` inside names who changed it since.
pub(super) fn undo(
    transaction: &Connection,
    who: &Who,
) -> Result<Option<Result<Change, String>>, StoreError> {
    let last = "SELECT max(id) FROM change WHERE kind = 'edit' AND who = ?1 AND state = ?2";
    let Some(target) = target(transaction, last, who, state::STANDS)? else {
        return Ok(None);
    };
    let other = changed_since(transaction, who, target)?;
    if let Some(other) = or_else(other, || stands_otherwise(transaction, target, "edit"))? {
        set_state(transaction, target, state::STANDS_FOR_GOOD)?;
        return Ok(Some(Err(other)));
    }
    let mut entries = entries(transaction, target)?;
    entries.reverse();
    let change = replay(transaction, who, ChangeKind::Undo, target, &entries)?;
    set_state(transaction, target, state::UNDONE)?;
    Ok(Some(Ok(change)))
}

/// Makes the last undone change of `who` again; `Err` inside names who changed it since.
pub(super) fn redo(
    transaction: &Connection,
    who: &Who,
) -> Result<Option<Result<Change, String>>, StoreError> {
    let next = "SELECT min(id) FROM change WHERE kind = 'edit' AND who = ?1 AND state = ?2";
    let Some(target) = target(transaction, next, who, state::UNDONE)? else {
        return Ok(None);
    };
    let other = changed_since(transaction, who, target)?;
    if let Some(other) = or_else(other, || stands_otherwise(transaction, target, "before"))? {
        set_state(transaction, target, state::UNDONE_FOR_GOOD)?;
        return Ok(Some(Err(other)));
    }
    let entries = entries(transaction, target)?;
    let change = replay(transaction, who, ChangeKind::Redo, target, &entries)?;
    set_state(transaction, target, state::STANDS)?;
    Ok(Some(Ok(change)))
}

/// Opens a closed alert that a new event hit: what was closed and goes on must not vanish.
pub(super) fn reopen(transaction: &Connection, id: AlertId, alert: i64) -> Result<(), StoreError> {
    let who = Who {
        name: Who::WATCHGLASS.to_owned(),
        session: String::new(),
    };
    let edit = Edit::SetStatus {
        status: Status::Open,
        disposition: None,
    };
    let edits = std::slice::from_ref(&edit);
    let mut writer = Writer::new(transaction, &who, ChangeKind::Automatic, None, edits)?;
    writer.apply(id, alert, &edit)?;
    Ok(())
}

/// Returns every entry of an alert, oldest first.
pub(super) fn of_alert(
    connection: &Connection,
    id: AlertId,
) -> Result<Vec<HistoryEntry>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, time, who, session, kind, history.edit, before
         FROM history JOIN change ON change.id = history.change
         WHERE alert = (SELECT num FROM alert WHERE alert.id = ?1) ORDER BY seq",
    )?;
    let mut rows = statement.query([id])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(HistoryEntry {
            seq: row.get(0)?,
            time: row.get(1)?,
            who: Who {
                name: row.get(2)?,
                session: row.get(3)?,
            },
            kind: kind_of(&row.get::<_, String>(4)?),
            edit: from_json(&row.get::<_, String>(5)?, "history", id)?,
            before: from_json(&row.get::<_, String>(6)?, "history", id)?,
        });
    }
    Ok(entries)
}

/// Refuses what no alert can be set to, and drops what means nothing (the disposition of an open alert).
fn checked(edit: &Edit) -> Result<Edit, StoreError> {
    match edit {
        Edit::SetStatus {
            status: Status::Closed,
            disposition: None,
        } => Err(StoreError::NeedsDisposition),
        Edit::SetStatus { status, .. } if *status != Status::Closed => Ok(Edit::SetStatus {
            status: *status,
            disposition: None,
        }),
        Edit::WriteNote { text, .. } if text.len() > NOTE_BYTES => Err(StoreError::NoteTooLong {
            length: text.len(),
            limit: NOTE_BYTES,
        }),
        other => Ok(other.clone()),
    }
}

/// The word in `change.kind`.
fn kind_name(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Edit => "edit",
        ChangeKind::Undo => "undo",
        ChangeKind::Redo => "redo",
        ChangeKind::Automatic => "automatic",
    }
}

fn kind_of(name: &str) -> ChangeKind {
    match name {
        "undo" => ChangeKind::Undo,
        "redo" => ChangeKind::Redo,
        "automatic" => ChangeKind::Automatic,
        _ => ChangeKind::Edit,
    }
}

fn acknowledges(edit: &Edit) -> bool {
    matches!(
        edit,
        Edit::SetStatus {
            status: Status::Acknowledged,
            ..
        }
    )
}

/// Applies edits of one change and writes their entries.
struct Writer<'a> {
    transaction: &'a Connection,
    who: &'a Who,
    kind: ChangeKind,
    target: Option<i64>,
    edits: &'a [Edit],
    /// The row in `change`; made with the first entry, so that a change of nothing leaves no trace.
    change: Option<i64>,
    revision: u64,
    time: Time,
    alerts: Vec<AlertId>,
}

impl<'a> Writer<'a> {
    fn new(
        transaction: &'a Connection,
        who: &'a Who,
        kind: ChangeKind,
        target: Option<i64>,
        edits: &'a [Edit],
    ) -> Result<Self, StoreError> {
        Ok(Self {
            transaction,
            who,
            kind,
            target,
            edits,
            change: None,
            revision: read::revision(transaction)?,
            time: Time(jiff::Timestamp::now().as_nanosecond() as i64),
            alerts: Vec::new(),
        })
    }

    /// Returns whether `edit` changed anything.
    fn apply(&mut self, id: AlertId, alert: i64, edit: &Edit) -> Result<bool, StoreError> {
        let Some(entry) = set(self.transaction, alert, edit, self.who, self.time)? else {
            return Ok(false);
        };
        let change = match self.change {
            Some(change) => change,
            None => self.begin()?,
        };
        self.transaction
            .prepare_cached(
                "INSERT INTO history (change, alert, facet, edit, before)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                change,
                alert,
                entry.facet,
                to_json(&entry.edit)?,
                to_json(&entry.before)?
            ])?;
        if self.alerts.last() != Some(&id) {
            self.alerts.push(id);
        }
        self.revision += 1;
        self.transaction
            .prepare_cached(
                "UPDATE alert SET revision = ?2,
                 steps_done = (SELECT count(*) FROM step WHERE step.alert = num) WHERE num = ?1",
            )?
            .execute(params![alert, self.revision])?;
        Ok(true)
    }

    fn begin(&mut self) -> Result<i64, StoreError> {
        let change = self
            .transaction
            .prepare_cached(
                "INSERT INTO change (time, who, session, kind, target, edit, state)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .insert(params![
                self.time,
                self.who.name,
                self.who.session,
                kind_name(self.kind),
                self.target,
                asked_to_json(self.edits)?,
                state::STANDS
            ])?;
        self.change = Some(change);
        Ok(change)
    }

    fn finish(self) -> Change {
        Change {
            kind: self.kind,
            edits: self.edits.to_vec(),
            alerts: self.alerts,
        }
    }
}

/// What a change was asked for, in `change.edit`: an object for one edit, a list for several.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Asked {
    Several(Vec<Edit>),
    One(Edit),
}

fn asked_to_json(edits: &[Edit]) -> Result<String, StoreError> {
    match edits {
        [one] => to_json(one),
        several => to_json(&several),
    }
}

/// One facet of one alert, set from one state to another.
struct Entry {
    facet: String,
    edit: Edit,
    before: Edit,
}

/// Sets one facet; `None` when it is so already.
fn set(
    transaction: &Connection,
    alert: i64,
    edit: &Edit,
    who: &Who,
    time: Time,
) -> Result<Option<Entry>, StoreError> {
    let entry = match edit {
        Edit::SetStatus {
            status,
            disposition,
        } => set_status(transaction, alert, *status, *disposition)?,
        Edit::SetOwner { owner } => set_owner(transaction, alert, owner.as_deref())?,
        Edit::MarkStep { step, mark } => mark_step(transaction, alert, step, *mark)?,
        Edit::WriteNote { note, step, text } => match note {
            Some(note) => rewrite_note(transaction, alert, *note, text)?,
            None => write_note(transaction, alert, step.as_deref(), text, who, time)?,
        },
    };
    Ok(entry)
}

fn set_status(
    transaction: &Connection,
    alert: i64,
    status: Status,
    disposition: Option<Disposition>,
) -> Result<Option<Entry>, StoreError> {
    let was: (Status, Option<Disposition>) = transaction
        .prepare_cached("SELECT status, disposition FROM alert WHERE num = ?1")?
        .query_row([alert], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if was == (status, disposition) {
        return Ok(None);
    }
    transaction
        .prepare_cached("UPDATE alert SET status = ?2, disposition = ?3 WHERE num = ?1")?
        .execute(params![alert, status, disposition])?;
    Ok(Some(Entry {
        facet: "status".to_owned(),
        edit: Edit::SetStatus {
            status,
            disposition,
        },
        before: Edit::SetStatus {
            status: was.0,
            disposition: was.1,
        },
    }))
}

fn set_owner(
    transaction: &Connection,
    alert: i64,
    owner: Option<&str>,
) -> Result<Option<Entry>, StoreError> {
    let was = read::owner(transaction, alert)?;
    if was.as_deref() == owner {
        return Ok(None);
    }
    transaction
        .prepare_cached("UPDATE alert SET owner = ?2 WHERE num = ?1")?
        .execute(params![alert, owner])?;
    Ok(Some(Entry {
        facet: "owner".to_owned(),
        edit: Edit::SetOwner {
            owner: owner.map(str::to_owned),
        },
        before: Edit::SetOwner { owner: was },
    }))
}

fn mark_step(
    transaction: &Connection,
    alert: i64,
    step: &str,
    mark: Option<StepMark>,
) -> Result<Option<Entry>, StoreError> {
    let was: Option<StepMark> = transaction
        .prepare_cached("SELECT mark FROM step WHERE alert = ?1 AND step = ?2")?
        .query_row(params![alert, step], |row| row.get(0))
        .optional()?;
    if was == mark {
        return Ok(None);
    }
    if mark.is_some() {
        transaction
            .prepare_cached(
                "INSERT INTO step (alert, step, mark) VALUES (?1, ?2, ?3)
                 ON CONFLICT (alert, step) DO UPDATE SET mark = excluded.mark",
            )?
            .execute(params![alert, step, mark])?;
    } else {
        transaction
            .prepare_cached("DELETE FROM step WHERE alert = ?1 AND step = ?2")?
            .execute(params![alert, step])?;
    }
    let edit = |mark| Edit::MarkStep {
        step: step.to_owned(),
        mark,
    };
    Ok(Some(Entry {
        facet: format!("step:{step}"),
        edit: edit(mark),
        before: edit(was),
    }))
}

fn write_note(
    transaction: &Connection,
    alert: i64,
    step: Option<&str>,
    text: &str,
    who: &Who,
    time: Time,
) -> Result<Option<Entry>, StoreError> {
    if text.is_empty() {
        return Ok(None);
    }
    let note = transaction
        .prepare_cached(
            "INSERT INTO note (alert, step, text, author, written) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .insert(params![alert, step, text, who.name, time])?;
    Ok(Some(note_entry(note, step, text, "")))
}

fn rewrite_note(
    transaction: &Connection,
    alert: i64,
    note: i64,
    text: &str,
) -> Result<Option<Entry>, StoreError> {
    let was: Option<(String, Option<String>)> = transaction
        .prepare_cached("SELECT text, step FROM note WHERE id = ?1 AND alert = ?2")?
        .query_row([note, alert], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((was, step)) = was else {
        return Err(StoreError::NoSuchNote(note));
    };
    if was == text {
        return Ok(None);
    }
    transaction
        .prepare_cached("UPDATE note SET text = ?2 WHERE id = ?1")?
        .execute(params![note, text])?;
    Ok(Some(note_entry(note, step.as_deref(), text, &was)))
}

fn note_entry(note: i64, step: Option<&str>, text: &str, was: &str) -> Entry {
    let edit = |text: &str| Edit::WriteNote {
        note: Some(note),
        step: step.map(str::to_owned),
        text: text.to_owned(),
    };
    Entry {
        facet: format!("note:{note}"),
        edit: edit(text),
        before: edit(was),
    }
}

/// An entry of an earlier change, to be made or taken back.
struct Past {
    id: AlertId,
    alert: i64,
    edit: Edit,
    before: Edit,
}

fn replay(
    transaction: &Connection,
    who: &Who,
    kind: ChangeKind,
    target: i64,
    entries: &[Past],
) -> Result<Change, StoreError> {
    let asked: String = transaction
        .prepare_cached("SELECT edit FROM change WHERE id = ?1")?
        .query_row([target], |row| row.get(0))?;
    let asked = match from_json(&asked, "change", target)? {
        Asked::Several(edits) => edits,
        Asked::One(edit) => vec![edit],
    };
    let mut writer = Writer::new(transaction, who, kind, Some(target), &asked)?;
    for entry in entries {
        let edit = if kind == ChangeKind::Undo {
            &entry.before
        } else {
            &entry.edit
        };
        writer.apply(entry.id, entry.alert, edit)?;
    }
    Ok(writer.finish())
}

fn entries(transaction: &Connection, change: i64) -> Result<Vec<Past>, StoreError> {
    let mut statement = transaction.prepare_cached(
        "SELECT alert.id, alert, edit, before FROM history JOIN alert ON alert.num = history.alert
         WHERE change = ?1 ORDER BY seq",
    )?;
    let mut rows = statement.query([change])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(Past {
            id: row.get(0)?,
            alert: row.get(1)?,
            edit: from_json(&row.get::<_, String>(2)?, "change", change)?,
            before: from_json(&row.get::<_, String>(3)?, "change", change)?,
        });
    }
    Ok(entries)
}

fn target(
    transaction: &Connection,
    query: &str,
    who: &Who,
    state: i64,
) -> Result<Option<i64>, StoreError> {
    Ok(transaction
        .prepare_cached(query)?
        .query_row(params![who.name, state], |row| row.get(0))?)
}

/// Returns who set a facet of `change` after it with an edit that still stands and that `who` cannot take back first.
fn changed_since(
    transaction: &Connection,
    who: &Who,
    change: i64,
) -> Result<Option<String>, StoreError> {
    Ok(transaction
        .prepare_cached(
            "SELECT other.who FROM history mine
             JOIN history later ON later.alert = mine.alert AND later.facet = mine.facet
                  AND later.seq > mine.seq
             JOIN change other ON other.id = later.change
             WHERE mine.change = ?1 AND other.state IN (0, 3)
                   AND (other.kind = 'edit' AND (other.who <> ?2 OR other.state = 3)
                        OR other.kind = 'automatic')
             LIMIT 1",
        )?
        .query_row(params![change, who.name], |row| row.get(0))
        .optional()?)
}

fn or_else(
    found: Option<String>,
    other: impl FnOnce() -> Result<Option<String>, StoreError>,
) -> Result<Option<String>, StoreError> {
    found.map_or_else(other, |found| Ok(Some(found)))
}

/// Returns who left a facet of `change` otherwise than its `column` (`edit` or `before`) says: another's undo of an
/// earlier change of theirs is no standing edit, yet what it left must not be overwritten.
fn stands_otherwise(
    transaction: &Connection,
    change: i64,
    column: &str,
) -> Result<Option<String>, StoreError> {
    Ok(transaction
        .prepare_cached(&format!(
            "SELECT other.who FROM history mine
             JOIN history latest ON latest.seq =
                  (SELECT max(seq) FROM history one
                   WHERE one.alert = mine.alert AND one.facet = mine.facet)
             JOIN change other ON other.id = latest.change
             WHERE mine.change = ?1 AND latest.edit <> mine.{column} LIMIT 1"
        ))?
        .query_row(params![change], |row| row.get(0))
        .optional()?)
}

fn set_state(transaction: &Connection, change: i64, state: i64) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE change SET state = ?2 WHERE id = ?1")?
        .execute([change, state])?;
    Ok(())
}

fn number(transaction: &Connection, id: AlertId) -> Result<i64, StoreError> {
    transaction
        .prepare_cached("SELECT num FROM alert WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .ok_or(StoreError::NoSuchAlert(id))
}
