//! Keys that are typed ahead of an alert that is still being opened.
//!
//! Takes keys while the store reads the alert under the cursor; gives them back in order once it is here, so that
//! nobody has to wait for a slow disk before they go on typing.

use crossterm::event::KeyEvent;

use super::App;
use crate::event::Time;
use crate::ui::action::{Action, Context};
use crate::ui::keymap::Lookup;
use crate::ui::layout::Focus;
use crate::ui::theme::Role;

/// Most keys that are kept.
const KEYS: usize = 64;

/// How long they are kept, in nanoseconds.
const PATIENCE: i64 = 5_000_000_000;

/// The keys, and when the first of them came.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    keys: Vec<KeyEvent>,
    since: Time,
}

impl App {
    /// Keeps a key that needs the alert on its way, or that follows one that does; returns whether it did.
    pub(super) fn types_ahead(&mut self, event: KeyEvent) -> bool {
        if !self.is_opening() {
            return false;
        }
        if self.ahead.keys.is_empty() {
            if !self.needs_the_alert(event) {
                return false;
            }
            self.ahead.since = self.now;
        }
        if self.ahead.keys.len() < KEYS {
            self.ahead.keys.push(event);
        }
        true
    }

    /// Takes the keys that were kept, when their alert is here; gives them up when it takes too long.
    pub(super) fn catch_up(&mut self) {
        if self.ahead.keys.is_empty() {
            return;
        }
        if !self.is_opening() {
            // The panes have the lines of the alert before.
            self.settle();
            for event in std::mem::take(&mut self.ahead.keys) {
                self.key(event);
                self.settle();
            }
        } else if self.now.0 - self.ahead.since.0 > PATIENCE {
            self.ahead.keys.clear();
            self.say(
                Role::Warning,
                "The alert is still being opened; press the keys again when it is here.",
            );
        }
    }

    /// Returns whether the alert under the cursor was asked for and has not come yet.
    fn is_opening(&self) -> bool {
        self.wanted.is_some() && self.detail.alert().map(|alert| alert.id) != self.wanted
    }

    fn needs_the_alert(&self, event: KeyEvent) -> bool {
        use Action as A;
        if self.overlay.is_some() || !self.pending.is_empty() {
            return false;
        }
        let Lookup::Action(action) = self.keymap.lookup(&self.contexts(), &[event.into()]) else {
            return false;
        };
        match action {
            A::Copy | A::Explain | A::Tick | A::NotApplicable | A::WriteFile => true,
            A::Note => self.focus == Focus::Guide,
            A::Open => matches!(self.focus, Focus::Guide | Focus::Event),
            other => other.entry().context == Context::CopyMenu,
        }
    }
}
