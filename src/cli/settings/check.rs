//! Whether the names in a settings file are ones that there are: actions, keys, theme, time zone, paths.
//!
//! Takes settings that were read and the text they stand in; gives a diagnostic for each name that is none, with its
//! place.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::Settings;
use crate::lang::Diagnostic;
use crate::rule::{INDICATOR_ENDINGS, may_hold_indicators};
use crate::text::similar::nearest;
use crate::ui::driver::zone;
use crate::ui::keymap::{KeyProblem, Keymap};
use crate::ui::theme::{self, Depth, Theme, ThemeError};

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
    for (at, named) in settings.rules.indicators.iter().enumerate() {
        if let Some((message, help)) = unusable_indicators(named) {
            let place = element(text, &["rules", "indicators"], at).unwrap_or_default();
            found.push(Diagnostic::error("E907", message, place, "").help(help));
        }
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

/// Returns what is wrong with the user's theme of this name, which stands at `path`.
pub fn check_theme(
    name: &str,
    path: &Path,
    user_themes: &[(String, String)],
) -> Option<Diagnostic> {
    let error = Theme::load(name, user_themes, Depth::True).err()?;
    let found = match &error {
        // A mistake in a theme that this one inherits from is said of that one.
        ThemeError::Invalid { theme, .. } if theme != name => return None,
        ThemeError::Invalid {
            span,
            message,
            hint,
            ..
        } => {
            let found = Diagnostic::error("E908", message.clone(), span.clone(), "");
            match hint.trim_start_matches("; ") {
                "" => found,
                hint => found.help(hint),
            }
        }
        ThemeError::Circle { .. } | ThemeError::Unknown { .. } => {
            Diagnostic::error("E908", error.to_string(), 0..0, "")
        }
    };
    Some(found.in_file(path))
}

/// Returns why no indicators can be taken from a path, and what to do.
fn unusable_indicators(path: &Path) -> Option<(String, String)> {
    let shown = path.display();
    let found = std::fs::metadata(path).and_then(|found| {
        let tried = if found.is_dir() {
            std::fs::read_dir(path).map(drop)
        } else if found.is_file() {
            std::fs::File::open(path).map(drop)
        } else {
            let kind = std::io::ErrorKind::InvalidInput;
            Err(std::io::Error::new(kind, "neither a file nor a directory"))
        };
        tried.map(|()| found)
    });
    match found {
        Err(error) => {
            let help = "write a path from the root, or from the directory of this file; `~` stands for nothing";
            Some((
                super::super::unusable(path, &error).to_string(),
                help.into(),
            ))
        }
        Ok(found) if found.is_file() && !may_hold_indicators(path) => {
            let endings = INDICATOR_ENDINGS.map(|ending| format!(".{ending}"));
            let message = format!("{shown}: its ending does not say what the file holds");
            let help = format!("call it by one of {}", endings.join(" "));
            Some((message, help))
        }
        Ok(_) => None,
    }
}

/// Returns where an element of an array stands.
fn element(text: &str, place: &[&str], at: usize) -> Option<Range<usize>> {
    let (_, value) = find(text, place)?;
    match value.get_ref() {
        DeValue::Array(array) => array.get(at).map(Spanned::span),
        _ => Some(value.span()),
    }
}

/// Returns where a value stands in a TOML text, or the key that it belongs to.
fn span(text: &str, place: &[&str], key: bool) -> Option<Range<usize>> {
    let (found, value) = find(text, place)?;
    Some(if key { found } else { value.span() })
}

/// Returns where the key of a value stands, and the value.
fn find<'t>(text: &'t str, place: &[&str]) -> Option<(Range<usize>, Spanned<DeValue<'t>>)> {
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
    let (key, value) = table
        .into_iter()
        .find(|(known, _)| known.get_ref() == last)?;
    Some((key.span(), value))
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
    fn a_theme_that_is_not_in_use_is_checked_too() {
        let text = "inherits = \"dark\"\n[roles]\ntitel = { bold = true }\n";
        let themes = vec![
            ("mine".to_owned(), text.to_owned()),
            ("child".to_owned(), "inherits = \"mine\"\n".to_owned()),
        ];
        let path = Path::new("themes/mine.toml");
        let found = check_theme("mine", path, &themes).unwrap();
        let said = found.render(text, false);
        for wanted in ["themes/mine.toml:3:1", "did you mean `title`?"] {
            assert!(said.contains(wanted), "{said}");
        }
        assert_eq!(check_theme("child", path, &themes), None, "said of mine");
        assert_eq!(check_theme("dark", path, &themes), None);
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
