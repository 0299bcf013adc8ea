//! The list: rows that arrive, filter, order, groups, marks.

use std::collections::HashSet;
use std::sync::Arc;

use tui_input::backend::crossterm::EventHandler as _;

use super::App;
use crate::alert::{AlertId, AlertRow, Status};
use crate::ui::action::Action;
use crate::ui::filter::{Matcher, parse};
use crate::ui::key::Key;
use crate::ui::list::{Arranged, Grouping, Line, Request, Row};
use crate::ui::message::Effect;
use crate::ui::theme::Role;

/// More changed rows than this are ordered off the drawing thread: 2,000 take about a millisecond here.
const BULK: usize = 2000;

/// How often a histogram that missed rows is made anew, in nanoseconds.
const HISTOGRAM: i64 = 10_000_000_000;

impl App {
    pub(super) fn rows_changed(&mut self, rows: &[AlertRow]) {
        let mut changed: Vec<(u32, Option<Row>)> = Vec::with_capacity(rows.len());
        let opened = self.detail.alert().map(|alert| alert.id);
        for alert in rows {
            changed.push(self.table.put(alert));
            if Some(alert.id) == opened && opened == self.wanted {
                let event = self
                    .detail
                    .opened
                    .as_ref()
                    .map_or(0, |opened| opened.number);
                self.effects.push(Effect::Open {
                    id: alert.id,
                    event,
                });
            }
        }
        self.histogram.0 = true;
        if self.arranging {
            self.touched.extend(changed.iter().map(|(slot, _)| *slot));
            return;
        }
        if self.grouping != Grouping::None || changed.len() > BULK {
            self.rearrange();
            return;
        }
        let mut goes = HashSet::new();
        let mut comes = Vec::new();
        let table = self.table.rows();
        for (slot, before) in changed {
            let Some(now) = table.get(slot) else { continue };
            let passes = self.matcher.matches(table, now, &self.list.marks);
            if let Some(before) = before {
                let passed = self.matcher.matches(table, &before, &self.list.marks);
                if passed == passes && (!passes || self.order.same_place(&before, now)) {
                    continue;
                }
                goes.insert(slot);
            }
            if passes {
                comes.push(slot);
            }
        }
        if !goes.is_empty() || !comes.is_empty() {
            self.list.merge(&goes, &mut comes, self.order, table);
        }
        self.stay_on_newest();
    }

    /// Keeps the list at its beginning while nobody has touched a key: there is no hand yet for anything to move under.
    fn stay_on_newest(&mut self) {
        if !self.begun {
            self.list.go(0, self.table.rows());
        }
    }

    /// Asks for the order anew; the latest request wins.
    pub(super) fn rearrange(&mut self) {
        self.generation += 1;
        self.arranging = true;
        self.touched.clear();
        self.stale_order = false;
        self.effects.push(Effect::Arrange(Box::new(Request {
            generation: self.generation,
            rows: self.table.rows().clone(),
            query: self.query.clone(),
            order: self.order,
            grouping: self.grouping,
            marks: self.list.marks.clone(),
            me: self.me.clone(),
        })));
    }

    pub(super) fn arranged(&mut self, arranged: Arranged) {
        if arranged.generation != self.generation {
            return;
        }
        self.arranging = false;
        self.histogram = (false, self.now);
        self.list.take(arranged, self.table.rows());
        if std::mem::take(&mut self.fold_groups) && !self.list.fits() {
            self.list.fold_all(true, self.table.rows());
        }
        self.stay_on_newest();
        if let Some(id) = self.restore
            && self.list.go_to(id, self.table.rows())
        {
            self.restore = None;
        }
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        if touched.is_empty() {
            return;
        }
        if self.grouping != Grouping::None || touched.len() > BULK {
            self.rearrange();
            return;
        }
        let table = self.table.rows();
        let goes: HashSet<u32> = touched.iter().copied().collect();
        let mut comes = touched;
        comes.retain(|slot| {
            let row = table.get(*slot);
            row.is_some_and(|row| self.matcher.matches(table, row, &self.list.marks))
        });
        self.list.merge(&goes, &mut comes, self.order, table);
        self.stay_on_newest();
    }

    pub(super) fn refresh_histogram(&mut self) {
        let (missed, made) = self.histogram;
        let shown = !self.areas().histogram.is_empty();
        if shown && missed && !self.arranging && self.now.0 - made.0 > HISTOGRAM {
            self.histogram = (false, self.now);
            self.rearrange();
        }
    }

    pub(super) fn filter_key(&mut self, event: crossterm::event::KeyEvent, key: Key) {
        match key.to_string().as_str() {
            "enter" => {
                self.filter.editing = false;
                if let Some(problem) = &self.filter.problem {
                    let said = problem.message.clone();
                    self.say(Role::Warning, said);
                }
            }
            "esc" => {
                self.filter.editing = false;
                self.clear_filter();
            }
            "up" => self.list.step(-1, self.table.rows()),
            "down" => self.list.step(1, self.table.rows()),
            _ => {
                let before = self.filter.input.value().to_owned();
                self.filter
                    .input
                    .handle_event(&crossterm::event::Event::Key(event));
                if self.filter.input.value() != before {
                    self.filter_changed();
                }
            }
        }
    }

    /// Takes what stands in the filter bar; a query with a problem leaves the list as it is.
    pub(super) fn filter_changed(&mut self) {
        match parse(self.filter.input.value()) {
            Ok(query) => {
                self.filter.problem = None;
                if query != self.query {
                    self.query = query;
                    self.matcher = Matcher::new(self.query.clone(), &self.me);
                    self.rearrange();
                }
            }
            Err(problem) => self.filter.problem = Some(problem),
        }
    }

    pub(super) fn clear_filter(&mut self) {
        self.filter.input.reset();
        self.filter_changed();
    }

    pub(super) fn sort(&mut self) {
        self.order.column = self.order.column.next();
        self.order.reverse = false;
        self.say_order();
    }

    pub(super) fn reverse_sort(&mut self) {
        self.order.reverse = !self.order.reverse;
        self.say_order();
    }

    fn say_order(&mut self) {
        self.list.follow = false;
        let turned = if self.order.reverse {
            ", turned round"
        } else {
            ""
        };
        let said = format!("Sorted by {}{turned}.", self.order.column.word());
        self.say(Role::Dim, said);
        self.rearrange();
    }

    pub(super) fn group(&mut self) {
        self.grouping = self.grouping.next();
        self.list.follow = false;
        self.fold_groups = self.grouping != Grouping::None;
        let open = self.keymap.key(Action::Open).unwrap_or_default();
        let all = self.keymap.key(Action::UnfoldAll).unwrap_or_default();
        let said = match self.grouping {
            Grouping::None => "Not grouped.".to_owned(),
            Grouping::Rule => {
                format!("Grouped by rule; {open} opens or folds a group, {all} opens all.")
            }
            Grouping::Host => {
                format!("Grouped by host; {open} opens or folds a group, {all} opens all.")
            }
        };
        self.say(Role::Dim, said);
        self.rearrange();
    }

    pub(super) fn fold_all(&mut self, fold: bool) {
        if self.grouping == Grouping::None {
            self.say(Role::Dim, "The list is not grouped; b groups it.");
            return;
        }
        self.list.fold_all(fold, self.table.rows());
    }

    pub(super) fn mark(&mut self) {
        let rows = self.table.rows();
        match self.list.line(self.list.cursor()) {
            Some(Line::Alert(slot)) => {
                let Some(row) = rows.get(slot) else { return };
                let marks = Arc::make_mut(&mut self.list.marks);
                if !marks.remove(&row.id) {
                    marks.insert(row.id);
                }
                self.list.step(1, rows);
            }
            Some(Line::Group(number)) => {
                let ids: Vec<AlertId> = self
                    .list
                    .group_alerts(&self.list.groups()[number], rows)
                    .collect();
                let all = ids.iter().all(|id| self.list.marks.contains(id));
                let marks = Arc::make_mut(&mut self.list.marks);
                for id in ids {
                    if all {
                        marks.remove(&id);
                    } else {
                        marks.insert(id);
                    }
                }
            }
            None => {}
        }
        self.marks_changed();
    }

    pub(super) fn mark_range(&mut self) {
        let rows = self.table.rows();
        let Some(from) = self.list.range_from.take() else {
            self.list.range_from = self.list.current(rows);
            self.say(
                Role::Dim,
                "A range begins here; move and press v again to mark all between.",
            );
            return;
        };
        let slots = self.list.slots();
        let start = slots
            .iter()
            .position(|slot| rows.get(*slot).is_some_and(|row| row.id == from));
        let (Some(start), Some(end)) = (start, self.list.position()) else {
            return;
        };
        let ids: Vec<AlertId> = slots[start.min(end)..=start.max(end)]
            .iter()
            .filter_map(|slot| rows.get(*slot).map(|row| row.id))
            .collect();
        Arc::make_mut(&mut self.list.marks).extend(ids);
        self.marks_changed();
    }

    pub(super) fn mark_all(&mut self) {
        let rows = self.table.rows();
        let ids: Vec<AlertId> = self
            .list
            .slots()
            .iter()
            .filter_map(|slot| rows.get(*slot).map(|row| row.id))
            .collect();
        Arc::make_mut(&mut self.list.marks).extend(ids);
        self.marks_changed();
    }

    pub(super) fn clear_marks(&mut self) {
        self.list.marks = Arc::default();
        self.marks_changed();
    }

    fn marks_changed(&mut self) {
        if self.query.depends_on_marks() {
            self.rearrange();
        }
    }

    pub(super) fn next_unhandled(&mut self, forward: bool) {
        let rows = self.table.rows();
        let slots = self.list.slots();
        let count = slots.len();
        let at = self.list.position().unwrap_or(0);
        let found = (1..=count)
            .map(|step| {
                if forward {
                    (at + step) % count
                } else {
                    (at + count - step) % count
                }
            })
            .find_map(|at| {
                let row = rows.get(*slots.get(at)?)?;
                (row.status == Status::Open).then_some(row.id)
            });
        match found {
            Some(id) if self.list.current(rows) != Some(id) => {
                self.list.go_to(id, rows);
            }
            Some(_) => self.say(Role::Good, "This is the only open alert here."),
            None => self.say(Role::Good, "No alert here is open."),
        }
    }
}
