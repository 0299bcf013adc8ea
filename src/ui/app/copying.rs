//! What leaves the screen: the copy menu, the alert as Markdown, files.

use std::fmt::Write as _;

use super::App;
use crate::alert::{Alert, AlertId, StepMark};
use crate::rule::Phase;
use crate::text::plain;
use crate::ui::action::Action;
use crate::ui::detail::Tab;
use crate::ui::layout::Focus;
use crate::ui::message::Effect;
use crate::ui::overlay::copy::link;
use crate::ui::overlay::{CopyMenu, Overlay};
use crate::ui::pane::event::{copyable, document_name};
use crate::ui::pane::guide::title;
use crate::ui::pane::history::{disposition, status};
use crate::ui::pane::time::whole;
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

    /// Returns the opened alert as Markdown: what happened, why, what was done about it.
    fn markdown(&self) -> Option<String> {
        let opened = self.detail.opened.as_deref()?;
        let alert = &opened.alert;
        let mut page = format!("# {}\n\n{}\n\n", one(&alert.rule_name), one(&alert.message));
        self.facts(alert, &mut page);
        let fired: Vec<_> = self.detail.own_highlights();
        if !fired.is_empty() {
            page.push_str("\n## Event\n\n");
            for field in fired {
                let mark = if field.fired {
                    " (made the rule fire)"
                } else {
                    ""
                };
                let _ = writeln!(
                    page,
                    "- {}: `{}`{mark}",
                    one(&field.name),
                    one(&field.value).replace('`', "'")
                );
            }
        }
        let mut phase: Option<Phase> = None;
        for step in self.detail.steps() {
            if phase != Some(step.phase) {
                phase = Some(step.phase);
                let _ = write!(page, "\n## {}\n\n", title(step.phase));
            }
            let mark = match self.detail.mark(&step.id) {
                Some(StepMark::Done) => "[x]",
                Some(StepMark::NotApplicable) => "[-]",
                None => "[ ]",
            };
            let _ = writeln!(page, "- {mark} {}", one(&self.detail.filled(&step.text)));
            for note in alert
                .notes
                .iter()
                .filter(|note| note.step.as_deref() == Some(&step.id))
            {
                let _ = writeln!(page, "  - {}: {}", one(&note.author), one(&note.text));
            }
        }
        let general: Vec<_> = alert
            .notes
            .iter()
            .filter(|note| note.step.is_none())
            .collect();
        if !general.is_empty() {
            page.push_str("\n## Notes\n\n");
            for note in general {
                let _ = writeln!(page, "- {}: {}", one(&note.author), one(&note.text));
            }
        }
        Some(page)
    }

    fn facts(&self, alert: &Alert, page: &mut String) {
        let state = alert.disposition.map_or_else(
            || status(alert.status).to_owned(),
            |what| format!("{} as {}", status(alert.status), disposition(what)),
        );
        let facts = [
            ("id", link(&alert.id.to_string())),
            ("time", whole(alert.first, &self.zone)),
            ("host", alert.host.clone()),
            ("user", alert.user.clone()),
            (
                "severity",
                format!(
                    "{} ({})",
                    crate::ui::ink::severity(alert.severity).0,
                    alert.risk_score
                ),
            ),
            ("status", state),
            ("owner", alert.owner.clone().unwrap_or_default()),
            ("events", alert.count.to_string()),
            ("techniques", alert.techniques.join(", ")),
        ];
        for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = writeln!(page, "- {name}: {}", one(value));
        }
    }
}

/// Returns log text on one line, with nothing in it that a terminal or a page would obey.
fn one(text: &str) -> String {
    plain(text).replace(['\n', '\r'], " ")
}
