//! Severity, risk score and name that an event brings along (`severity_mapping`, `risk_score_mapping`,
//! `rule_name_override`).
//!
//! Takes a rule's tables; gives, for an event, the rule as its alert shows it.

use std::sync::Arc;

use super::{Guide, Rule, Severity};
use crate::event::Event;
use crate::lang::Query;
use crate::lang::ir::Number;
use crate::lang::ir::test::{number, with_text};
use crate::schema::{self, FieldRef};

/// What events may say instead of the rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The field has the value: the severity. The highest that applies counts.
    pub severity: Vec<(FieldRef, String, Severity)>,
    /// The field's number, 0 to 100; the highest of several.
    pub risk: Vec<FieldRef>,
    /// The field's first text.
    pub name: Option<FieldRef>,
}

impl Overrides {
    fn is_empty(&self) -> bool {
        self.severity.is_empty() && self.risk.is_empty() && self.name.is_none()
    }
}

/// Returns the rule as an alert on `event` shows it, or `None` when the event changes nothing.
#[must_use]
pub fn applied(rule: &Rule, event: &Event) -> Option<Arc<Rule>> {
    let overrides = &rule.overrides;
    if overrides.is_empty() {
        return None;
    }
    let severity = overrides.severity.iter().filter(|(field, wanted, _)| {
        let value = schema::value(event, *field);
        let mut elements = value.iter().flat_map(|value| value.elements());
        elements.any(|element| with_text(element, |text| text == wanted).unwrap_or(false))
    });
    let severity = severity.map(|(.., severity)| *severity).max();
    let scores = overrides.risk.iter().filter_map(|field| {
        let value = schema::value(event, *field)?;
        let numbers = value.elements().filter_map(number);
        let scores = numbers.map(Number::as_f64);
        scores
            .filter(|score| (0.0..=100.0).contains(score))
            .reduce(f64::max)
    });
    let risk = scores.reduce(f64::max).map(|score| score.round() as u8);
    let name = overrides.name.and_then(|field| {
        let value = schema::value(event, field)?;
        let first = value.elements().next()?;
        with_text(first, str::to_owned).filter(|name| !name.trim().is_empty())
    });
    if severity.is_none() && risk.is_none() && name.is_none() {
        return None;
    }
    // An alert keeps neither guide nor query.
    Some(Arc::new(Rule {
        severity: severity.unwrap_or(rule.severity),
        risk_score: risk.unwrap_or(rule.risk_score),
        name: name.unwrap_or_else(|| rule.name.clone()),
        guide: Guide::default(),
        query: Query::default(),
        overrides: Overrides::default(),
        ..rule.clone()
    }))
}
