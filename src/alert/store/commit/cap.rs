//! Elastic's `max_signals`: at most so many alerts of a rule an interval, the rest counted in one alert.
//!
//! Kibana drops or delays what is past the cap; here it joins the interval's overflow alert, event by event.

use rusqlite::{Connection, OptionalExtension, params};

use crate::alert::AlertId;
use crate::alert::identity::overflow_id;
use crate::alert::store::StoreError;
use crate::engine::Detection;
use crate::event::Time;
use crate::rule::Rule;

/// Returns the interval whose cap holds the new alert of `detection` back; else counts it as an alert of its interval.
pub(super) fn held_back(
    transaction: &Connection,
    id: AlertId,
    detection: &Detection,
) -> Result<Option<i64>, StoreError> {
    let rule = &detection.rule;
    let Some(most) = rule.schedule.max_alerts else {
        return Ok(None);
    };
    if let Some(bucket) = known(transaction, id)? {
        return Ok(Some(bucket));
    }
    let bucket = bucket(rule, detection.event.time);
    if was_held_back(transaction, detection, bucket)? {
        return Ok(Some(bucket));
    }
    let made: u32 = transaction
        .prepare_cached("SELECT made FROM cap WHERE rule = ?1 AND bucket = ?2")?
        .query_row(params![rule.id, bucket], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    if made >= most {
        if detection.group.is_some() || detection.row.is_some() {
            transaction
                .prepare_cached("INSERT INTO held_back (alert, bucket) VALUES (?1, ?2)")?
                .execute(params![id, bucket])?;
        }
        return Ok(Some(bucket));
    }
    transaction
        .prepare_cached(
            "INSERT INTO cap (rule, bucket, made) VALUES (?1, ?2, 1)
             ON CONFLICT (rule, bucket) DO UPDATE SET made = made + 1",
        )?
        .execute(params![rule.id, bucket])?;
    Ok(None)
}

/// An alert over several events that was held back stays so, whichever interval its further events lie in.
fn known(transaction: &Connection, id: AlertId) -> Result<Option<i64>, StoreError> {
    let mut statement =
        transaction.prepare_cached("SELECT bucket FROM held_back WHERE alert = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?)
}

/// A replay finds its event where it was put, whatever the cap is now.
fn was_held_back(
    transaction: &Connection,
    detection: &Detection,
    bucket: i64,
) -> Result<bool, StoreError> {
    let mut statement = transaction.prepare_cached(
        "SELECT 1 FROM event
         JOIN contribution ON contribution.event = event.num AND contribution.time = event.time
         WHERE event.id = ?1 AND contribution.alert = (SELECT num FROM alert WHERE id = ?2)",
    )?;
    let overflow = overflow_id(&detection.rule.id, bucket);
    Ok(statement.exists(params![detection.event.id, overflow])?)
}

fn bucket(rule: &Rule, time: Time) -> i64 {
    time.seconds().div_euclid(interval(rule))
}

fn interval(rule: &Rule) -> i64 {
    i64::from(rule.schedule.interval.max(1))
}

/// Says what an overflow alert counts.
pub(super) fn message(rule: &Rule, count: u64, first: Time) -> String {
    let most = rule.schedule.max_alerts.unwrap_or_default();
    let start = bucket(rule, first) * interval(rule);
    let start =
        jiff::Timestamp::from_second(start).map_or_else(|_| String::new(), |t| t.to_string());
    let matches = if count == 1 { "match" } else { "matches" };
    format!(
        "{}: {count} more {matches} than the cap of {most} alerts in {} s from {start}",
        rule.name,
        interval(rule)
    )
}
