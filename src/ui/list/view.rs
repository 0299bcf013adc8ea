//! The window on the list: cursor, what is on screen, marks, folds, what came in above.
//!
//! The cursor belongs to an alert, not to a line: rows that come, go or change places never move it off its alert, nor
//! the alert off its line on the screen, as far as there are rows to fill the screen.

use std::collections::HashSet;
use std::sync::Arc;

use super::arrange::{Group, Histogram};
use super::{Arranged, Order, Rows};
use crate::alert::AlertId;

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// A group's heading, by its number in [`View::groups`].
    Group(usize),
    /// An alert's slot.
    Alert(u32),
}

/// What the cursor belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Anchor {
    /// By its slot, which never changes: a million of them are looked through in a moment, a million ids are not.
    Alert(u32),
    Group(Arc<str>),
}

/// The window.
#[derive(Debug, Default)]
pub struct View {
    slots: Vec<u32>,
    groups: Vec<Group>,
    /// The line each group's heading is on.
    heads: Vec<usize>,
    folded: HashSet<Arc<str>>,
    anchor: Option<Anchor>,
    cursor: usize,
    offset: usize,
    height: usize,
    new_above: usize,
    pub follow: bool,
    pub marks: Arc<HashSet<AlertId>>,
    pub histogram: Histogram,
    /// Where a range of marks began.
    pub range_from: Option<AlertId>,
}

impl View {
    /// Returns how many lines there are, headings included and folded rows not.
    #[must_use]
    pub fn len(&self) -> usize {
        match (self.heads.last(), self.groups.last()) {
            (Some(head), Some(group)) => head + 1 + self.shown(group),
            _ => self.slots.len(),
        }
    }

    /// Returns whether there is nothing to show.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Returns how many alerts pass the filter.
    #[must_use]
    pub const fn alerts(&self) -> usize {
        self.slots.len()
    }

    /// Returns the slots in order, folded or not.
    #[must_use]
    pub fn slots(&self) -> &[u32] {
        &self.slots
    }

    /// Returns the groups in order.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Returns whether the group is folded.
    #[must_use]
    pub fn is_folded(&self, group: &Group) -> bool {
        self.folded.contains(&group.name)
    }

    /// Returns the line the cursor is on.
    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// Returns the first line on the screen.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Returns how many alerts came in above the screen since its first line was last in sight.
    #[must_use]
    pub const fn new_above(&self) -> usize {
        self.new_above
    }

    fn shown(&self, group: &Group) -> usize {
        if self.is_folded(group) { 0 } else { group.len }
    }

    /// Returns what is on `line`.
    #[must_use]
    pub fn line(&self, line: usize) -> Option<Line> {
        if self.heads.is_empty() {
            return self.slots.get(line).map(|slot| Line::Alert(*slot));
        }
        let number = self
            .heads
            .partition_point(|head| *head <= line)
            .checked_sub(1)?;
        let (head, group) = (self.heads[number], &self.groups[number]);
        if head == line {
            return Some(Line::Group(number));
        }
        let within = line - head - 1;
        if within >= self.shown(group) {
            return None;
        }
        self.slots
            .get(group.start + within)
            .map(|slot| Line::Alert(*slot))
    }

    /// Returns the alert under the cursor.
    #[must_use]
    pub fn current(&self, rows: &Rows) -> Option<AlertId> {
        match self.line(self.cursor)? {
            Line::Alert(slot) => rows.get(slot).map(|row| row.id),
            Line::Group(_) => None,
        }
    }

    /// Returns the alerts of a group.
    pub fn group_alerts<'v>(
        &'v self,
        group: &Group,
        rows: &'v Rows,
    ) -> impl Iterator<Item = AlertId> + 'v {
        let slots = self.slots.get(group.start..group.start + group.len);
        slots
            .unwrap_or_default()
            .iter()
            .filter_map(|slot| rows.get(*slot).map(|row| row.id))
    }

    /// Takes a new order; the cursor stays on its alert, the alert on its line of the screen.
    pub fn take(&mut self, arranged: Arranged, rows: &Rows) {
        let on_screen = self.cursor.saturating_sub(self.offset);
        self.slots = arranged.slots;
        self.groups = arranged.groups;
        self.histogram = arranged.histogram;
        self.place_heads();
        self.find_anchor(rows, on_screen);
    }

    /// Takes rows that came or changed since the order was made. `goes` lists the slots whose old places are no
    /// longer right, `comes` those that belong in the list, wherever that is now. Not for grouped lists.
    pub fn merge(&mut self, goes: &HashSet<u32>, comes: &mut [u32], order: Order, rows: &Rows) {
        let on_screen = self.cursor.saturating_sub(self.offset);
        let top = self.slots.get(self.offset).copied();
        if !goes.is_empty() {
            self.slots.retain(|slot| !goes.contains(slot));
        }
        comes.sort_unstable_by(|a, b| order.compare(rows, *a, *b));
        let fresh = comes.iter().filter(|slot| !goes.contains(slot)).copied();
        let above = match top {
            Some(top) => fresh
                .filter(|slot| order.compare(rows, *slot, top).is_lt())
                .count(),
            None => 0,
        };
        self.insert(comes, order, rows);
        self.find_anchor(rows, on_screen);
        if self.offset > 0 {
            self.new_above += above;
        }
    }

    /// Inserts sorted slots with one copy of the order.
    fn insert(&mut self, comes: &[u32], order: Order, rows: &Rows) {
        if comes.is_empty() {
            return;
        }
        let old = std::mem::take(&mut self.slots);
        let mut merged = Vec::with_capacity(old.len() + comes.len() + old.len() / 8);
        let mut from = 0;
        for slot in comes {
            let rest = &old[from..];
            let at = rest.partition_point(|other| order.compare(rows, *other, *slot).is_lt());
            merged.extend_from_slice(&rest[..at]);
            merged.push(*slot);
            from += at;
        }
        merged.extend_from_slice(&old[from..]);
        self.slots = merged;
    }

    fn place_heads(&mut self) {
        self.heads.clear();
        let mut line = 0;
        for group in &self.groups {
            self.heads.push(line);
            line += 1 + if self.folded.contains(&group.name) {
                0
            } else {
                group.len
            };
        }
    }

    fn find_anchor(&mut self, rows: &Rows, on_screen: usize) {
        if self.follow && self.groups.is_empty() {
            self.cursor = 0;
            self.offset = 0;
        } else if let Some(line) = self.anchor_line() {
            self.cursor = line;
            self.offset = line.saturating_sub(on_screen);
        }
        self.settle(rows);
    }

    fn anchor_line(&self) -> Option<usize> {
        match self.anchor.as_ref()? {
            Anchor::Group(name) => {
                let number = self.groups.iter().position(|group| group.name == *name)?;
                self.heads.get(number).copied()
            }
            Anchor::Alert(slot) => {
                // The row at the cursor is nearly always still there: look there before looking everywhere.
                if self.groups.is_empty() && self.slots.get(self.cursor) == Some(slot) {
                    return Some(self.cursor);
                }
                let at = self.slots.iter().position(|other| other == slot)?;
                self.line_of(at)
            }
        }
    }

    /// Returns the line of the row at `at` in the order; of its group's heading, when that is folded.
    fn line_of(&self, at: usize) -> Option<usize> {
        if self.groups.is_empty() {
            return Some(at);
        }
        let number = self
            .groups
            .partition_point(|group| group.start <= at)
            .checked_sub(1)?;
        let head = self.heads.get(number)?;
        let group = self.groups.get(number)?;
        Some(if self.is_folded(group) {
            *head
        } else {
            head + 1 + at - group.start
        })
    }

    /// Keeps cursor and offset inside the list and the cursor on the screen; a cursor that leaves the screen moves
    /// it by half a page, so that holding a key costs one big frame in many.
    fn settle(&mut self, rows: &Rows) {
        let len = self.len();
        let height = self.height.max(1);
        self.cursor = self.cursor.min(len.saturating_sub(1));
        if self.cursor < self.offset {
            self.offset = (self.cursor + 1).saturating_sub(height.div_ceil(2));
        } else if self.cursor >= self.offset + height {
            self.offset = self.cursor - height / 2;
        }
        self.offset = self.offset.min(len.saturating_sub(height));
        // The heading of a group's first alert is not left just above the screen.
        let heading = self.offset > 0
            && self.offset == self.cursor
            && height > 1
            && self.heads.binary_search(&(self.offset - 1)).is_ok();
        if heading {
            self.offset -= 1;
        }
        if self.offset == 0 {
            self.new_above = 0;
        }
        self.anchor = self.line(self.cursor).and_then(|line| match line {
            Line::Alert(slot) => rows.get(slot).map(|_| Anchor::Alert(slot)),
            Line::Group(number) => Some(Anchor::Group(self.groups.get(number)?.name.clone())),
        });
    }

    /// Takes the height of the window in lines.
    pub fn resize(&mut self, height: usize, rows: &Rows) {
        if self.height != height {
            self.height = height;
            self.settle(rows);
        }
    }

    /// Moves the cursor to `line`, or as near as there are lines.
    pub fn go(&mut self, line: usize, rows: &Rows) {
        self.cursor = line;
        if line != 0 {
            self.follow = false;
        }
        self.settle(rows);
    }

    /// Moves the cursor by `lines`, down when positive.
    pub fn step(&mut self, lines: isize, rows: &Rows) {
        self.go(self.cursor.saturating_add_signed(lines), rows);
    }

    /// Returns half the height: how far a page key moves.
    #[must_use]
    pub fn half_page(&self) -> isize {
        (self.height / 2).max(1) as isize
    }

    /// Moves the cursor to the alert, unfolding its group; returns whether it is in the list.
    pub fn go_to(&mut self, id: AlertId, rows: &Rows) -> bool {
        let Some(at) = self
            .slots
            .iter()
            .position(|slot| rows.get(*slot).is_some_and(|row| row.id == id))
        else {
            return false;
        };
        let number = self.groups.partition_point(|group| group.start <= at);
        if let Some(group) = number.checked_sub(1).and_then(|n| self.groups.get(n)) {
            self.folded.remove(&group.name);
            self.place_heads();
        }
        if let Some(line) = self.line_of(at) {
            self.go(line, rows);
        }
        true
    }

    /// Returns where the cursor stands in the order of alerts.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        match self.line(self.cursor)? {
            Line::Group(number) => self.groups.get(number).map(|group| group.start),
            Line::Alert(slot) if self.groups.is_empty() => {
                let _ = slot;
                Some(self.cursor)
            }
            Line::Alert(slot) => self.slots.iter().position(|other| *other == slot),
        }
    }

    /// Folds the group under the cursor, or unfolds it; returns whether there was one.
    pub fn toggle_fold(&mut self, rows: &Rows) -> bool {
        let Some(Line::Group(number)) = self.line(self.cursor) else {
            return false;
        };
        let name = self.groups[number].name.clone();
        if !self.folded.remove(&name) {
            self.folded.insert(name);
        }
        self.place_heads();
        self.settle(rows);
        true
    }

    /// Returns whether every line fits on the screen.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.len() <= self.height
    }

    /// Folds or unfolds every group.
    pub fn fold_all(&mut self, fold: bool, rows: &Rows) {
        let at = self.position().unwrap_or(0);
        self.folded.clear();
        if fold {
            self.folded
                .extend(self.groups.iter().map(|group| group.name.clone()));
        }
        self.place_heads();
        if let Some(line) = self.line_of(at) {
            self.cursor = line;
        }
        self.settle(rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::filter::Query;
    use crate::ui::list::{Grouping, Request, Table, arrange};
    use crate::ui::testing::row;

    fn arranged(table: &Table, grouping: Grouping) -> Arranged {
        let request = Request {
            generation: 0,
            rows: table.rows().clone(),
            query: Query::default(),
            order: Order::default(),
            grouping,
            marks: Arc::default(),
            me: "ana".into(),
        };
        arrange(&request, &|| false).unwrap()
    }

    fn filled(alerts: u32, height: usize) -> (Table, View) {
        let mut table = Table::new("ana");
        for number in 0..alerts {
            table.put(&row(number));
        }
        let mut view = View::default();
        view.resize(height, table.rows());
        view.take(arranged(&table, Grouping::None), table.rows());
        (table, view)
    }

    #[test]
    fn the_cursor_sticks_to_its_alert_while_rows_arrive() {
        let (mut table, mut view) = filled(20, 10);
        view.go(3, table.rows());
        let id = view.current(table.rows()).unwrap();
        for number in 20..25 {
            let (slot, _) = table.put(&row(number));
            view.merge(&HashSet::new(), &mut [slot], Order::default(), table.rows());
            assert_eq!(view.current(table.rows()), Some(id));
            assert_eq!(
                view.cursor() - view.offset(),
                3,
                "it stays on its line of the screen"
            );
        }
        assert_eq!(view.new_above(), 5);
        view.go(0, table.rows());
        assert_eq!(view.new_above(), 0);
    }

    #[test]
    fn following_stays_on_the_newest() {
        let (mut table, mut view) = filled(20, 10);
        view.follow = true;
        let (slot, _) = table.put(&row(30));
        view.merge(&HashSet::new(), &mut [slot], Order::default(), table.rows());
        assert_eq!(view.current(table.rows()), Some(row(30).id));
        view.step(1, table.rows());
        assert!(!view.follow);
    }

    #[test]
    fn merging_equals_arranging_anew() {
        let (mut table, mut view) = filled(30, 10);
        let mut comes = Vec::new();
        for number in [45, 31, 99, 40] {
            comes.push(table.put(&row(number)).0);
        }
        comes.push(4);
        view.merge(
            &HashSet::from([4, 9]),
            &mut comes,
            Order::default(),
            table.rows(),
        );
        let mut expected = arranged(&table, Grouping::None).slots;
        expected.retain(|slot| *slot != 9);
        assert_eq!(view.slots(), expected);
    }

    #[test]
    fn an_alert_that_leaves_gives_its_line_to_the_next() {
        let (table, mut view) = filled(20, 10);
        view.go(5, table.rows());
        let next = view.line(6);
        let Some(Line::Alert(slot)) = view.line(5) else {
            panic!()
        };
        view.merge(
            &HashSet::from([slot]),
            &mut Vec::new(),
            Order::default(),
            table.rows(),
        );
        assert_eq!((view.cursor(), view.line(5)), (5, next));
    }

    #[test]
    fn a_cursor_that_leaves_the_screen_moves_it_half_a_page() {
        let (table, mut view) = filled(50, 10);
        for _ in 0..9 {
            view.step(1, table.rows());
        }
        assert_eq!((view.cursor(), view.offset()), (9, 0));
        view.step(1, table.rows());
        assert_eq!((view.cursor(), view.offset()), (10, 5));
        view.go(usize::MAX, table.rows());
        assert_eq!((view.cursor(), view.offset()), (49, 40));
    }

    #[test]
    fn groups_fold_and_the_cursor_goes_to_the_heading() {
        let (table, mut view) = filled(20, 40);
        view.take(arranged(&table, Grouping::Rule), table.rows());
        assert!(view.groups().len() > 1);
        let whole = view.len();
        view.go(1, table.rows());
        let id = view.current(table.rows()).unwrap();
        view.fold_all(true, table.rows());
        assert_eq!(view.len(), view.groups().len());
        assert_eq!(view.line(view.cursor()), Some(Line::Group(0)));
        assert!(view.go_to(id, table.rows()));
        assert_eq!(view.current(table.rows()), Some(id));
        view.fold_all(false, table.rows());
        assert_eq!(view.len(), whole);
        assert_eq!(view.current(table.rows()), Some(id));
    }
}
