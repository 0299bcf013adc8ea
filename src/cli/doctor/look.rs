//! The terminal and its colours.

use super::{Check, Level};
use crate::cli::output::size;
use crate::cli::watch::locale_is_utf8;
use crate::config::{Ascii, Colour, Settings};
use crate::ui::layout::{LEAST, refusal};
use crate::ui::theme::Depth;

/// Checks what the screen is drawn on.
pub fn checks(settings: &Settings, variable: &dyn Fn(&str) -> Option<String>) -> Vec<Check> {
    vec![
        terminal(variable, size()),
        characters(settings, variable),
        colour(settings, variable),
    ]
}

fn terminal(variable: &dyn Fn(&str) -> Option<String>, size: Option<(u16, u16)>) -> Check {
    const WHAT: &str = "terminal";
    let Some(term) = variable("TERM") else {
        return Check::problem(
            WHAT,
            "TERM is not set",
            "set TERM to what the terminal is, for example xterm-256color; scan and alerts list need none",
        );
    };
    if term == "dumb" {
        return Check::problem(
            WHAT,
            "TERM is dumb: it cannot place text",
            "use scan or alerts list, which print plain lines",
        );
    }
    let Some((columns, rows)) = size else {
        return Check::warning(
            WHAT,
            format!("{term}; standard output is not a terminal, so its size is unknown"),
            "run doctor without a pipe to check the size",
        );
    };
    let said = format!("{term}, {columns}x{rows}");
    if refusal(columns, rows).is_some() {
        let advice = format!(
            "the workbench needs at least {}x{}; 80x24 shows a list and one pane, 120x30 all four",
            LEAST.0, LEAST.1
        );
        return Check::problem(WHAT, said, advice);
    }
    let multiplexed = variable("TMUX").is_some() || variable("STY").is_some();
    if multiplexed && !["tmux", "screen"].iter().any(|own| term.starts_with(own)) {
        let advice = "inside tmux or screen TERM should be tmux-256color or screen-256color (tmux: default-terminal)";
        return Check::warning(WHAT, said, advice);
    }
    Check::ok(WHAT, said)
}

fn characters(settings: &Settings, variable: &dyn Fn(&str) -> Option<String>) -> Check {
    const WHAT: &str = "characters";
    match settings.ascii {
        Ascii::Always => Check::ok(WHAT, "ASCII, by the settings"),
        Ascii::Never => Check::ok(WHAT, "UTF-8, by the settings"),
        Ascii::Auto if locale_is_utf8(variable) => Check::ok(WHAT, "UTF-8"),
        Ascii::Auto => Check::warning(
            WHAT,
            "ASCII, because the locale is not UTF-8",
            "set LANG (for example C.UTF-8), or ascii = \"never\" in the settings",
        ),
    }
}

fn colour(settings: &Settings, variable: &dyn Fn(&str) -> Option<String>) -> Check {
    const WHAT: &str = "colour";
    let by_setting = match settings.colour {
        Colour::Auto => None,
        Colour::None => Some("none"),
        Colour::Sixteen => Some("16 colours"),
        Colour::Palette => Some("256 colours"),
        Colour::True => Some("any colour"),
    };
    if let Some(depth) = by_setting {
        return Check::ok(WHAT, format!("{depth}, by the settings"));
    }
    let detected = Depth::detect(|name| variable(name).map(Into::into));
    let far = variable("SSH_CONNECTION").is_some() || variable("SSH_TTY").is_some();
    let (level, said, advice) = match detected {
        Depth::None if variable("NO_COLOR").is_some() => (Level::Ok, "none: NO_COLOR is set", ""),
        Depth::None => (Level::Ok, "none: the terminal has none", ""),
        Depth::True => (Level::Ok, "any colour: COLORTERM says so", ""),
        Depth::Palette if far => (
            Level::Ok,
            "256 colours: TERM says so",
            "COLORTERM does not cross SSH; if your terminal has more, say colour = \"true\" in the settings",
        ),
        Depth::Palette => (Level::Ok, "256 colours: TERM says so", ""),
        Depth::Sixteen => (Level::Ok, "16 colours: TERM promises no more", ""),
    };
    Check {
        level,
        what: WHAT,
        found: said.into(),
        advice: advice.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_that_cannot_be_drawn_on_are_problems() {
        let table = [
            (None, Some((80, 24)), Level::Problem),
            (Some("dumb"), Some((80, 24)), Level::Problem),
            (Some("xterm"), Some((34, 8)), Level::Problem),
            (Some("xterm"), None, Level::Warning),
            (Some("xterm"), Some((80, 24)), Level::Ok),
        ];
        for (term, size, level) in table {
            let variable = |name: &str| (name == "TERM").then(|| term.map(str::to_owned)).flatten();
            assert_eq!(terminal(&variable, size).level, level, "{term:?} {size:?}");
        }
    }

    #[test]
    fn a_foreign_term_inside_tmux_is_named() {
        let variable = |name: &str| match name {
            "TERM" => Some("xterm-256color".to_owned()),
            "TMUX" => Some("/tmp/tmux-0/default,1,0".to_owned()),
            _ => None,
        };
        let check = terminal(&variable, Some((80, 24)));
        assert_eq!(check.level, Level::Warning);
        assert!(check.advice.contains("tmux-256color"), "{}", check.advice);
    }

    #[test]
    fn a_far_palette_says_how_to_get_more() {
        let variable = |name: &str| match name {
            "TERM" => Some("xterm-256color".to_owned()),
            "SSH_CONNECTION" => Some("10.0.0.1 22".to_owned()),
            _ => None,
        };
        let check = colour(&Settings::default(), &variable);
        assert!(check.advice.contains("colour = \"true\""), "{check:?}");
    }
}
