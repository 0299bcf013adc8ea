//! The analyst's work on alerts: status, owner, steps, notes; and what came of it.

use super::App;
use crate::alert::{AlertId, Change, ChangeKind, Edit, Status, StepMark};
use crate::ui::action::Action;
use crate::ui::layout::Focus;
use crate::ui::list::Line;
use crate::ui::message::Effect;
use crate::ui::overlay::{NoteEditor, Overlay, StatusMenu, status};
use crate::ui::pane::history::said;
use crate::ui::pane::techniques::counted;
use crate::ui::theme::Role;

impl App {
    /// Returns the alerts an action is for: in the list all marked ones, or the group under the cursor; else the one
    /// under the cursor.
    pub(super) fn targets(&mut self) -> Vec<AlertId> {
        let rows = self.table.rows();
        if self.focus == Focus::Alerts {
            if !self.list.marks.is_empty() {
                return self.marked();
            }
            if let Some(Line::Group(number)) = self.list.line(self.list.cursor()) {
                let group = &self.list.groups()[number];
                return self.list.group_alerts(group, rows).collect();
            }
        }
        let current = self.list.current(rows).or(self.wanted);
        if current.is_none() {
            let said = if self.list.is_empty() && !rows.is_empty() {
                "No alert passes the filter."
            } else {
                "There is no alert under the cursor."
            };
            self.say(Role::Dim, said);
        }
        current.into_iter().collect()
    }

    /// Returns the marked alerts that pass the filter; says how many others stay as they are.
    fn marked(&mut self) -> Vec<AlertId> {
        let rows = self.table.rows();
        let marks = self.list.marks.clone();
        let mut shown: Vec<AlertId> = marks.iter().copied().collect();
        shown.retain(|id| {
            let row = self.table.row(*id);
            row.is_some_and(|row| self.matcher.matches(rows, row, &marks))
        });
        shown.sort_unstable();
        let hidden = marks.len() - shown.len();
        if hidden > 0 {
            let said = format!(
                "The filter hides {}; only alerts in sight are changed.",
                counted(hidden, "marked alert")
            );
            self.say(Role::Warning, said);
        }
        shown
    }

    /// Returns what a menu says it is for.
    fn title_of(&self, ids: &[AlertId]) -> String {
        match ids {
            [one] => {
                let row = self.table.row(*one);
                row.map_or_else(String::new, |row| {
                    self.table.rows().names.rule_name(row.rule).to_owned()
                })
            }
            many => counted(many.len(), "alert"),
        }
    }

    fn edit(&mut self, ids: Vec<AlertId>, edits: Vec<Edit>) {
        if !ids.is_empty() {
            self.effects.push(Effect::Edit { ids, edits });
        }
    }

    pub(super) fn status_menu(&mut self) {
        let ids = self.targets();
        if ids.is_empty() {
            return;
        }
        self.overlay = Some(Overlay::Status(StatusMenu {
            title: format!("STATUS of {}", self.title_of(&ids)),
            ids,
            with_note: false,
            sheet: crate::ui::sheet::Sheet::default(),
        }));
    }

    /// Sets a status, of the menu's alerts or, from the palette, of the targets.
    pub(super) fn set_status(&mut self, action: Action) {
        let Some(edit) = status::edit(action) else {
            return;
        };
        let (ids, with_note) = match self.overlay.take() {
            Some(Overlay::Status(menu)) => (menu.ids, menu.with_note),
            _ => (self.targets(), false),
        };
        if with_note && !ids.is_empty() {
            let title = format!("NOTE for {}, then {}", self.title_of(&ids), said(&edit));
            let mut editor = NoteEditor::new(ids, title, "");
            editor.with = Some(edit);
            self.overlay = Some(Overlay::Note(Box::new(editor)));
            return;
        }
        self.edit(ids, vec![edit]);
    }

    /// A closed alert is somebody's verdict: it is not opened again by the way.
    pub(super) fn acknowledge(&mut self) {
        let mut ids = self.targets();
        let all = ids.len();
        let closed = |id: &AlertId| {
            let row = self.table.row(*id);
            row.is_some_and(|row| row.status == Status::Closed)
        };
        ids.retain(|id| !closed(id));
        self.left_closed = all - ids.len();
        if ids.is_empty() && all > 0 {
            self.left_closed = 0;
            let key = self.keymap.key(Action::Status).unwrap_or_default();
            let what = if all == 1 {
                "This alert is closed"
            } else {
                "These alerts are closed"
            };
            let said = format!("{what}; {key} changes the status, also back to acknowledged.");
            return self.say(Role::Warning, said);
        }
        let edit = Edit::SetStatus {
            status: Status::Acknowledged,
            disposition: None,
        };
        self.edit(ids, vec![edit]);
    }

    pub(super) fn take_over(&mut self) {
        let ids = self.targets();
        let names = &self.table.rows().names;
        let mine = |id: &AlertId| {
            let row = self.table.row(*id);
            row.is_some_and(|row| row.owner != 0 && names.text(row.owner) == &*self.me)
        };
        let owner = (!ids.iter().all(mine)).then(|| self.me.to_string());
        self.edit(ids, vec![Edit::SetOwner { owner }]);
    }

    pub(super) fn tick_step(&mut self, wanted: StepMark) {
        let Some(id) = self.ready() else { return };
        let Some(step) = self.detail.step() else {
            self.say(Role::Dim, "The guide has no step here.");
            return;
        };
        if !step.phase.is_ticked() {
            self.say(
                Role::Dim,
                "Logging is set up once, not for each alert; there is nothing to tick.",
            );
            return;
        }
        let step = step.id.clone();
        let mark = (self.detail.mark(&step) != Some(wanted)).then_some(wanted);
        // Shown at once, so that a second key finds it ticked; the store's answer follows.
        if let Some(opened) = &mut self.detail.opened {
            opened.alert.steps.retain(|(known, _)| *known != step);
            opened
                .alert
                .steps
                .extend(mark.map(|mark| (step.clone(), mark)));
        }
        self.edit(vec![id], vec![Edit::MarkStep { step, mark }]);
        if mark.is_some() {
            self.detail.guide.step(1);
        }
    }

    /// Puts the guide's cursor on the first step that is still to do.
    pub(super) fn go_to_first_open_step(&mut self) {
        let steps = self.detail.steps();
        let todo = steps
            .iter()
            .position(|step| step.phase.is_ticked() && self.detail.mark(&step.id).is_none());
        if let Some(item) = todo {
            self.go_to_step(item, steps.len());
        }
    }

    /// Puts the guide's cursor on a step of an alert that was opened just now and has so many.
    pub(super) fn go_to_step(&mut self, item: usize, steps: usize) {
        // The sheet has the lines of the alert before: give it these first.
        let last = crate::ui::sheet::SheetLine::of(steps.saturating_sub(1));
        self.detail.guide.set(vec![last]);
        self.detail.guide.go(item);
    }

    pub(super) fn note(&mut self) {
        if self.focus == Focus::Guide && self.detail.step().is_some() {
            return self.note_on_step();
        }
        let ids = self.targets();
        if ids.is_empty() {
            return;
        }
        let title = format!("NOTE for {}", self.title_of(&ids));
        let editor = NoteEditor::new(ids, title, "");
        self.overlay = Some(Overlay::Note(Box::new(editor)));
    }

    /// One's own note on the step is taken up again; another analyst's stays as it is.
    fn note_on_step(&mut self) {
        let Some(id) = self.ready() else { return };
        let Some(step) = self.detail.step() else {
            return;
        };
        let step = step.id.clone();
        let own = self.detail.alert().and_then(|alert| {
            let notes = alert.notes.iter().rev();
            notes
                .filter(|note| note.step.as_deref() == Some(&*step) && note.author == *self.me)
                .map(|note| (note.id, note.text.clone()))
                .next()
        });
        let text = own.as_ref().map_or("", |(_, text)| text);
        let mut editor = NoteEditor::new(vec![id], "NOTE on this step".into(), text);
        editor.note = own.as_ref().map(|(note, _)| *note);
        editor.step = Some(step);
        self.overlay = Some(Overlay::Note(Box::new(editor)));
    }

    /// Keeps what the editor holds.
    pub(super) fn keep_note(&mut self, editor: NoteEditor) {
        let text = editor.text();
        let mut edits = Vec::new();
        if !text.is_empty() || editor.note.is_some() {
            edits.push(Edit::WriteNote {
                note: editor.note,
                step: editor.step.clone(),
                text,
            });
        }
        edits.extend(editor.with);
        if edits.is_empty() {
            self.say(Role::Dim, "An empty note is not kept.");
            return;
        }
        self.edit(editor.ids, edits);
    }

    /// Says what a change did, and which key takes it back.
    pub(super) fn changed(&mut self, change: Option<&Change>) {
        let Some(change) = change else {
            self.say(
                Role::Dim,
                "There is nothing to take back, or to make again.",
            );
            return;
        };
        let what: Vec<String> = change.edits.iter().map(|edit| self.done(edit)).collect();
        let what = what.join(", ");
        let many = match change.alerts.len() {
            0 => ": nothing changed, it was so already".to_owned(),
            1 => String::new(),
            count => format!(": {}", counted(count, "alert")),
        };
        let keys = |action| self.keymap.key(action).unwrap_or_default();
        let sentence = match change.kind {
            ChangeKind::Undo => format!(
                "Taken back: {what}{many}. {} makes it again.",
                keys(Action::Redo)
            ),
            ChangeKind::Redo => format!("Made again: {what}{many}."),
            ChangeKind::Automatic => format!("watchglass itself: {what}{many}."),
            ChangeKind::Edit => format!(
                "{}{many}. {} takes it back.",
                capital(&what),
                keys(Action::Undo)
            ),
        };
        let sets = |edit: &Edit| matches!(edit, Edit::SetStatus { .. });
        if change.edits.iter().any(sets) && change.kind == ChangeKind::Edit {
            self.clear_marks();
        }
        let left = std::mem::take(&mut self.left_closed);
        let sentence = match (left, change.kind) {
            (1.., ChangeKind::Edit) => {
                let key = self.keymap.key(Action::Status).unwrap_or_default();
                format!("{sentence} {}", left_closed(left, &key))
            }
            _ => sentence,
        };
        self.say(Role::Good, sentence);
    }

    /// Returns what an edit did, in a few words; a step by its number.
    fn done(&self, edit: &Edit) -> String {
        let what = said(edit);
        match edit {
            Edit::MarkStep { step, .. } => match self.detail.numbered(step) {
                Some((number, _)) => what.replacen("step", &format!("step {number}"), 1),
                None => what,
            },
            _ => what,
        }
    }
}

/// Says that closed alerts were left as they are, and which key changes that.
fn left_closed(count: usize, key: &str) -> String {
    let (are, them) = match count {
        1 => ("1 alert is", "it"),
        _ => ("The others are", "them"),
    };
    format!("{are} closed and stayed so; {key} opens {them} again.")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}
