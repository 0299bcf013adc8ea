//! Leaving, and what would be lost by it: changes that could not be written yet, a note that is being written.

use super::App;
use crate::ui::message::Effect;
use crate::ui::overlay::Overlay;
use crate::ui::pane::techniques::counted;
use crate::ui::theme::Role;

impl App {
    /// Takes how many changes wait until they can be written.
    pub(super) fn waits(&mut self, count: usize) {
        let before = std::mem::replace(&mut self.waiting, count);
        if before > 0 && count == 0 {
            self.say(Role::Good, "All changes are kept now.");
        }
    }

    /// The newest change that waited was taken back before it was ever written.
    pub(super) fn given_up(&mut self) {
        self.say(Role::Good, "Taken back: the change that was not kept yet.");
        if let Some(id) = self.wanted {
            // What was shown before the store had it.
            self.effects.push(Effect::Open { id, event: 0 });
        }
    }

    /// Leaves, unless something would be lost by it: then it is asked once.
    pub(super) fn ask_to_leave(&mut self) {
        if std::mem::replace(&mut self.doubts_leaving, true) {
            return self.leave();
        }
        if let Some(Overlay::Note(editor)) = &mut self.overlay
            && !editor.text().is_empty()
        {
            editor.question =
                Some("Leave without this note? The same key again does, ctrl-s keeps it.");
        } else if self.waiting > 0 {
            let said = format!(
                "Leave although {} not kept yet? The same key again does.",
                are(self.waiting, "change")
            );
            self.say(Role::Bad, said);
        } else {
            self.leave();
        }
    }

    pub(super) fn leave(&mut self) {
        self.save_view();
        self.effects.push(Effect::Quit);
    }
}

/// Returns `1 change is`, `3 changes are`.
fn are(count: usize, what: &str) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    format!("{} {verb}", counted(count, what))
}
