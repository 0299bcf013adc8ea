//! The road that copies take, and what tmux or screen let through.

use std::io::{self, Write};
use std::process::Command;

use super::Check;
use crate::config::Settings;
use crate::ui::clipboard::{Environment, Outcome, Route, copy, routes};

/// Bytes of a usual copy: a few indicators.
const USUAL: usize = 200;

/// Checks the road to the clipboard.
pub fn checks(settings: &Settings, variable: &dyn Fn(&str) -> Option<String>) -> Vec<Check> {
    let environment = Environment::from(|name| variable(name).map(Into::into));
    let mut checks = vec![road(environment, settings)];
    if environment.tmux {
        checks.push(tmux(&|words| ask(words)));
    } else if environment.screen {
        checks.push(Check::ok(
            "screen",
            "copies go in pieces of 256 bytes, which screen hands on to the terminal",
        ));
    }
    checks
}

fn road(environment: Environment, settings: &Settings) -> Check {
    const WHAT: &str = "clipboard";
    let roads = routes(&environment, &settings.clipboard.command, USUAL);
    let names: Vec<String> = roads.iter().map(Route::name).collect();
    let why = match roads.first() {
        Some(Route::Command(_)) => "the settings name the command",
        Some(Route::TmuxBuffer | Route::TmuxPassthrough) => "inside tmux",
        Some(Route::ScreenChunks) => "inside screen",
        Some(Route::Osc52) if environment.ssh => "over SSH",
        Some(Route::Osc52) => "no desktop session is here",
        Some(Route::Desktop) => "a desktop session is here",
        None => "none is known",
    };
    let said = format!("{}: {why}", names.join(", then "));
    if !matches!(roads.first(), Some(Route::Command(_) | Route::Desktop)) {
        let advice = "a terminal acknowledges nothing; doctor --copy sends a test text, paste it to see it arrive";
        return Check {
            advice: advice.into(),
            ..Check::ok(WHAT, said)
        };
    }
    Check::ok(WHAT, said)
}

/// Returns what tmux answers, without the line's end.
fn ask(words: &[&str]) -> io::Result<String> {
    let output = Command::new("tmux").args(words).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(io::Error::other(said));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn tmux(ask: &dyn Fn(&[&str]) -> io::Result<String>) -> Check {
    const WHAT: &str = "tmux";
    let version = match ask(&["-V"]) {
        Ok(version) => version,
        Err(error) => {
            return Check::problem(
                WHAT,
                format!("TMUX is set, but tmux cannot be run: {error}"),
                "put tmux on the PATH, or name a command under [clipboard] in the settings",
            );
        }
    };
    let clipboard = match ask(&["show-options", "-sv", "set-clipboard"]) {
        Ok(value) => value,
        Err(error) => {
            return Check::problem(
                WHAT,
                format!("{version}, but its server does not answer: {error}"),
                "TMUX may be left over from another session; unset it, or attach again",
            );
        }
    };
    // Versions before 3.3 have no such option and let nothing through.
    let passthrough = ask(&["show-options", "-gv", "allow-passthrough"]).unwrap_or_default();
    let passthrough = if passthrough.is_empty() {
        "off"
    } else {
        &passthrough
    };
    let said = format!("{version}, set-clipboard {clipboard}, allow-passthrough {passthrough}");
    if passthrough == "off" {
        let advice = "copies reach the terminal through tmux itself; inside mosh they also need: set -g allow-passthrough on";
        return Check {
            advice: advice.into(),
            ..Check::ok(WHAT, said)
        };
    }
    Check::ok(WHAT, said)
}

/// Sends the test text.
pub fn send(settings: &Settings) -> Check {
    const WHAT: &str = "test copy";
    let now = jiff::Timestamp::now().strftime("%H:%M:%S UTC").to_string();
    let text = format!("watchglass doctor, {now}");
    let mut to_terminal = |bytes: &[u8]| {
        let mut terminal = std::fs::OpenOptions::new().write(true).open("/dev/tty")?;
        terminal.write_all(bytes)
    };
    let outcome = copy(
        &text,
        &Environment::read(),
        &settings.clipboard.command,
        settings.clipboard.limit,
        &mut to_terminal,
    );
    match outcome {
        Outcome::Taken { .. } | Outcome::Sent { .. } => Check {
            advice: format!("paste now: it should read \"{text}\""),
            ..Check::ok(WHAT, outcome.sentence())
        },
        Outcome::TooLong { .. } | Outcome::Failed { .. } => Check::problem(
            WHAT,
            outcome.sentence(),
            "name a command under [clipboard] in the settings, for example command = [\"wl-copy\"]",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn the_road_says_why() {
        let over_ssh = Environment {
            ssh: true,
            ..Environment::default()
        };
        let check = road(over_ssh, &Settings::default());
        assert_eq!(check.found, "OSC 52: over SSH");
        let in_tmux = Environment {
            tmux: true,
            ..over_ssh
        };
        let check = road(in_tmux, &Settings::default());
        assert!(check.found.starts_with("tmux buffer"), "{}", check.found);
    }

    #[test]
    fn tmux_is_asked_what_it_lets_through() {
        let answers = |words: &[&str]| match words {
            ["-V"] => Ok("tmux 3.3a".to_owned()),
            [.., "set-clipboard"] => Ok("external".to_owned()),
            _ => Err(io::Error::other("unknown option")),
        };
        let check = tmux(&answers);
        assert_eq!(check.level, Level::Ok);
        assert_eq!(
            check.found,
            "tmux 3.3a, set-clipboard external, allow-passthrough off"
        );
        let gone = |words: &[&str]| match words {
            ["-V"] => Ok("tmux 3.3a".to_owned()),
            _ => Err(io::Error::other("no server running")),
        };
        assert_eq!(tmux(&gone).level, Level::Problem);
    }
}
