//! What leaves the screen: the copy menu, the alert as Markdown, files.

use super::App;
use crate::alert::AlertId;
use crate::ui::action::Action;
use crate::ui::case::{Known, Style};
use crate::ui::detail::Tab;
use crate::ui::layout::Focus;
use crate::ui::message::Effect;
use crate::ui::overlay::copy::link;
use crate::ui::overlay::{CopyMenu, Overlay};
use crate::ui::pane::event::{copyable, document_name};
use crate::ui::theme::Role;

impl App {
    fn make_copy_menu(&mut self) -> Option<CopyMenu> {
        self.ready()?;
        let markdown = self.markdown()?;
        let opened = self.detail.opened.as_deref()?;
        Some(CopyMenu::new(&self.detail, opened, markdown))
    }

    pub(super) fn copy_menu(&mut self) {
        if let Some(menu) = self.make_copy_menu() {
            self.overlay = Some(Overlay::Copy(menu));
        }
    }

    /// Copies what the action names: of the open menu, else of a menu that nobody saw.
    pub(super) fn copy_directly(&mut self, action: Action) {
        let menu = match self.overlay.take() {
            Some(Overlay::Copy(menu)) => Some(menu),
            _ => self.make_copy_menu(),
        };
        let Some(menu) = menu else { return };
        let at = menu
            .entries
            .iter()
            .position(|entry| entry.action == Some(action));
        if let Some(at) = at {
            self.copy_items(&menu, &[at]);
        } else {
            let said = format!("This alert has no {}.", action.entry().label);
            self.say(Role::Dim, said);
            self.overlay = Some(Overlay::Copy(menu));
        }
    }

    pub(super) fn copy_items(&mut self, menu: &CopyMenu, items: &[usize]) {
        if let Some((label, text, values)) = menu.chosen(items) {
            self.detail.copied.extend(values);
            self.stale_event = true;
            self.effects.push(Effect::Copy { text, label });
        }
    }

    pub(super) fn write_file(&mut self) {
        if let Some((label, text)) = self.too_long.take() {
            let name = format!(
                "{}.txt",
                label.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
            );
            self.effects.push(Effect::WriteFile { name, text });
            return;
        }
        let Some(id) = self.ready() else { return };
        let whole = matches!(self.detail.tab, Tab::Document | Tab::Raw);
        if self.focus == Focus::Event && self.detail.on_event() && whole {
            return self.write_event(id);
        }
        if let Some(text) = self.markdown() {
            let name = format!("{}.md", link(&id.to_string()));
            self.effects.push(Effect::WriteFile { name, text });
        }
    }

    /// Writes the event that is read: an event can be larger than what a clipboard takes.
    fn write_event(&mut self, id: AlertId) {
        let Some(event) = self.detail.shown() else {
            return self.say(Role::Warning, "The event is not here.");
        };
        let ending = document_name(Some(event));
        let name = format!("{}-event.{ending}", link(&id.to_string()));
        let text = copyable(event);
        self.effects.push(Effect::WriteFile { name, text });
    }

    /// Returns the opened alert as Markdown, as `alerts export` writes it.
    fn markdown(&self) -> Option<String> {
        let opened = self.detail.opened.as_deref()?;
        let event = opened.event.as_ref().ok().cloned();
        let known = Known {
            alert: &opened.alert,
            rule: self.detail.rule.as_deref(),
            history: &opened.history,
            events: event.as_slice(),
            zone: &self.zone,
            defang: false,
        };
        Some(known.page(Style::Markdown))
    }
}
