//! What lies over the panes: menus, inputs and pages, each rising from the bottom of the screen.

pub mod copy;
pub mod note;
pub mod pages;
pub mod palette;
pub mod status;

use tui_input::Input;

use super::action::{Action, Context};
use super::rules::RulesView;
use super::sheet::Sheet;
use crate::decode::Unreadable;

pub use copy::CopyMenu;
pub use note::NoteEditor;
pub use status::StatusMenu;

/// The overlay on top; there is at most one.
#[derive(Debug)]
pub enum Overlay {
    /// The keys of a context, and what it lies over.
    Help {
        under: Context,
        below: Option<Box<Self>>,
        sheet: Sheet,
    },
    Palette {
        input: Input,
        sheet: Sheet,
    },
    Note(Box<NoteEditor>),
    Status(StatusMenu),
    Copy(CopyMenu),
    /// Holds the name of the theme to go back to.
    Theme {
        names: Vec<String>,
        before: String,
        sheet: Sheet,
    },
    Messages(Sheet),
    Rules(Box<RulesView>),
    /// The newest records that could not be read and how many there were, once the store has answered.
    Unreadable {
        found: Option<(Vec<Unreadable>, u64)>,
        sheet: Sheet,
    },
    /// A page with a title: an explanation, a warning.
    Page {
        title: String,
        sheet: Sheet,
    },
    /// The pane as plain text over the whole screen.
    Plain(Sheet),
}

impl Overlay {
    /// Returns whether `action` is what opens it.
    #[must_use]
    pub const fn is_of(&self, action: Action) -> bool {
        matches!(
            (self, action),
            (Self::Help { .. }, Action::Help)
                | (Self::Palette { .. }, Action::Palette)
                | (Self::Status(_), Action::Status)
                | (Self::Copy(_), Action::Copy)
                | (Self::Theme { .. }, Action::Theme)
                | (Self::Messages(_), Action::Messages)
                | (Self::Rules(_), Action::Rules)
                | (Self::Unreadable { .. }, Action::Unreadable)
        )
    }

    /// Returns the sheet that the moving keys move.
    pub fn sheet_mut(&mut self) -> Option<&mut Sheet> {
        match self {
            Self::Help { sheet, .. }
            | Self::Palette { sheet, .. }
            | Self::Theme { sheet, .. }
            | Self::Messages(sheet)
            | Self::Unreadable { sheet, .. }
            | Self::Page { sheet, .. }
            | Self::Plain(sheet) => Some(sheet),
            Self::Copy(menu) => Some(&mut menu.sheet),
            Self::Status(menu) => Some(&mut menu.sheet),
            Self::Note(_) | Self::Rules(_) => None,
        }
    }

    /// Returns the sheet, for drawing.
    #[must_use]
    pub const fn sheet(&self) -> Option<&Sheet> {
        match self {
            Self::Help { sheet, .. }
            | Self::Palette { sheet, .. }
            | Self::Theme { sheet, .. }
            | Self::Messages(sheet)
            | Self::Unreadable { sheet, .. }
            | Self::Page { sheet, .. }
            | Self::Plain(sheet) => Some(sheet),
            Self::Copy(menu) => Some(&menu.sheet),
            Self::Status(menu) => Some(&menu.sheet),
            Self::Note(_) | Self::Rules(_) => None,
        }
    }

    /// Returns how many lines it needs below its title.
    #[must_use]
    pub fn lines(&self) -> usize {
        match self {
            Self::Note(_) => 6,
            Self::Help { .. }
            | Self::Plain(_)
            | Self::Messages(_)
            | Self::Rules(_)
            | Self::Unreadable { .. } => usize::MAX,
            Self::Palette { .. } => 14,
            other => other.sheet().map_or(1, |sheet| sheet.lines().len()),
        }
    }
}
