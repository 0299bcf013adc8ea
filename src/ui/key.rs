//! Key presses and their names.
//!
//! Takes a terminal's key event or a name out of the settings (`ctrl-d`, `space`, `G`, `g g`); gives a [`Key`],
//! equal for equal presses whatever the terminal says about the shift key.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use thiserror::Error;

/// One key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
}

/// A key name that says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "no key is called `{0}`; write a character (`G`, `?`), a name (`space`, `enter`, `esc`, `tab`, `up`, `pgdn`, `f5`) \
     or either after `ctrl-`, `alt-` or `shift-`"
)]
pub struct UnknownKey(pub String);

/// Names of the keys that are not characters, the one we print first.
const NAMES: &[(&str, KeyCode)] = &[
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("return", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("escape", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pageup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("pagedown", KeyCode::PageDown),
    ("insert", KeyCode::Insert),
    ("delete", KeyCode::Delete),
    ("minus", KeyCode::Char('-')),
];

impl Key {
    /// Returns the key of a plain character.
    #[must_use]
    pub const fn char(character: char) -> Self {
        Self::plain(KeyCode::Char(character))
    }

    /// Returns the key without modifiers.
    #[must_use]
    pub const fn plain(code: KeyCode) -> Self {
        Self {
            code,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// Reads the name of one key.
    pub fn parse(name: &str) -> Result<Self, UnknownKey> {
        let unknown = || UnknownKey(name.to_owned());
        let mut key = Self::plain(KeyCode::Null);
        let mut rest = name;
        while let Some((prefix, tail)) = rest.split_once('-').filter(|(_, tail)| !tail.is_empty()) {
            match prefix.to_ascii_lowercase().as_str() {
                "ctrl" | "c" => key.ctrl = true,
                "alt" | "a" | "meta" => key.alt = true,
                "shift" | "s" => key.shift = true,
                _ => break,
            }
            rest = tail;
        }
        key.code = code(rest).ok_or_else(unknown)?;
        Ok(key.normal())
    }

    /// Reads keys that are pressed one after the other, separated by blanks.
    pub fn parse_sequence(names: &str) -> Result<Vec<Self>, UnknownKey> {
        let keys: Vec<Self> = names
            .split_whitespace()
            .map(Self::parse)
            .collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(UnknownKey(names.to_owned()));
        }
        Ok(keys)
    }

    /// Returns the character this key types, when it types one.
    #[must_use]
    pub const fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(character) if !self.ctrl && !self.alt => Some(character),
            _ => None,
        }
    }

    /// Terminals differ on whether `G` carries shift, and on what shift-tab is called.
    fn normal(mut self) -> Self {
        match self.code {
            KeyCode::Char(character) => {
                if self.shift && character.is_ascii_lowercase() {
                    self.code = KeyCode::Char(character.to_ascii_uppercase());
                }
                if self.ctrl {
                    self.code = KeyCode::Char(character.to_ascii_lowercase());
                }
                self.shift = false;
            }
            KeyCode::BackTab => {
                self.code = KeyCode::Tab;
                self.shift = true;
            }
            _ => {}
        }
        self
    }
}

fn code(name: &str) -> Option<KeyCode> {
    let mut characters = name.chars();
    if let (Some(only), None) = (characters.next(), characters.next()) {
        return (!only.is_control()).then_some(KeyCode::Char(only));
    }
    let lower = name.to_ascii_lowercase();
    if lower == "backtab" {
        return Some(KeyCode::BackTab);
    }
    if let Some(number) = lower.strip_prefix('f').and_then(|n| n.parse::<u8>().ok()) {
        return (1..=24).contains(&number).then_some(KeyCode::F(number));
    }
    NAMES
        .iter()
        .find(|(known, _)| *known == lower)
        .map(|(_, code)| *code)
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        Self {
            code: event.code,
            ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
            alt: event.modifiers.contains(KeyModifiers::ALT),
            shift: event.modifiers.contains(KeyModifiers::SHIFT),
        }
        .normal()
    }
}

impl From<Key> for KeyEvent {
    fn from(key: Key) -> Self {
        let mut modifiers = KeyModifiers::NONE;
        modifiers.set(KeyModifiers::CONTROL, key.ctrl);
        modifiers.set(KeyModifiers::ALT, key.alt);
        modifiers.set(KeyModifiers::SHIFT, key.shift);
        Self::new(key.code, modifiers)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (set, prefix) in [
            (self.ctrl, "ctrl-"),
            (self.alt, "alt-"),
            (self.shift, "shift-"),
        ] {
            if set {
                f.write_str(prefix)?;
            }
        }
        if let Some((name, _)) = NAMES
            .iter()
            .find(|(name, code)| *code == self.code && *name != "minus")
        {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(character) => write!(f, "{character}"),
            KeyCode::F(number) => write!(f, "f{number}"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// Returns keys as they are written in the settings and in help: `g g`.
#[must_use]
pub fn sequence(keys: &[Key]) -> String {
    let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_read_and_printed() {
        for name in [
            "j",
            "G",
            "space",
            "ctrl-d",
            "esc",
            "shift-tab",
            "f5",
            "?",
            "-",
            "pgdn",
            "alt-enter",
        ] {
            assert_eq!(Key::parse(name).unwrap().to_string(), name);
        }
        assert_eq!(Key::parse("shift-g"), Ok(Key::char('G')));
        assert_eq!(Key::parse("backtab"), Key::parse("shift-tab"));
        assert!(Key::parse("hyper-x").is_err());
        assert!(Key::parse("").is_err());
        assert_eq!(sequence(&Key::parse_sequence("g  g").unwrap()), "g g");
    }

    #[test]
    fn terminals_that_report_shift_make_no_difference() {
        let with = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(Key::from(with), Key::char('G'));
        let back = KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT);
        assert_eq!(Key::from(back), Key::parse("shift-tab").unwrap());
    }

    proptest! {
        #[test]
        fn a_parsed_key_prints_as_itself(name in "\\PC{0,12}") {
            if let Ok(key) = Key::parse(&name) {
                prop_assert_eq!(Key::parse(&key.to_string()), Ok(key));
            }
        }
    }
}
