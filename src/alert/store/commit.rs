//! One batch, one transaction: detections become alerts, contributing events and read positions.

mod cap;
mod evidence;
mod rules;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::cells::{self, Cell};
use super::lead::{self, Lead};
use super::{Batch, Committed, StoreError, history, journal, sources};
use crate::alert::identity::{alert_id, overflow_id};
use crate::alert::{AlertId, Status};
use crate::engine::Detection;
use crate::event::Time;
use crate::rule::{Rule, overrides};

use evidence::Kept;
pub(super) use evidence::{Packer, unpack};

/// Writes `batch`; the caller commits or rolls back.
pub(super) fn write(
    transaction: &Connection,
    packer: &mut Packer,
    batch: &Batch,
) -> Result<Committed, StoreError> {
    let mut writer = Writer {
        transaction,
        packer: &mut *packer,
        rules: HashMap::new(),
        made: Vec::new(),
        done: Committed {
            revision: super::read::revision(transaction)?,
            ..Committed::default()
        },
    };
    writer.detections(batch)?;
    let mut done = writer.done;
    journal::write(transaction, packer, &batch.journal)?;
    for position in &batch.positions {
        sources::save_position(transaction, position)?;
    }
    for record in &batch.unreadable {
        let new = sources::keep_unreadable(transaction, record)?;
        done.new_unreadable += usize::from(new);
    }
    Ok(done)
}

struct Writer<'a> {
    transaction: &'a Connection,
    packer: &'a mut Packer,
    /// Rules already found or written in this transaction, by their address.
    rules: HashMap<*const Rule, i64>,
    /// Rules made for one event; they stay, so that no other takes their address.
    made: Vec<Arc<Rule>>,
    done: Committed,
}

/// An alert between its old and its new row.
struct State {
    /// `None` for an alert that is not yet there.
    num: Option<i64>,
    first: Time,
    last: Time,
    count: u64,
    status: Status,
    lead: Option<Lead>,
    cells: Vec<Cell>,
}

impl State {
    const NEW: Self = Self {
        num: None,
        first: Time(i64::MAX),
        last: Time(i64::MIN),
        count: 0,
        status: Status::Open,
        lead: None,
        cells: Vec::new(),
    };

    fn join(&mut self, detection: &Detection, overflow: bool) {
        let event = &detection.event;
        self.first = self.first.min(event.time);
        self.last = self.last.max(event.time);
        self.count += 1;
        if self.lead.as_ref().is_none_or(|lead| lead.is_after(event)) {
            self.lead = Some(Lead::new(detection));
        }
        // What is held back are many rows, none of which speaks for the others.
        if let Some(row) = detection.row.as_ref().filter(|_| !overflow) {
            cells::join(&mut self.cells, row);
        }
    }
}

/// Detections by alert, in the order of arrival.
#[derive(Default)]
struct Groups<'a> {
    order: Vec<(AlertId, Vec<&'a Detection>)>,
    at: HashMap<AlertId, usize>,
}

impl<'a> Groups<'a> {
    fn add(&mut self, id: AlertId, detection: &'a Detection) {
        let at = *self.at.entry(id).or_insert_with(|| {
            self.order.push((id, Vec::new()));
            self.order.len() - 1
        });
        if let Some((_, detections)) = self.order.get_mut(at) {
            detections.push(detection);
        }
    }
}

impl Writer<'_> {
    fn detections(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let mut groups = Groups::default();
        for detection in &batch.detections {
            groups.add(alert_id(detection), detection);
        }
        let mut held_back = Groups::default();
        for (id, detections) in groups.order {
            let known = self.load(id)?;
            if known.is_none()
                && batch.cap
                && let Some(bucket) = cap::held_back(self.transaction, id, detections[0])?
            {
                let id = overflow_id(&detections[0].rule.id, bucket);
                for detection in detections {
                    held_back.add(id, detection);
                }
                continue;
            }
            self.grow(id, known.unwrap_or(State::NEW), &detections, false)?;
        }
        for (id, detections) in held_back.order {
            let known = self.load(id)?.unwrap_or(State::NEW);
            self.grow(id, known, &detections, true)?;
        }
        Ok(())
    }

    fn load(&self, id: AlertId) -> Result<Option<State>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT num, first, last, count, status, lead, cells
             FROM alert JOIN detail ON detail.alert = alert.num WHERE id = ?1",
        )?;
        let found = statement
            .query_row([id], |row| {
                let state = State {
                    num: row.get(0)?,
                    first: row.get(1)?,
                    last: row.get(2)?,
                    count: row.get(3)?,
                    status: row.get(4)?,
                    lead: None,
                    cells: Vec::new(),
                };
                Ok((state, row.get::<_, String>(5)?, row.get::<_, String>(6)?))
            })
            .optional()?;
        let Some((mut state, lead, cells)) = found else {
            return Ok(None);
        };
        state.lead = Some(super::from_json(&lead, "alert", id)?);
        state.cells = super::from_json(&cells, "alert", id)?;
        Ok(Some(state))
    }

    /// Adds the detections whose events are new to the alert; writes nothing when none is.
    fn grow(
        &mut self,
        id: AlertId,
        mut state: State,
        detections: &[&Detection],
        overflow: bool,
    ) -> Result<(), StoreError> {
        let mut added: Vec<Kept> = Vec::new();
        let mut seen: HashSet<i64> = HashSet::new();
        for &detection in detections {
            let keep = state.count < super::Evidence::EVENTS;
            let event = evidence::event(self.transaction, self.packer, &detection.event, keep)?;
            if !seen.insert(event.num) || (!event.new && self.contributes(state.num, event)?) {
                self.done.repeated += 1;
                continue;
            }
            if overflow {
                self.done.overflowed += 1;
            }
            added.push(event);
            state.join(detection, overflow);
        }
        let Some(newest) = detections.last().filter(|_| !added.is_empty()) else {
            return Ok(());
        };
        let own = overrides::applied(&newest.rule, &newest.event).filter(|_| !overflow);
        self.made.extend(own.clone());
        let rule = own.as_ref().unwrap_or(&newest.rule);
        let num = self.write(id, &state, rule, overflow)?;
        let mut insert = self
            .transaction
            .prepare_cached("INSERT INTO contribution (alert, time, event) VALUES (?1, ?2, ?3)")?;
        for event in added {
            insert.execute(params![num, event.time, event.num])?;
        }
        if state.num.is_some() && state.status == Status::Closed {
            history::reopen(self.transaction, id, num)?;
            self.done.revision += 1;
        }
        Ok(())
    }

    fn contributes(&self, alert: Option<i64>, event: Kept) -> Result<bool, StoreError> {
        let Some(alert) = alert else {
            return Ok(false);
        };
        let mut statement = self.transaction.prepare_cached(
            "SELECT 1 FROM contribution WHERE alert = ?1 AND time = ?2 AND event = ?3",
        )?;
        Ok(statement.exists(params![alert, event.time, event.num])?)
    }

    fn write(
        &mut self,
        id: AlertId,
        state: &State,
        rule: &Arc<Rule>,
        overflow: bool,
    ) -> Result<i64, StoreError> {
        let Some(first) = &state.lead else {
            return Err(StoreError::content("alert", id, "it has no event"));
        };
        let host = lead::alert_host(first, &state.cells);
        let user = lead::alert_user(first, &state.cells);
        let message = if overflow {
            cap::message(rule, state.count, state.first)
        } else {
            first.message(rule, &state.cells)
        };
        self.done.revision += 1;
        let num = if let Some(num) = state.num {
            self.done.grown_alerts += 1;
            self.transaction
                .prepare_cached(
                    "UPDATE alert SET revision = ?2, first = ?3, last = ?4, host = ?5, user = ?6,
                     count = ?7 WHERE num = ?1",
                )?
                .execute(params![
                    num,
                    self.done.revision,
                    state.first,
                    state.last,
                    host,
                    user,
                    state.count
                ])?;
            num
        } else {
            self.done.new_alerts += 1;
            let rule = self.rule(rule)?;
            self.transaction
                .prepare_cached(
                    "INSERT INTO alert (id, revision, rule, first, last, host, user, count, status,
                     steps_done, overflow) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10)",
                )?
                .insert(params![
                    id,
                    self.done.revision,
                    rule,
                    state.first,
                    state.last,
                    host,
                    user,
                    state.count,
                    state.status,
                    overflow
                ])?
        };
        self.transaction
            .prepare_cached(
                "INSERT INTO detail (alert, message, lead, cells) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (alert) DO UPDATE SET
                 message = excluded.message, lead = excluded.lead, cells = excluded.cells",
            )?
            .execute(params![
                num,
                message,
                super::to_json(first)?,
                super::to_json(&state.cells)?
            ])?;
        Ok(num)
    }

    fn rule(&mut self, rule: &Arc<Rule>) -> Result<i64, StoreError> {
        let address = Arc::as_ptr(rule);
        if let Some(&num) = self.rules.get(&address) {
            return Ok(num);
        }
        let num = rules::number(self.transaction, rule)?;
        self.rules.insert(address, num);
        Ok(num)
    }
}
