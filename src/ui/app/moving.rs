//! Going about: lines, pages, panes, tabs, backing out.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::App;
use crate::ui::detail::{Place, Tab};
use crate::ui::layout::{Focus, Tier};
use crate::ui::list::Line;
use crate::ui::message::Effect;
use crate::ui::overlay::Overlay;
use crate::ui::sheet::Sheet;
use crate::ui::theme::Role;

/// Lines a turn of the mouse wheel moves.
const WHEEL: isize = 3;

impl App {
    /// Returns the sheet that the moving keys move, unless that is the list of alerts.
    fn sheet(&mut self) -> Option<&mut Sheet> {
        if let Some(overlay) = &mut self.overlay {
            return overlay.sheet_mut();
        }
        match self.focus {
            Focus::Alerts => None,
            Focus::Event => Some(&mut self.detail.event),
            Focus::Techniques => Some(&mut self.detail.techniques),
            Focus::Guide => Some(&mut self.detail.guide),
        }
    }

    pub(super) fn step(&mut self, by: isize) {
        if let Some(Overlay::Rules(view)) = &mut self.overlay {
            return view.step(by);
        }
        if self.overlay.is_none() && self.focus == Focus::Alerts {
            self.list.step(by, self.table.rows());
        } else if let Some(sheet) = self.sheet() {
            sheet.step(by);
        }
        self.preview();
    }

    pub(super) fn page(&mut self, down: bool) {
        if let Some(Overlay::Rules(view)) = &mut self.overlay {
            return view.page(down);
        }
        if self.overlay.is_none() && self.focus == Focus::Alerts {
            let half = self.list.half_page();
            self.list
                .step(if down { half } else { -half }, self.table.rows());
        } else if let Some(sheet) = self.sheet() {
            sheet.page(down);
        }
        self.preview();
    }

    pub(super) fn end(&mut self, last: bool) {
        if let Some(Overlay::Rules(view)) = &mut self.overlay {
            return view.end(last);
        }
        if self.overlay.is_none() && self.focus == Focus::Alerts {
            self.list
                .go(if last { usize::MAX } else { 0 }, self.table.rows());
        } else if let Some(sheet) = self.sheet() {
            sheet.end(last);
        }
        self.preview();
    }

    pub(super) fn follow(&mut self) {
        if self.list.follow {
            self.list.follow = false;
            self.say(Role::Dim, "The cursor stays where it is now.");
            return;
        }
        if self.order != crate::ui::list::Order::default()
            || self.grouping != crate::ui::list::Grouping::None
        {
            self.order = crate::ui::list::Order::default();
            self.grouping = crate::ui::list::Grouping::None;
            self.rearrange();
        }
        self.focus_on(Focus::Alerts);
        self.list.go(0, self.table.rows());
        self.list.follow = true;
        self.say(
            Role::Dim,
            "Following: the cursor stays on the newest alert until it is moved.",
        );
    }

    pub(super) fn focus_on(&mut self, focus: Focus) {
        self.focus = focus;
        if focus != Focus::Alerts {
            self.detail_focus = focus;
        }
    }

    pub(super) fn next_pane(&mut self, forward: bool) {
        let count = Focus::ALL.len();
        let at = Focus::ALL
            .iter()
            .position(|focus| *focus == self.focus)
            .unwrap_or(0);
        let next = if forward { at + 1 } else { at + count - 1 };
        // With one detail on the screen, the next pane after the list is the one that is shown.
        if self.tier() == Tier::Two && !self.zoomed && self.focus == Focus::Alerts && forward {
            return self.focus_on(self.detail_focus);
        }
        self.focus_on(Focus::ALL[next % count]);
    }

    pub(super) fn next_tab(&mut self, forward: bool) {
        match self.focus {
            Focus::Event if self.detail.on_event() => {
                let count = Tab::ALL.len();
                let at = Tab::ALL
                    .iter()
                    .position(|tab| *tab == self.detail.tab)
                    .unwrap_or(0);
                let next = if forward { at + 1 } else { at + count - 1 };
                self.detail.tab = Tab::ALL[next % count];
                self.detail.event.rewind();
                self.stale_event = true;
            }
            Focus::Guide => self.next_phase(forward),
            Focus::Alerts if self.tier() == Tier::Two => self.turn_detail(forward),
            _ => {}
        }
    }

    /// Shows the next detail while the list keeps the keys.
    fn turn_detail(&mut self, forward: bool) {
        self.detail_focus = match (self.detail_focus, forward) {
            (Focus::Event, true) | (Focus::Guide, false) => Focus::Techniques,
            (Focus::Techniques, true) | (Focus::Event | Focus::Alerts, false) => Focus::Guide,
            (Focus::Techniques, false) | (Focus::Guide | Focus::Alerts, true) => Focus::Event,
        };
    }

    fn next_phase(&mut self, forward: bool) {
        let phases: Vec<_> = self.detail.steps().iter().map(|step| step.phase).collect();
        let at = self.detail.guide.cursor().unwrap_or(0);
        let Some(here) = phases.get(at) else { return };
        let target = if forward {
            phases.iter().position(|phase| phase > here)
        } else {
            let before = phases.iter().rev().find(|phase| *phase < here);
            before.and_then(|before| phases.iter().position(|phase| phase == before))
        };
        if let Some(item) = target {
            self.detail.guide.go(item);
        }
    }

    pub(super) fn show_event(&mut self) {
        self.place(Place::Event);
    }

    pub(super) fn show_related(&mut self) {
        self.place(Place::Related);
    }

    pub(super) fn show_history(&mut self) {
        self.place(Place::History);
    }

    pub(super) fn place(&mut self, place: Place) {
        self.turn_to(place);
        self.focus_on(Focus::Event);
    }

    /// Puts something else in the event's place; the place that is left is found again as it was.
    fn turn_to(&mut self, place: Place) {
        if self.detail.place != place {
            let left = std::mem::replace(&mut self.detail.place, place);
            let spot = self.detail.event.spot();
            self.detail.spots.insert(left, spot);
            self.came_back = Some(
                self.detail
                    .spots
                    .get(&self.detail.place)
                    .copied()
                    .unwrap_or_default(),
            );
        }
        self.stale_event = true;
    }

    pub(super) fn zoom(&mut self) {
        self.zoomed = !self.zoomed;
        self.stale_event = true;
    }

    pub(super) fn open(&mut self) {
        match self.focus {
            Focus::Alerts => {
                if !self.list.toggle_fold(self.table.rows()) && !self.list.is_empty() {
                    self.focus_on(self.detail_focus);
                }
            }
            Focus::Guide => self.ask_step(),
            Focus::Event => self.open_in_event(),
            Focus::Techniques => self.zoom(),
        }
    }

    fn open_in_event(&mut self) {
        match &self.detail.place {
            Place::Related => {
                let at = self.detail.event.cursor().unwrap_or(0);
                let Some(id) = self.detail.survey.related.get(at).copied() else {
                    return;
                };
                if self.list.go_to(id, self.table.rows()) {
                    self.show_event();
                } else {
                    self.say(
                        Role::Warning,
                        "The filter hides this alert; clear it first.",
                    );
                }
            }
            Place::Answers(step) => {
                let step = step.clone();
                let at = self.detail.event.cursor().unwrap_or(0);
                self.open_answer(&step, at);
            }
            Place::Event | Place::Found(..) if self.detail.field().is_some() => self.copy_menu(),
            Place::Event | Place::Found(..) | Place::History => {}
        }
    }

    /// Opens the event of this number among the answers of a step.
    fn open_answer(&mut self, step: &str, at: usize) {
        let Some(answer) = self.detail.found(step).and_then(|found| found.get(at)) else {
            return;
        };
        if answer.event.is_some() {
            self.place(Place::Found(step.to_owned(), at));
            return;
        }
        let path = crate::text::plain(&answer.reference.path).into_owned();
        let said = format!(
            "There are too many answers to keep this event; it lies in {path} at byte {}.",
            answer.reference.offset
        );
        self.say(Role::Warning, said);
    }

    fn ask_step(&mut self) {
        let Some(id) = self.ready() else { return };
        let Some(step) = self.detail.step() else {
            return;
        };
        if step.pivots.is_empty() {
            self.say(
                Role::Dim,
                "This step asks nothing that the logs could answer; space ticks it.",
            );
            return;
        }
        if !self.detail.searchable {
            self.say(
                Role::Dim,
                "No events are kept here to search; follow the step by hand, space ticks it.",
            );
            return;
        }
        let step = step.id.clone();
        if !self.detail.answers.contains_key(&(id, step.clone())) {
            self.effects.push(Effect::Pivot {
                alert: id,
                step: step.clone(),
            });
        }
        self.place(Place::Answers(step));
    }

    pub(super) fn next_event(&mut self, forward: bool) {
        if let Place::Found(step, at) = &self.detail.place {
            let (step, at) = (step.clone(), *at);
            let next = if forward {
                at.checked_add(1)
            } else {
                at.checked_sub(1)
            };
            let count = self.detail.found(&step).map_or(0, <[_]>::len);
            if let Some(next) = next.filter(|next| *next < count) {
                self.open_answer(&step, next);
            } else {
                let end = if forward { "last" } else { "first" };
                self.say(Role::Dim, format!("This is the {end} event of the step."));
            }
            return;
        }
        let Some(opened) = &self.detail.opened else {
            return;
        };
        let count = opened.alert.events.len();
        let number = if forward {
            opened.number + 1
        } else {
            opened.number.wrapping_sub(1)
        };
        if number < count {
            let id = opened.alert.id;
            self.effects.push(Effect::Open { id, event: number });
        } else {
            let end = if forward { "last" } else { "first" };
            self.say(Role::Dim, format!("This is the {end} event of the alert."));
        }
    }

    /// Backs out one step; returns whether there was one.
    pub(super) fn back(&mut self) -> bool {
        if self.back_within() {
            return true;
        }
        if self.filter.input.value().is_empty() {
            return false;
        }
        self.clear_filter();
        self.say(Role::Dim, "The filter is off; all alerts are shown.");
        true
    }

    /// Backs out of what lies over the list of alerts; the filter stays.
    pub(super) fn back_within(&mut self) -> bool {
        if self.overlay.is_some() {
            self.close_overlay();
        } else if !self.detail.search.value().is_empty() && self.focus == Focus::Event {
            self.detail.search.reset();
            self.stale_event = true;
        } else if self.list.range_from.take().is_some() {
        } else if self.detail.place != Place::Event && self.focus == Focus::Event {
            match self.detail.place.clone() {
                Place::Found(step, at) => {
                    // The list of answers comes back with the cursor on the event that was read last.
                    let answers = Place::Answers(step);
                    if let Some(spot) = self.detail.spots.get_mut(&answers) {
                        spot.go(at);
                    }
                    self.place(answers);
                }
                Place::Answers(_) => {
                    self.turn_to(Place::Event);
                    self.focus_on(Focus::Guide);
                }
                _ => self.place(Place::Event),
            }
        } else if self.zoomed {
            self.zoom();
        } else if self.focus != Focus::Alerts {
            self.focus = Focus::Alerts;
        } else if !self.list.marks.is_empty() {
            self.clear_marks();
        } else {
            return false;
        }
        true
    }

    pub(super) fn mouse(&mut self, mouse: MouseEvent) {
        match mouse.kind {
            MouseEventKind::ScrollDown => self.step(WHEEL),
            MouseEventKind::ScrollUp => self.step(-WHEEL),
            MouseEventKind::Down(MouseButton::Left) if self.overlay.is_none() => {
                let areas = self.areas();
                let at = (mouse.column, mouse.row).into();
                let Some(focus) = Focus::ALL
                    .into_iter()
                    .find(|focus| areas.of(*focus).contains(at))
                else {
                    return;
                };
                self.focus_on(focus);
                let line =
                    usize::from(mouse.row.saturating_sub(areas.alerts.y + 1)) + self.list.offset();
                if focus == Focus::Alerts
                    && mouse.row > areas.alerts.y
                    && self.list.line(line).is_some()
                {
                    self.list.go(line, self.table.rows());
                    if let Some(Line::Group(_)) = self.list.line(line) {
                        self.list.toggle_fold(self.table.rows());
                    }
                }
            }
            _ => {}
        }
    }
}
