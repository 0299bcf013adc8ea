//! `watchglass watch DIR`: the workbench on live logs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::{Global, LookOptions, StateOptions, Watch};
use super::output::Output;
use super::{CliError, Done, rules, settings};
use crate::alert::{Store, Who};
use crate::config::paths::Paths;
use crate::config::{Ascii, Colour, Settings};
use crate::pipeline::live::{self, Live};
use crate::ui::driver::StoreOpener;
use crate::ui::feed::{Feed, LiveFeed};
use crate::ui::terminal::usable;
use crate::ui::theme::{Depth, Theme};
use crate::ui::{self, Options};

/// Watches the directory and opens the workbench.
pub fn run(command: &Watch, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    terminal()?;
    let settings = settings::load(global)?;
    readable(&command.directory)?;
    let watch = live::Options {
        root: command.directory.clone(),
        state: state_directory(&command.state)?,
        // Thousands of them take a moment; the screen does not wait.
        rules: rules::pending(&command.rules.rules, global)?,
        once: false,
        renews_state: false,
    };
    output.finish()?;
    open_on(watch, settings, &command.look)
}

/// Watches what `watch` names and opens the workbench on it.
///
/// # Errors
/// As [`open`] says, or the system gives no threads.
pub fn open_on(
    watch: live::Options,
    settings: Settings,
    look: &LookOptions,
) -> Result<Done, CliError> {
    let state = watch.state.clone();
    let root = watch.root.clone();
    let live = Live::start(watch).map_err(|error| CliError::failed("threads", error))?;
    let feed = Arc::new(LiveFeed::new(live, root, state.clone()));
    let directory = state.clone();
    let store: StoreOpener = Box::new(move || Store::open(&directory));
    let done = open(settings, look, &state, feed.clone(), store);
    feed.end();
    done
}

/// Checks that there is a terminal, before anything is begun.
///
/// # Errors
/// There is none that a screen can be drawn on (unusable arguments).
pub fn terminal() -> Result<(), CliError> {
    usable::check().map_err(|error| CliError::Usage(error.to_string()))
}

/// Checks that what is to be watched is there.
///
/// # Errors
/// It is not, or may not be read.
pub fn readable(path: &Path) -> Result<(), CliError> {
    let metadata = std::fs::metadata(path);
    let tried = metadata.and_then(|metadata| {
        if metadata.is_dir() {
            std::fs::read_dir(path).map(drop)
        } else {
            std::fs::File::open(path).map(drop)
        }
    });
    tried.map_err(|error| super::unusable(path, &error))
}

/// Opens the workbench and stays until the analyst leaves.
///
/// `state` is the state directory, where files go when the current directory takes none; `store` opens the alerts on
/// the thread that keeps them.
///
/// # Errors
/// The theme or the keys in the settings have a mistake (unusable arguments), the terminal cannot be used, or the
/// store cannot be opened.
pub fn open(
    settings: Settings,
    look: &LookOptions,
    state: &Path,
    feed: Arc<dyn Feed>,
    store: StoreOpener,
) -> Result<Done, CliError> {
    let user_themes = Paths::find()
        .map(|paths| paths.themes())
        .unwrap_or_default();
    let depth = depth(&settings, look);
    let options = Options {
        store,
        who: who(&settings, look),
        feed,
        theme: theme(&settings, look, &user_themes, depth)?,
        user_themes,
        depth,
        ascii: ascii(&settings, look),
        files: files(state),
        settings,
    };
    ui::run(options).map_err(|error| match error {
        error @ (ui::UiError::Keys(_) | ui::UiError::Zone(_)) => CliError::Usage(error.to_string()),
        error => CliError::Failed(error.to_string()),
    })?;
    Ok(Done::Well)
}

/// Returns the state directory: `--state`, else the one of the user.
///
/// # Errors
/// There is no home directory, and `--state` names none.
pub fn state_directory(options: &StateOptions) -> Result<PathBuf, CliError> {
    options
        .state
        .clone()
        .or_else(|| Some(Paths::find()?.state))
        .ok_or_else(|| {
            CliError::Usage(
                "there is no home directory to keep alerts in; --state DIR says where".into(),
            )
        })
}

/// Returns who sits here: `--analyst`, the setting, else the login name.
#[must_use]
pub fn who(settings: &Settings, look: &LookOptions) -> Who {
    let given = look.analyst.clone().or_else(|| settings.analyst.clone());
    let login = || {
        ["USER", "LOGNAME"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|name| !name.is_empty())
    };
    let uid = || format!("uid {}", rustix::process::getuid().as_raw());
    Who {
        name: given.or_else(login).unwrap_or_else(uid),
        session: session(),
    }
}

/// Names the terminal and the process, for the history: `pts/3 pid 812`.
fn session() -> String {
    let pid = std::process::id();
    let terminal = rustix::termios::ttyname(rustix::stdio::stdin(), Vec::new()).ok();
    let terminal = terminal.and_then(|name| name.into_string().ok());
    match terminal.as_deref() {
        Some(name) => format!("{} pid {pid}", name.strip_prefix("/dev/").unwrap_or(name)),
        None => format!("pid {pid}"),
    }
}

/// Returns how many colours to use: the option, the setting, else what the environment promises.
#[must_use]
pub fn depth(settings: &Settings, look: &LookOptions) -> Depth {
    match look.colour.unwrap_or(settings.colour) {
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
        Ascii::Auto => !locale_is_utf8(|name| std::env::var(name).ok()),
    }
}

/// Returns whether the locale that `variable` answers for is UTF-8; the first that is set decides, as the C library
/// has it.
pub fn locale_is_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(|name| variable(name))
        .find(|value| !value.is_empty());
    // No locale at all is common in containers, whose terminals are UTF-8 all the same.
    set.is_none_or(|value| {
        let value = value.to_lowercase();
        value.contains("utf-8") || value.contains("utf8")
    })
}

/// Returns the theme to draw with; without colour it is the mono theme, whatever the settings name.
fn theme(
    settings: &Settings,
    look: &LookOptions,
    user: &[(String, String)],
    depth: Depth,
) -> Result<Theme, CliError> {
    let name = look.theme.as_deref().unwrap_or(&settings.theme);
    let theme =
        Theme::load(name, user, depth).map_err(|error| CliError::Usage(error.to_string()))?;
    Ok(if depth == Depth::None {
        Theme::mono()
    } else {
        theme
    })
}

/// Returns where files go that the analyst asks for: where they stand, else beside the alerts.
fn files(state: &Path) -> PathBuf {
    let here = std::env::current_dir().ok().filter(|here| {
        let writable = rustix::fs::Access::WRITE_OK;
        rustix::fs::access(here, writable).is_ok()
    });
    here.unwrap_or_else(|| state.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        let table = [
            (["", "", ""], true),
            (["", "", "C"], false),
            (["", "", "en_GB.UTF-8"], true),
            (["POSIX", "en_GB.UTF-8", "en_GB.utf8"], false),
            (["", "C.utf8", "C"], true),
        ];
        for (values, expected) in table {
            let variable = |name: &str| {
                let at = ["LC_ALL", "LC_CTYPE", "LANG"]
                    .iter()
                    .position(|known| *known == name);
                at.map(|at| values[at].to_owned())
            };
            assert_eq!(locale_is_utf8(variable), expected, "{values:?}");
        }
    }

    #[test]
    fn an_option_comes_before_the_setting() {
        let settings = Settings {
            analyst: Some("ana".into()),
            colour: Colour::True,
            ..Settings::default()
        };
        let look = LookOptions {
            analyst: Some("rui".into()),
            colour: Some(Colour::None),
            ..LookOptions::default()
        };
        assert_eq!(who(&settings, &look).name, "rui");
        assert_eq!(who(&settings, &LookOptions::default()).name, "ana");
        assert_eq!(depth(&settings, &look), Depth::None);
        assert_eq!(depth(&settings, &LookOptions::default()), Depth::True);
    }
}
