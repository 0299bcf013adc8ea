//! Whether the names in a settings file are ones that there are: actions, keys, theme, time zone.
//!
//! Takes settings that were read and the text they stand in; gives a diagnostic for each name that is none, with its
//! place.

use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::config::Settings;
use crate::lang::Diagnostic;
use crate::text::similar::nearest;
use crate::ui::driver::zone;
use crate::ui::keymap::{KeyProblem, Keymap};
use crate::ui::theme;

/// Returns what is wrong; `user_themes` are the user's themes, name and text.
pub fn check(
    settings: &Settings,
    text: &str,
    path: &Path,
    user_themes: &[(String, String)],
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let at = |place: &[&str], key: bool| span(text, place, key).unwrap_or_default();
    for problem in Keymap::build(&settings.keys).1 {
        found.push(match &problem {
            KeyProblem::UnknownAction { name, near } => {
                let help = near.as_ref().map_or_else(
                    || "`watchglass keys` lists the actions".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("there is no action `{name}`");
                Diagnostic::error("E902", message, at(&["keys", name], true), "").help(help)
            }
            KeyProblem::UnknownKey { name, source } => {
                let place = at(&["keys", name], false);
                Diagnostic::error("E903", source.to_string(), place, "")
                    .help("keys are written like `j`, `G`, `ctrl-d`, `space` or, one after the other, `g g`")
            }
            KeyProblem::Conflict { first, second, .. } => {
                let own = [second, first].into_iter().find(|name| settings.keys.contains_key(**name));
                let place = own.map_or(0..0, |name| at(&["keys", name], false));
                Diagnostic::error("E904", problem.to_string(), place, "")
                    .help("`watchglass keys` lists the keys that are taken")
            }
        });
    }
    let themes = theme::names(user_themes);
    if !themes.contains(&settings.theme) {
        let near = nearest(&settings.theme, themes.iter().map(String::as_str));
        let help = near.map_or_else(
            || "`watchglass themes` lists the themes".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("there is no theme `{}`", settings.theme);
        found.push(Diagnostic::error("E905", message, at(&["theme"], false), "").help(help));
    }
    if zone(&settings.time_zone).is_err() {
        let message = format!("there is no time zone `{}`", settings.time_zone);
        found.push(
            Diagnostic::error("E906", message, at(&["time_zone"], false), "")
                .help("write `local`, `UTC` or a name such as `Europe/Lisbon`"),
        );
    }
    found.into_iter().map(|one| one.in_file(path)).collect()
}

/// Returns where a value stands in a TOML text, or the key that it belongs to.
fn span(text: &str, place: &[&str], key: bool) -> Option<Range<usize>> {
    let table = DeTable::parse(text).ok()?;
    let mut table = table.into_inner();
    let (last, above) = place.split_last()?;
    for name in above {
        let (_, value) = table
            .into_iter()
            .find(|(known, _)| known.get_ref() == name)?;
        let DeValue::Table(inner) = value.into_inner() else {
            return None;
        };
        table = inner;
    }
    let (found, value) = table.iter().find(|(known, _)| known.get_ref() == last)?;
    Some(if key { found.span() } else { value.span() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> String {
        let path = Path::new("config.toml");
        let settings = Settings::parse(text, path).unwrap();
        let found = check(&settings, text, path, &[]);
        let rendered: Vec<String> = found.iter().map(|one| one.render(text, false)).collect();
        rendered.join("\n")
    }

    #[test]
    fn each_name_that_is_none_is_said_with_its_place_and_what_was_meant() {
        assert_eq!(checked("theme = \"dark\"\n[keys]\nopen = \"e\"\n"), "");
        let said = checked(
            "theme = \"drak\"\ntime_zone = \"Mars/Base\"\n\n[keys]\nnext_unhandeld = \"x\"\nundo = \"hyper-q\"\n",
        );
        for wanted in [
            "config.toml:1:9",
            "did you mean `dark`?",
            "config.toml:2:13",
            "config.toml:5:1",
            "did you mean `next_unhandled`?",
            "config.toml:6:8",
        ] {
            assert!(said.contains(wanted), "{wanted} in {said}");
        }
    }
}
