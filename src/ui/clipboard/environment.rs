//! What the environment says about the way to the analyst's terminal.

use std::ffi::OsString;

/// The facts that choose a road.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Environment {
    /// Inside tmux (`TMUX`).
    pub tmux: bool,
    /// Inside GNU screen (`STY`).
    pub screen: bool,
    /// At the far end of an SSH line (`SSH_TTY`, `SSH_CONNECTION`).
    pub ssh: bool,
    /// A desktop session is there (`WAYLAND_DISPLAY`, `DISPLAY`, or not a Unix with X).
    pub desktop: bool,
}

impl Environment {
    /// Reads the process's environment.
    #[must_use]
    pub fn read() -> Self {
        Self::from(|name| std::env::var_os(name))
    }

    /// Reads the environment that `variable` answers for.
    pub fn from(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        Self {
            tmux: set("TMUX"),
            screen: set("STY"),
            ssh: set("SSH_TTY") || set("SSH_CONNECTION"),
            desktop: cfg!(target_os = "macos") || set("WAYLAND_DISPLAY") || set("DISPLAY"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_variables_count_as_unset() {
        let environment = Environment::from(|name| match name {
            "TMUX" => Some(OsString::new()),
            "SSH_CONNECTION" => Some("10.0.0.1 22".into()),
            _ => None,
        });
        assert!(!environment.tmux && environment.ssh);
    }
}
