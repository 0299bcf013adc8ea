//! What rules over several events need after a restart: events that may still matter, and long histories.
//!
//! Takes a [`Journal`] with each batch, in the transaction that moves the read positions; gives it back as a
//! [`Recalled`]. So after a kill at any instant a rule is handed the events that it had seen and may still need, and
//! reading goes on behind them.

use std::collections::{HashMap, HashSet};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::commit::{Packer, unpack};
use super::{Evidence, Store, StoreError, from_json, read, replay, to_json};
use crate::engine::state::{Memory, StateId};
use crate::event::{Event, EventId, Time};
use crate::rule::Rule;

/// How long the memory of a rule that no longer runs is kept, in nanoseconds: it may come back.
const KEPT: i64 = 30 * 86_400 * 1_000_000_000;

/// How a batch changes what is kept.
#[derive(Debug, Default)]
pub struct Journal {
    /// The rules over several events that run from now on; given at the start and when they change.
    pub rules: Option<Vec<Arc<Rule>>>,
    /// Events that rules have seen.
    pub hits: Vec<(StateId, Arc<Event>)>,
    /// The oldest time that a rule still needs, of those that saw events or need others now; `None`: it needs nothing.
    pub needs: HashMap<StateId, Option<Time>>,
    /// Keys of long histories that changed.
    pub memory: Vec<(StateId, Vec<Memory>)>,
    /// Up to here the rules that run have handled all their hits; by itself no reason to write.
    pub settled: Option<Time>,
}

/// What was kept for some rules.
#[derive(Debug, Default)]
pub struct Recalled {
    /// Every kept event, the oldest first, with the rules that had seen it.
    pub events: Vec<(Arc<Event>, HashSet<StateId>)>,
    /// The rules of which something is known, if only that they ran.
    pub known: HashSet<StateId>,
    pub memory: HashMap<StateId, Vec<Memory>>,
    /// Those that ran to the end, which had handled all their hits up to `settled`.
    pub running: HashSet<StateId>,
    pub settled: Option<Time>,
    /// Events that do not read back.
    pub lost: u64,
}

impl Journal {
    /// Adds what a later batch says.
    pub fn merge(&mut self, later: Self) {
        self.rules = later.rules.or(self.rules.take());
        self.hits.extend(later.hits);
        self.needs.extend(later.needs);
        self.memory.extend(later.memory);
        self.settled = later.settled.or(self.settled);
    }

    /// Returns whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_none()
            && self.hits.is_empty()
            && self.needs.is_empty()
            && self.memory.is_empty()
    }

    fn matters(&self, id: StateId, time: Time) -> bool {
        match self.needs.get(&id) {
            None => true,
            Some(needs) => needs.is_some_and(|needs| time >= needs),
        }
    }
}

/// Writes the changes of `journal`; the caller commits or rolls back.
pub(super) fn write(
    transaction: &Connection,
    packer: &mut Packer,
    journal: &Journal,
) -> Result<(), StoreError> {
    if journal.is_empty() {
        return Ok(());
    }
    let mut writer = Writer {
        transaction,
        packer,
        states: HashMap::new(),
        freed: HashSet::new(),
    };
    let started = now();
    for rule in journal.rules.iter().flatten() {
        writer.runs(rule, started)?;
    }
    for (id, event) in &journal.hits {
        if journal.matters(*id, event.time) {
            writer.keep(*id, event)?;
        }
    }
    for (id, memory) in &journal.memory {
        writer.remember(*id, memory)?;
    }
    for (id, needs) in &journal.needs {
        writer.release(*id, *needs)?;
    }
    if let Some(rules) = &journal.rules {
        writer.forget_others(rules)?;
    }
    if let Some(settled) = journal.settled {
        writer.settle(settled)?;
    }
    writer.sweep()
}

struct Writer<'a> {
    transaction: &'a Connection,
    packer: &'a mut Packer,
    states: HashMap<StateId, Option<i64>>,
    /// Events that a rule no longer needs; perhaps none does.
    freed: HashSet<i64>,
}

impl Writer<'_> {
    fn runs(&mut self, rule: &Rule, now: Time) -> Result<(), StoreError> {
        let id = StateId::of(rule);
        self.transaction
            .prepare_cached(
                "INSERT INTO state (id, rule, seen) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET seen = excluded.seen",
            )?
            .execute(params![id.0, rule.id, now])?;
        self.states.remove(&id);
        Ok(())
    }

    /// Returns the number of a rule's memory; `None` for a rule that no longer runs.
    fn state(&mut self, id: StateId) -> Result<Option<i64>, StoreError> {
        if let Some(known) = self.states.get(&id) {
            return Ok(*known);
        }
        let num = self
            .transaction
            .prepare_cached("SELECT num FROM state WHERE id = ?1")?
            .query_row([id.0], |row| row.get(0))
            .optional()?;
        self.states.insert(id, num);
        Ok(num)
    }

    fn keep(&mut self, id: StateId, event: &Event) -> Result<(), StoreError> {
        let Some(state) = self.state(id)? else {
            return Ok(());
        };
        let held = self.hold(event)?;
        self.transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO journal (state, time, held) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![state, event.time, held])?;
        Ok(())
    }

    fn hold(&mut self, event: &Event) -> Result<i64, StoreError> {
        let known = self
            .transaction
            .prepare_cached("SELECT num FROM held WHERE id = ?1")?
            .query_row([event.id], |row| row.get(0))
            .optional()?;
        if let Some(num) = known {
            return Ok(num);
        }
        let raw = &event.record.raw;
        // What would not unpack again is kept as it is.
        let (raw, packed) = if raw.len() <= Evidence::BYTES {
            self.packer.pack(raw)
        } else {
            (raw.to_vec().into(), false)
        };
        let place = &event.record.place;
        Ok(self
            .transaction
            .prepare_cached(
                "INSERT INTO held (id, path, offset, length, content, format, packed, raw)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .insert(params![
                event.id,
                place.path.as_os_str().as_bytes(),
                place.offset as i64,
                place.length as i64,
                place.content as i64,
                to_json(&event.record.format)?,
                packed,
                &*raw
            ])?)
    }

    fn remember(&mut self, id: StateId, memory: &[Memory]) -> Result<(), StoreError> {
        let Some(state) = self.state(id)? else {
            return Ok(());
        };
        let mut write = self.transaction.prepare_cached(
            "INSERT INTO memory (state, key, first, last) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (state, key) DO UPDATE SET first = excluded.first, last = excluded.last",
        )?;
        let mut forget = self
            .transaction
            .prepare_cached("DELETE FROM memory WHERE state = ?1 AND key = ?2")?;
        for memory in memory {
            match memory.seen {
                Some((first, last)) => write.execute(params![state, memory.key, first, last])?,
                None => forget.execute(params![state, memory.key])?,
            };
        }
        Ok(())
    }

    /// Drops the events that a rule no longer needs.
    fn release(&mut self, id: StateId, needs: Option<Time>) -> Result<(), StoreError> {
        match self.state(id)? {
            Some(state) => self.release_before(state, needs.unwrap_or(Time(i64::MAX))),
            None => Ok(()),
        }
    }

    fn release_before(&mut self, state: i64, time: Time) -> Result<(), StoreError> {
        let mut statement = self
            .transaction
            .prepare_cached("DELETE FROM journal WHERE state = ?1 AND time < ?2 RETURNING held")?;
        let mut rows = statement.query(params![state, time])?;
        while let Some(row) = rows.next()? {
            self.freed.insert(row.get(0)?);
        }
        Ok(())
    }

    /// Drops the memory of older versions of `rules`, and of rules that have not run for long.
    fn forget_others(&mut self, rules: &[Arc<Rule>]) -> Result<(), StoreError> {
        let running: HashMap<&str, StateId> = rules
            .iter()
            .map(|rule| (rule.id.as_str(), StateId::of(rule)))
            .collect();
        let states: Vec<(i64, [u8; 16], String, Time)> = self
            .transaction
            .prepare_cached("SELECT num, id, rule, seen FROM state")?
            .query_map((), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<Result<_, _>>()?;
        let oldest = Time(now().0.saturating_sub(KEPT));
        for (num, id, rule, seen) in states {
            let gone = match running.get(rule.as_str()) {
                Some(version) => *version != StateId(id),
                None => seen < oldest,
            };
            if gone {
                self.release_before(num, Time(i64::MAX))?;
                self.transaction
                    .prepare_cached("DELETE FROM memory WHERE state = ?1")?
                    .execute([num])?;
                self.transaction
                    .prepare_cached("DELETE FROM state WHERE num = ?1")?
                    .execute([num])?;
            }
        }
        Ok(())
    }

    fn settle(&self, settled: Time) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO settled (one, time) VALUES (1, ?1)
                 ON CONFLICT (one) DO UPDATE SET time = excluded.time",
            )?
            .execute([settled])?;
        Ok(())
    }

    /// Drops the freed events that no rule needs.
    fn sweep(&self) -> Result<(), StoreError> {
        let mut drop = self.transaction.prepare_cached(
            "DELETE FROM held WHERE num = ?1
             AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.held = ?1)",
        )?;
        for held in &self.freed {
            drop.execute([held])?;
        }
        Ok(())
    }
}

fn now() -> Time {
    Time(jiff::Timestamp::now().as_nanosecond() as i64)
}

impl Store {
    /// Returns what was kept for rules over several events; an event that does not read back is counted as lost.
    pub fn recall(&self) -> Result<Recalled, StoreError> {
        self.read(recall)
    }
}

fn recall(connection: &Connection) -> Result<Recalled, StoreError> {
    let mut recalled = Recalled::default();
    let mut states: HashMap<i64, StateId> = HashMap::new();
    let mut statement = connection
        .prepare_cached("SELECT num, id, seen = (SELECT max(seen) FROM state) FROM state")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let id = StateId(row.get(1)?);
        states.insert(row.get(0)?, id);
        recalled.known.insert(id);
        if row.get(2)? {
            recalled.running.insert(id);
        }
    }
    recalled.settled = connection
        .prepare_cached("SELECT time FROM settled")?
        .query_row((), |row| row.get(0))
        .optional()?;
    let mut statement = connection.prepare_cached("SELECT state, key, first, last FROM memory")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        if let Some(id) = states.get(&row.get(0)?) {
            recalled.memory.entry(*id).or_default().push(Memory {
                key: row.get(1)?,
                seen: Some((row.get(2)?, row.get(3)?)),
            });
        }
    }
    let mut seen_by: HashMap<i64, HashSet<StateId>> = HashMap::new();
    let mut statement = connection.prepare_cached("SELECT held, state FROM journal")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        if let Some(id) = states.get(&row.get(1)?) {
            seen_by.entry(row.get(0)?).or_default().insert(*id);
        }
    }
    events(connection, seen_by, &mut recalled)?;
    recalled.events.sort_by_key(|(event, _)| event.time);
    Ok(recalled)
}

fn events(
    connection: &Connection,
    mut seen_by: HashMap<i64, HashSet<StateId>>,
    recalled: &mut Recalled,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT path, offset, length, content, format, packed, raw, num, id FROM held",
    )?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let Some(states) = seen_by.remove(&row.get(7)?) else {
            continue;
        };
        let id: EventId = row.get(8)?;
        let mut raw: Vec<u8> = row.get(6)?;
        if row.get(5)? {
            raw = unpack(&raw)
                .map_err(|error| StoreError::content("event", id, &error.to_string()))?;
        }
        let evidence = Evidence {
            format: from_json(
                row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?,
                "event",
                id,
            )?,
            place: read::place(row, 0)?,
            raw: Some(raw.into()),
        };
        match replay::event_of(evidence) {
            Ok(event) => recalled.events.push((event, states)),
            Err(_) => recalled.lost += 1,
        }
    }
    Ok(())
}
