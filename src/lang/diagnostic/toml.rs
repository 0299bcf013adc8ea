//! Findings about TOML files that people write: settings, tests of rules.

use std::path::Path;

use super::Diagnostic;
use crate::text::{Marks, similar, visible};

impl Diagnostic {
    /// Returns what is wrong with a TOML file: an unknown member comes with the one that was probably meant, any
    /// other mistake with `help`.
    #[must_use]
    pub fn of_toml(error: &toml::de::Error, code: &'static str, path: &Path, help: &str) -> Self {
        let message = visible(error.message(), Marks::Unicode).into_owned();
        let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        let unknown =
            message.starts_with("unknown field") || message.starts_with("unknown variant");
        let meant = match quoted.split_first() {
            Some((wrong, known)) if unknown => similar::nearest(wrong, known.iter().copied()),
            _ => None,
        };
        let help = meant.map_or_else(|| help.to_owned(), |name| format!("did you mean `{name}`?"));
        let span = error.span().unwrap_or_default();
        Self::error(code, message, span, "")
            .help(help)
            .in_file(path)
    }
}
