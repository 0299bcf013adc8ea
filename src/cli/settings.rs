//! `watchglass config`, `keys` and `themes`: the settings shown.

use std::path::PathBuf;

use super::arguments::{Config, Global, LookOptions};
use super::output::Output;
use super::{CliError, Done};
use crate::config::paths::Paths;
use crate::config::{Ascii, Colour, PRESET, Settings};
use crate::text::{Marks, visible};
use crate::ui::theme::{self, Depth, Theme};

/// Returns the settings file: `--config`, else the one in the XDG configuration directory.
pub fn path(global: &Global) -> Option<PathBuf> {
    global.config.clone().or_else(|| Some(Paths::find()?.config.join("config.toml")))
}

/// Reads the settings.
///
/// # Errors
/// The file has a mistake, or the one that `--config` names is not there.
pub fn load(global: &Global) -> Result<Settings, CliError> {
    if let Some(named) = global.config.as_ref().filter(|path| !path.exists()) {
        return Err(CliError::Usage(format!("--config {}: there is no such file", named.display())));
    }
    let Some(path) = path(global) else { return Ok(Settings::default()) };
    Settings::load(&path).map_err(|error| CliError::Usage(error.to_string()))
}

/// Returns how many colours to use: the setting, else what the environment promises.
#[must_use]
pub fn depth(settings: &Settings) -> Depth {
    match settings.colour {
        Colour::Auto => Depth::detect(|name| std::env::var_os(name)),
        Colour::None => Depth::None,
        Colour::Sixteen => Depth::Sixteen,
        Colour::Palette => Depth::Palette,
        Colour::True => Depth::True,
    }
}

/// Returns whether only ASCII is drawn.
#[must_use]
pub fn ascii(settings: &Settings, look: &LookOptions) -> bool {
    match settings.ascii {
        _ if look.ascii => true,
        Ascii::Always => true,
        Ascii::Never => false,
        Ascii::Auto => !locale_is_utf8(),
    }
}

/// The first of these that is set decides, as the C library has it.
fn locale_is_utf8() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(std::env::var_os)
        .find(|value| !value.is_empty());
    // No locale at all is common in containers, whose terminals are UTF-8 all the same.
    set.is_none_or(|value| {
        let value = value.to_string_lossy().to_lowercase();
        value.contains("utf-8") || value.contains("utf8")
    })
}

/// Returns the theme to draw with; with no colour it is the mono theme, whatever the settings name.
///
/// # Errors
/// The theme is not there or has a mistake.
pub fn theme(settings: &Settings, look: &LookOptions) -> Result<Theme, CliError> {
    let user = Paths::find().map(|paths| paths.themes()).unwrap_or_default();
    let depth = depth(settings);
    let name = look.theme.as_deref().unwrap_or(&settings.theme);
    let theme = Theme::load(name, &user, depth).map_err(|error| CliError::Usage(error.to_string()))?;
    Ok(if depth == Depth::None { Theme::mono() } else { theme })
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
            let there = if path.exists() { "is well" } else { "is not there; the presets hold" };
            output.line(&format!("{shown} {there}"))?;
        } else {
            output.line(&shown)?;
        }
    } else {
        return Err(CliError::Failed("there is no home directory to look for settings in".into()));
    }
    Ok(Done::Well)
}

/// Runs `watchglass keys`: every action with its keys, the user's own included.
pub fn keys(global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let settings = load(global)?;
    let keymap = crate::ui::keymap(&settings).map_err(|error| CliError::Usage(error.to_string()))?;
    output.raw(crate::ui::action::markdown(&keymap).as_bytes())?;
    Ok(Done::Well)
}

/// Runs `watchglass themes`.
pub fn themes(output: &mut Output) -> Result<Done, CliError> {
    let user = Paths::find().map(|paths| paths.themes()).unwrap_or_default();
    for name in theme::names(&user) {
        let own = user.iter().any(|(own, _)| *own == name);
        let mark = if own { "  (yours)" } else { "" };
        output.line(&format!("{}{mark}", visible(&name, Marks::Unicode)))?;
    }
    Ok(Done::Well)
}
