//! What lies over the panes: opened, laid out, moved in, closed.

use tui_input::Input as TextInput;
use tui_input::backend::crossterm::EventHandler as _;

use super::App;
use crate::decode::Unreadable;
use crate::engine::explain::{self, Truth, explain, outline::outline};
use crate::ui::action::{Action, Context};
use crate::ui::ink::Ink;
use crate::ui::key::Key;
use crate::ui::layout::Focus;
use crate::ui::list::Line;
use crate::ui::message::Effect;
use crate::ui::overlay::{Overlay, pages, palette, status};
use crate::ui::sheet::{Sheet, SheetLine};
use crate::ui::theme::{Role, Theme, names};

impl App {
    /// Takes an action while something lies over the panes; returns whether the panes may have it after all.
    pub(super) fn overlay_run(&mut self, action: Action) -> bool {
        use Action as A;
        if self.rules_run(action) {
            return false;
        }
        match action {
            A::MoveDown
            | A::MoveUp
            | A::PageDown
            | A::PageUp
            | A::Top
            | A::Bottom
            | A::Back
            | A::Quit
            | A::QuitNow
            | A::Suspend
            | A::Repaint
            | A::Mouse => true,
            A::Open => {
                self.choose();
                false
            }
            A::Help if matches!(self.overlay, Some(Overlay::Rules(_))) => true,
            A::Copy | A::Status if matches!(self.overlay, Some(Overlay::Rules(_))) => {
                self.say_close_first();
                false
            }
            A::Help
            | A::Rules
            | A::Messages
            | A::Unreadable
            | A::Theme
            | A::Palette
            | A::Copy
            | A::Status
                if !matches!(self.overlay, Some(Overlay::Note(_))) =>
            {
                // The key that opened it closes it; another page's key goes there.
                let again = self.overlay.as_ref().is_some_and(|over| over.is_of(action));
                self.close_overlay();
                !again
            }
            A::CopyDefanged => {
                if let Some(Overlay::Copy(menu)) = &mut self.overlay {
                    menu.defanged = !menu.defanged;
                }
                false
            }
            A::CopyMark => {
                if let Some(Overlay::Copy(menu)) = &mut self.overlay
                    && let Some(item) = menu.sheet.cursor()
                {
                    if !menu.marks.remove(&item) {
                        menu.marks.insert(item);
                    }
                    menu.sheet.step(1);
                }
                false
            }
            A::CloseWithNote => {
                if let Some(Overlay::Status(menu)) = &mut self.overlay {
                    menu.with_note = !menu.with_note;
                }
                false
            }
            menu if matches!(
                menu.entry().context,
                Context::CopyMenu | Context::StatusMenu
            ) =>
            {
                true
            }
            _ => {
                self.say_close_first();
                false
            }
        }
    }

    fn say_close_first(&mut self) {
        let key = self.keymap.key(Action::Back).unwrap_or_default();
        self.say(Role::Dim, format!("{key} closes this first."));
    }

    /// Chooses the line under the cursor.
    fn choose(&mut self) {
        match self.overlay.take() {
            Some(Overlay::Copy(menu)) => {
                let mut items: Vec<usize> = menu.marks.iter().copied().collect();
                if items.is_empty() {
                    items.extend(menu.sheet.cursor());
                }
                self.copy_items(&menu, &items);
            }
            Some(Overlay::Status(mut menu)) => {
                let action = menu
                    .sheet
                    .cursor()
                    .and_then(|at| status::CHOICES.get(at).copied());
                if action.is_none() {
                    menu.with_note = !menu.with_note;
                }
                self.overlay = Some(Overlay::Status(menu));
                if let Some(action) = action {
                    self.set_status(action);
                }
            }
            Some(Overlay::Theme { .. }) => {
                let name = self.theme.name.clone();
                let said = format!(
                    "Theme {name} until you leave; theme = \"{name}\" in the settings keeps it."
                );
                self.say(Role::Good, said);
            }
            other => self.overlay = other,
        }
    }

    pub(super) fn close_overlay(&mut self) {
        if let Some(Overlay::Theme { before, .. }) = &self.overlay {
            let before = before.clone();
            self.use_theme(&before);
        }
        self.overlay = match self.overlay.take() {
            // Help goes back to what it was asked over.
            Some(Overlay::Help { below, .. }) => below.map(|below| *below),
            _ => None,
        };
    }

    /// Takes a key into the palette or the note editor.
    pub(super) fn overlay_key(&mut self, event: crossterm::event::KeyEvent, key: Key) {
        let name = key.to_string();
        match self.overlay.take() {
            Some(Overlay::Palette {
                mut input,
                mut sheet,
            }) => match name.as_str() {
                "esc" => {}
                "enter" => {
                    let found = palette::found(input.value(), self.pane_context());
                    if let Some(action) = sheet.cursor().and_then(|at| found.get(at)) {
                        self.run(*action);
                    }
                }
                "up" | "ctrl-p" | "down" | "ctrl-n" => {
                    sheet.step(if matches!(name.as_str(), "up" | "ctrl-p") {
                        -1
                    } else {
                        1
                    });
                    self.overlay = Some(Overlay::Palette { input, sheet });
                }
                _ => {
                    input.handle_event(&crossterm::event::Event::Key(event));
                    sheet.rewind();
                    self.overlay = Some(Overlay::Palette { input, sheet });
                }
            },
            Some(Overlay::Note(mut editor)) => match name.as_str() {
                "ctrl-s" | "alt-enter" => self.keep_note(*editor),
                "esc" if editor.question.is_none() && !editor.text().is_empty() => {
                    editor.question =
                        Some("Throw this note away? esc again does, ctrl-s keeps it.");
                    self.overlay = Some(Overlay::Note(editor));
                }
                "esc" => {
                    if editor.with.is_some() {
                        self.say(Role::Dim, "Nothing was changed.");
                    }
                }
                _ => {
                    editor.question = None;
                    editor.area.input(event);
                    self.overlay = Some(Overlay::Note(editor));
                }
            },
            other => self.overlay = other,
        }
    }

    pub(super) fn stale_overlay(&mut self) {
        if let Some(Overlay::Palette { sheet, .. }) = &mut self.overlay {
            sheet.rewind();
        }
    }

    pub(super) fn help(&mut self) {
        let under = match &self.overlay {
            Some(Overlay::Rules(_)) => Context::Rules,
            _ => self.pane_context(),
        };
        self.overlay = Some(Overlay::Help {
            under,
            below: self.overlay.take().map(Box::new),
            sheet: Sheet::default(),
        });
    }

    pub(super) fn palette(&mut self) {
        self.overlay = Some(Overlay::Palette {
            input: TextInput::default(),
            sheet: Sheet::default(),
        });
    }

    pub(super) fn unreadable_page(&mut self) {
        self.effects.push(Effect::Unreadable);
        self.overlay = Some(Overlay::Unreadable {
            found: None,
            sheet: Sheet::default(),
        });
    }

    /// Takes the answer of the store, while its page is still open.
    pub(super) fn unreadable_found(&mut self, records: Vec<Unreadable>, all: u64) {
        if let Some(Overlay::Unreadable { found, .. }) = &mut self.overlay {
            *found = Some((records, all));
        }
    }

    pub(super) fn messages_page(&mut self) {
        self.overlay = Some(Overlay::Messages(Sheet::default()));
    }

    pub(super) fn theme_menu(&mut self) {
        let names = names(&self.user_themes);
        let at = names
            .iter()
            .position(|name| *name == self.theme.name)
            .unwrap_or(0);
        let mut sheet = Sheet::default();
        sheet.set(
            names
                .iter()
                .enumerate()
                .map(|(item, name)| SheetLine::of(item).with(Role::Text, name))
                .collect(),
        );
        sheet.go(at);
        self.overlay = Some(Overlay::Theme {
            names,
            before: self.theme.name.clone(),
            sheet,
        });
    }

    /// Shows the theme under the cursor while one chooses.
    pub(super) fn preview(&mut self) {
        if let Some(Overlay::Theme { names, sheet, .. }) = &self.overlay
            && let Some(name) = sheet.cursor().and_then(|at| names.get(at)).cloned()
        {
            self.use_theme(&name);
        }
    }

    fn use_theme(&mut self, name: &str) {
        match Theme::load(name, &self.user_themes, self.depth) {
            Ok(theme) => self.theme = theme,
            Err(error) => {
                let said = error.to_string();
                self.say(Role::Bad, said);
            }
        }
    }

    pub(super) fn explain(&mut self) {
        if self.ready().is_none() {
            return;
        }
        let (Some(rule), Some(event)) = (&self.detail.rule, self.detail.shown()) else {
            let said = if self.rules.is_pending() {
                "The rules are still being loaded; press the key again in a moment."
            } else {
                "The rule or the event is not here, so nothing can be explained."
            };
            self.say(Role::Warning, said);
            return;
        };
        let columns = usize::from(self.size.0);
        let outline = outline(&explain(&rule.query, event), &rule.query_text);
        let mut lines = pages::explanation(&outline, self.ink(), columns);
        let mut sheet = Sheet::default();
        if let Some(field) = self.detail.field() {
            let reads = |line: &explain::outline::Line| line.fields.contains(&field.name);
            // Of several conditions on the field, one that holds.
            let holds = |line: &explain::outline::Line| reads(line) && line.outcome == Truth::True;
            let at = outline.iter().position(holds);
            let at = at.or_else(|| outline.iter().position(reads));
            if at.is_none() {
                let name = self.ink().clean(&field.name).into_owned();
                let said = format!("The rule does not look at {name}.");
                lines.insert(0, SheetLine::plain(Role::Warning, said));
            }
            sheet.set(lines);
            sheet.go(at.unwrap_or(0));
        } else {
            sheet.set(lines);
        }
        let title = format!("WHY {}", rule.name);
        self.overlay = Some(Overlay::Page { title, sheet });
    }

    /// Shows the focused pane without anything beside it, for the terminal's own selection.
    pub(super) fn plain_screen(&mut self) {
        let lines = match self.focus {
            Focus::Alerts => self.plain_list(),
            Focus::Event => self.detail.event.lines().to_vec(),
            Focus::Techniques => self.detail.techniques.lines().to_vec(),
            Focus::Guide => self.detail.guide.lines().to_vec(),
        };
        let plain = |line: SheetLine| {
            let right = line.right.as_ref().map_or("", |part| &*part.text);
            SheetLine::plain(Role::Text, format!("{}  {right}", line.text()).trim_end())
        };
        let mut sheet = Sheet::default();
        sheet.set(lines.into_iter().map(plain).collect());
        self.overlay = Some(Overlay::Plain(sheet));
        if self.mouse {
            self.toggle_mouse();
        }
    }

    fn plain_list(&self) -> Vec<SheetLine> {
        let rows = self.table.rows();
        let shown = usize::from(self.size.1);
        (self.list.offset()..self.list.offset() + shown)
            .filter_map(|line| match self.list.line(line)? {
                Line::Alert(slot) => rows.get(slot),
                Line::Group(_) => None,
            })
            .map(|row| {
                let names = &rows.names;
                let text = format!(
                    "{}  {}  {}  {}",
                    crate::ui::pane::time::whole(crate::event::Time(row.time), &self.zone),
                    names.rule_name(row.rule),
                    names.text(row.host),
                    names.text(row.user)
                );
                SheetLine::plain(Role::Text, self.ink().clean(&text).into_owned())
            })
            .collect()
    }

    /// Gives the overlay its lines and its height.
    pub(super) fn lay_out_overlay(&mut self) {
        let columns = usize::from(self.size.0);
        let height = usize::from(self.overlay_rows().saturating_sub(1));
        let ink = Ink {
            theme: &self.theme,
            ascii: self.ascii,
        };
        let under = self.pane_context();
        match &mut self.overlay {
            Some(Overlay::Help { under, sheet, .. }) => {
                let contexts = [
                    *under,
                    Context::Anywhere,
                    Context::CopyMenu,
                    Context::StatusMenu,
                ];
                sheet.set(pages::help(&contexts, &self.keymap, columns));
            }
            Some(Overlay::Palette { input, sheet }) => {
                sheet.set(palette::lines(input.value(), under, &self.keymap));
            }
            Some(Overlay::Rules(view)) => view.lay_out(ink, columns, height),
            Some(Overlay::Unreadable { found, sheet }) => {
                sheet.set(pages::unreadable(found.as_ref(), ink, columns));
            }
            Some(Overlay::Messages(sheet)) => {
                sheet.set(pages::messages(&self.log, ink, &self.zone, columns));
            }
            Some(Overlay::Copy(menu)) => menu.lay_out(&self.keymap, ink, columns),
            Some(Overlay::Status(menu)) => menu.lay_out(&self.keymap),
            _ => {}
        }
        if let Some(sheet) = self.overlay.as_mut().and_then(Overlay::sheet_mut) {
            sheet.resize(height);
        }
    }

    /// Returns how many rows the overlay takes, its title included.
    #[must_use]
    pub fn overlay_rows(&self) -> u16 {
        let body = usize::from(self.size.1.saturating_sub(2));
        let lines = self.overlay.as_ref().map_or(0, Overlay::lines);
        match &self.overlay {
            Some(Overlay::Plain(_)) => self.size.1,
            _ => lines.saturating_add(1).min(body) as u16,
        }
    }
}
