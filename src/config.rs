//! Settings from TOML over presets; every error with its line and caret.
//!
//! Takes the user's `config.toml` (XDG paths, or `--config`), the environment and nothing else; gives [`Settings`].
//! A file with a mistake is refused whole, with a diagnostic for each mistake that says where and what was meant.

pub mod paths;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Deserialize;
use thiserror::Error;

use crate::lang::Diagnostic;
use crate::text::{Marks, visible};

/// What a user can set. Every member has a preset; `watchglass config --print` writes them all.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Name that changes are recorded under; the login name unless set.
    pub analyst: Option<String>,
    /// A built-in theme or a file in `themes/` beside the configuration.
    pub theme: String,
    pub colour: Colour,
    pub ascii: Ascii,
    /// Whether the mouse is captured at start; `m` toggles it.
    pub mouse: bool,
    /// `local`, `UTC` or an IANA name.
    pub time_zone: String,
    pub clipboard: Clipboard,
    pub rules: Rules,
    /// Action name to the keys that run it; replaces the preset keys of that action.
    #[serde(deserialize_with = "keys")]
    pub keys: BTreeMap<String, Vec<String>>,
}

/// Reads keys by action.
fn keys<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Vec<String>>, D::Error> {
    let read = BTreeMap::<String, Keys>::deserialize(deserializer)?;
    Ok(read
        .into_iter()
        .map(|(name, keys)| (name, keys.0))
        .collect())
}

/// The keys of an action, written as a list or, when there is one, as it is.
struct Keys(Vec<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> serde::de::Visitor<'de> for OneOrMany {
            type Value = Keys;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a key such as \"g g\", or a list of keys")
            }

            fn visit_str<E>(self, key: &str) -> Result<Keys, E> {
                Ok(Keys(vec![key.to_owned()]))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut keys: A,
            ) -> Result<Keys, A::Error> {
                let mut all = Vec::new();
                while let Some(key) = keys.next_element()? {
                    all.push(key);
                }
                Ok(Keys(all))
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

/// How many colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
pub enum Colour {
    /// What the environment promises
    #[serde(rename = "auto")]
    Auto,
    /// No colour: bold, underline and reverse carry everything
    #[serde(rename = "none")]
    None,
    /// The terminal's own sixteen
    #[serde(rename = "16")]
    #[value(name = "16")]
    Sixteen,
    /// The palette of 256
    #[serde(rename = "256")]
    #[value(name = "256")]
    Palette,
    /// Any colour
    #[serde(rename = "true")]
    True,
}

/// Whether only ASCII is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ascii {
    /// When the locale is not UTF-8.
    Auto,
    Always,
    Never,
}

/// How copying works.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Clipboard {
    /// A command that takes the text on its standard input; empty chooses by the environment.
    pub command: Vec<String>,
    /// Most bytes sent to a terminal.
    pub limit: usize,
}

/// What rules need beyond their own files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Files of indicators, or directories of them, for Elastic's `threat_match` rules. A path that begins at no root
    /// begins at the directory of the settings file.
    pub indicators: Vec<PathBuf>,
}

impl Default for Clipboard {
    fn default() -> Self {
        // What xterm and hterm take: 100,000 encoded bytes.
        Self {
            command: Vec::new(),
            limit: 74_994,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            analyst: None,
            theme: "default".into(),
            colour: Colour::Auto,
            ascii: Ascii::Auto,
            mouse: false,
            time_zone: "local".into(),
            clipboard: Clipboard::default(),
            rules: Rules::default(),
            keys: BTreeMap::new(),
        }
    }
}

/// The presets as a file: what `watchglass config --print` writes, and a test holds equal to [`Settings::default`].
pub const PRESET: &str = include_str!("config/preset.toml");

/// Why the settings could not be read.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("{}: {source}", visible(&path.display().to_string(), Marks::Unicode))]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{rendered}")]
    Invalid {
        diagnostic: Box<Diagnostic>,
        rendered: String,
    },
}

impl Settings {
    /// Reads `path`; a file that is not there gives the presets.
    ///
    /// # Errors
    /// The file cannot be read, or has a mistake.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let mut settings = Self::parse(&text, path)?;
                let home = path.parent().unwrap_or(Path::new(""));
                for named in &mut settings.rules.indicators {
                    *named = home.join(&*named);
                }
                Ok(settings)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(ConfigError::Unreadable {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Reads `text`; `path` is named in errors.
    ///
    /// # Errors
    /// The text has a mistake.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let help = "`watchglass config --print` shows every key with its preset";
            let diagnostic = Diagnostic::of_toml(&error, "E901", path, help);
            let rendered = diagnostic.render(text, false);
            ConfigError::Invalid {
                diagnostic: Box::new(diagnostic),
                rendered,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_needs_no_list() {
        let text = "[keys]\nopen = \"e\"\nundo = [\"u\", \"g u\"]\n";
        let settings = Settings::parse(text, Path::new("config.toml")).unwrap();
        assert_eq!(settings.keys["open"], ["e"]);
        assert_eq!(settings.keys["undo"], ["u", "g u"]);
        let wrong = Settings::parse("[keys]\nopen = 3\n", Path::new("config.toml")).unwrap_err();
        assert!(wrong.to_string().contains("config.toml:2:8"), "{wrong}");
    }

    #[test]
    fn the_printed_preset_is_the_preset() {
        let printed = Settings::parse(PRESET, Path::new("preset.toml")).unwrap();
        assert_eq!(printed, Settings::default());
    }

    #[test]
    fn a_wrong_key_is_named_with_its_place_and_what_was_meant() {
        let error =
            Settings::parse("mouse = true\ntheem = \"dark\"\n", Path::new("c.toml")).unwrap_err();
        let said = error.to_string();
        assert!(said.contains("c.toml:2:1"), "{said}");
        assert!(said.contains("did you mean `theme`?"), "{said}");
        assert!(said.contains("^^^^^"), "{said}");
    }

    #[test]
    fn a_wrong_value_is_named_too() {
        let error = Settings::parse("colour = \"256x\"\n", Path::new("c.toml")).unwrap_err();
        assert!(error.to_string().contains("did you mean `256`?"), "{error}");
    }

    #[test]
    fn a_hostile_key_reaches_nobody_raw() {
        let error =
            Settings::parse("\"\u{1b}]52;c;eA==\u{7}\" = 1\n", Path::new("c.toml")).unwrap_err();
        assert!(!error.to_string().contains('\u{1b}'), "{error:?}");
    }

    #[test]
    fn no_file_gives_the_presets() {
        assert_eq!(
            Settings::load(Path::new("/nonexistent/config.toml")).unwrap(),
            Settings::default()
        );
    }
}
