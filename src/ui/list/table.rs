//! The rows: 56 bytes each, texts shared, copied only when they change.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use crate::alert::{AlertId, AlertRow, Disposition, RuleFacts, Status};
use crate::rule::Severity;

/// Rows a chunk: a change copies one chunk when a snapshot is out, 4096 * 56 B = 224 KiB.
const CHUNK: usize = 4096;

/// One alert in the list. Texts are numbers of [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub id: AlertId,
    /// Time of the first contributing event, nanoseconds since the epoch.
    pub time: i64,
    pub rule: u32,
    pub host: u32,
    pub user: u32,
    /// 0 is nobody.
    pub owner: u32,
    /// Contributing events, saturating.
    pub count: u32,
    pub steps_done: u16,
    pub severity: Severity,
    pub risk: u8,
    pub status: Status,
    pub disposition: Option<Disposition>,
    /// Counts what a rule's cap held back.
    pub overflow: bool,
    /// Hidden unless asked for.
    pub building_block: bool,
}

/// The texts of the rows, each once.
#[derive(Debug, Clone)]
pub struct Names {
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
    rules: Vec<Arc<RuleFacts>>,
    rule_numbers: HashMap<Arc<RuleFacts>, u32>,
}

impl Default for Names {
    fn default() -> Self {
        let nobody: Arc<str> = "".into();
        Self {
            texts: vec![nobody.clone()],
            numbers: HashMap::from([(nobody, 0)]),
            rules: Vec::new(),
            rule_numbers: HashMap::new(),
        }
    }
}

impl Names {
    /// Returns the text with this number.
    #[must_use]
    pub fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", |text| text)
    }

    /// Returns the number of `text`, when a row has it.
    #[must_use]
    pub fn number(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    /// Returns the rule with this number.
    #[must_use]
    pub fn rule(&self, number: u32) -> Option<&Arc<RuleFacts>> {
        self.rules.get(number as usize)
    }

    /// Returns the name of the rule with this number.
    #[must_use]
    pub fn rule_name(&self, number: u32) -> &str {
        self.rule(number).map_or("", |rule| &rule.name)
    }

    /// Returns all texts, in the order of their numbers.
    #[must_use]
    pub fn texts(&self) -> &[Arc<str>] {
        &self.texts
    }

    /// Returns all rules, in the order of their numbers.
    #[must_use]
    pub fn rules(&self) -> &[Arc<RuleFacts>] {
        &self.rules
    }
}

/// The rows as they are at one moment; cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    chunks: Vec<Arc<Vec<Row>>>,
    pub names: Arc<Names>,
    len: usize,
}

impl Rows {
    /// Returns how many rows there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the row in `slot`.
    #[must_use]
    pub fn get(&self, slot: u32) -> Option<&Row> {
        let slot = slot as usize;
        self.chunks.get(slot / CHUNK)?.get(slot % CHUNK)
    }

    /// Returns each row with its slot, in the order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Row)> {
        let rows = self.chunks.iter().flat_map(|chunk| chunk.iter());
        rows.enumerate().map(|(slot, row)| (slot as u32, row))
    }
}

/// Takes the first bytes of an alert's id: it is a digest already.
#[derive(Debug, Default)]
pub struct FromDigest(u64);

impl Hasher for FromDigest {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for (at, byte) in bytes.iter().take(8).enumerate() {
            self.0 ^= u64::from(*byte) << (at * 8);
        }
    }

    fn write_usize(&mut self, _: usize) {}
}

/// How many alerts stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub open: usize,
    pub acknowledged: usize,
    pub closed: usize,
    /// Not closed, and the analyst's own.
    pub mine: usize,
}

/// All alerts the store has handed out.
#[derive(Debug, Default)]
pub struct Table {
    rows: Rows,
    slots: HashMap<AlertId, u32, BuildHasherDefault<FromDigest>>,
    tally: Tally,
    /// Alerts by the number of their rule.
    by_rule: Vec<u64>,
    me: Arc<str>,
}

impl Table {
    /// Makes an empty table for the analyst called `me`.
    #[must_use]
    pub fn new(me: &str) -> Self {
        Self {
            me: me.into(),
            ..Self::default()
        }
    }

    /// Returns the rows as they are now.
    #[must_use]
    pub const fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Returns how many alerts stand where.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// Returns how many alerts each rule has, in the order of [`Names::rules`]; rules at the end may be left out.
    #[must_use]
    pub fn by_rule(&self) -> &[u64] {
        &self.by_rule
    }

    /// Returns where the alert is kept; a slot never changes.
    #[must_use]
    pub fn slot(&self, id: AlertId) -> Option<u32> {
        self.slots.get(&id).copied()
    }

    /// Returns the alert's row.
    #[must_use]
    pub fn row(&self, id: AlertId) -> Option<&Row> {
        self.rows.get(self.slot(id)?)
    }

    /// Takes a row that is new or has changed; returns its slot and what stood there before.
    pub fn put(&mut self, alert: &AlertRow) -> (u32, Option<Row>) {
        let row = self.compact(alert);
        if let Some(&slot) = self.slots.get(&row.id) {
            let chunk = Arc::make_mut(&mut self.rows.chunks[slot as usize / CHUNK]);
            let before = std::mem::replace(&mut chunk[slot as usize % CHUNK], row);
            self.count(&before, false);
            self.count(&row, true);
            return (slot, Some(before));
        }
        let slot = self.rows.len as u32;
        if self.rows.len.is_multiple_of(CHUNK) {
            self.rows.chunks.push(Arc::new(Vec::with_capacity(CHUNK)));
        }
        if let Some(chunk) = self.rows.chunks.last_mut() {
            Arc::make_mut(chunk).push(row);
        }
        self.rows.len += 1;
        self.slots.insert(row.id, slot);
        self.count(&row, true);
        (slot, None)
    }

    fn count(&mut self, row: &Row, more: bool) {
        let mine = row.status != Status::Closed
            && row.owner != 0
            && self.rows.names.text(row.owner) == &*self.me;
        let field = match row.status {
            Status::Open => &mut self.tally.open,
            Status::Acknowledged => &mut self.tally.acknowledged,
            Status::Closed => &mut self.tally.closed,
        };
        let rule = row.rule as usize;
        if self.by_rule.len() <= rule {
            self.by_rule.resize(rule + 1, 0);
        }
        if more {
            self.by_rule[rule] += 1;
            *field += 1;
            self.tally.mine += usize::from(mine);
        } else {
            self.by_rule[rule] = self.by_rule[rule].saturating_sub(1);
            *field = field.saturating_sub(1);
            self.tally.mine = self.tally.mine.saturating_sub(usize::from(mine));
        }
    }

    fn compact(&mut self, alert: &AlertRow) -> Row {
        Row {
            id: alert.id,
            time: alert.first.0,
            rule: self.rule_number(&alert.rule),
            host: self.text_number(&alert.host),
            user: self.text_number(&alert.user),
            owner: alert
                .owner
                .as_ref()
                .map_or(0, |owner| self.text_number(owner)),
            count: u32::try_from(alert.count).unwrap_or(u32::MAX),
            steps_done: alert.steps_done,
            severity: alert.rule.severity,
            risk: alert.rule.risk_score,
            status: alert.status,
            disposition: alert.disposition,
            overflow: alert.overflow,
            building_block: alert.rule.building_block,
        }
    }

    fn text_number(&mut self, text: &Arc<str>) -> u32 {
        if let Some(number) = self.rows.names.number(text) {
            return number;
        }
        let names = Arc::make_mut(&mut self.rows.names);
        let number = names.texts.len() as u32;
        names.texts.push(text.clone());
        names.numbers.insert(text.clone(), number);
        number
    }

    fn rule_number(&mut self, rule: &Arc<RuleFacts>) -> u32 {
        if let Some(&number) = self.rows.names.rule_numbers.get(rule) {
            return number;
        }
        let names = Arc::make_mut(&mut self.rows.names);
        let number = names.rules.len() as u32;
        names.rules.push(rule.clone());
        names.rule_numbers.insert(rule.clone(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing::row;

    #[test]
    fn a_row_is_small() {
        assert!(size_of::<Row>() <= 56, "{}", size_of::<Row>());
    }

    #[test]
    fn a_snapshot_does_not_change_under_its_reader() {
        let mut table = Table::new("ana");
        table.put(&row(1));
        let before = table.rows().clone();
        let mut changed = row(1);
        changed.status = Status::Closed;
        assert!(table.put(&changed).1.is_some());
        table.put(&row(2));
        assert_eq!((before.len(), table.rows().len()), (1, 2));
        assert_eq!(before.get(0).unwrap().status, Status::Open);
        assert_eq!(table.rows().get(0).unwrap().status, Status::Closed);
    }

    #[test]
    fn the_tally_follows_every_change() {
        let mut table = Table::new("ana");
        let mut one = row(1);
        table.put(&one);
        one.owner = Some("ana".into());
        one.status = Status::Acknowledged;
        table.put(&one);
        let tally = table.tally();
        assert_eq!((tally.open, tally.acknowledged, tally.mine), (0, 1, 1));
        one.status = Status::Closed;
        table.put(&one);
        assert_eq!((table.tally().closed, table.tally().mine), (1, 0));
    }
}
