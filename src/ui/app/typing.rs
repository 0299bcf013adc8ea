//! Keys and pasted text: into the input that is open, else through the keymap to an action.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input as TextInput;
use tui_input::backend::crossterm::EventHandler as _;

use super::App;
use crate::ui::action::{Action, Context};
use crate::ui::key::Key;
use crate::ui::keymap::Lookup;
use crate::ui::overlay::Overlay;
use crate::ui::theme::Role;

impl App {
    pub(super) fn key(&mut self, event: KeyEvent) {
        let key = Key::from(event);
        if self.types(event, key) || self.types_ahead(event) {
            return;
        }
        self.pending.push(key);
        match self.keymap.lookup(&self.contexts(), &self.pending) {
            Lookup::Pending(_) => {}
            Lookup::Action(action) => {
                self.pending.clear();
                self.run(action);
            }
            Lookup::Nothing => {
                let more = self.pending.len() > 1;
                self.pending.clear();
                // A key that ends no sequence may still mean something by itself.
                if more {
                    self.key(event);
                } else if event.modifiers.contains(KeyModifiers::ALT) {
                    self.escape_and(event);
                }
            }
        }
    }

    /// Takes escape and a key that arrived together: over a slow line, and through tmux, they look like one with alt.
    fn escape_and(&mut self, event: KeyEvent) {
        let modifiers = event.modifiers - KeyModifiers::ALT;
        self.key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
        self.key(KeyEvent::new(event.code, modifiers));
    }

    /// Takes a key into the input that is open; returns whether there is one.
    fn types(&mut self, event: KeyEvent, key: Key) -> bool {
        let quits =
            self.keymap.lookup(&[Context::Anywhere], &[key]) == Lookup::Action(Action::QuitNow);
        if quits {
            return false;
        }
        self.doubts_leaving = false;
        if let Some(Overlay::Rules(view)) = &self.overlay
            && view.searching
        {
            self.rules_search_key(event, key);
            return true;
        }
        if matches!(
            self.overlay,
            Some(Overlay::Note(_) | Overlay::Palette { .. })
        ) {
            self.overlay_key(event, key);
            return true;
        }
        if self.overlay.is_none() && self.filter.editing {
            self.filter_key(event, key);
            return true;
        }
        if self.overlay.is_none() && self.detail.searching {
            self.search_key(event, key);
            return true;
        }
        false
    }

    fn search_key(&mut self, event: KeyEvent, key: Key) {
        match key.to_string().as_str() {
            "enter" => self.detail.searching = false,
            "esc" => {
                self.detail.searching = false;
                self.detail.search.reset();
            }
            "up" => self.detail.event.step(-1),
            "down" => self.detail.event.step(1),
            _ => {
                self.detail
                    .search
                    .handle_event(&crossterm::event::Event::Key(event));
            }
        }
        self.stale_event = true;
    }

    pub(super) fn paste(&mut self, text: &str) {
        // A pasted newline or escape sequence must not act: only what one line shows goes in.
        let line = crate::text::visible(text.trim(), self.ink().marks()).into_owned();
        let typed = |input: &mut TextInput| {
            for character in line.chars().take(4096) {
                input.handle(tui_input::InputRequest::InsertChar(character));
            }
        };
        match &mut self.overlay {
            Some(Overlay::Note(editor)) => {
                let lines = pasted_lines(text);
                editor.area.insert_str(lines);
            }
            Some(Overlay::Palette { input, .. }) => {
                typed(input);
                self.stale_overlay();
            }
            Some(Overlay::Rules(view)) if view.searching => {
                typed(&mut view.search);
                view.search_changed();
            }
            None if self.filter.editing => {
                typed(&mut self.filter.input);
                self.filter_changed();
            }
            None if self.detail.searching => {
                typed(&mut self.detail.search);
                self.stale_event = true;
            }
            _ => {
                let key = self.keymap.key(Action::Filter).unwrap_or_default();
                let said = format!(
                    "The pasted text was dropped, it never acts as keys. Press {key} first to filter by it."
                );
                self.say(Role::Warning, said);
            }
        }
    }
}

/// Returns pasted text as lines: terminals send a carriage return for each line that they paste.
fn pasted_lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.replace('\t', "    ");
    crate::text::visible_lines(&text, crate::text::Marks::Unicode).into_owned()
}
