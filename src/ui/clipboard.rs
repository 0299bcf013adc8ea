//! Copying, by the road that reaches the analyst's own machine.
//!
//! Takes text and the environment; gives an [`Outcome`] that says by which road it left and never more: no terminal
//! acknowledges a copy. [`routes`] is a pure function of the environment and the settings, measured per multiplexer:
//! a bare OSC 52 does not leave a default tmux, only `tmux load-buffer -w` does; GNU screen prints the payload over
//! the screen when one string is longer than about 700 bytes, so it gets chunks of 256.

pub mod environment;
pub mod sequence;

#[cfg(feature = "desktop-clipboard")]
mod desktop;
mod spawn;

use std::io;

pub use environment::Environment;

/// What xterm and hterm take: 100,000 encoded bytes.
pub const DEFAULT_LIMIT: usize = 74_994;

/// The DCS form is sent beside tmux's own command only up to this size: it serves mosh, whose limit is 16 KiB.
const TMUX_PASSTHROUGH_LIMIT: usize = 8 * 1024;

/// A road out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// The command of the settings, text on its standard input.
    Command(Vec<String>),
    /// `tmux load-buffer -w -`: works with every setting of tmux.
    TmuxBuffer,
    /// OSC 52 wrapped for tmux; ignored where `allow-passthrough` is off, the only one that works inside mosh.
    TmuxPassthrough,
    /// OSC 52 in chunks that GNU screen carries.
    ScreenChunks,
    /// OSC 52, bare.
    Osc52,
    /// The local desktop's clipboard.
    Desktop,
}

impl Route {
    /// Returns the road's name as the answer line says it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Command(words) => words.first().cloned().unwrap_or_default(),
            Self::TmuxBuffer => "tmux buffer".into(),
            Self::TmuxPassthrough => "OSC 52 through tmux".into(),
            Self::ScreenChunks => "OSC 52 through screen".into(),
            Self::Osc52 => "OSC 52".into(),
            Self::Desktop => "desktop clipboard".into(),
        }
    }
}

/// Returns the roads to try for `size` bytes, in order; each later one only when the earlier failed, except that
/// [`Route::TmuxPassthrough`] goes along with [`Route::TmuxBuffer`].
#[must_use]
pub fn routes(environment: &Environment, command: &[String], size: usize) -> Vec<Route> {
    if !command.is_empty() {
        return vec![Route::Command(command.to_vec())];
    }
    if environment.tmux {
        let mut routes = vec![Route::TmuxBuffer];
        if size <= TMUX_PASSTHROUGH_LIMIT {
            routes.push(Route::TmuxPassthrough);
        }
        return routes;
    }
    if environment.screen {
        return vec![Route::ScreenChunks];
    }
    if environment.ssh || !environment.desktop {
        return vec![Route::Osc52];
    }
    vec![Route::Desktop, Route::Osc52]
}

/// What became of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A program took it: the desktop's clipboard or the configured command.
    Taken { route: String, bytes: usize },
    /// It was sent to the terminal, which acknowledges nothing.
    Sent { route: String, bytes: usize },
    /// Longer than the terminal takes; the caller offers a file.
    TooLong { bytes: usize, limit: usize },
    /// No road worked.
    Failed { reason: String },
}

impl Outcome {
    /// Returns the sentence for the answer line.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Taken { route, bytes } => format!("copied {bytes} B ({route})"),
            Self::Sent { route, bytes } => format!("sent to terminal, {bytes} B ({route})"),
            Self::TooLong { bytes, limit } => {
                format!(
                    "{bytes} B is more than a terminal takes ({limit} B): w writes it to a file"
                )
            }
            Self::Failed { reason } => format!("nothing was copied: {reason}"),
        }
    }
}

/// Copies `text`; `send` writes to the terminal between frames.
///
/// May take up to a second (a child process): never call it from the drawing loop's thread with a slow `send`.
pub fn copy(
    text: &str,
    environment: &Environment,
    command: &[String],
    limit: usize,
    send: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Outcome {
    let bytes = text.len();
    let mut reason = String::from("no road to a clipboard is known here");
    let mut sent: Vec<String> = Vec::new();
    for route in routes(environment, command, bytes) {
        if !sent.is_empty() && route != Route::TmuxPassthrough {
            break;
        }
        let over_terminal = !matches!(route, Route::Command(_) | Route::Desktop);
        if over_terminal && bytes > limit {
            return Outcome::TooLong { bytes, limit };
        }
        match take(&route, text, send) {
            Ok(()) if over_terminal => sent.push(route.name()),
            Ok(()) => {
                return Outcome::Taken {
                    route: route.name(),
                    bytes,
                };
            }
            Err(error) => reason = format!("{}: {error}", route.name()),
        }
    }
    if sent.is_empty() {
        return Outcome::Failed {
            reason: crate::text::visible(&reason, crate::text::Marks::Unicode).into_owned(),
        };
    }
    Outcome::Sent {
        route: sent.join(" + "),
        bytes,
    }
}

fn take(
    route: &Route,
    text: &str,
    send: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    match route {
        Route::Command(words) => spawn::feed(words, text.as_bytes()),
        Route::TmuxBuffer => {
            let words = ["tmux", "load-buffer", "-w", "-"].map(String::from);
            spawn::feed(&words, text.as_bytes())
        }
        Route::TmuxPassthrough => send(&sequence::tmux(text)),
        Route::ScreenChunks => send(&sequence::screen(text)),
        Route::Osc52 => send(&sequence::osc52(text)),
        #[cfg(feature = "desktop-clipboard")]
        Route::Desktop => desktop::copy(text),
        #[cfg(not(feature = "desktop-clipboard"))]
        Route::Desktop => Err(io::Error::other(
            "built without the desktop-clipboard feature",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(
        clippy::fn_params_excessive_bools,
        reason = "the four facts, in order, make the table readable"
    )]
    fn environment(tmux: bool, screen: bool, ssh: bool, desktop: bool) -> Environment {
        Environment {
            tmux,
            screen,
            ssh,
            desktop,
        }
    }

    #[test]
    fn each_environment_takes_its_measured_road() {
        let table = [
            (
                environment(true, false, true, false),
                200,
                vec![Route::TmuxBuffer, Route::TmuxPassthrough],
            ),
            (
                environment(true, false, false, true),
                9000,
                vec![Route::TmuxBuffer],
            ),
            (
                environment(true, true, true, false),
                1,
                vec![Route::TmuxBuffer, Route::TmuxPassthrough],
            ),
            (
                environment(false, true, true, false),
                200,
                vec![Route::ScreenChunks],
            ),
            (
                environment(false, false, true, true),
                200,
                vec![Route::Osc52],
            ),
            (
                environment(false, false, false, true),
                200,
                vec![Route::Desktop, Route::Osc52],
            ),
            (
                environment(false, false, false, false),
                200,
                vec![Route::Osc52],
            ),
        ];
        for (environment, size, expected) in table {
            assert_eq!(
                routes(&environment, &[], size),
                expected,
                "{environment:?} {size}"
            );
        }
    }

    #[test]
    fn a_configured_command_comes_before_everything() {
        let command = vec!["wl-copy".to_owned()];
        let routes = routes(&environment(true, false, true, true), &command, 1);
        assert_eq!(routes, [Route::Command(command)]);
    }

    #[test]
    fn osc52_says_sent_and_never_copied() {
        let mut bytes = Vec::new();
        let outcome = copy(
            "10.4.7.19",
            &environment(false, false, true, false),
            &[],
            100,
            &mut |sequence| {
                bytes.extend_from_slice(sequence);
                Ok(())
            },
        );
        assert_eq!(outcome.sentence(), "sent to terminal, 9 B (OSC 52)");
        assert_eq!(bytes, b"\x1b]52;c;MTAuNC43LjE5\x1b\\");
    }

    #[test]
    fn more_than_the_limit_is_refused_and_nothing_is_sent() {
        let outcome = copy(
            &"x".repeat(101),
            &environment(false, true, true, false),
            &[],
            100,
            &mut |_| panic!("sent although too long"),
        );
        assert_eq!(
            outcome,
            Outcome::TooLong {
                bytes: 101,
                limit: 100
            }
        );
    }

    #[test]
    fn a_command_gets_the_text_on_its_standard_input() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("copied");
        let command = [
            "sh".into(),
            "-c".into(),
            format!("cat > '{}'", file.display()),
        ];
        let outcome = copy(
            "T1003.001",
            &environment(false, false, true, false),
            &command,
            5,
            &mut |_| Ok(()),
        );
        assert_eq!(outcome.sentence(), "copied 9 B (sh)");
        assert_eq!(std::fs::read_to_string(file).unwrap(), "T1003.001");
    }

    #[test]
    fn a_command_that_is_missing_hangs_or_fails_is_named() {
        for words in [
            vec!["watchglass-no-such-command"],
            vec!["false"],
            vec!["sleep", "30"],
        ] {
            let words: Vec<String> = words.into_iter().map(String::from).collect();
            let outcome = copy(
                "x",
                &environment(false, false, false, false),
                &words,
                5,
                &mut |_| Ok(()),
            );
            let Outcome::Failed { reason } = outcome else {
                panic!("{outcome:?}")
            };
            assert!(reason.starts_with(&words[0]), "{reason}");
        }
    }
}
