//! `watchglass config`, `keys` and `themes`: the settings shown.

mod check;

use std::path::PathBuf;

use super::arguments::{Config, Global};
use super::output::Output;
use super::{CliError, Done};
use crate::config::paths::Paths;
use crate::config::{PRESET, Settings};
use crate::text::{Marks, visible};
use crate::ui::theme;

/// Returns the settings file: `--config`, else the one in the XDG configuration directory.
pub fn path(global: &Global) -> Option<PathBuf> {
    global
        .config
        .clone()
        .or_else(|| Some(Paths::find()?.config.join("config.toml")))
}

/// Reads the settings.
///
/// # Errors
/// The file has a mistake, or the one that `--config` names is not there.
pub fn load(global: &Global) -> Result<Settings, CliError> {
    if let Some(named) = &global.config {
        std::fs::File::open(named).map_err(|error| super::unusable(named, &error))?;
    }
    let Some(path) = path(global) else {
        return Ok(Settings::default());
    };
    let settings = Settings::load(&path).map_err(|error| CliError::Usage(error.to_string()))?;
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let themes = Paths::find().map(|paths| paths.themes());
    let found = check::check(&settings, &text, &path, &themes.unwrap_or_default());
    if found.is_empty() {
        return Ok(settings);
    }
    let said: Vec<String> = found.iter().map(|one| one.render(&text, false)).collect();
    Err(CliError::Usage(said.join("\n").trim_end().to_owned()))
}

/// Runs `watchglass config`.
pub fn config(config: &Config, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    if config.print {
        output.raw(PRESET.as_bytes())?;
    } else if let Some(path) = path(global) {
        let shown = path.display().to_string();
        let shown = visible(&shown, Marks::Unicode);
        if config.check {
            load(global)?;
            themes_are_well()?;
            let there = if path.exists() {
                "is well"
            } else {
                "is not there; the presets hold"
            };
            output.line(&format!("{shown} {there}"))?;
        } else {
            output.line(&shown)?;
        }
    } else {
        return Err(CliError::Failed(
            "there is no home directory to look for settings in".into(),
        ));
    }
    Ok(Done::Well)
}

/// Checks every theme of the user, also those that are not in use.
fn themes_are_well() -> Result<(), CliError> {
    let Some(paths) = Paths::find() else {
        return Ok(());
    };
    let themes = paths.themes();
    let said: Vec<String> = themes
        .iter()
        .filter_map(|(name, text)| {
            let path = paths.theme(name);
            let found = check::check_theme(name, &path, &themes)?;
            Some(found.render(text, false))
        })
        .collect();
    if said.is_empty() {
        return Ok(());
    }
    Err(CliError::Usage(said.join("\n").trim_end().to_owned()))
}

/// Runs `watchglass themes`.
pub fn themes(output: &mut Output) -> Result<Done, CliError> {
    let user = Paths::find()
        .map(|paths| paths.themes())
        .unwrap_or_default();
    for name in theme::names(&user) {
        let own = user.iter().any(|(own, _)| *own == name);
        let mark = if own { "  (yours)" } else { "" };
        output.line(&format!("{}{mark}", visible(&name, Marks::Unicode)))?;
    }
    Ok(Done::Well)
}
