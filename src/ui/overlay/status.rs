//! The status menu: open, acknowledged, or closed as what.

use crate::alert::{AlertId, Disposition, Edit, Status};
use crate::ui::action::Action;
use crate::ui::keymap::Keymap;
use crate::ui::sheet::{Sheet, SheetLine};
use crate::ui::theme::Role;

/// The lines of the menu.
pub const CHOICES: [Action; 7] = [
    Action::StatusOpen,
    Action::StatusAcknowledged,
    Action::CloseTruePositive,
    Action::CloseBenign,
    Action::CloseFalsePositive,
    Action::CloseDuplicate,
    Action::CloseOther,
];

/// The menu.
#[derive(Debug)]
pub struct StatusMenu {
    pub ids: Vec<AlertId>,
    /// What is changed: the rule's name, or how many alerts.
    pub title: String,
    /// Whether a note is asked for first.
    pub with_note: bool,
    pub sheet: Sheet,
}

impl StatusMenu {
    /// Lays the menu out.
    pub fn lay_out(&mut self, keymap: &Keymap) {
        let mut lines: Vec<SheetLine> = Vec::new();
        for (item, action) in CHOICES.into_iter().enumerate() {
            let key = keymap.key(action).unwrap_or_default();
            let closes = matches!(
                edit(action),
                Some(Edit::SetStatus {
                    status: Status::Closed,
                    ..
                })
            );
            let lead = if closes { "closed, " } else { "" };
            let name = format!("{lead}{}", action.entry().label);
            lines.push(
                SheetLine::of(item)
                    .with(Role::Key, format!("{key:<3}"))
                    .with(Role::Text, format!("{name:<26}"))
                    .with(Role::Dim, action.entry().doc),
            );
        }
        let key = keymap.key(Action::CloseWithNote).unwrap_or_default();
        let said = if self.with_note {
            "with a note: yes"
        } else {
            "with a note: no"
        };
        lines.push(
            SheetLine::of(CHOICES.len())
                .with(Role::Key, format!("{key:<3}"))
                .with(Role::Text, said),
        );
        self.sheet.set(lines);
    }
}

/// Returns the edit that an action of the menu makes.
#[must_use]
pub const fn edit(action: Action) -> Option<Edit> {
    let (status, disposition) = match action {
        Action::StatusOpen => (Status::Open, None),
        Action::StatusAcknowledged => (Status::Acknowledged, None),
        Action::CloseTruePositive => (Status::Closed, Some(Disposition::TruePositive)),
        Action::CloseBenign => (Status::Closed, Some(Disposition::BenignPositive)),
        Action::CloseFalsePositive => (Status::Closed, Some(Disposition::FalsePositive)),
        Action::CloseDuplicate => (Status::Closed, Some(Disposition::Duplicate)),
        Action::CloseOther => (Status::Closed, Some(Disposition::Other)),
        _ => return None,
    };
    Some(Edit::SetStatus {
        status,
        disposition,
    })
}
