//! What an alert keeps of its rule.

use rusqlite::{Connection, OptionalExtension, params};

use crate::alert::store::{StoreError, to_json};
use crate::rule::Rule;

/// Returns the number of the facts of `rule`, adding them when this version of the rule is new.
pub(super) fn number(transaction: &Connection, rule: &Rule) -> Result<i64, StoreError> {
    let values = params![
        rule.id,
        rule.name,
        rule.language.as_str(),
        rule.severity,
        rule.risk_score,
        to_json(&techniques(rule))?,
        rule.building_block
    ];
    let known = transaction
        .prepare_cached(
            "SELECT num FROM rule WHERE id = ?1 AND name = ?2 AND language = ?3 AND severity = ?4
             AND risk_score = ?5 AND techniques = ?6 AND building_block = ?7",
        )?
        .query_row(values, |row| row.get(0))
        .optional()?;
    if let Some(num) = known {
        return Ok(num);
    }
    Ok(transaction
        .prepare_cached(
            "INSERT INTO rule (id, name, language, severity, risk_score, techniques, building_block)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .insert(values)?)
}

/// Returns the ids of all techniques and sub-techniques, each once, in the rule's order.
fn techniques(rule: &Rule) -> Vec<&str> {
    let mut ids: Vec<&str> = Vec::new();
    for id in rule.threat.iter().flat_map(|threat| &threat.techniques) {
        if !ids.contains(&id.as_str()) {
            ids.push(id);
        }
    }
    ids
}
