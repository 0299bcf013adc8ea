//! Which rows, in which order: the work that grows with the number of alerts, done off the drawing thread.
//!
//! Takes a [`Request`] with a snapshot of the rows; gives an [`Arranged`] order, or nothing when a later request has
//! made it pointless.

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;
use std::sync::Arc;

use super::{Row, Rows};
use crate::alert::{AlertId, Status};
use crate::rule::Severity;
use crate::ui::filter::{Matcher, Query};

/// How many rows are looked at between two looks at whether to stop: about a millisecond.
const STRIDE: usize = 16_384;

/// What the list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    #[default]
    Time,
    Risk,
    Severity,
    Rule,
    Host,
    Count,
    Status,
}

impl Column {
    /// In the order in which the sort key goes through them.
    pub const ALL: [Self; 7] = [
        Self::Time,
        Self::Risk,
        Self::Severity,
        Self::Rule,
        Self::Host,
        Self::Count,
        Self::Status,
    ];

    /// Returns the next one, and the first after the last.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|column| *column == self);
        Self::ALL[at.map_or(0, |at| (at + 1) % Self::ALL.len())]
    }

    /// Returns the word for messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Risk => "risk",
            Self::Severity => "severity",
            Self::Rule => "rule",
            Self::Host => "host",
            Self::Count => "count",
            Self::Status => "status",
        }
    }
}

/// A column and a direction: newest, highest, A to Z, open first; or turned round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Order {
    pub column: Column,
    pub reverse: bool,
}

/// What the list is grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    #[default]
    None,
    Rule,
    Host,
}

impl Grouping {
    /// Returns the next one, and the first after the last.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::None => Self::Rule,
            Self::Rule => Self::Host,
            Self::Host => Self::None,
        }
    }

    /// Returns what a group of `row` is called.
    #[must_use]
    pub fn name<'r>(self, rows: &'r Rows, row: &Row) -> &'r str {
        match self {
            Self::None => "",
            Self::Rule => rows.names.rule_name(row.rule),
            Self::Host => rows.names.text(row.host),
        }
    }
}

impl Order {
    /// Returns how two rows stand to each other; equal only for the same slot.
    #[must_use]
    pub fn compare(self, rows: &Rows, one: u32, other: u32) -> Ordering {
        let (Some(a), Some(b)) = (rows.get(one), rows.get(other)) else {
            return one.cmp(&other);
        };
        let by_column = match self.column {
            Column::Time => Ordering::Equal,
            Column::Risk => b.risk.cmp(&a.risk),
            Column::Severity => b.severity.cmp(&a.severity),
            Column::Rule => rows
                .names
                .rule_name(a.rule)
                .cmp(rows.names.rule_name(b.rule)),
            Column::Host => rows.names.text(a.host).cmp(rows.names.text(b.host)),
            Column::Count => b.count.cmp(&a.count),
            Column::Status => a.status.cmp(&b.status),
        };
        let found = by_column
            .then_with(|| b.time.cmp(&a.time))
            .then_with(|| other.cmp(&one));
        if self.reverse { found.reverse() } else { found }
    }

    /// Returns whether a change of a row from `before` to `now` leaves it in its place.
    #[must_use]
    pub fn same_place(self, before: &Row, now: &Row) -> bool {
        before.time == now.time
            && match self.column {
                Column::Count => before.count == now.count,
                Column::Status => before.status == now.status,
                Column::Risk => before.risk == now.risk,
                Column::Severity => before.severity == now.severity,
                Column::Rule => before.rule == now.rule,
                Column::Host => before.host == now.host,
                Column::Time => true,
            }
    }

    /// Returns a number that grows in the order of the column; for texts their place among all texts.
    fn rank(self, row: &Row, places: &Places) -> u32 {
        match self.column {
            Column::Time => 0,
            Column::Risk => u32::MAX - u32::from(row.risk),
            Column::Severity => u32::MAX - row.severity as u32,
            Column::Rule => places.rule(row),
            Column::Host => places.text(row.host),
            Column::Count => u32::MAX - row.count,
            Column::Status => row.status as u32,
        }
    }
}

/// What the list should show.
#[derive(Debug, Clone)]
pub struct Request {
    /// Grows with each request; the answer carries it.
    pub generation: u64,
    pub rows: Rows,
    pub query: Query,
    pub order: Order,
    pub grouping: Grouping,
    pub marks: Arc<HashSet<AlertId>>,
    pub me: Arc<str>,
}

/// One group of a grouped list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub name: Arc<str>,
    /// Where its rows begin in the order, and how many there are.
    pub start: usize,
    pub len: usize,
    pub open: usize,
    pub worst: Severity,
    /// Time of the newest row.
    pub newest: i64,
}

/// The answer to a request.
#[derive(Debug, Clone, Default)]
pub struct Arranged {
    pub generation: u64,
    pub slots: Vec<u32>,
    /// Empty when the list is not grouped.
    pub groups: Vec<Group>,
    pub histogram: Histogram,
}

/// How the alerts spread over the time they span.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Times of the oldest and the newest alert.
    pub from: i64,
    pub to: i64,
    /// Alerts in each of equal parts of the span.
    pub parts: Vec<u32>,
}

impl Histogram {
    /// Enough parts for the widest screens.
    const PARTS: usize = 240;

    fn of(times: &[i64]) -> Self {
        let (Some(&from), Some(&to)) = (times.iter().min(), times.iter().max()) else {
            return Self::default();
        };
        let part = (i128::from(to) - i128::from(from)) / Self::PARTS as i128 + 1;
        let mut parts = vec![0; Self::PARTS];
        for time in times {
            let at = (i128::from(*time) - i128::from(from)) / part;
            if let Some(count) = parts.get_mut(at as usize) {
                *count += 1;
            }
        }
        Self { from, to, parts }
    }
}

/// Answers `request`; `None` when `stop` says that nobody waits for it any more.
pub fn arrange(request: &Request, stop: &dyn Fn() -> bool) -> Option<Arranged> {
    let rows = &request.rows;
    let mut matcher = Matcher::new(request.query.clone(), &request.me);
    let places = Places::of(request);
    let mut keys: Vec<([u32; 2], Reverse<i64>, Reverse<u32>)> = Vec::with_capacity(rows.len());
    for (slot, row) in rows.iter() {
        if (slot as usize).is_multiple_of(STRIDE) && stop() {
            return None;
        }
        if matcher.matches(rows, row, &request.marks) {
            let rank = request.order.rank(row, &places);
            keys.push(([0, rank], Reverse(row.time), Reverse(slot)));
        }
    }
    let mut groups = Vec::new();
    if request.grouping != Grouping::None {
        groups = group(request, &mut keys, &places);
    }
    if stop() {
        return None;
    }
    if request.order.reverse {
        // Groups stay where they are; the rows within them turn round.
        keys.sort_unstable_by(|a, b| a.0[0].cmp(&b.0[0]).then_with(|| b.cmp(a)));
    } else {
        keys.sort_unstable();
    }
    let times: Vec<i64> = keys.iter().map(|(_, Reverse(time), _)| *time).collect();
    Some(Arranged {
        generation: request.generation,
        histogram: Histogram::of(&times),
        slots: keys.into_iter().map(|(.., Reverse(slot))| slot).collect(),
        groups,
    })
}

/// Numbers the groups, the worst first and then by name, and writes the numbers into the keys.
fn group(
    request: &Request,
    keys: &mut [([u32; 2], Reverse<i64>, Reverse<u32>)],
    places: &Places,
) -> Vec<Group> {
    let rows = &request.rows;
    let mut groups: Vec<Option<Group>> = Vec::new();
    for (rank, Reverse(time), Reverse(slot)) in keys.iter_mut() {
        let Some(row) = rows.get(*slot) else { continue };
        let place = match request.grouping {
            Grouping::Rule => places.rule(row),
            _ => places.text(row.host),
        };
        rank[0] = place;
        if groups.len() <= place as usize {
            groups.resize(place as usize + 1, None);
        }
        let group = groups[place as usize].get_or_insert_with(|| Group {
            name: request.grouping.name(rows, row).into(),
            start: 0,
            len: 0,
            open: 0,
            worst: row.severity,
            newest: *time,
        });
        group.len += 1;
        group.open += usize::from(row.status == Status::Open);
        group.worst = group.worst.max(row.severity);
        group.newest = group.newest.max(*time);
    }
    let mut used: Vec<(usize, Group)> = groups
        .into_iter()
        .enumerate()
        .filter_map(|(place, group)| Some((place, group?)))
        .collect();
    used.sort_by(|(_, a), (_, b)| b.worst.cmp(&a.worst).then_with(|| a.name.cmp(&b.name)));
    let mut number_of = vec![
        0;
        used.last().map_or(0, |_| {
            used.iter().map(|(place, _)| place + 1).max().unwrap_or(0)
        })
    ];
    let mut start = 0;
    for (number, (place, group)) in used.iter_mut().enumerate() {
        number_of[*place] = number as u32;
        group.start = start;
        start += group.len;
    }
    for (rank, ..) in keys.iter_mut() {
        rank[0] = number_of[rank[0] as usize];
    }
    used.into_iter().map(|(_, group)| group).collect()
}

/// Each text's place in alphabetical order; equal names share one.
#[derive(Debug, Default)]
struct Places {
    texts: Vec<u32>,
    rules: Vec<u32>,
}

impl Places {
    fn of(request: &Request) -> Self {
        let names = &request.rows.names;
        let by_host = request.order.column == Column::Host || request.grouping == Grouping::Host;
        let by_rule = request.order.column == Column::Rule || request.grouping == Grouping::Rule;
        let texts: Vec<&str> = names.texts().iter().map(|text| &**text).collect();
        let rules: Vec<&str> = names.rules().iter().map(|rule| &*rule.name).collect();
        Self {
            texts: if by_host { places(&texts) } else { Vec::new() },
            rules: if by_rule { places(&rules) } else { Vec::new() },
        }
    }

    fn text(&self, number: u32) -> u32 {
        self.texts.get(number as usize).copied().unwrap_or(0)
    }

    fn rule(&self, row: &Row) -> u32 {
        self.rules.get(row.rule as usize).copied().unwrap_or(0)
    }
}

fn places(texts: &[&str]) -> Vec<u32> {
    let mut sorted: Vec<&str> = texts.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    texts
        .iter()
        .map(|text| sorted.partition_point(|other| other < text) as u32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::list::Table;
    use crate::ui::testing::row;

    fn request(order: Order, grouping: Grouping) -> Request {
        let mut table = Table::new("ana");
        for number in 0..50 {
            table.put(&row(number * 7 % 50));
        }
        Request {
            generation: 3,
            rows: table.rows().clone(),
            query: Query::default(),
            order,
            grouping,
            marks: Arc::default(),
            me: "ana".into(),
        }
    }

    #[test]
    fn sorting_at_once_and_comparing_agree() {
        for column in Column::ALL {
            for reverse in [false, true] {
                let order = Order { column, reverse };
                let request = request(order, Grouping::None);
                let arranged = arrange(&request, &|| false).unwrap();
                assert_eq!(arranged.slots.len(), 50);
                for pair in arranged.slots.windows(2) {
                    let found = order.compare(&request.rows, pair[0], pair[1]);
                    assert_eq!(found, Ordering::Less, "{order:?} {pair:?}");
                }
            }
        }
    }

    #[test]
    fn groups_cover_the_rows_in_order() {
        for (grouping, reverse) in [(Grouping::Rule, false), (Grouping::Host, true)] {
            let order = Order {
                column: Column::Time,
                reverse,
            };
            let request = request(order, grouping);
            let arranged = arrange(&request, &|| false).unwrap();
            let mut next = 0;
            for group in &arranged.groups {
                assert_eq!(group.start, next);
                for slot in &arranged.slots[next..next + group.len] {
                    let row = request.rows.get(*slot).unwrap();
                    assert_eq!(grouping.name(&request.rows, row), &*group.name);
                }
                next += group.len;
            }
            assert_eq!(next, 50);
        }
    }

    #[test]
    fn a_later_request_stops_it() {
        assert!(arrange(&request(Order::default(), Grouping::None), &|| true).is_none());
    }
}
