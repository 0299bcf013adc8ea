//! Whether there is a terminal that a screen can be drawn on.
//!
//! Takes what the environment says; gives a sentence with what to do where there is none.

use std::fs::OpenOptions;
use std::io::IsTerminal as _;

use thiserror::Error;

/// Why no screen can be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the workbench needs a terminal: {0}. `watchglass run` detects without one, `alerts list` and `scan` print plain lines"
)]
pub struct Unusable(&'static str);

/// Checks the terminal of this process.
///
/// # Errors
/// Standard output is none, keys cannot come from anywhere, or `TERM` promises no cursor.
pub fn check() -> Result<(), Unusable> {
    let term = std::env::var("TERM").ok();
    let keys = std::io::stdin().is_terminal()
        // `ls | watchglass watch ...`: keys come from the terminal all the same.
        || OpenOptions::new().read(true).open("/dev/tty").is_ok();
    judge(term.as_deref(), std::io::stdout().is_terminal(), keys)
}

fn judge(term: Option<&str>, screen: bool, keys: bool) -> Result<(), Unusable> {
    let reason = match term {
        _ if !screen => "standard output goes to a file or a pipe",
        _ if !keys => "standard input is not a terminal, so no key could be pressed",
        None | Some("") => {
            "TERM is not set; set it to what the terminal is, for example xterm-256color"
        }
        Some("dumb") => "TERM is dumb, and such a terminal cannot place text",
        Some(_) => return Ok(()),
    };
    Err(Unusable(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_drawn_on_is_refused_with_what_to_do() {
        for (term, screen, keys, wanted) in [
            (None, true, true, "TERM is not set"),
            (Some(""), true, true, "TERM is not set"),
            (Some("dumb"), true, true, "TERM is dumb"),
            (Some("xterm"), false, true, "standard output"),
            (Some("xterm"), true, false, "standard input"),
        ] {
            let said = judge(term, screen, keys).unwrap_err().to_string();
            assert!(
                said.contains(wanted) && said.contains("watchglass run"),
                "{said}"
            );
        }
        assert_eq!(judge(Some("xterm"), true, true), Ok(()));
    }
}
