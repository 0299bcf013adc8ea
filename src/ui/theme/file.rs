//! Theme files: TOML to styles, inheriting.

use std::collections::BTreeMap;
use std::ops::Range;

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
    #[error("theme `{theme}`, line {line}, column {column}: {message}{hint}")]
    Invalid {
        theme: String,
        line: usize,
        /// In characters, from 1.
        column: usize,
        /// Where in the theme's text it stands.
        span: Range<usize>,
        message: String,
        hint: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    inherits: Option<toml::Spanned<String>>,
    #[serde(default)]
    palette: BTreeMap<String, toml::Spanned<String>>,
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
        let text = text_of(&theme, user).map_err(|error| placed(error, &chain))?;
        let file = parse(&theme, text)?;
        next = file.inherits.as_ref().map(|name| name.as_ref().clone());
        chain.push((theme, file, text));
    }
    let mut styles = vec![Style::new(); Role::ALL.len()];
    let mut palette = BTreeMap::new();
    for (theme, file, text) in chain.into_iter().rev() {
        for (name, spelled) in file.palette {
            let at = spelled.span();
            let colour = spelled.into_inner();
            if colour.parse::<Color>().is_err() {
                let said = visible(&colour, Marks::Unicode);
                let message = format!("`{said}` is no colour");
                let hint = "; write \"#d4d7dc\", a name such as \"red\", or a number up to 255";
                return Err(invalid(&theme, text, at, &message, hint.to_owned()));
            }
            palette.insert(name, colour);
        }
        for (role, look) in file.roles {
            let at = role.span();
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
            let at = look.span();
            let style = style(look.as_ref(), &palette).map_err(|colour| {
                let message = format!("`{colour}` is neither a colour nor in the palette");
                let near = hint(&colour, palette.keys().map(String::as_str));
                invalid(&theme, text, at, &message, near)
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
        let at = error.span().unwrap_or_default();
        invalid(theme, text, at, error.message(), String::new())
    })
}

/// Puts the name of a theme that is none where it stands, in the file that inherits from it.
fn placed(error: ThemeError, chain: &[(String, File, &str)]) -> ThemeError {
    match (error, chain.last()) {
        (ThemeError::Unknown { name, hint }, Some((theme, file, text))) => {
            let at = file.inherits.as_ref().map(toml::Spanned::span);
            let message = format!("there is no theme `{name}` to inherit");
            invalid(theme, text, at.unwrap_or_default(), &message, hint)
        }
        (error, _) => error,
    }
}

fn invalid(theme: &str, text: &str, span: Range<usize>, message: &str, hint: String) -> ThemeError {
    let before = text.get(..span.start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let theme = visible(theme, Marks::Unicode).into_owned();
    ThemeError::Invalid {
        theme,
        line,
        column,
        span,
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
