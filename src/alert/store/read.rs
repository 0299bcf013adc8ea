//! Alerts read back: rows for lists, whole alerts, contributing events, evidence.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::cells::Cell;
use super::lead::Lead;
use super::{Evidence, StoreError, commit, from_json};
use crate::alert::{Alert, AlertId, AlertRow, EventRef, Note, RuleFacts, StepMark};
use crate::decode::Place;
use crate::event::EventId;

/// Returns the revision of the newest change.
pub(super) fn revision(connection: &Connection) -> Result<u64, StoreError> {
    let revision: Option<u64> = connection
        .prepare_cached("SELECT max(revision) FROM alert")?
        .query_row((), |row| row.get(0))?;
    Ok(revision.unwrap_or(0))
}

/// Returns who has taken an alert.
pub(super) fn owner(connection: &Connection, alert: i64) -> Result<Option<String>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT owner FROM alert WHERE num = ?1")?
        .query_row([alert], |row| row.get(0))?)
}

/// Texts that many alerts share, each held once.
#[derive(Default)]
struct Shared(HashSet<Arc<str>>);

impl Shared {
    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.0.insert(Arc::clone(&new));
        new
    }
}

/// Hands the rows changed after `revision` to `each`, oldest change first; returns the last revision.
pub(super) fn rows_since(
    connection: &Connection,
    revision: u64,
    mut each: impl FnMut(AlertRow),
) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, revision, rule, first, last, host, user, count, status, disposition, owner,
         steps_done, overflow FROM alert WHERE revision > ?1 ORDER BY revision",
    )?;
    let mut rows = statement.query([revision])?;
    let mut rules: HashMap<i64, Arc<RuleFacts>> = HashMap::new();
    let mut shared = Shared::default();
    let mut last = revision;
    while let Some(row) = rows.next()? {
        let rule = rule_of(connection, row.get(2)?, &mut rules)?;
        let mut text = |at: usize| -> Result<Arc<str>, StoreError> {
            let text = row.get_ref(at)?.as_str().map_err(rusqlite::Error::from)?;
            Ok(shared.text(text))
        };
        let (host, user) = (text(5)?, text(6)?);
        let owner = match row.get_ref(10)? {
            rusqlite::types::ValueRef::Null => None,
            _ => Some(text(10)?),
        };
        last = row.get(1)?;
        each(AlertRow {
            id: row.get(0)?,
            revision: last,
            rule,
            first: row.get(3)?,
            last: row.get(4)?,
            host,
            user,
            count: row.get(7)?,
            status: row.get(8)?,
            disposition: row.get(9)?,
            owner,
            steps_done: row.get(11)?,
            overflow: row.get(12)?,
        });
    }
    Ok(last)
}

fn rule_of(
    connection: &Connection,
    num: i64,
    known: &mut HashMap<i64, Arc<RuleFacts>>,
) -> Result<Arc<RuleFacts>, StoreError> {
    if let Some(rule) = known.get(&num) {
        return Ok(Arc::clone(rule));
    }
    let rule = Arc::new(rule(connection, num)?);
    known.insert(num, Arc::clone(&rule));
    Ok(rule)
}

fn rule(connection: &Connection, num: i64) -> Result<RuleFacts, StoreError> {
    let (facts, techniques) = connection
        .prepare_cached(
            "SELECT id, name, language, severity, risk_score, building_block, techniques
             FROM rule WHERE num = ?1",
        )?
        .query_row([num], |row| {
            let facts = RuleFacts {
                id: row.get(0)?,
                name: row.get(1)?,
                language: row.get(2)?,
                severity: row.get(3)?,
                risk_score: row.get(4)?,
                building_block: row.get(5)?,
                techniques: Vec::new(),
            };
            Ok((facts, row.get::<_, String>(6)?))
        })?;
    Ok(RuleFacts {
        techniques: from_json(&techniques, "rule", num)?,
        ..facts
    })
}

/// Returns an alert, whole.
pub(super) fn alert(connection: &Connection, id: AlertId) -> Result<Option<Alert>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT num, rule, first, last, host, user, count, status, disposition, owner, overflow,
         message, lead, cells FROM alert JOIN detail ON detail.alert = alert.num WHERE id = ?1",
    )?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let num: i64 = row.get(0)?;
    let rule = rule(connection, row.get(1)?)?;
    let lead: Lead = from_json(&row.get::<_, String>(12)?, "alert", id)?;
    let cells: Vec<Cell> = from_json(&row.get::<_, String>(13)?, "alert", id)?;
    Ok(Some(Alert {
        id,
        rule_id: rule.id,
        rule_name: rule.name,
        language: rule.language,
        severity: rule.severity,
        risk_score: rule.risk_score,
        first: row.get(2)?,
        last: row.get(3)?,
        host: row.get(4)?,
        user: row.get(5)?,
        message: row.get(11)?,
        count: row.get(6)?,
        techniques: rule.techniques,
        building_block: rule.building_block,
        because: lead.because,
        row: cells
            .iter()
            .map(|cell| (cell.name.clone(), cell.shown()))
            .collect(),
        events: events(connection, id, 0, Alert::EVENTS_SHOWN)?,
        overflow: row.get(10)?,
        status: row.get(7)?,
        disposition: row.get(8)?,
        owner: row.get(9)?,
        steps: steps(connection, num)?,
        notes: notes(connection, num)?,
    }))
}

fn steps(connection: &Connection, alert: i64) -> Result<Vec<(String, StepMark)>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT step, mark FROM step WHERE alert = ?1 ORDER BY step")?;
    let steps = statement
        .query_map([alert], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(steps)
}

fn notes(connection: &Connection, alert: i64) -> Result<Vec<Note>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, step, text, author, written FROM note
         WHERE alert = ?1 AND text <> '' ORDER BY id",
    )?;
    let notes = statement
        .query_map([alert], |row| {
            Ok(Note {
                id: row.get(0)?,
                step: row.get(1)?,
                text: row.get(2)?,
                author: row.get(3)?,
                written: row.get(4)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(notes)
}

/// Returns contributing events in the order of their time.
pub(super) fn events(
    connection: &Connection,
    id: AlertId,
    from: u64,
    limit: usize,
) -> Result<Vec<EventRef>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT event.id, event.time, computer, channel, code, record_id, path, offset
         FROM contribution JOIN event ON event.num = contribution.event
         WHERE alert = (SELECT num FROM alert WHERE alert.id = ?1)
         ORDER BY contribution.time, contribution.event LIMIT ?2 OFFSET ?3",
    )?;
    let events = statement
        .query_map(params![id, limit, from], |row| {
            Ok(EventRef {
                id: row.get(0)?,
                time: row.get(1)?,
                computer: row.get(2)?,
                channel: row.get(3)?,
                event_id: row.get(4)?,
                record_id: row.get::<_, Option<i64>>(5)?.map(|id| id as u64),
                path: path(row, 6)?.to_string_lossy().into_owned(),
                offset: row.get::<_, i64>(7)? as u64,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(events)
}

/// Returns the path in column `at`, byte for byte.
pub(super) fn path(row: &Row<'_>, at: usize) -> rusqlite::Result<Arc<Path>> {
    let bytes = row.get_ref(at)?.as_blob()?;
    Ok(Path::new(OsStr::from_bytes(bytes)).into())
}

/// Returns the place in four columns from `at` on: path, offset, length, content.
pub(super) fn place(row: &Row<'_>, at: usize) -> rusqlite::Result<Place> {
    Ok(Place {
        path: path(row, at)?,
        offset: row.get::<_, i64>(at + 1)? as u64,
        length: row.get::<_, i64>(at + 2)? as u64,
        content: row.get::<_, i64>(at + 3)? as u64,
    })
}

/// Returns what is kept of an event.
pub(super) fn evidence(
    connection: &Connection,
    id: EventId,
) -> Result<Option<Evidence>, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT path, offset, length, content, format, packed, raw FROM event WHERE id = ?1",
        )?
        .query_row([id], |row| {
            Ok((
                place(row, 0)?,
                row.get::<_, String>(4)?,
                row.get::<_, bool>(5)?,
                row.get::<_, Option<Vec<u8>>>(6)?,
            ))
        })
        .optional()?;
    let Some((place, format, packed, raw)) = found else {
        return Ok(None);
    };
    let raw = match raw {
        Some(raw) if packed => Some(
            commit::unpack(&raw)
                .map_err(|error| StoreError::content("event", id, &error.to_string()))?,
        ),
        raw => raw,
    };
    Ok(Some(Evidence {
        format: from_json(&format, "event", id)?,
        place,
        raw: raw.map(Vec::into_boxed_slice),
    }))
}

/// Returns the alerts whose id starts with these hexadecimal digits.
pub(super) fn find(
    connection: &Connection,
    prefix: &str,
    limit: usize,
) -> Result<Vec<AlertId>, StoreError> {
    let digits = prefix.to_ascii_lowercase();
    if digits.len() > 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Vec::new());
    }
    let (Ok(low), Ok(high)) = (
        format!("{digits:0<32}").parse::<AlertId>(),
        format!("{digits:f<32}").parse::<AlertId>(),
    ) else {
        return Ok(Vec::new());
    };
    let mut statement = connection
        .prepare_cached("SELECT id FROM alert WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3")?;
    let found = statement
        .query_map(params![low, high, limit], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(found)
}
