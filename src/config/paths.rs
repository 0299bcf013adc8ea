//! Where things live: the XDG base directories, never the home directory itself.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The directories of this user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml` and `themes/`.
    pub config: PathBuf,
    /// Alerts and read positions, unless `--state` says otherwise.
    pub state: PathBuf,
}

impl Paths {
    /// Returns the user's directories, or `None` when there is no home.
    #[must_use]
    pub fn find() -> Option<Self> {
        let base = etcetera::choose_base_strategy().ok()?;
        let state = base.state_dir().unwrap_or_else(|| base.data_dir());
        Some(Self {
            config: base.config_dir().join("watchglass"),
            state: state.join("watchglass"),
        })
    }

    /// Returns where the user's own theme of this name is.
    #[must_use]
    pub fn theme(&self, name: &str) -> PathBuf {
        self.config.join("themes").join(format!("{name}.toml"))
    }

    /// Returns the user's own themes: name and text of each readable `themes/*.toml`.
    #[must_use]
    pub fn themes(&self) -> Vec<(String, String)> {
        let Ok(entries) = std::fs::read_dir(self.config.join("themes")) else {
            return Vec::new();
        };
        let mut themes: Vec<(String, String)> = entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "toml")
            })
            .filter_map(|path| {
                let name = path.file_stem()?.to_str()?.to_owned();
                Some((name, std::fs::read_to_string(path).ok()?))
            })
            .collect();
        themes.sort();
        themes
    }
}
