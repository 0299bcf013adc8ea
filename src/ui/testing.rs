//! Alerts for the tests of the screen, written by hand: two hosts' worth of a day, and as many as a test asks for.

use std::sync::Arc;

use crate::alert::{AlertId, AlertRow, RuleFacts, Status};
use crate::event::Time;
use crate::rule::Severity;

/// 2026-11-24 14:00:00 UTC.
pub const START: i64 = 1_795_528_800_000_000_000;

const RULES: [(&str, Severity, u8); 4] = [
    ("Dump LSASS via procdump", Severity::High, 80),
    ("PowerShell MiniDump Script", Severity::High, 73),
    ("Creation of lsass Dump with Taskmgr", Severity::High, 80),
    (
        "Full User-Mode Dumps Enabled System-Wide",
        Severity::Medium,
        47,
    ),
];

pub fn facts(number: u32) -> RuleFacts {
    let (name, severity, risk_score) = RULES[number as usize % RULES.len()];
    RuleFacts {
        id: format!("rule-{}", number as usize % RULES.len()),
        name: name.into(),
        language: "spl".into(),
        severity,
        risk_score,
        techniques: vec!["T1003".into(), "T1003.001".into()],
        building_block: false,
    }
}

pub fn id(number: u32) -> AlertId {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b9).to_be_bytes());
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    AlertId(bytes)
}

/// Returns the alert of this number, a second younger than the one before it.
pub fn row(number: u32) -> AlertRow {
    let time = Time(START + i64::from(number) * 1_000_000_000);
    AlertRow {
        id: id(number),
        revision: u64::from(number) + 1,
        rule: Arc::new(facts(number)),
        first: time,
        last: time,
        host: format!("WS-{number:03}").into(),
        user: "CORP\\jdoe".into(),
        count: 1 + u64::from(number % 5),
        status: Status::Open,
        disposition: None,
        owner: None,
        steps_done: 0,
        overflow: false,
    }
}
