//! The copy menu: indicators, the event, the alert; one more key copies, marks allow many.

use std::collections::BTreeSet;

use crate::alert::indicator::{Indicator, Kind, defang, indicators as indicators_of};
use crate::text::fit;
use crate::ui::action::Action;
use crate::ui::detail::{Detail, Opened, Place};
use crate::ui::ink::Ink;
use crate::ui::keymap::Keymap;
use crate::ui::pane::event::{copyable, document_name};
use crate::ui::sheet::{Sheet, SheetLine};
use crate::ui::theme::Role;

/// One line of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The action whose key copies it, for the first of its kind.
    pub action: Option<Action>,
    pub label: String,
    pub plain: String,
    pub defanged: String,
    /// The value to tag as copied in the event pane.
    pub value: Option<String>,
}

/// The menu.
#[derive(Debug)]
pub struct CopyMenu {
    pub title: String,
    pub entries: Vec<Entry>,
    pub defanged: bool,
    pub marks: BTreeSet<usize>,
    pub sheet: Sheet,
}

impl Entry {
    fn whole(action: Action, label: impl Into<String>, text: String) -> Self {
        Self {
            action: Some(action),
            label: label.into(),
            defanged: text.clone(),
            plain: text,
            value: None,
        }
    }

    /// Returns what would leave.
    #[must_use]
    pub fn text(&self, defanged: bool) -> &str {
        if defanged {
            &self.defanged
        } else {
            &self.plain
        }
    }
}

/// Returns the action whose key copies the first indicator of a kind.
const fn action(kind: Kind) -> Option<Action> {
    Some(match kind {
        Kind::Sha256 | Kind::Sha1 | Kind::Md5 => Action::CopyHash,
        Kind::Ipv4 | Kind::Ipv6 => Action::CopyAddress,
        Kind::Domain | Kind::Url => Action::CopyDomain,
        Kind::Path => Action::CopyPath,
        Kind::RegistryKey => Action::CopyRegistry,
        Kind::CommandLine => Action::CopyCommandLine,
        Kind::ProcessGuid => Action::CopyProcess,
        Kind::User => Action::CopyUser,
        Kind::Host | Kind::Sid | Kind::Imphash | Kind::Email => return None,
    })
}

/// The order of the menu: what is looked up elsewhere first.
const fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Sha256 => 0,
        Kind::Sha1 => 1,
        Kind::Md5 => 2,
        Kind::Ipv4 => 3,
        Kind::Ipv6 => 4,
        Kind::Url => 5,
        Kind::Domain => 6,
        Kind::CommandLine => 7,
        Kind::Path => 8,
        Kind::RegistryKey => 9,
        Kind::ProcessGuid => 10,
        Kind::User => 11,
        Kind::Host => 12,
        Kind::Sid => 13,
        Kind::Imphash => 14,
        Kind::Email => 15,
    }
}

impl CopyMenu {
    /// Makes the menu of the opened alert; `markdown` writes it for a ticket.
    #[must_use]
    pub fn new(detail: &Detail, opened: &Opened, markdown: String) -> Self {
        // Of a step's answer while one is open, else of the alert's own event.
        let found = matches!(detail.place, Place::Found(..))
            .then(|| detail.shown())
            .flatten();
        let theirs = found.map(|event| indicators_of(event));
        let listed = theirs.as_ref().unwrap_or(&opened.indicators);
        let mut indicators: Vec<&Indicator> = listed.iter().collect();
        indicators.sort_by_key(|indicator| rank(indicator.kind));
        let mut entries = Vec::new();
        if let Some(field) = detail.field() {
            let mut entry =
                Entry::whole(Action::CopyField, field.name.clone(), field.value.clone());
            entry.value = Some(field.value.clone());
            entries.push(entry);
        }
        if !indicators.is_empty() {
            let all = |text: &dyn Fn(&Indicator) -> String| {
                let values: Vec<String> = indicators.iter().map(|i| text(i)).collect();
                values.join("\n")
            };
            entries.push(Entry {
                action: Some(Action::CopyIndicators),
                label: format!("all indicators ({})", indicators.len()),
                plain: all(&|indicator| indicator.value.clone()),
                defanged: all(&defang),
                value: None,
            });
        }
        if let Some(event) = detail.shown().or(opened.event.as_ref().ok()) {
            let label = format!("event as {}", document_name(Some(event)).to_uppercase());
            entries.push(Entry::whole(Action::CopyEvent, label, copyable(event)));
        }
        entries.push(Entry::whole(
            Action::CopyMarkdown,
            "alert as Markdown",
            markdown,
        ));
        let link = link(&opened.alert.id.to_string());
        entries.push(Entry::whole(
            Action::CopyLink,
            format!("link id {link}"),
            link,
        ));
        for indicator in indicators {
            let wanted = action(indicator.kind);
            let first =
                wanted.filter(|wanted| !entries.iter().any(|entry| entry.action == Some(*wanted)));
            entries.push(Entry {
                action: first,
                label: indicator.kind.as_str().to_owned(),
                plain: indicator.value.clone(),
                defanged: defang(indicator),
                value: Some(indicator.value.clone()),
            });
        }
        Self {
            title: format!("COPY from {}", opened.alert.rule_name),
            entries,
            defanged: true,
            marks: BTreeSet::new(),
            sheet: Sheet::default(),
        }
    }

    /// Lays the menu out.
    pub fn lay_out(&mut self, keymap: &Keymap, ink: Ink<'_>, columns: usize) {
        let mut lines = Vec::new();
        for (item, entry) in self.entries.iter().enumerate() {
            let key = entry
                .action
                .and_then(|action| keymap.key(action))
                .unwrap_or_default();
            let mark = if self.marks.contains(&item) { "*" } else { " " };
            let mut line = SheetLine::of(item)
                .with(Role::Marked, mark)
                .with(Role::Key, format!("{key:<3}"))
                .with(Role::Text, ink.clean(&entry.label).into_owned());
            if entry.value.is_some() {
                let value = ink.clean(entry.text(self.defanged));
                let room = columns.saturating_sub(line.text().chars().count() + 4);
                line = line.with(Role::Dim, format!("  {}", fit(&value, room, ink.marks())));
            }
            lines.push(line);
        }
        self.sheet.set(lines);
    }

    /// Returns what would leave for some lines: label, text, values to tag.
    #[must_use]
    pub fn chosen(&self, items: &[usize]) -> Option<(String, String, Vec<String>)> {
        let entries: Vec<&Entry> = items
            .iter()
            .filter_map(|item| self.entries.get(*item))
            .collect();
        let label = match entries.as_slice() {
            [] => return None,
            [one] => one.label.clone(),
            many => format!("{} values", many.len()),
        };
        let texts: Vec<&str> = entries
            .iter()
            .map(|entry| entry.text(self.defanged))
            .collect();
        let values = entries
            .iter()
            .filter_map(|entry| entry.value.clone())
            .collect();
        Some((label, texts.join("\n"), values))
    }
}

/// Returns the short id that an analyst says aloud: `WG-1A2B3C4D`, found again with `id:`.
#[must_use]
pub fn link(id: &str) -> String {
    format!("WG-{}", id.get(..8).unwrap_or(id).to_uppercase())
}
