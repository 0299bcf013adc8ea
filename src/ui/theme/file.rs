//! Theme files: TOML to styles, inheriting.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use thiserror::Error;

use super::{BUILTIN, Role};
use crate::text::{Marks, similar, visible};

/// Why a theme cannot be used.
#[derive(Debug, Error)]
pub enum ThemeError {
    #[error("there is no theme `{name}`{hint}; `watchglass themes` lists them")]
    Unknown { name: String, hint: String },
    #[error("theme `{theme}` inherits itself")]
    Circle { theme: String },
    #[error("theme `{theme}`, line {line}: {message}{hint}")]
    Invalid {
        theme: String,
        line: usize,
        message: String,
        hint: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    inherits: Option<String>,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    #[serde(default)]
    roles: BTreeMap<toml::Spanned<String>, toml::Spanned<Look>>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Look {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

/// Returns the style of every role, by role number.
pub fn resolve(name: &str, user: &[(String, String)]) -> Result<Vec<Style>, ThemeError> {
    let mut chain: Vec<(String, File, &str)> = Vec::new();
    let mut next = Some(name.to_owned());
    while let Some(theme) = next.take() {
        if chain.iter().any(|(seen, _, _)| *seen == theme) {
            return Err(ThemeError::Circle { theme });
        }
        let text = text_of(&theme, user)?;
        let file = parse(&theme, text)?;
        next.clone_from(&file.inherits);
        chain.push((theme, file, text));
    }
    let mut styles = vec![Style::new(); Role::ALL.len()];
    let mut palette = BTreeMap::new();
    for (theme, file, text) in chain.into_iter().rev() {
        palette.extend(file.palette);
        for (role, look) in file.roles {
            let at = role.span().start;
            let index = role_index(role.as_ref()).ok_or_else(|| {
                let names = Role::ALL.iter().map(|role| role.name());
                invalid(
                    &theme,
                    text,
                    at,
                    &format!("there is no role `{}`", role.as_ref()),
                    hint(role.as_ref(), names),
                )
            })?;
            let at = look.span().start;
            let style = style(look.as_ref(), &palette).map_err(|colour| {
                let message = format!("`{colour}` is neither a colour nor in the palette");
                invalid(&theme, text, at, &message, String::new())
            })?;
            if let Some(slot) = styles.get_mut(index) {
                *slot = style;
            }
        }
    }
    Ok(styles)
}

fn text_of<'t>(name: &str, user: &'t [(String, String)]) -> Result<&'t str, ThemeError> {
    let own = user
        .iter()
        .find(|(own, _)| own == name)
        .map(|(_, text)| text.as_str());
    let builtin = || {
        BUILTIN
            .iter()
            .find(|(builtin, _)| *builtin == name)
            .map(|(_, text)| *text)
    };
    own.or_else(builtin).ok_or_else(|| {
        let names: Vec<String> = super::names(user);
        ThemeError::Unknown {
            name: visible(name, Marks::Unicode).into_owned(),
            hint: hint(name, names.iter().map(String::as_str)),
        }
    })
}

fn parse(theme: &str, text: &str) -> Result<File, ThemeError> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        invalid(theme, text, at, error.message(), String::new())
    })
}

fn invalid(theme: &str, text: &str, at: usize, message: &str, hint: String) -> ThemeError {
    let line = text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1;
    let theme = visible(theme, Marks::Unicode).into_owned();
    ThemeError::Invalid {
        theme,
        line,
        message: visible(message, Marks::Unicode).into_owned(),
        hint,
    }
}

fn hint<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> String {
    similar::nearest(wrong, names)
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}

fn role_index(name: &str) -> Option<usize> {
    Role::ALL.iter().position(|role| role.name() == name)
}

/// Returns the style, or the colour name that means nothing.
fn style(look: &Look, palette: &BTreeMap<String, String>) -> Result<Style, String> {
    let mut style = Style::new();
    style.fg = look
        .fg
        .as_ref()
        .map(|name| colour(name, palette))
        .transpose()?;
    style.bg = look
        .bg
        .as_ref()
        .map(|name| colour(name, palette))
        .transpose()?;
    for (wanted, modifier) in [
        (look.bold, Modifier::BOLD),
        (look.dim, Modifier::DIM),
        (look.italic, Modifier::ITALIC),
        (look.underline, Modifier::UNDERLINED),
        (look.reverse, Modifier::REVERSED),
    ] {
        if wanted {
            style = style.add_modifier(modifier);
        }
    }
    Ok(style)
}

fn colour(name: &str, palette: &BTreeMap<String, String>) -> Result<Color, String> {
    let spelled = palette.get(name).map_or(name, String::as_str);
    spelled
        .parse()
        .map_err(|_| visible(name, Marks::Unicode).into_owned())
}
