//! All state of the screen.
//!
//! Takes [`Input`]s and [`Message`]s; gives [`Effect`]s. It does no input or output and never waits, so every
//! behaviour of the screen is tested by keys and messages alone. The families of actions live in files of their own.

mod ahead;
mod copying;
mod dispatch;
mod leaving;
mod listing;
mod moving;
mod overlays;
mod ruling;
mod saved;
mod triage;
mod typing;

use std::sync::Arc;

use jiff::tz::TimeZone;
use ratatui::layout::Rect;
use tui_input::Input as TextInput;

use super::action::Context;
use super::detail::{Detail, Place};
use super::feed::{Detector, Found, PivotAnswer, Snapshot};
use super::filter::{Matcher, Problem, Query};
use super::ink::Ink;
use super::input::Input;
use super::key::Key;
use super::keymap::Keymap;
use super::layout::{Areas, Focus, Tier, areas, tier};
use super::list::{Grouping, Order, Table, View};
use super::message::{Effect, Message, SurveyRequest};
use super::overlay::Overlay;
use super::pane;
use super::sheet::{SheetLine, Spot};
use super::theme::{Depth, Role, Theme};
use crate::alert::AlertId;
use crate::event::Time;
use crate::pipeline::Answer;
use crate::rule::RuleSet;

/// Messages kept for the log; older ones go.
const LOG: usize = 500;

/// How long the answer line shows a message, in nanoseconds.
const ANSWER: i64 = 12_000_000_000;

/// What the screen starts with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The analyst's name.
    pub me: String,
    pub keymap: Keymap,
    pub theme: Theme,
    /// The user's themes: name and text.
    pub user_themes: Vec<(String, String)>,
    pub depth: Depth,
    pub ascii: bool,
    pub zone: TimeZone,
    pub mouse: bool,
    pub now: Time,
}

/// The filter bar.
#[derive(Debug, Default)]
pub struct FilterBar {
    pub input: TextInput,
    pub editing: bool,
    /// Why the list still shows what it showed before.
    pub problem: Option<Problem>,
}

/// The state.
#[derive(Debug)]
pub struct App {
    pub me: Arc<str>,
    pub keymap: Keymap,
    pub theme: Theme,
    pub user_themes: Vec<(String, String)>,
    pub depth: Depth,
    pub ascii: bool,
    pub zone: TimeZone,
    pub mouse: bool,
    pub now: Time,

    pub table: Table,
    pub list: View,
    pub order: Order,
    pub grouping: Grouping,
    /// The query the list was asked for last.
    pub query: Query,
    pub filter: FilterBar,
    matcher: Matcher,
    /// The latest request for an order, and whether its answer is still out.
    generation: u64,
    arranging: bool,
    /// Rows that changed while an answer was out.
    touched: Vec<u32>,
    /// Whether the order must be made anew once the answer that is out has come.
    stale_order: bool,
    /// Whether the groups that are on their way come folded, where they do not all fit on the screen.
    fold_groups: bool,
    /// Whether the histogram has missed rows, and when it was last made.
    histogram: (bool, Time),

    pub detail: Detail,
    /// The alert that was asked for last.
    wanted: Option<AlertId>,
    /// Whether the event's sheet must be laid out anew.
    stale_event: bool,
    /// Where to go in the event's sheet once it is laid out: another place took the event's.
    came_back: Option<Spot>,
    event_columns: u16,

    pub focus: Focus,
    /// The detail that is shown while the list has the keys.
    pub detail_focus: Focus,
    pub zoomed: bool,
    pub size: (u16, u16),
    pub overlay: Option<Overlay>,
    /// Keys that wait for the next one.
    pub pending: Vec<Key>,

    pub answer: Option<(Time, Role, String)>,
    pub log: Vec<(Time, Role, String)>,
    /// Closed alerts that the edit which is on its way leaves as they are.
    left_closed: usize,
    /// A text that was too long for the clipboard: label and text.
    too_long: Option<(String, String)>,

    pub progress: Snapshot,
    pub rules: Arc<RuleSet>,
    /// Steps that can be ticked, by the number of the rule in the list.
    pub step_totals: Vec<u16>,
    /// Whether all alerts of the store have arrived.
    pub loaded: bool,
    /// Where the cursor was the last time, until it is found.
    restore: Option<AlertId>,
    /// Which step of its guide the cursor was on.
    restore_step: Option<(AlertId, String)>,
    /// Whether the analyst has done anything yet, now or the last time; until then the list stands on the newest.
    begun: bool,
    saved: serde_json::Value,
    /// Changes that wait until they can be written.
    pub waiting: usize,
    /// Whether it was asked whether to leave although something would be lost.
    doubts_leaving: bool,
    ahead: ahead::Ahead,
    effects: Vec<Effect>,
}

impl App {
    /// Makes the state of an empty screen of `size`.
    #[must_use]
    pub fn new(setup: Setup, size: (u16, u16)) -> Self {
        let me: Arc<str> = setup.me.as_str().into();
        let mut app = Self {
            table: Table::new(&me),
            matcher: Matcher::new(Query::default(), &me),
            me,
            keymap: setup.keymap,
            theme: setup.theme,
            user_themes: setup.user_themes,
            depth: setup.depth,
            ascii: setup.ascii,
            zone: setup.zone,
            mouse: setup.mouse,
            now: setup.now,
            list: View::default(),
            order: Order::default(),
            grouping: Grouping::default(),
            query: Query::default(),
            filter: FilterBar::default(),
            generation: 0,
            arranging: false,
            touched: Vec::new(),
            stale_order: false,
            fold_groups: false,
            histogram: (false, setup.now),
            detail: Detail::default(),
            wanted: None,
            stale_event: true,
            came_back: None,
            event_columns: 0,
            focus: Focus::Alerts,
            detail_focus: Focus::Event,
            zoomed: false,
            size,
            overlay: None,
            pending: Vec::new(),
            answer: None,
            log: Vec::new(),
            left_closed: 0,
            too_long: None,
            progress: Snapshot::default(),
            rules: Arc::default(),
            step_totals: Vec::new(),
            loaded: false,
            restore: None,
            restore_step: None,
            begun: false,
            saved: serde_json::Value::Null,
            waiting: 0,
            doubts_leaving: false,
            ahead: ahead::Ahead::default(),
            effects: Vec::new(),
        };
        app.settle();
        app
    }

    /// Returns what drawing needs to know.
    #[must_use]
    pub const fn ink(&self) -> Ink<'_> {
        Ink {
            theme: &self.theme,
            ascii: self.ascii,
        }
    }

    /// Returns the screen, cut up.
    #[must_use]
    pub fn areas(&self) -> Areas {
        areas(
            self.size.0,
            self.size.1,
            self.focus,
            self.detail_focus,
            self.zoomed,
        )
    }

    /// Returns how much there is room for.
    #[must_use]
    pub const fn tier(&self) -> Tier {
        tier(self.size.0, self.size.1)
    }

    /// Returns where keys hold now, the narrowest first.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        let narrow = match &self.overlay {
            Some(Overlay::Copy(_)) => Some(Context::CopyMenu),
            Some(Overlay::Status(_)) => Some(Context::StatusMenu),
            Some(Overlay::Rules(_)) => Some(Context::Rules),
            Some(_) => None,
            None => Some(self.pane_context()),
        };
        narrow.into_iter().chain([Context::Anywhere]).collect()
    }

    /// Returns the context of the focused pane.
    #[must_use]
    pub const fn pane_context(&self) -> Context {
        match self.focus {
            Focus::Alerts => Context::Alerts,
            Focus::Event => Context::Event,
            Focus::Techniques => Context::Techniques,
            Focus::Guide => Context::Guide,
        }
    }

    /// Returns whether the cursor is on a step of the guide whose question the logs can answer.
    #[must_use]
    pub fn on_step(&self) -> bool {
        self.focus == Focus::Guide
            && self.detail.searchable
            && self
                .detail
                .step()
                .is_some_and(|step| !step.pivots.is_empty())
    }

    /// Takes what a person or the system did.
    pub fn handle(&mut self, input: Input) -> Vec<Effect> {
        self.begun |= matches!(input, Input::Key(_) | Input::Paste(_) | Input::Mouse(_));
        match input {
            Input::Key(event) => self.key(event),
            Input::Paste(text) => self.paste(&text),
            Input::Resize(columns, rows) => {
                self.size = (columns, rows);
                self.stale_event = true;
            }
            Input::Mouse(mouse) => self.mouse(mouse),
            Input::End | Input::Closed => self.leave(),
            Input::Stop => self.effects.push(Effect::Suspend),
            Input::Continue => self.effects.push(Effect::Repaint),
        }
        self.finish()
    }

    /// Takes what happened meanwhile.
    pub fn take(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Rows(rows) => self.rows_changed(&rows),
            Message::Loaded => {
                self.loaded = true;
                // Once, so that the histogram has the whole span at once.
                self.rearrange();
            }
            Message::Arranged(arranged) => self.arranged(arranged),
            Message::Opened(opened) => self.opened(*opened),
            Message::Survey(survey) => {
                if survey.id == self.wanted {
                    self.detail.survey = survey;
                    self.stale_event = true;
                }
            }
            Message::Changed(change) => self.changed(change.as_ref()),
            Message::Waiting(count) => self.waits(count),
            Message::GivenUp => self.given_up(),
            Message::Unreadable(records, all) => self.unreadable_found(records, all),
            Message::Failed(sentence) => self.say(Role::Bad, sentence),
            Message::Copied {
                label,
                sentence,
                kept,
            } => {
                self.too_long = kept.map(|text| (label.clone(), text));
                self.say(Role::Copied, format!("{label}: {sentence}"));
            }
            Message::Wrote { path, bytes } => {
                let path = crate::text::visible(&path.display().to_string(), self.ink().marks())
                    .into_owned();
                self.say(Role::Good, format!("{bytes} B written to {path}"));
            }
            Message::Progress(progress) => self.progressed(*progress),
            Message::Rules(rules) => self.rules_changed(rules),
            Message::Pivot(answer) => self.answered(answer),
            Message::View(view) => self.restore_view(view),
            Message::Tick(now) => self.tick(now),
        }
        self.catch_up();
        self.finish()
    }

    fn finish(&mut self) -> Vec<Effect> {
        self.settle();
        std::mem::take(&mut self.effects)
    }

    fn tick(&mut self, now: Time) {
        self.now = now;
        if self
            .answer
            .as_ref()
            .is_some_and(|(said, ..)| now.0 - said.0 > ANSWER)
        {
            self.answer = None;
        }
        self.refresh_histogram();
        self.renew_rules_view();
        self.save_view();
    }

    fn progressed(&mut self, progress: Snapshot) {
        for problem in &progress.problems {
            if !self.progress.problems.contains(problem) {
                self.say(Role::Warning, problem.clone());
            }
        }
        self.detail.searchable = progress.searchable;
        let before = std::mem::replace(&mut self.progress, progress);
        self.detector_changed(&before.detector);
    }

    /// Says that this process took over, or detects again.
    fn detector_changed(&mut self, before: &Detector) {
        let begins = !matches!(before, Detector::Here | Detector::Starting);
        if begins && self.progress.detector == Detector::Here {
            let watched = self.progress.watched.clone();
            self.say(
                Role::Good,
                format!("This process detects now, in {watched}."),
            );
        }
    }

    fn opened(&mut self, opened: super::detail::Opened) {
        if Some(opened.alert.id) != self.wanted {
            return;
        }
        let other = self
            .detail
            .alert()
            .is_none_or(|alert| alert.id != opened.alert.id);
        if other {
            self.detail.event.rewind();
            self.detail.techniques.rewind();
            self.detail.guide.rewind();
            self.detail.place = Place::Event;
            self.detail.spots.clear();
            self.came_back = None;
            self.detail.survey = super::message::Survey::default();
        }
        self.detail.rule = self.rules.get(&opened.alert.rule_id).cloned();
        let id = opened.alert.id;
        self.detail.opened = Some(Box::new(opened));
        self.detail.look_for();
        self.stale_event = true;
        if other {
            self.effects.push(Effect::Survey(Box::new(SurveyRequest {
                id,
                rows: self.table.rows().clone(),
                now: self.now,
            })));
            self.go_to_first_open_step();
            self.go_back_to_step(id);
            // The sheets have the lines of the alert before: enough items for the cursor to go to.
            let at = pane::techniques::first_line(&self.detail);
            self.detail.techniques.set(vec![SheetLine::of(at)]);
            self.detail.techniques.go(at);
        }
    }

    /// Takes the events that answer a step; one who waits for them is put where the alert happened among them.
    fn answered(&mut self, answer: PivotAnswer) {
        let waits = self.detail.place == Place::Answers(answer.step.clone());
        if let (Some(alert), Ok(Found { events, .. })) = (self.detail.alert(), &answer.found)
            && waits
            && alert.id == answer.alert
        {
            let later = |one: &Answer| one.reference.time >= alert.first;
            let at = events.iter().position(later).unwrap_or(events.len());
            self.came_back = Some(Spot::at(at));
        }
        self.detail
            .answers
            .insert((answer.alert, answer.step), answer.found);
        self.stale_event = true;
    }

    fn rules_changed(&mut self, rules: Arc<RuleSet>) {
        self.say_what_rules_changed(&rules);
        self.rules = rules;
        self.renew_rules_view();
        self.step_totals.clear();
        if let Some(alert) = self.detail.alert() {
            self.detail.rule = self.rules.get(&alert.rule_id).cloned();
            self.detail.look_for();
        }
        self.stale_event = true;
    }

    /// Says something in the answer line and keeps it in the log.
    pub fn say(&mut self, role: Role, sentence: impl Into<String>) {
        let sentence = sentence.into();
        self.log.push((self.now, role, sentence.clone()));
        self.trim_log();
        self.answer = Some((self.now, role, sentence));
    }

    fn trim_log(&mut self) {
        let over = self.log.len().saturating_sub(LOG);
        self.log.drain(..over);
    }

    /// Lays out what changed and asks for what is missing; after this, drawing only copies.
    fn settle(&mut self) {
        let areas = self.areas();
        self.list.resize(
            usize::from(areas.alerts.height.saturating_sub(1)),
            self.table.rows(),
        );
        self.open_current();
        self.count_steps();
        self.lay_out_detail(&areas);
        self.lay_out_overlay();
    }

    fn lay_out_detail(&mut self, areas: &Areas) {
        let heights =
            |area: Rect, title: bool| usize::from(area.height.saturating_sub(u16::from(title)));
        self.detail.event.resize(heights(areas.event, true));
        self.detail
            .techniques
            .resize(heights(areas.techniques, self.has_title(Focus::Techniques)));
        self.detail
            .guide
            .resize(heights(areas.guide, self.has_title(Focus::Guide)));
        let ink = Ink {
            theme: &self.theme,
            ascii: self.ascii,
        };
        if !areas.event.is_empty() && (self.stale_event || self.event_columns != areas.event.width)
        {
            self.event_columns = areas.event.width;
            self.stale_event = false;
            let columns = usize::from(areas.event.width);
            let lines = match &self.detail.place {
                Place::Event | Place::Found(..) => {
                    let (lines, fields) =
                        pane::event::lines(&self.detail, ink, &self.zone, columns);
                    self.detail.fields = fields;
                    lines
                }
                Place::Related => {
                    pane::related::lines(&self.detail, &self.table, ink, &self.zone, columns)
                }
                Place::History => pane::history::lines(&self.detail, ink, &self.zone, columns),
                Place::Answers(step) => {
                    pane::related::answers(&self.detail, step, ink, &self.zone, columns)
                }
            };
            match self.came_back.take() {
                Some(spot) => self.detail.event.set_at(lines, spot),
                None => self.detail.event.set(lines),
            }
        }
        if !areas.techniques.is_empty() {
            let columns = usize::from(areas.techniques.width);
            let lines = pane::techniques::lines(&self.detail, ink, columns);
            self.detail.techniques.set(lines);
        }
        if !areas.guide.is_empty() {
            let columns = usize::from(areas.guide.width);
            let lines = pane::guide::lines(&self.detail, ink, &self.zone, columns);
            self.detail.guide.set(lines);
        }
    }

    /// Returns whether the pane has a title line of its own; where tabs name it, it has none.
    #[must_use]
    pub fn has_title(&self, focus: Focus) -> bool {
        self.zoomed
            || matches!(focus, Focus::Alerts | Focus::Event)
            || matches!(self.tier(), Tier::Four | Tier::Three)
    }

    fn open_current(&mut self) {
        let Some(id) = self.list.current(self.table.rows()) else {
            if self.list.is_empty() && !self.arranging && self.loaded && self.wanted.is_some() {
                // Nothing passes the filter: no key may act on an alert that nobody sees.
                self.wanted = None;
                self.detail.close();
                self.stale_event = true;
            }
            return;
        };
        if self.wanted != Some(id) {
            self.wanted = Some(id);
            self.effects.push(Effect::Open { id, event: 0 });
        }
    }

    /// Returns the opened alert, when it is the one under the cursor; else says that it is on its way.
    fn ready(&mut self) -> Option<AlertId> {
        let id = self.detail.alert().map(|alert| alert.id);
        if id.is_some() && id == self.wanted {
            return id;
        }
        let said = if self.table.rows().is_empty() {
            "There is no alert yet."
        } else if self.list.is_empty() {
            "No alert passes the filter."
        } else {
            "Move to an alert first."
        };
        self.say(Role::Dim, said);
        None
    }

    fn count_steps(&mut self) {
        let rules = self.table.rows().names.rules();
        for rule in rules.iter().skip(self.step_totals.len()) {
            let steps = self.rules.get(&rule.id).map_or(0, |rule| {
                let steps = rule.guide.steps.iter();
                steps.filter(|step| step.phase.is_ticked()).count()
            });
            self.step_totals.push(steps as u16);
        }
    }
}

#[cfg(test)]
mod tests;
